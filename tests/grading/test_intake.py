import copy
import json
from typing import Any

import pytest

from course.grading.intake import MAX_CELLS, MAX_SOURCE, Rebuilt, rebuild

from .material import book, code, master, nbgrader, text

CELLS = [
    text("intro", "Read this."),
    code("worked", "x = 1"),
    code("mine", "# your code", nbgrader("mine", solution=True)),
    code("test", "assert x", nbgrader("test", grade=True, points=2)),
    text("essay", "Write here.", nbgrader("essay", grade=True, solution=True, points=3)),
]
MASTER = master(CELLS, hidden={"test": "assert x == 42  # hidden"})


def handed_in(change: Any = None) -> Rebuilt:
    cells = copy.deepcopy(CELLS)
    if change:
        cells = change(cells) or cells
    return rebuild(json.dumps(book(cells)).encode(), MASTER)


def sources(rebuilt: Rebuilt) -> dict[str, str]:
    return {cell["id"]: cell["source"] for cell in rebuilt.cells}


def edit(place: int, **fields: Any) -> Any:
    def change(cells: list[dict[str, Any]]) -> None:
        cells[place] |= fields

    return change


def test_an_untouched_notebook_needs_no_repair():
    rebuilt = handed_in()
    assert rebuilt.repairs == ()
    assert [cell["id"] for cell in rebuilt.cells] == [cell["id"] for cell in CELLS]


def test_answers_and_open_cells_are_the_students():
    rebuilt = handed_in(lambda cells: [c | {"source": f"# {c['id']}"} if c["id"] != "test" else c for c in cells])
    assert {name: source for name, source in sources(rebuilt).items() if name != "test"} == {
        name: f"# {name}" for name in ("intro", "worked", "mine", "essay")
    }
    assert rebuilt.repairs == ()


def test_a_locked_cell_has_the_hidden_tests_of_the_gradebook():
    assert sources(handed_in())["test"] == "assert x == 42  # hidden"


def test_a_changed_locked_cell_is_put_right_and_told():
    rebuilt = handed_in(edit(3, source="pass"))
    assert sources(rebuilt)["test"] == "assert x == 42  # hidden"
    assert rebuilt.repairs == ("The locked cell test had been changed; the original one was graded.",)


def test_a_deleted_check_is_put_back_and_told():
    rebuilt = handed_in(lambda cells: cells[:3] + cells[4:])
    assert [cell["id"] for cell in rebuilt.cells] == [cell["id"] for cell in CELLS]
    assert rebuilt.repairs == ("The cell test had been deleted; it was put back.",)


def test_a_deleted_answer_is_put_back_empty():
    rebuilt = handed_in(lambda cells: cells[:2] + cells[3:])
    assert sources(rebuilt)["mine"] == "# your code"
    assert rebuilt.repairs == ("The cell mine had been deleted; it was put back without an answer.",)


def test_of_a_copied_cell_the_last_one_counts_and_the_other_stays_as_a_cell_of_the_students():
    rebuilt = handed_in(lambda cells: [*cells[:2], cells[2] | {"source": "old", "id": "copy"}, *cells[2:]])
    assert sources(rebuilt)["mine"] == "# your code"
    assert "old" in sources(rebuilt).values()
    assert rebuilt.repairs == ("The cell mine was there more than once; the last one counts.",)


def test_a_copied_check_is_no_second_check():
    rebuilt = handed_in(lambda cells: [*cells, copy.deepcopy(cells[3])])
    marked = [cell for cell in rebuilt.cells if cell["metadata"].get("nbgrader", {}).get("grade_id") == "test"]
    assert len(marked) == 1


def test_moved_cells_are_graded_in_their_original_order():
    rebuilt = handed_in(lambda cells: cells[::-1])
    assert [cell["id"] for cell in rebuilt.cells if cell["metadata"]] == ["mine", "test", "essay"]
    assert rebuilt.repairs == ("Cells had been moved; they are graded in their original order.",)


def test_a_cell_of_the_students_own_stays_after_the_one_that_it_follows():
    rebuilt = handed_in(lambda cells: [*cells[:2], code("help", "def f(): pass"), *cells[2:]])
    assert [cell["source"] for cell in rebuilt.cells][1:4] == ["x = 1", "def f(): pass", "# your code"]
    assert rebuilt.repairs == ()


def test_cells_without_ids_are_not_doubled():
    cells = [{name: value for name, value in cell.items() if name != "id"} for cell in copy.deepcopy(CELLS)]
    rebuilt = rebuild(json.dumps(book(cells)).encode(), master(cells))
    assert [cell["source"] for cell in rebuilt.cells] == [cell["source"] for cell in CELLS]


def test_a_deleted_cell_that_nbgrader_does_not_know_stays_deleted():
    rebuilt = handed_in(lambda cells: cells[1:])
    assert "intro" not in sources(rebuilt)
    assert rebuilt.repairs == ()


