import dataclasses
import json
from typing import Any

import nbformat
import pytest

from course.exercises.mirror import bundle
from course.exercises.store import ANSWERS, EPOCH, Entry
from course.grading import grade as grading
from course.grading.assignment import Assignment
from course.grading.grade import NOTES, RECORD, RESULTS, Graded, Outcome, grade, regrade
from course.grading.points import points_of
from course.grading.sandbox import CellRun, Given, Run
from course.grading.submission import Submission

from .material import NAME, answers, code, kinds, master, nbgrader, released, right, submission, text


class Ran:
    """Stands where a sandbox stands, and tells what a run would have told."""

    def __init__(
        self, *given: Given, stopped_after: int | None = None, outputs: tuple[dict[str, Any], ...] = ()
    ) -> None:
        self.given, self.stopped_after, self.outputs = given, stopped_after, outputs
        self.seen: list[Any] = []
        self.files: dict[str, bytes] = {}

    def run(self, cells: Any, files: Any) -> Run:
        self.seen, self.files = list(cells), dict(files)
        runs = [
            CellRun(self.outputs, tuple(g for g in self.given if g.item in cell.exports), ())
            for cell in cells[: self.stopped_after]
        ]
        return Run(tuple(runs), "" if self.stopped_after is None else "Cell 1 ran too long.")


def rows(graded: Graded) -> dict[str, float | None]:
    return graded.rows[NAME]


def notebook(graded: Graded) -> dict[str, Any]:
    return json.loads(graded.files[f"{NAME}.ipynb"])


def test_accepted_answers_get_full_marks():
    unit = kinds()
    graded = grade(submission(released(unit), right(unit)), unit, None)
    assert graded.outcome == Outcome.GRADED
    assert graded.points == unit.notebooks[0].max_points == 7


def test_a_notebook_without_answers_gets_nothing():
    graded = grade(submission(released(kinds())), kinds(), None)
    assert (graded.outcome, graded.points) == (Outcome.GRADED, 0)


def test_the_graded_notebook_is_valid_and_shows_results_and_answers():
    graded = grade(submission(released(kinds()), right(kinds())), kinds(), None)
    nbformat.validate(nbformat.from_dict(notebook(graded)))
    cells = {cell["id"]: cell for cell in notebook(graded)["cells"]}
    shown, points = cells["check-most-sides"]["outputs"]
    assert shown["data"][RESULTS][0]["status"] == "Correct"
    assert points["data"]["text/plain"] == "1"
    assert "pentagon" in json.dumps(cells["answer-most-sides"]["outputs"])


