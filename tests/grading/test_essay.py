"""Essays as the engine grades them: form by the computer, the text by a person."""

import json
from functools import cache
from typing import Any

import pytest

from course.exercises import Unit, UnitKey
from course.exercises.kinds.essay import EssayItem
from course.grading.assignment import Assignment
from course.grading.grade import Graded, grade, regrade
from tests.content import assert_harmless
from tests.grading.material import code, master, nbgrader, released, submission, text
from tests.test_essay import AGAINST, FIELDS, FOR, GOOD, HOSTILE, key

NAME = "kinds"
CELL, CHECK = "answer-brief", "check-brief"


@cache
def assignment(points: int = 3) -> Assignment:
    unit = Unit(
        unit=NAME, title="Essays", minutes=5, objectives={"write": "Write"}, items=(EssayItem.model_validate(FIELDS),)
    )
    keys = UnitKey(unit=NAME, misconceptions={}, keys={"brief": key()})
    cells = [
        text("goal", "# Essays"),
        code(CELL, 'write("brief")', nbgrader(CELL, grade=True, solution=True, points=points)),
        code(CHECK, 'check("brief")', nbgrader(CHECK, grade=True, points=3)),
    ]
    return Assignment(NAME, (master(cells),), {}, unit, keys)


def graded(answer: dict[str, str] | None, source: str | None = None) -> Graded:
    notebook = released(assignment())
    if source is not None:
        notebook["cells"][1]["source"] = source
    return grade(submission(notebook, {"brief": {"parts": answer}} if answer else None), assignment(), None)


def shown(work: Graded) -> str:
    cells = {cell["id"]: cell for cell in json.loads(work.files[f"{NAME}.ipynb"])["cells"]}
    html = cells[CELL]["outputs"][0]["data"]["text/html"]
    assert isinstance(html, str)
    return html


def test_the_form_is_scored_and_the_text_waits_for_a_person():
    work = graded(GOOD)
    assert work.rows[NAME] == {CELL: None, CHECK: 3.0}
    assert work.comments[NAME] == {CELL: None}


def test_who_wrote_nothing_has_no_points_and_nobody_has_to_look():
    work = graded(None)
    assert work.rows[NAME] == {CELL: 0.0, CHECK: 0.0}
    assert work.comments[NAME] == {CELL: "No response."}


def test_a_text_that_is_too_short_still_waits_for_a_person():
    assert graded({"for": "Perhaps."}).rows[NAME] == {CELL: None, CHECK: 0.0}


def test_a_text_that_was_typed_into_the_cell_counts():
    assert graded(None, f"answer('brief', {GOOD!r})").rows[NAME] == {CELL: None, CHECK: 3.0}


def test_the_graded_notebook_shows_the_text_and_the_rubric_and_nothing_of_the_key():
    html = shown(graded(GOOD))
    for part in (FOR, AGAINST, "Fairness", "Full."):
        assert part in html
    assert "Three." not in html


def test_what_a_student_wrote_is_no_markup():
    assert_harmless(shown(graded({"for": HOSTILE})), HOSTILE)


@pytest.mark.parametrize("answer", [{"parts": {"for": "x" * 20_001}}, {"parts": {"thesis": "x"}}, {"parts": ["x"]}, {}])
def test_what_cannot_be_an_essay_gets_nothing(answer: Any):
    work = grade(submission(released(assignment()), {"brief": answer}), assignment(), None)
    assert work.rows[NAME][CHECK] == 0
    assert "Nothing is written." in shown(work)


def test_a_regrade_leaves_the_mark_to_the_person_who_gave_it():
    work = graded(GOOD)
    again = regrade(work.files, "ada", assignment())
    assert again.rows == work.rows
    assert again.comments == {}
