"""``course grade --scheduler``: the same rows as here, also when a worker is killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client, Future

from tests.grading.dask import Cluster, cluster
from tests.grading.small import Grading, copy_of, ended, grade, hand_in_all, rows, snapshot, wait_for

STUDENTS = 100


def result(course: Path) -> tuple[dict[str, list[tuple[object, ...]]], dict[str, bytes]]:
    return rows(f"sqlite:///{course}/gradebook.db"), snapshot(course / "autograded")


@pytest.fixture(scope="module")
def course(small_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = copy_of(small_course, tmp_path_factory.mktemp("cluster") / "course")
    hand_in_all(course, STUDENTS)
    return course


@pytest.fixture(scope="module")
def here(course: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    """What grading in this machine's own processes gives."""
    copy = copy_of(course, tmp_path_factory.mktemp("here") / "course")
    grade(copy, "--jobs", "1")
    return result(copy)


@pytest.fixture
def dask() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


def test_a_cluster_gives_the_same_rows_and_files_even_if_a_worker_is_killed_midway(
    course: Path, here: object, dask: Cluster, tmp_path: Path
) -> None:
    copy = copy_of(course, tmp_path / "course")
    with ended(run := Grading(copy, "--scheduler", dask.address, commit_seconds=0)):
        wait_for(lambda: len(list((copy / "autograded").glob("*/kinds"))) > 5 or not run.running, "some students")
        dask.workers[0].kill()
        midway = len(list((copy / "autograded").glob("*/kinds")))
        report = run.finish()
    assert midway < STUDENTS
    assert sum(report["counts"].values()) == STUDENTS
    assert result(copy) == here


def test_what_a_cluster_loses_is_given_to_it_again(course: Path, here: object, dask: Cluster, tmp_path: Path) -> None:
    copy = copy_of(course, tmp_path / "course")
    with ended(run := Grading(copy, "--scheduler", dask.address, commit_seconds=0)), Client(dask.address) as client:
        wait_for(lambda: under_way(client) or not run.running, "tasks")
        lost = under_way(client)
        client.cancel([Future(key, client) for key in lost], force=True)
        run.finish()
    assert lost
    assert result(copy) == here


def under_way(client: Client) -> list[str]:
    return [key for keys in client.processing().values() for key in keys if key.startswith("_grade_on_cluster")]


def test_a_scheduler_that_is_not_there_is_named(course: Path) -> None:
    with pytest.raises(AssertionError, match=r"course: tcp://127\.0\.0\.1:9: the scheduler cannot be reached"):
        grade(course, "--scheduler", "tcp://127.0.0.1:9")
