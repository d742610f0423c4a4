"""What a learner calls in a notebook, in an IPython shell of its own."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import course
from course import notebook
from course.errors import CourseError
from course.exercises.mirror import MIME, bundle
from course.exercises.store import Store
from course.exercises.unit import LEARNER_KEY, MASTER_KEY
from course.paths import CLONE
from tests.content import KINDS

RIGHT = {
    "most-sides": {"choices": ["pentagon"], "confidence": "sure"},
    "even-numbers": ["two", "four", "six"],
    "round-or-straight": {
        "circle": "round",
        "cube": "straight",
        "oval": "round",
        "kite": "straight",
        "ring": "round",
        "star": "straight",
    },
    "by-size": ["inch", "foot", "yard", "mile"],
    "corners": 10,
}
Show = Callable[..., list[dict[str, object]]]


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    found = InteractiveShell.instance()
    yield found
    InteractiveShell.clear_instance()


@pytest.fixture
def show(shell: InteractiveShell) -> Show:
    def call(function: Callable[..., object], *args: object, **kwargs: object) -> list[dict[str, object]]:
        with capture_output() as captured:
            function(*args, **kwargs)
        return [output.data for output in captured.outputs]

    return call


def install(folder: Path, key: str | None) -> Path:
    """Put the unit with one item of each kind into a folder, as one of the editions."""
    folder = folder / "kinds"
    folder.mkdir()
    shutil.copy(KINDS / "items.yaml", folder)
    if key:
        shutil.copy(KINDS / MASTER_KEY, folder / key)
    return folder


@pytest.fixture
def self_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = install(tmp_path, LEARNER_KEY)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def classroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = install(tmp_path, None)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = install(tmp_path, MASTER_KEY)
    monkeypatch.chdir(folder)
    return folder


def text(outputs: list[dict[str, object]]) -> str:
    return "\n".join(str(output["text/plain"]) for output in outputs)


def widget(item: str) -> object:
    return notebook.session().widgets[item][-1][0]


def test_a_typed_answer_is_stored_at_once(self_study, show):
    show(course.answer, "most-sides", "pentagon", confidence="sure")
    assert Store(self_study, "kinds").answers()["most-sides"].answer == RIGHT["most-sides"]


def test_a_typed_answer_is_mirrored_in_its_output(self_study, show):
    [mirror] = show(course.answer, "by-size", RIGHT["by-size"])
    assert mirror[MIME]["answers"]["by-size"]["answer"] == {"order": RIGHT["by-size"]}


@pytest.mark.parametrize(
    ("item", "value", "valid"),
    [
        ("most-sides", "hexagon", "triangle, square, pentagon"),
        ("most-sides", ["square", "triangle"], "triangle, square, pentagon"),
        ("round-or-straight", {"circle": "bent"}, "round, straight"),
        ("round-or-straight", {"sphere": "round"}, "circle, cube, oval, kite, ring, star"),
        ("by-size", ["inch", "league"], "mile, inch, yard, foot"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_what_does(item, value, valid, self_study, show):
    with pytest.raises(CourseError, match=re.escape(valid)):
        show(course.answer, item, value)
    assert Store(self_study, "kinds").answers() == {}


def test_the_widget_refuses_what_the_typed_answer_refuses(self_study, show):
    with pytest.raises(CourseError) as typed:
        show(course.answer, "most-sides", "hexagon")
    show(course.choose, "most-sides")
    form = widget("most-sides")
    form.answer = {"choices": ["hexagon"], "confidence": None}
    form.seq += 1
    assert form.status == {"seq": 1, "state": "refused", "text": str(typed.value)}
    assert Store(self_study, "kinds").answers() == {}


def test_an_answer_given_in_the_form_is_saved_and_acknowledged(self_study, show):
    show(course.choose, "most-sides")
    form = widget("most-sides")
    form.answer = RIGHT["most-sides"]
    form.seq += 1
    assert form.status["state"] == "saved"
    assert Store(self_study, "kinds").answers()["most-sides"].answer == RIGHT["most-sides"]


def test_undoing_everything_in_the_form_leaves_the_item_unanswered(self_study, show):
    show(course.label, "round-or-straight")
    form = widget("round-or-straight")
    form.answer = {}
    form.seq += 1
    assert form.status["state"] == "saved"
    assert "Incomplete" in text(show(course.check, "round-or-straight"))


def test_a_typed_answer_changes_the_forms_on_the_screen(self_study, show):
    show(course.order, "by-size")
    show(course.order, "by-size")
    show(course.answer, "by-size", RIGHT["by-size"])
    forms = [form.answer for form, _ in notebook.session().widgets["by-size"]]
    assert forms == [{"order": RIGHT["by-size"]}] * 2


def test_text_and_map_of_an_essay_are_two_forms_of_one_answer(classroom, show):
    shutil.copy(CLONE / "release/08-position/items.yaml", classroom)
    show(course.write, "own-brief")
    text, board = (form for form, _ in notebook.session().widgets["own-brief"])
    drawn = {"claims": [{"id": "c1", "text": "Yes."}], "relations": [], "main": "c1"}
    board.answer = drawn
    board.seq += 1
    text.answer = {"parts": {"thesis": "I advise it."}}
    text.seq += 1
    stored = Store(classroom, "08-position").answers()["own-brief"].answer
    assert stored["parts"] == {"thesis": "I advise it."}
    assert stored["map"]["main"] == "c1"
    assert (text.answer, board.answer) == ({"parts": stored["parts"]}, stored["map"])


def test_a_form_shows_the_stored_answer_again(self_study, show):
    Store(self_study, "kinds").put("by-size", {"order": RIGHT["by-size"]})
    show(course.order, "by-size")
    assert widget("by-size").answer == {"order": RIGHT["by-size"]}


def test_a_form_knows_nothing_of_the_key(self_study, show):
    show(course.choose, "most-sides")
    state = json.dumps(widget("most-sides").prompt)
    assert "accept" not in state
    assert "stops-early" not in state


def test_showing_an_item_as_another_kind_names_the_right_function(self_study, show):
    with pytest.raises(CourseError, match=re.escape("Show it with order().")):
        show(course.choose, "by-size")


def test_an_unknown_item_is_answered_with_the_known_ones(self_study, show):
    with pytest.raises(CourseError, match="most-sides, even-numbers"):
        show(course.check, "no-such-item")


def test_a_check_explains_a_wrong_answer_and_gives_no_points(self_study, show):
    show(course.answer, "most-sides", "square", confidence="guess")
    outputs = show(course.check, "most-sides")
    assert text(outputs).startswith("Not yet")
    assert "A square has four sides" in text(outputs)


def test_a_check_ends_in_the_points_that_nbgrader_reads(self_study, show):
    show(course.answer, "even-numbers", ["two", "four", "six", "three"])
    with capture_output():
        points = course.check("even-numbers")
    assert float(repr(points)) == pytest.approx(1.33)


def test_one_check_may_cover_several_items(self_study, show):
    show(course.answer, "most-sides", "pentagon", confidence="sure")
    show(course.answer, "by-size", RIGHT["by-size"])
    with capture_output():
        assert repr(course.check("most-sides", "by-size")) == "3"


def test_a_check_takes_a_number_from_the_learners_variable(self_study, shell, show):
    shell.user_ns["corners"] = 10
    assert text(show(course.check, "corners")).startswith("Correct")


def test_a_check_takes_a_table_from_the_learners_variable(self_study, shell, show):
    item = notebook.session().unit.item("squares")
    accepted = notebook.session().key.of(item).accept[0].answer
    shell.user_ns[item.variable] = pd.DataFrame(accepted.rows, columns=accepted.columns)
    assert text(show(course.check, "squares")).startswith("Correct")


def test_a_variable_that_cannot_be_an_answer_is_refused_in_words(self_study, shell, show):
    shell.user_ns["corners"] = object()
    with pytest.raises(CourseError, match="corners: a value of the type object is not a number"):
        show(course.check, "corners")


def test_without_an_answer_a_check_is_incomplete_and_worth_nothing(self_study, show):
    with capture_output() as captured:
        assert repr(course.check("most-sides")) == "0"
    assert captured.outputs[0].data["text/plain"].startswith("Incomplete")


def test_in_a_class_a_complete_answer_is_received_and_not_scored(classroom, show):
    show(course.answer, "most-sides", "pentagon", confidence="sure")
    with capture_output() as captured:
        assert repr(course.check("most-sides")) == "0"
    assert captured.outputs[0].data["text/plain"].startswith("Received")


def test_in_a_class_an_incomplete_answer_says_what_is_missing(classroom, show):
    show(course.answer, "round-or-straight", {"circle": "round"})
    assert "5 of 6 segments have no label yet" in text(show(course.check, "round-or-straight"))


def test_in_a_class_a_wrong_answer_looks_like_a_right_one(classroom, show):
    show(course.answer, "most-sides", "pentagon", confidence="sure")
    right = text(show(course.check, "most-sides"))
    show(course.answer, "most-sides", "square", confidence="sure")
    assert text(show(course.check, "most-sides")) == right


def test_nbgrader_validate_accepts_a_complete_answer_in_a_class(classroom, show, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with capture_output():
        assert repr(course.check("most-sides")) == "0"
    show(course.answer, "most-sides", "square", confidence="guess")
    with capture_output():
        assert repr(course.check("most-sides")) == "1"


def test_each_call_opens_one_more_hint(self_study, show):
    first, second = text(show(course.hint, "most-sides")), text(show(course.hint, "most-sides"))
    assert first == "1. Draw the shapes."
    assert second.splitlines()[0] == first
    assert len(second.splitlines()) == 2


def test_with_a_key_the_ladder_has_four_hints(self_study, show):
    for _ in range(6):
        last = text(show(course.hint, "most-sides"))
    assert len(last.splitlines()) == 4


def test_in_a_class_the_ladder_ends_before_the_solution(classroom, show):
    for _ in range(6):
        last = text(show(course.hint, "most-sides"))
    assert len(last.splitlines()) == 2


def test_progress_counts_the_checks_that_pass(self_study, show):
    show(course.answer, "most-sides", "pentagon", confidence="sure")
    show(course.answer, "by-size", RIGHT["by-size"])
    assert text(show(course.progress)).startswith("0 of 6 checks pass.")
    show(course.check, "most-sides")
    assert text(show(course.progress)).startswith("1 of 6 checks pass.")


def test_progress_does_not_tell_what_was_not_checked(self_study, show):
    show(course.answer, "by-size", RIGHT["by-size"])
    assert "From small to large: answered, not checked yet" in text(show(course.progress))


def test_in_a_class_progress_counts_complete_answers(classroom, show):
    show(course.answer, "by-size", ["mile", "inch", "yard", "foot"])
    assert text(show(course.progress)).startswith("1 of 6 items are complete.")


def test_handing_in_holds_every_answer_and_names_what_is_missing(self_study, show):
    show(course.answer, "most-sides", "pentagon", confidence="sure")
    show(course.answer, "by-size", RIGHT["by-size"])
    [output] = show(course.hand_in)
    assert set(output[MIME]["answers"]) == {"most-sides", "by-size"}
    assert "- Corners: There is no answer yet." in str(output["text/plain"])


def test_the_receipt_depends_on_the_answers_and_on_nothing_else():
    assert notebook.receipt({"a": {"x": 1, "y": 2}}) == notebook.receipt({"a": {"y": 2, "x": 1}})
    assert notebook.receipt({"a": {"x": 1}}) != notebook.receipt({"a": {"x": 2}})


def test_answers_that_only_the_notebook_holds_are_taken_over_and_told(self_study, show):
    mirrored = Store(self_study.parent, "kinds")
    mirrored.put("by-size", {"order": RIGHT["by-size"]})
    data = bundle("kinds", mirrored.answers(), [], "")
    cell = {"cell_type": "code", "outputs": [{"output_type": "display_data", "data": data}]}
    (self_study / "kinds.ipynb").write_text(json.dumps({"cells": [cell]}))
    outputs = show(course.order, "by-size")
    assert "newer answers than answers.json, so these were taken over: by-size." in text(outputs)
    assert widget("by-size").answer == {"order": RIGHT["by-size"]}


def test_a_damaged_file_is_kept_and_the_mirror_takes_its_place(self_study, show):
    store = Store(self_study, "kinds")
    store.put("by-size", {"order": RIGHT["by-size"]})
    data = bundle("kinds", store.answers(), [], "")
    cell = {"cell_type": "code", "outputs": [{"output_type": "display_data", "data": data}]}
    (self_study / "kinds.ipynb").write_text(json.dumps({"cells": [cell]}))
    (self_study / "answers.json").write_bytes(b'{"format": 1, "answers": {')
    told = text(show(course.order, "by-size"))
    [aside] = self_study.glob("answers.damaged-*.json")
    assert aside.read_bytes() == b'{"format": 1, "answers": {'
    assert aside.name in told
    assert "taken over: by-size" in told
    assert widget("by-size").answer == {"order": RIGHT["by-size"]}


def test_running_a_master_leaves_nothing_behind(master, show):
    before = sorted(path.name for path in master.iterdir())
    show(course.model_answer, "most-sides")
    show(course.check, "most-sides")
    show(course.hint, "most-sides")
    assert sorted(path.name for path in master.iterdir()) == before


def test_in_a_master_the_models_answers_are_correct(master, show):
    for item in notebook.session().unit.items:
        show(course.model_answer, item.id)
        assert text(show(course.check, item.id)).startswith("Correct")


def test_outside_a_master_there_is_no_model_answer(self_study, show):
    with pytest.raises(CourseError, match="the key is not here"):
        show(course.model_answer, "most-sides")


def test_a_folder_without_items_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CourseError, match=r"items\.yaml: the file is missing\. Open the notebook from"):
        course.progress()


def test_a_course_error_is_shown_as_one_line_without_traceback(shell, self_study):
    shell.user_ns["check"] = course.check
    with capture_output() as captured:
        shell.run_cell('check("no-such-item")')
    assert "Traceback" not in captured.stdout
    assert captured.stdout.strip().count("\n") == 0
    assert "no-such-item: there is no such item in this unit" in captured.stdout


def test_undoing_to_nothing_is_not_answered_by_a_blank_answer(self_study, show):
    show(course.choose, "most-sides")
    form = widget("most-sides")
    form.answer = {}
    form.seq += 1
    assert form.answer == {}


def test_a_folder_that_cannot_be_written_still_gets_its_feedback(self_study, show):
    show(course.answer, "most-sides", "square", confidence="sure")
    store = notebook.session().store
    store._lock = FileLock(str(self_study / "no-such-folder" / ".lock"), timeout=0.1)
    told = text(show(course.check, "most-sides"))
    assert "A square has four sides" in told


@pytest.mark.parametrize("value", [7, [1, 2], pd.DataFrame, "text"])
def test_what_is_no_table_is_answered_with_the_columns_expected(value, self_study, show):
    with pytest.raises(CourseError, match="Use a DataFrame with"):
        show(course.answer, "squares", value)


def test_columns_in_several_levels_are_refused_in_words(self_study, show):
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")]))
    with pytest.raises(CourseError, match="several levels"):
        show(course.answer, "squares", frame)


@pytest.mark.parametrize(("source", "start"), [(["khan"], 1), ("khan", "2"), ("khan", 0), ("nobody", 1)])
def test_reading_what_does_not_exist_is_answered_in_words(source, start):
    with pytest.raises(CourseError):
        course.read(source, start=start)
