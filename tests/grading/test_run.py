"""A run over a class: what is graded and what skipped, several at once, and what happens when something dies."""

import json
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from course.errors import CourseError
from course.grading import grade as grading
from course.grading import run
from course.grading.demo import simulate
from course.grading.grade import RECORD, Outcome
from course.grading.plugin import open_course
from course.grading.run import Report, grade_class
from course.grading.submission import Submission
from tests.classroom import KINDS
from tests.grading.small import RIGHT, UNIT, WRONG, hand_in, hand_in_all, rows, snapshot

CLASS = 30


@pytest.fixture
def _no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "available", lambda: "There is none in this test.")


@pytest.fixture
def course(small_course: Path, tmp_path: Path, _no_sandbox: None) -> Path:
    """Three students have handed in; none of their work needs a sandbox."""
    course = shutil.copytree(small_course, tmp_path / "course")
    for name, answers in (("ada", RIGHT), ("bob", WRONG), ("eve", {})):
        hand_in(course, name, answers)
    return course


def grade(course: Path, **how: Any) -> Report:
    return grade_class(open_course(course, UNIT)[0], **{"jobs": 1, **how})


def done(report: Report) -> list[str]:
    return sorted(graded.student for graded in report.graded)


def state(course: Path) -> tuple[Any, Any]:
    return rows(f"sqlite:///{course}/gradebook.db"), snapshot(course / "autograded")


def points(course: Path) -> dict[str, float]:
    """What each student's graded folder says."""
    records = (course / "autograded").glob(f"*/{UNIT}/{RECORD}")
    return {path.parent.parent.name: json.loads(path.read_bytes())["points"] for path in records}


# --- what is graded ------------------------------------------------------------------------------------------------


def test_a_run_grades_everyone_who_handed_in(course: Path):
    report = grade(course)
    assert (done(report), report.skipped, report.max_points) == (["ada", "bob", "eve"], [], 7)
    assert points(course) == {"ada": 7, "bob": 0, "eve": 0}


def test_a_second_run_skips_what_has_not_changed(course: Path):
    grade(course)
    before = state(course)
    report = grade(course)
    assert (done(report), report.skipped) == ([], ["ada", "bob", "eve"])
    assert state(course) == before


def test_what_was_handed_in_again_is_graded_again(course: Path):
    grade(course)
    hand_in(course, "bob", RIGHT)
    assert done(grade(course)) == ["bob"]
    assert points(course)["bob"] == 7


def test_a_new_file_in_a_submission_is_a_change(course: Path):
    grade(course)
    (course / "submitted" / "eve" / UNIT / "data.csv").write_text("1")
    assert done(grade(course)) == ["eve"]


def test_by_force_everything_is_graded_again_to_the_same_rows_and_bytes(course: Path):
    grade(course)
    before = state(course)
    assert done(grade(course, force=True)) == ["ada", "bob", "eve"]
    assert state(course) == before


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [(("bob",), ["bob"]), (("bob", "eve", "eve"), ["bob", "eve"]), (("*b*",), ["bob"]), (("nobody",), [])],
)
def test_only_the_students_asked_for_are_graded(course: Path, wanted: tuple[str, ...], expected: list[str]):
    assert done(grade(course, students=wanted)) == expected
    assert sorted(points(course)) == expected


def test_students_whom_the_course_excludes_are_not_graded(course: Path):
    config = course / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\nc.CourseDirectory.student_id_exclude = 'bob,eve'\n")
    assert done(grade(course)) == ["ada"]


@pytest.mark.parametrize("name", ["x" * (run.MAX_NAME + 1), "new\nline", ".hidden", "\x1b[2J"])
def test_a_folder_whose_name_is_no_id_is_passed_over(course: Path, name: str):
    (course / "submitted" / name).mkdir()
    shutil.copytree(course / "submitted" / "ada" / UNIT, course / "submitted" / name / UNIT)
    assert done(grade(course)) == ["ada", "bob", "eve"]


def test_a_file_among_the_students_folders_is_passed_over(course: Path):
    (course / "submitted" / "notes.txt").touch()
    assert done(grade(course)) == ["ada", "bob", "eve"]


def test_a_run_tells_how_far_it_is(course: Path):
    grade(course, students=("ada",))
    told: list[tuple[int, int]] = []
    grade(course, tell=lambda number, total: told.append((number, total)))
    assert told == [(2, 3), (3, 3), (3, 3)]


def test_a_unit_that_was_not_released_is_refused(course: Path):
    with pytest.raises(CourseError, match="gradebook does not know"):
        grade_class(open_course(course, "other")[0])


def test_when_a_released_notebook_is_missing_nothing_is_written(course: Path):
    (course / "release" / UNIT / f"{UNIT}.ipynb").unlink()
    with pytest.raises(CourseError, match="released notebook is missing"):
        grade(course)
    assert not (course / "autograded").exists()


# --- what goes wrong -----------------------------------------------------------------------------------------------


def test_while_one_run_is_at_work_another_is_refused(course: Path):
    with open_course(course, UNIT)[0].locked(), pytest.raises(CourseError, match="graded by another process"):
        grade(course)
    assert not (course / "autograded").exists()
    assert done(grade(course)) == ["ada", "bob", "eve"]


