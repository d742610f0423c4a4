"""The gradebook on PostgreSQL, through nbgrader's setting ``db_url``: the same rows, and kills lose nothing."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.grading.kills import Trials
from tests.grading.postgres import Server, postgres
from tests.grading.small import grade, hand_in_all, released, rows, snapshot, use_database

KILLS = 30
SEED = 20260113


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as running:
        yield running


@pytest.fixture(scope="module")
def course(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return released(tmp_path_factory.mktemp("postgres"), server.create("course"))


@pytest.fixture(scope="module")
def trials(server: Server, course: Path) -> Trials:
    numbers = count()

    def copy() -> tuple[Path, str]:
        number = next(numbers)
        target = course.parent / f"copy-{number}"
        shutil.copytree(course, target)
        url = server.create(f"copy-{number}", "course")
        use_database(target, url)
        return target, url

    return Trials(course, copy, server.url("course"))


def test_a_grading_that_is_killed_and_run_again_equals_an_undisturbed_one(trials: Trials) -> None:
    print(f"seed {SEED}")  # noqa: T201  # what a failure needs to be seen again
    assert trials.run(KILLS, SEED) == []


def test_the_rows_are_those_of_sqlite(server: Server, course: Path, tmp_path: Path) -> None: ...
