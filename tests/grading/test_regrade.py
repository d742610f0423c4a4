"""A regrade after a changed key: stored answers, no student code, manual marks kept."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from nbgrader.api import Gradebook

from course.errors import CourseError
from course.grading import run
from course.grading.plugin import open_course
from course.grading.run import Change, grade_class, regrade_class
from tests.grading.small import RIGHT, UNIT, WRONG, hand_in, hand_in_all, rows, snapshot

SQUARE = {"most-sides": {"choices": ["square"], "confidence": "sure"}}
BROKEN = "s007"  # a notebook cut short, with nothing else


@pytest.fixture
def course(small_course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A graded class, whose key accepts the square since."""
    monkeypatch.setattr(run, "available", lambda: "There is none in this test.")
    course = shutil.copytree(small_course, tmp_path / "course")
    hand_in_all(course, 8)
    for name, answers in (("ada", RIGHT), ("bob", WRONG), ("eve", RIGHT | SQUARE)):
        hand_in(course, name, answers)
    grade_class(open_course(course, UNIT)[0], jobs=1)
    accept_the_square(course)
    return course


def accept_the_square(course: Path) -> None:
    path = course / "source" / UNIT / "key.yaml"
    key = yaml.safe_load(path.read_text())
    item = key["keys"]["most-sides"]
    item["accept"][0]["answer"]["choices"] = ["square"]
    item["options"]["pentagon"] = item["options"].pop("square")
    path.write_text(yaml.safe_dump(key))


def regrade(course: Path, **how: Any) -> list[Change]:
    return regrade_class(open_course(course, UNIT)[0], **how)


def state(course: Path) -> tuple[Any, Any]:
    return rows(f"sqlite:///{course}/gradebook.db"), snapshot(course / "autograded")


def changes(course: Path, **how: Any) -> dict[str, tuple[float, float]]:
    return {change.student: (change.before, change.after) for change in regrade(course, **how)}


def test_a_regrade_tells_who_changes_and_by_how_much(course: Path):
    found = changes(course)
    assert found["ada"] == (7, 6)
    assert found["eve"] == (6, 7)
    assert "bob" not in found


def test_a_regrade_gives_the_rows_and_bytes_that_grading_anew_gives(course: Path, tmp_path: Path):
    anew = shutil.copytree(course, tmp_path / "anew")
    grade_class(open_course(anew, UNIT)[0], jobs=1, force=True)
    before = state(course)
    regrade(course)
    assert state(course) == state(anew) != before


def test_a_second_regrade_changes_nothing(course: Path):
    regrade(course)
    after = state(course)
    assert changes(course) == {}
    assert state(course) == after


def test_a_dry_run_tells_the_same_and_writes_nothing(course: Path):
    before = snapshot(course)
    told = changes(course, dry_run=True)
    after = snapshot(course)
    assert {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)} <= {
        f".grading-{UNIT}.lock"
    }
    assert told == changes(course)


def test_a_regrade_runs_no_code_and_starts_no_program(course: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: Any, **__: Any) -> Any:
        pytest.fail("something was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(run, "Sandbox", refuse)
    assert "ada" in changes(course)


def test_a_regrade_does_not_look_at_what_was_handed_in_since(course: Path):
    hand_in(course, "bob", RIGHT | SQUARE)
    shutil.rmtree(course / "submitted" / "ada")
    found = changes(course)
    assert "bob" not in found
    assert found["ada"] == (7, 6)


def test_after_a_regrade_a_submission_counts_as_graded(course: Path):
    regrade(course)
    assert grade_class(open_course(course, UNIT)[0], jobs=1).graded == []


def test_only_the_students_asked_for_are_regraded(course: Path):
    assert changes(course, students=("eve",)) == {"eve": (6, 7)}
    assert changes(course, students=("e*",)) == {}
    assert "ada" in changes(course)


def test_marks_and_comments_given_by_hand_stay(course: Path):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        for cell in ("check-most-sides", "check-by-size"):
            grade = book.find_grade(cell, UNIT, UNIT, "ada")
            grade.manual_score, grade.needs_manual_grade = 0.5, False
        book.find_comment("answer-by-size", UNIT, UNIT, "ada").manual_comment = "Well done."
        book.db.commit()
    regrade(course)
    now = state(course)[0]["ada"]
    assert ("comment", "answer-by-size", None, "Well done.") in now
    marks = {row[1]: row[2:] for row in now if row[0] == "grade"}
    assert marks["check-most-sides"] == (0, 0.5, None, True)  # the points changed, so look again
    assert marks["check-by-size"] == (2, 0.5, None, False)


def test_what_needs_review_still_does(course: Path):
    before = state(course)[0][BROKEN]
    assert [row[5] for row in before if row[0] == "grade"] == [True] * 3
    assert BROKEN not in changes(course)
    assert state(course)[0][BROKEN] == before


def test_automatic_comments_and_times_stay(course: Path):
    kept = {"comment", "submission", "notebook"}
    before = {name: [row for row in lines if row[0] in kept] for name, lines in state(course)[0].items()}
    regrade(course)
    assert {name: [row for row in lines if row[0] in kept] for name, lines in state(course)[0].items()} == before


def test_a_student_without_graded_work_is_passed_over(course: Path):
    hand_in(course, "new", RIGHT)
    (course / "autograded" / "odd" / UNIT).mkdir(parents=True)
    assert not {"new", "odd"} & changes(course).keys()


def test_a_broken_key_changes_nothing(course: Path):
    before = state(course)
    (course / "source" / UNIT / "key.yaml").write_text("unit: kinds\nkeys: {}\n")
    with pytest.raises(CourseError, match=r"key\.yaml"):
        regrade(course)
    assert state(course) == before


def test_an_assignment_without_items_cannot_be_regraded(course: Path):
    (course / "source" / UNIT / "items.yaml").unlink()
    with pytest.raises(CourseError, match="there are no answers to score"):
        regrade(course)


def test_while_a_run_is_at_work_a_regrade_is_refused(course: Path):
    with open_course(course, UNIT)[0].locked(), pytest.raises(CourseError, match="graded by another process"):
        regrade(course)