def test_a_run_that_is_stopped_is_finished_by_the_next(course: Path):
    def stop(number: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade(course, tell=stop)
    report = grade(course)
    assert (report.skipped, done(report)) == (["ada"], ["bob", "eve"])
    assert points(course) == {"ada": 7, "bob": 0, "eve": 0}


def test_a_failure_in_grading_one_leaves_it_to_a_person_and_goes_on(course: Path, monkeypatch: pytest.MonkeyPatch):
    real = grading._grade

    def fail(submission: Submission, *others: Any) -> Any:
        if submission.student == "bob":
            raise RecursionError("deep")
        return real(submission, *others)

    monkeypatch.setattr(grading, "_grade", fail)
    outcomes = {graded.student: graded.outcome for graded in grade(course).graded}
    assert outcomes == {"ada": Outcome.GRADED, "bob": Outcome.REVIEW, "eve": Outcome.GRADED}
    marks = [row for row in state(course)[0]["bob"] if row[0] == "grade"]
    assert [(row[2], row[5]) for row in marks] == [(None, True)] * 3


@dataclass(frozen=True)
class Deadly(Submission):
    """A submission that kills the process that reads it, as often as there are files to count with."""

    parent: int = 0
    lives: str = ""

    @property
    def digest(self) -> str:
        left = sorted(Path(self.lives).iterdir())
        if os.getpid() != self.parent and left:
            left[0].unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().digest


def make_deadly(course: Path, monkeypatch: pytest.MonkeyPatch, student: str, times: int) -> None:
    lives = course.parent / "lives"
    lives.mkdir()
    for number in range(times):
        (lives / str(number)).touch()
    real: Callable[..., Submission] = run.read_submission

    def read(folder: Path, name: str, *others: Any) -> Submission:
        found = real(folder, name, *others)
        if name != student:
            return found
        return Deadly(found.student, found.files, found.left_out, os.getpid(), str(lives))

    monkeypatch.setattr(run, "read_submission", read)


def test_a_process_that_dies_costs_only_the_submission_that_killed_it(course: Path, monkeypatch: pytest.MonkeyPatch):
    hand_in_all(course, 12)
    undisturbed = shutil.copytree(course, course.parent / "undisturbed")
    grade(undisturbed)
    make_deadly(course, monkeypatch, "s004", times=9)
    report = grade(course, jobs=2)
    assert [graded.notes for graded in report.graded if graded.student == "s004"] == [
        ("The process that graded it died.",)
    ]
    after, expected = state(course), state(undisturbed)
    assert [name for name in expected[0] if after[0].get(name) != expected[0][name]] == ["s004"]
    assert {name.split("/")[0] for name in expected[1] if after[1].get(name) != expected[1][name]} == {"s004"}


def test_work_that_a_process_had_when_it_died_is_given_to_another(course: Path, monkeypatch: pytest.MonkeyPatch):
    undisturbed = shutil.copytree(course, course.parent / "undisturbed")
    grade(undisturbed)
    make_deadly(course, monkeypatch, "bob", times=1)
    grade(course, jobs=2)
    assert state(course) == state(undisturbed)


# --- a whole class, with code --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("simulated") / "class"
    simulate([KINDS], CLASS, 1, out)
    return out


@pytest.fixture(scope="module")
def one_by_one(simulated: Path) -> tuple[Path, Report]:
    """The class, graded by one process."""
    course = shutil.copytree(simulated, simulated.parent / "one")
    return course, grade(course)


def test_one_process_and_two_give_the_same_rows_and_the_same_bytes(simulated: Path, one_by_one: tuple[Path, Report]):
    course = shutil.copytree(simulated, simulated.parent / "two")
    report = grade(course, jobs=2)
    assert done(report) == done(one_by_one[1])
    assert len(done(report)) == CLASS
    assert state(course) == state(one_by_one[0])


def test_in_an_honest_class_nobody_has_to_be_looked_at(one_by_one: tuple[Path, Report]):
    report = one_by_one[1]
    assert report.sandbox == "bwrap"
    assert {graded.outcome for graded in report.graded} == {Outcome.GRADED}
    assert max(graded.points for graded in report.graded) == report.max_points == 11


def test_without_a_sandbox_code_waits_and_a_later_run_with_one_grades_it(
    simulated: Path, one_by_one: tuple[Path, Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    course = shutil.copytree(simulated, tmp_path / "course")
    with monkeypatch.context() as patch:
        patch.setattr(run, "available", lambda: "There is none in this test.")
        first = grade(course, students=("*-000[12]",))
    assert first.sandbox == "missing"
    assert {graded.outcome for graded in first.graded} == {Outcome.REVIEW}
    second = grade(course, students=("*-000[12]",))
    assert done(second) == done(first) == ["simulated-0001", "simulated-0002"]
    now, expected = state(course), state(one_by_one[0])
    assert now[0] == {name: expected[0][name] for name in now[0]}
    assert now[1] == {name: expected[1][name] for name in now[1]}


def test_a_sandbox_asked_for_by_name_and_missing_is_refused(course: Path):
    with pytest.raises(CourseError, match="no sandbox here"):
        grade(course, sandbox="bwrap")
    assert not (course / "autograded").exists()


def test_where_code_runs_without_a_sandbox_the_report_says_so(course: Path):
    assert grade(course, students=("nobody",), sandbox="none").sandbox == "none"