def test_points_saved_in_a_notebook_have_no_effect():
    book = released(kinds())
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            data = {"text/plain": "100"}
            cell["outputs"] = [{"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}]
    assert grade(submission(book), kinds(), None).points == 0


def test_the_notebooks_own_copy_is_enough():
    book = released(kinds())
    entries = {name: Entry(answer=given, at=EPOCH) for name, given in right(kinds()).items()}
    book["cells"][0 + 1]["outputs"] = [
        {"output_type": "display_data", "metadata": {}, "data": bundle(NAME, entries, [], "")}
    ]
    assert grade(submission(book), kinds(), None).points == 7


def test_answers_without_a_notebook_count_and_are_called_repaired():
    graded = grade(submission(None, right(kinds())), kinds(), None)
    assert (graded.outcome, graded.points) == (Outcome.REPAIRED, 7)
    assert "was not handed in" in graded.notes[0]


def test_an_unreadable_notebook_without_answers_needs_review_and_has_no_points():
    graded = grade(submission(b"\x00garbage"), kinds(), None)
    assert graded.outcome == Outcome.REVIEW
    assert set(rows(graded).values()) == {None}
    assert notebook(graded)["cells"][0]["id"] == NOTES


def test_what_was_repaired_stands_in_the_first_cell_as_plain_text():
    book = released(kinds())
    book["cells"].append(code("x", "", nbgrader("<script>alert(1)</script>", solution=True)))
    first = notebook(grade(submission(book), kinds(), None))["cells"][0]
    assert first["id"] == NOTES
    assert all(line.startswith("    ") for line in first["source"].splitlines()[2:])


def test_a_failure_of_the_engine_itself_ends_in_review(monkeypatch: pytest.MonkeyPatch):
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(grading, "collect", fail)
    graded = grade(submission(released(kinds()), right(kinds())), kinds(), None)
    assert graded.outcome == Outcome.REVIEW
    assert "ZeroDivisionError: oops" in graded.notes[0]
    assert graded.points == 0


def test_without_a_sandbox_items_that_need_code_wait_and_the_others_are_graded():
    unit = kinds(code_too=True)
    graded = grade(submission(released(unit), right(unit)), unit, None)
    assert graded.outcome == Outcome.REVIEW
    assert rows(graded)["check-corners"] is None
    assert rows(graded)["check-squares"] is None
    assert graded.points == 7
    assert json.loads(graded.files[RECORD])["unrun"] is True


def test_a_value_that_code_computed_counts_more_than_a_saved_one():
    unit = kinds(code_too=True)
    ran = Ran(Given("corners", {"value": 10}))
    graded = grade(submission(released(unit), {"corners": {"value": 3}}), unit, ran)
    assert rows(graded)["check-corners"] == 1


def test_where_code_gives_no_value_the_saved_one_counts():
    unit = kinds(code_too=True)
    graded = grade(submission(released(unit), {"corners": {"value": 10}}), unit, Ran())
    assert (graded.outcome, rows(graded)["check-corners"]) == (Outcome.GRADED, 1)


def test_a_run_that_stops_before_a_check_leaves_its_row_to_a_person():
    unit = kinds(code_too=True)
    graded = grade(submission(released(unit), {"corners": {"value": 10}}), unit, Ran(stopped_after=1))
    assert graded.outcome == Outcome.REVIEW
    assert rows(graded)["check-corners"] is None
    assert "ran too long" in graded.notes[0]


@pytest.mark.parametrize("value", [None, "10", {"value": "10"}, {"value": [10]}, [], {"columns": 7}, {"x": {}}, True])
def test_a_value_that_is_no_answer_counts_as_none(value: Any):
    unit = kinds(code_too=True)
    graded = grade(submission(released(unit)), unit, Ran(Given("corners", value)))
    assert rows(graded)["check-corners"] == 0


def test_code_can_not_answer_what_is_no_table():
    unit = kinds(code_too=True)
    ran = Ran()
    ran.given = (Given("most-sides", {"choices": ["pentagon"]}),)
    ran.run = lambda cells, files: Run(tuple(CellRun((), ran.given, ()) for _ in cells), "")
    assert rows(grade(submission(released(unit)), unit, ran))["check-most-sides"] == 0


def test_check_cells_are_never_run():
    ran = Ran()
    unit = kinds(code_too=True)
    grade(submission(released(unit)), unit, ran)
    assert not any("check(" in cell.source for cell in ran.seen)
    assert {item for cell in ran.seen for item in cell.exports} == {"corners", "squares"}


def test_files_that_were_handed_out_replace_a_students_of_the_same_name():
    unit = dataclasses.replace(kinds(code_too=True), files={"items.yaml": b"ours", "data/a.csv": b"ours"})
    ran = Ran()
    theirs = {"items.yaml": b"theirs", "data": b"theirs", "data/a.csv/x": b"theirs", "own.py": b"theirs"}
    grade(Submission("ada", {**submission(released(unit)).files, **theirs}), unit, ran)
    assert {name: ran.files[name] for name in ran.files if not name.endswith(".ipynb")} == {
        "items.yaml": b"ours",
        "data/a.csv": b"ours",
        "own.py": b"theirs",
    }


def test_of_a_students_files_only_passive_ones_are_kept_for_formgrader():
    others = {"a.png": b"1", "b.html": b"2", "c.svg": b"3", "d.csv": b"4", RECORD: b"5", "e.js": b"6"}
    graded = grade(Submission("ada", {**submission(released(kinds())).files, **others}), kinds(), None)
    assert set(graded.files) == {f"{NAME}.ipynb", RECORD, "a.png", "d.csv"}
    assert graded.files[RECORD] != b"5"


def test_a_students_folder_in_the_place_of_the_notebook_breaks_nothing():
    graded = grade(Submission("ada", {f"{NAME}.ipynb/x.csv": b"1", ANSWERS: answers({})}), kinds(), None)
    assert graded.outcome == Outcome.REVIEW
    assert f"{NAME}.ipynb/x.csv" not in graded.files


def test_the_same_submission_gives_the_same_bytes():
    handed_in = submission(released(kinds()), right(kinds()))
    assert grade(handed_in, kinds(), None) == grade(handed_in, kinds(), None)


# --- ordinary tests ------------------------------------------------------------------------------------------------

CELLS = [
    code("mine", "# code", nbgrader("mine", solution=True)),
    code("test", "assert True", nbgrader("test", grade=True, points=2)),
    text("essay", "Write.", nbgrader("essay", grade=True, solution=True, points=3)),
]
ORDINARY = Assignment(NAME, (master(CELLS),))


def ordinary(outputs: Any = (), cells: Any = CELLS, **how: Any) -> Graded:
    book = {**released(ORDINARY), "cells": cells}
    return grade(submission(book), ORDINARY, Ran(outputs=tuple(outputs), **how))


def test_points_of_ordinary_tests_are_called_in_kernel():
    graded = ordinary()
    assert rows(graded) == {"test": 2, "essay": 0}
    assert graded.in_kernel == 2


def test_an_essay_that_was_written_waits_for_a_person():
    cells = [*CELLS[:2], {**CELLS[2], "source": "My view."}]
    graded = ordinary(cells=cells)
    assert rows(graded)["essay"] is None
    assert graded.comments[NAME] == {"mine": "No response.", "essay": None}
    assert graded.outcome == Outcome.GRADED


def test_a_test_that_was_not_reached_gets_no_points():
    graded = ordinary(stopped_after=1)
    assert rows(graded)["test"] is None
    assert graded.outcome == Outcome.REVIEW


def test_a_check_call_in_an_ordinary_assignment_is_run_like_any_test():
    cells = [code("t", 'check("x")', nbgrader("t", grade=True, points=1))]
    assignment = Assignment(NAME, (master(cells),))
    ran = Ran()
    grade(submission({**released(assignment), "cells": cells}), assignment, ran)
    assert ran.seen[0].source == 'check("x")'


def test_another_language_is_not_run():
    other = dataclasses.replace(
        ORDINARY.notebooks[0], released={**released(ORDINARY), "metadata": {"kernelspec": {"language": "R"}}}
    )
    graded = grade(submission(released(ORDINARY)), Assignment(NAME, (other,)), Ran())
    assert rows(graded)["test"] is None
    assert graded.outcome == Outcome.REVIEW


RESULT = {"output_type": "execute_result", "metadata": {}, "execution_count": 1}


@pytest.mark.parametrize(
    ("outputs", "points"),
    [
        ([], 2),
        ([{"output_type": "stream", "name": "stdout", "text": "x"}], 2),
        ([{"output_type": "stream", "name": "stderr", "text": "x"}], 0),
        ([{"output_type": "error", "ename": "E", "evalue": "", "traceback": []}], 0),
        ([{**RESULT, "data": {"text/plain": "1.5"}}], 1.5),
        ([{**RESULT, "data": {"text/plain": "fine"}}], 2),
        ([{**RESULT, "data": {"text/plain": "3"}}], None),
        ([{**RESULT, "data": {"text/plain": "-1"}}], None),
        ([{**RESULT, "data": {"text/plain": "nan"}}], None),
        ([{**RESULT, "data": {"text/plain": "inf"}}], None),
        ([{**RESULT, "data": {}}], 2),
    ],
)
def test_an_ordinary_test_is_worth_what_its_outputs_say(outputs: list[Any], points: float | None):
    assert points_of(outputs, 2) == points


# --- regrade -------------------------------------------------------------------------------------------------------


def changed(assignment: Assignment) -> Assignment:
    """The unit after its author has accepted "square" instead of "pentagon"."""
    unit, key = assignment.ours()
    item = unit.item("most-sides")
    accepted = (
        key.of(item).accept[0].model_copy(update={"answer": item.answer_type.model_validate({"choices": ("square",)})})
    )
    new = key.of(item).model_copy(update={"accept": (accepted,)})
    return dataclasses.replace(assignment, key=key.model_copy(update={"keys": {**key.keys, "most-sides": new}}))


def test_a_regrade_scores_the_stored_answers_with_the_changed_key():
    graded = grade(submission(released(kinds()), right(kinds())), kinds(), None)
    again = regrade(graded.files, "ada", changed(kinds()))
    assert rows(again) == {**rows(graded), "check-most-sides": 0}
    assert again.points == 6
    assert json.loads(again.files[RECORD])["points"] == 6


def test_a_regrade_with_the_same_key_changes_no_byte():
    graded = grade(submission(released(kinds()), right(kinds())), kinds(), None)
    assert regrade(graded.files, "ada", kinds()).files == graded.files


def test_a_row_that_needs_review_stays_so_in_a_regrade():
    unit = kinds(code_too=True)
    graded = grade(submission(released(unit), right(unit)), unit, None)
    assert rows(regrade(graded.files, "ada", unit))["check-corners"] is None


def test_a_regrade_of_an_unreadable_submission_gives_no_zero():
    graded = grade(submission(b"garbage"), kinds(), None)
    assert set(rows(regrade(graded.files, "ada", kinds())).values()) == {None}