def test_no_id_is_given_twice():
    rebuilt = handed_in(lambda cells: [*cells, *copy.deepcopy(cells), code("added-1", ""), text("mine", "")])
    names = [cell["id"] for cell in rebuilt.cells]
    assert len(names) == len(set(names))


def test_a_cell_of_the_students_own_may_stand_first():
    rebuilt = handed_in(lambda cells: [text("hi", "Hello"), *cells])
    assert rebuilt.cells[0]["source"] == "Hello"


def test_a_cell_turned_into_another_type_is_turned_back_with_its_source():
    rebuilt = handed_in(edit(2, cell_type="markdown", source="answer = 1"))
    assert (rebuilt.cells[2]["cell_type"], rebuilt.cells[2]["source"]) == ("code", "answer = 1")
    assert rebuilt.repairs == ("The cell mine had been turned into another type; it was turned back.",)


@pytest.mark.parametrize("field", ["points", "locked", "solution", "grade"])
def test_changed_settings_of_a_cell_do_not_hold(field: str):
    changed = copy.deepcopy(CELLS[3]["metadata"])
    changed["nbgrader"][field] = 99
    rebuilt = handed_in(edit(3, metadata=changed))
    assert rebuilt.cells[3]["metadata"]["nbgrader"].get(field) == CELLS[3]["metadata"]["nbgrader"].get(field)
    assert rebuilt.repairs == ("Settings of the cell test had been changed; the original ones hold.",)


def test_tags_of_a_student_do_not_hold():
    metadata = {**copy.deepcopy(CELLS[3]["metadata"]), "tags": ["skip-execution"]}
    assert "tags" not in handed_in(edit(3, metadata=metadata)).cells[3]["metadata"]


def test_a_cell_under_the_name_of_another_unit_is_shown_and_told():
    rebuilt = handed_in(lambda cells: [*cells, code("x", "check()", nbgrader("check-other", grade=True, points=50))])
    assert rebuilt.cells[-1]["source"] == "check()"
    assert rebuilt.cells[-1]["metadata"] == {}
    assert rebuilt.repairs == ("A cell named 'check-other' is not part of this notebook; it is shown and not graded.",)


def test_a_picture_pasted_into_an_essay_stays():
    png = {"a.png": {"image/png": "iVBORw0K"}}
    assert handed_in(edit(4, attachments=png)).cells[4]["attachments"] == png


@pytest.mark.parametrize("bundle", [{"text/html": "<script>"}, {"image/svg+xml": "<svg>"}, {"image/png": "<x>"}, 7])
def test_an_attachment_that_is_no_picture_is_dropped(bundle: Any):
    assert "attachments" not in handed_in(edit(4, attachments={"a.png": bundle})).cells[4]


def test_outputs_of_a_student_are_not_taken():
    outputs = [{"output_type": "execute_result", "data": {"text/plain": "2"}, "metadata": {}, "execution_count": 1}]
    assert all(cell.get("outputs", []) == [] for cell in handed_in(edit(3, outputs=outputs)).cells)


def test_a_source_in_lines_is_joined():
    assert sources(handed_in(edit(2, source=["a = 1\n", "b = 2"])))["mine"] == "a = 1\nb = 2"


@pytest.mark.parametrize("source", [None, 7, {"a": 1}, [1, 2]])
def test_a_source_that_is_no_text_is_empty(source: Any):
    assert sources(handed_in(edit(2, source=source)))["mine"] == ""


def test_half_characters_are_replaced():
    assert sources(handed_in(edit(2, source="a\ud800b")))["mine"] == "a?b"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (None, "was not handed in"),
        (b"", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "is not a notebook of format 4"),
        (b'{"worksheets": []}', "is not a notebook of format 4"),
        (b'{"cells": 7}', "is not a notebook of format 4"),
        (json.dumps(book([code(f"c{n}", "") for n in range(MAX_CELLS + 1)])).encode(), "cells, more than"),
        (json.dumps(book([code("c", "x" * (MAX_SOURCE + 1))])).encode(), "more than"),
    ],
)
def test_a_notebook_that_cannot_be_used_is_replaced_by_the_released_one_and_the_reason_told(raw: Any, problem: str):
    rebuilt = rebuild(raw, MASTER)
    assert problem in rebuilt.problem
    assert [cell["id"] for cell in rebuilt.cells] == [cell["id"] for cell in CELLS]


def test_cells_that_are_no_cells_are_passed_over():
    rebuilt = rebuild(json.dumps({"cells": [None, 7, "x", [], {}, *CELLS]}).encode(), MASTER)
    assert sources(rebuilt)["mine"] == "# your code"
    assert rebuilt.problem == ""


def test_the_released_notebook_is_not_changed_by_what_is_handed_in():
    before = json.dumps(MASTER.released)
    handed_in(edit(2, source="changed", metadata={}))
    assert json.dumps(MASTER.released) == before
