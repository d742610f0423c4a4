"""A grading that is killed at any moment loses nothing: on SQLite, the default."""

import shutil
from itertools import count
from pathlib import Path

import pytest

from tests.grading.kills import MARKED, NOTE, Trials
from tests.grading.small import released

KILLS = 30
SEED = 20260112


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Trials:
    folder = tmp_path_factory.mktemp("kill")
    course = released(folder)
    numbers = count()

    def copy() -> tuple[Path, str]:
        target = folder / f"copy-{next(numbers)}"
        shutil.copytree(course, target)
        return target, f"sqlite:///{target}/gradebook.db"

    return Trials(course, copy, f"sqlite:///{course}/gradebook.db")


def test_a_grading_that_is_killed_and_run_again_equals_an_undisturbed_one(trials: Trials) -> None:
    print(f"seed {SEED}")  # noqa: T201  # what a failure needs to be seen again
    assert trials.run(KILLS, SEED) == []


def test_marks_given_by_hand_before_survive(trials: Trials) -> None:
    for name in MARKED:
        assert ("comment", "answer-by-size", None, NOTE) in trials.after[name]
        marks = next(row for row in trials.after[name] if row[:2] == ("grade", "check-by-size"))
        assert marks[3] == 1.5
        assert marks[5] == (name == "s001")  # its work has changed since
