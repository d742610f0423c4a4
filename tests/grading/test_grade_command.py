"""``course grade`` and ``course feedback``: what they print, and that nbgrader's own command does the same."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from course import cli
from course.grading import run
from course.grading.plugin import limits, open_course
from tests.classroom import Person
from tests.grading.small import RIGHT, UNIT, WRONG, hand_in, rows, snapshot
from tests.grading.test_regrade import accept_the_square

NOT_JSON = "The notebook kinds.ipynb is not JSON"
SQUARE = {"most-sides": {"choices": ["square"], "confidence": "sure"}}


@pytest.fixture
def course(small_course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three students: all right, damaged but readable, and unreadable."""
    monkeypatch.setattr(run, "available", lambda: "There is none in this test.")
    course = shutil.copytree(small_course, tmp_path / "course")
    hand_in(course, "ada", RIGHT)
    notebook = hand_in(course, "bob", WRONG | SQUARE) / f"{UNIT}.ipynb"
    notebook.write_text(notebook.read_text().replace("check(", "print("))
    (hand_in(course, "eve", {}, how="notebook") / f"{UNIT}.ipynb").write_text("{")
    return course


class Command:
    """The ``course`` command, run in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch
        self.code: Any = 0
        self.errors = ""

    def __call__(self, name: str, course: Path, *options: str) -> str:
        self._monkeypatch.setattr(sys, "argv", ["course", name, UNIT, "--course-dir", str(course), *options])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = self._capsys.readouterr()
        self.code, self.errors = ended.value.code, printed.err
        return printed.out

    def as_json(self, course: Path, *options: str) -> Any:
        return json.loads(self("grade", course, "--json", *options))


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capsys, monkeypatch)


def test_the_report_tells_how_each_submission_ended(course: Path, command: Command):
    report = command.as_json(course)
    assert report.pop("seconds") > 0
    submissions = {each.pop("student"): each for each in report.pop("submissions")}
    counts = {"graded": 1, "repaired": 1, "needs review": 1, "skipped": 0}
    assert report == {"unit": UNIT, "sandbox": "missing", "counts": counts}
    assert submissions["ada"] == {"outcome": "graded", "points": 7, "max_points": 7, "in_kernel": 0, "notes": []}
    assert submissions["bob"]["outcome"] == "repaired"
    assert submissions["bob"]["notes"][0].startswith("The locked cell check-most-sides had been changed;")
    assert (submissions["eve"]["outcome"], submissions["eve"]["points"]) == ("needs review", 0)
    assert [note.partition(" (")[0] for note in submissions["eve"]["notes"]] == [NOT_JSON]


def test_submissions_are_listed_by_name_whoever_was_ready_first(course: Path, command: Command):
    names = [each["student"] for each in command.as_json(course, "--jobs", "2")["submissions"]]
    assert names == ["ada", "bob", "eve"]


def test_what_was_graded_before_is_counted_as_skipped(course: Path, command: Command):
    command("grade", course)
    report = command.as_json(course)
    assert report["counts"] == {"graded": 0, "repaired": 0, "needs review": 0, "skipped": 3}
    assert report["submissions"] == []


def test_the_summary_names_everyone_to_look_at_and_why(course: Path, command: Command):
    lines = command("grade", course, "--jobs", "1").splitlines()
    summary = next(number for number, line in enumerate(lines) if line.startswith("kinds: "))
    assert "kinds: 1 graded, 1 repaired, 1 needs review (" in lines[summary]
    assert lines[summary + 1].startswith("bob: repaired. The locked cell check-most-sides had been changed;")
    assert [line.partition(" (")[0] for line in lines[summary + 2 :]] == [f"eve: needs review. {NOT_JSON}"]


@pytest.mark.parametrize(("option", "warning"), [("auto", "There is no sandbox"), ("none", "WITHOUT a sandbox")])
def test_what_ran_without_a_sandbox_stands_before_everything_else(
    course: Path, command: Command, option: str, warning: str
):
    lines = command("grade", course, "--student", "nobody", "--sandbox", option).splitlines()
    first = next(line for line in lines if line and not line.startswith("Grading"))
    assert warning in first


def test_names_of_files_cannot_give_commands_to_the_terminal(course: Path, command: Command):
    (course / "submitted" / "ada" / UNIT / "\x1b[2Jx").symlink_to("/etc/passwd")
    printed = command("grade", course)
    assert "[2Jx is a link" in printed
    assert "\x1b" not in printed


def test_several_students_can_be_named(course: Path, command: Command):
    report = command.as_json(course, "--student", "eve", "--student", "ada")
    assert [each["student"] for each in report["submissions"]] == ["ada", "eve"]


def test_a_regrade_prints_who_changed_and_by_how_much(course: Path, command: Command):
    command("grade", course)
    accept_the_square(course)
    would = command("grade", course, "--regrade", "--dry-run").splitlines()
    did = command("grade", course, "--regrade").splitlines()
    assert would == ["ada: 7 → 6 (-1)", "bob: 0 → 1 (+1)", "2 students would change; nothing was written."]
    assert did == [*would[:2], "2 students changed."]
    assert command("grade", course, "--regrade") == "No points change.\n"


def test_a_regrade_can_be_read_by_programs(course: Path, command: Command):
    command("grade", course)
    accept_the_square(course)
    changes = command.as_json(course, "--regrade", "--student", "ada")["changes"]
    assert changes == [{"student": "ada", "before": 7, "after": 6}]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dry-run"], "--dry-run goes with --regrade. Add --regrade, or leave it out."),
        (["--sandbox", "bwrap"], "there is no sandbox here: There is none in this test."),
        (["--course-dir", "/nowhere"], "/nowhere: there is no such folder."),
        (["--scheduler", "no-scheme"], "no-scheme: the scheduler cannot be reached"),
    ],
)
def test_a_mistake_is_told_in_one_line(course: Path, command: Command, options: list[str], message: str):
    assert command("grade", course, *options, "--json") == ""
    assert command.code == 2
    assert message in command.errors
    assert len(command.errors.splitlines()) == 1


def test_pages_are_counted_and_what_they_hold_back_is_told(course: Path, command: Command):
    command("grade", course)
    assert command("feedback", course).splitlines() == [
        f"3 pages in {course / 'feedback'}.",
        "3 pages hold back explanations until the due date, and the gradebook has none. "
        "Set one in formgrader, or write reveal: always into items.yaml.",
    ]
    pages = sorted(path.relative_to(course / "feedback").as_posix() for path in course.glob("feedback/*/*/*.html"))
    assert pages == [f"{name}/{UNIT}/{UNIT}.html" for name in ("ada", "bob", "eve")]


def test_the_limit_of_a_cell_is_nbgraders_own_setting(course: Path):
    config = course / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\nc.Execute.timeout = 7\n")
    found = limits(open_course(course, UNIT)[1])
    assert (found.cell_seconds, found.total_seconds) == (7, 21)


# --- nbgrader's own command ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def twins(small_course: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Person, Person, str]:
    """The same class, graded by ``nbgrader autograde`` and by ``course grade``; and what the latter printed."""
    folder = tmp_path_factory.mktemp("twins")
    people = [Person(shutil.copytree(small_course, folder / name / "work"), folder / name) for name in ("one", "two")]
    for person in people:
        (person.home / ".jupyter").mkdir()
        hand_in(person.folder, "ada", RIGHT)
        (hand_in(person.folder, "bob", {}, how="notebook") / f"{UNIT}.ipynb").write_text("{")
    people[0].nbgrader("autograde", UNIT)
    printed = people[1].course_command("grade", UNIT, "--json")
    return people[0], people[1], printed


def test_nbgraders_command_and_ours_give_the_same_rows_and_files(twins: tuple[Person, Person, str]):
    one, two, printed = twins
    assert rows(f"sqlite:///{one.folder}/gradebook.db") == rows(f"sqlite:///{two.folder}/gradebook.db")
    assert snapshot(one.folder / "autograded") == snapshot(two.folder / "autograded")
    assert json.loads(printed)["counts"]["needs review"] == 1


def test_each_command_knows_what_the_other_has_graded(twins: tuple[Person, Person, str]):
    one, two, _ = twins
    assert json.loads(one.course_command("grade", UNIT, "--json"))["counts"]["skipped"] == 2
    assert "Skipping ada: graded before, not changed since" in two.nbgrader("autograde", UNIT)


def test_nbgraders_log_tells_who_needs_review_and_gives_no_commands_to_the_terminal(twins: tuple[Person, Person, str]):
    (twins[0].folder / "submitted" / "bob" / UNIT / "\x1b[2Jx").symlink_to("/etc/passwd")
    printed = twins[0].nbgrader("autograde", UNIT)
    assert f"WARNING] bob: needs review, 0 points. {NOT_JSON}" in printed
    assert "[2Jx is a link" in printed
    assert "\x1b" not in printed


def test_nbgraders_command_fails_when_nothing_was_handed_in(twins: tuple[Person, Person, str]):
    with pytest.raises(AssertionError, match="No submissions were matched"):
        twins[0].nbgrader("autograde", UNIT, "--student=nobody")
