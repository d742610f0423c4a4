"""The gradebook on PostgreSQL, through nbgrader's setting ``db_url``: the same rows, and kills lose nothing."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from nbgrader.api import Base
from sqlalchemy import create_engine, insert, select

from tests.grading.kills import Trials
from tests.grading.postgres import Server, postgres
from tests.grading.small import copy_of, grade, released, rows, snapshot, use_database

KILLS = int(os.environ.get("KILLS", "3"))  # CONTRIBUTING.md says when more are tried
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
        target = copy_of(course, course.parent / f"copy-{number}")
        url = server.create(f"copy-{number}", "course")
        use_database(target, url)
        return target, url

    return Trials(course, copy, server.url("course"))


def test_a_grading_that_is_killed_and_run_again_equals_an_undisturbed_one(trials: Trials) -> None:
    assert trials.run(KILLS, SEED) == [], f"seed {SEED}"


def test_the_rows_are_those_of_sqlite(trials: Trials, server: Server, course: Path, tmp_path: Path) -> None:
    copy, url = copy_of(course, tmp_path / "course"), f"sqlite:///{tmp_path}/gradebook.db"
    theirs, ours = create_engine(server.url("course")), create_engine(url)
    Base.metadata.create_all(ours)
    with theirs.connect() as old, ours.begin() as new:
        for table in Base.metadata.sorted_tables:
            lines = [dict(row) for row in old.execute(select(table)).mappings()]
            if lines:
                new.execute(insert(table), lines)
    theirs.dispose()
    ours.dispose()
    use_database(copy, url)
    grade(copy, "--jobs", "1")
    assert rows(url) == trials.after
    assert snapshot(copy / "autograded") == trials.files
