"""`nbgrader validate` tells a class whether work is complete, and nothing of the key."""

from pathlib import Path
from typing import Any

import pytest

from course.exercises.kinds import ChoiceItem
from tests.classroom import KINDS, SOURCE, UNITS, Class, Person, checks, fill_forms
from tests.leaks import master

WRONG = {
    "most-sides": {"choices": ["triangle"], "confidence": "sure"},
    "even-numbers": {"choices": ["three", "five"]},
    "round-or-straight": {
        "labels": dict.fromkeys(["circle", "oval", "ring"], "straight")
        | dict.fromkeys(["cube", "kite", "star"], "round")
    },
    "by-size": {"order": ["mile", "yard", "foot", "inch"]},
    "corners": {"value": 12},
    "squares": {"columns": ["number", "square"], "rows": [[1, 2], [2, 4], [3, 6]]},
}
COMPLETE = "Success! Your notebook passes all the tests."


def fetched(folder: Path, unit: Path) -> tuple[Person, Path]:
    school = Class(folder, unit)
    school.teacher.nbgrader("release_assignment", unit.name)
    student = school.student("student")
    student.nbgrader("fetch_assignment", unit.name)
    return student, student.folder / unit.name


def validate(student: Person, unit: str) -> str:
    return student.nbgrader("validate", f"{unit}/{unit}.ipynb")


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What nbgrader says of a fetched unit, of one with an answer short, and of one that is complete and wrong."""
    student, folder = fetched(tmp_path_factory.mktemp("kinds"), KINDS)
    said = {"nothing": validate(student, "kinds")}
    fill_forms(folder, WRONG | {"most-sides": {"choices": ["triangle"]}})  # does not say how sure
    said["one short"] = validate(student, "kinds")
    fill_forms(folder, WRONG)
    said["complete"] = validate(student, "kinds")
    return said


def test_when_nothing_is_answered_then_validate_complains_of_every_check(kinds: dict[str, str]) -> None:
    assert "VALIDATION FAILED ON 4 CELL(S)!" in kinds["nothing"]
    for name in WRONG:
        assert f'"{name}"' in kinds["nothing"]


def test_when_one_answer_is_incomplete_then_validate_complains_of_its_check_alone(kinds: dict[str, str]) -> None:
    assert "VALIDATION FAILED ON 1 CELL(S)!" in kinds["one short"]
    assert 'check("most-sides")' in kinds["one short"]


def test_when_everything_is_answered_then_validate_does_not_complain_even_if_all_is_wrong(
    kinds: dict[str, str],
) -> None:
    assert COMPLETE in kinds["complete"]


def test_in_a_real_unit_validate_complains_until_it_is_complete(tmp_path: Path) -> None:
    unit = next(name for name in UNITS if checks(SOURCE / name / f"{name}.ipynb"))
    student, folder = fetched(tmp_path, SOURCE / unit)
    graded = len(checks(folder / f"{unit}.ipynb"))
    assert f"VALIDATION FAILED ON {graded} CELL(S)!" in validate(student, unit)
    items, key = master(SOURCE / unit)
    answers: dict[str, Any] = {item.id: dict(key.of(item).model_answer()) for item in items.items}
    for item in items.items:
        if isinstance(item, ChoiceItem) and item.confidence:
            answers[item.id]["confidence"] = "guess"
    fill_forms(folder, answers)
    assert COMPLETE in validate(student, unit)
