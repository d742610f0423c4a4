"""A grading that is killed at any moment loses nothing: on SQLite, the default."""

import os
import signal
import subprocess
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
import yaml
from nbgrader.api import Gradebook

from tests.grading import steps
from tests.grading.kills import MARKED, NOTE, Trials
from tests.grading.small import (
    RIGHT,
    UNIT,
    WRONG,
    Grading,
    copy_of,
    ended,
    hand_in,
    hand_in_all,
    wait_for,
)

KILLS = int(os.environ.get("KILLS", "3"))  # CONTRIBUTING.md says when more are tried
SEED = 20260112


@pytest.fixture(scope="module")
def trials(small_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Trials:
    folder = tmp_path_factory.mktemp("kill")
    course = copy_of(small_course, folder / "course")
    numbers = count()

    def copy() -> tuple[Path, str]:
        target = copy_of(course, folder / f"copy-{next(numbers)}")
        return target, f"sqlite:///{target}/gradebook.db"

    return Trials(course, copy, f"sqlite:///{course}/gradebook.db")


def test_a_grading_that_is_killed_and_run_again_equals_an_undisturbed_one(trials: Trials) -> None:
    assert trials.run(KILLS, SEED) == [], f"seed {SEED}"


def test_marks_given_by_hand_before_survive(trials: Trials) -> None:
    for name in MARKED:
        assert ("comment", "answer-by-size", None, NOTE) in trials.after[name]
        marks = next(row for row in trials.after[name] if row[:2] == ("grade", "check-by-size"))
        assert marks[3] == 1.5
        assert marks[5] == (name == "s001")  # its work has changed since


@pytest.fixture
def marked(small_course: Path, tmp_path: Path) -> Path:
    """A class of which one student's marks were given by hand, who has handed in again since, late, and one is new."""
    course = copy_of(small_course, tmp_path / "course")
    with (course / "nbgrader_config.py").open("a") as file:
        file.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    hand_in(course, "marked", RIGHT)
    steps.grade(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        book.find_assignment(UNIT).duedate = datetime(2026, 1, 12, 9)
        mark = book.find_grade("check-by-size", UNIT, UNIT, "marked")
        mark.manual_score, mark.needs_manual_grade = 1.5, False
        book.find_comment("answer-by-size", UNIT, UNIT, "marked").manual_comment = NOTE
        book.db.commit()
    hand_in(course, "marked", WRONG, minutes=90)
    hand_in(course, "new", RIGHT)
    return course


def another_key(course: Path) -> None:
    """Let a wrong answer be right from now on."""
    path = course / "source" / UNIT / "key.yaml"
    key = yaml.safe_load(path.read_text())
    part = key["keys"]["most-sides"]
    part["accept"].append({"answer": {"choices": ["triangle"]}, "reason": "It has the most points on one side."})
    del part["options"]["triangle"]
    part["samples"]["reject"][0] = {
        "answer": {"choices": ["square"], "confidence": "guess"},
        "explains": "stops-early",
    }
    path.write_text(yaml.safe_dump(key))


@pytest.mark.parametrize("do", [steps.grade, steps.grade_again, steps.regrade])
def test_a_grading_that_is_killed_at_any_step_is_finished_by_the_next(
    marked: Path, tmp_path: Path, do: Callable[[Path], None]
) -> None:
    if do is not steps.grade:
        steps.grade(marked)
        another_key(marked)
    found = steps.kill_at_each_step(marked, do, tmp_path / "report.json")
    assert found["steps"] > 10
    assert found["wrong"] == []


def living(group: int) -> list[str]:
    """The processes of a group that have not ended."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    found = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [parts[-1] for parts in found if parts[0] == str(group) and not parts[1].startswith("Z")]


def test_if_only_the_command_is_killed_its_workers_end(small_course: Path, tmp_path: Path) -> None:
    course = copy_of(small_course, tmp_path / "course")
    hand_in_all(course, 60)
    with ended(run := Grading(course, "--jobs", "2")):
        wait_for(lambda: list((course / "autograded").glob("*/*")), "the first student")
        group = run.process.pid or 0
        assert len(living(group)) > 2
        os.kill(group, signal.SIGKILL)
        try:
            wait_for(lambda: not living(group), "the end of all processes")
        finally:
            run.kill()
