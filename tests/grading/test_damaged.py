"""``course grade`` on a class in which everything is damaged: each submission ends with rows and a reason."""

import json
import os
import re
import socket
import tempfile
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from course.exercises.store import ANSWERS
from course.grading.submission import read_submission
from tests.grading.small import LIMIT, MOST, RIGHT, UNIT, copy_of, grade, hand_in, rows, snapshot

NOTEBOOK = f"{UNIT}.ipynb"
GRADED, REPAIRED, REVIEW = "graded", "repaired", "needs review"

Damage = Callable[[Path], Any]


def only_answers(folder: Path) -> None:
    (folder / NOTEBOOK).unlink()


def nothing(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def wrong_name(folder: Path) -> None:
    (folder / NOTEBOOK).rename(folder / f"{UNIT} (1).ipynb")
    (folder / ANSWERS).unlink()


def file_for_folder(folder: Path) -> None:
    nothing(folder)
    folder.rmdir()
    folder.write_text("my work")


def linked_folder(folder: Path) -> None:
    nothing(folder)
    folder.rmdir()
    folder.symlink_to(folder.parents[1] / "honest" / UNIT)


def linked_files(folder: Path) -> None:
    nothing(folder)
    for name in (NOTEBOOK, ANSWERS):
        (folder / name).symlink_to(folder.parents[1] / "honest" / UNIT / name)


def linked_in_circles(folder: Path) -> None:
    (folder / "loop").symlink_to(folder)


def pipe_beside(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


def pipe_for_notebook(folder: Path) -> None:
    (folder / NOTEBOOK).unlink()
    os.mkfifo(folder / NOTEBOOK)


def pipe_for_everything(folder: Path) -> None:
    nothing(folder)
    for name in (NOTEBOOK, ANSWERS, "timestamp.txt"):
        os.mkfifo(folder / name)


def socket_beside(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
    os.chdir(here)


def folder_for_notebook(folder: Path) -> None:
    (folder / NOTEBOOK).unlink()
    (folder / NOTEBOOK).mkdir()


def large_file(folder: Path, name: str = "video.mp4") -> None:
    with (folder / name).open("ab") as file:
        file.truncate(40_000_000)


def many_files(folder: Path) -> None:
    for number in range(3_000):
        (folder / f"f{number}.txt").touch()


def deep_folders(folder: Path) -> None:
    for _ in range(100):
        folder = folder / "d"
        folder.mkdir()
    (folder / "bottom.txt").touch()


def newline_in_name(folder: Path) -> None:
    (folder / "two\nlines.csv").write_text("1")


def name_that_is_no_text(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.csv")).write_text("1")


def old_notebook(folder: Path) -> None:
    cells = json.loads((folder / NOTEBOOK).read_bytes())["cells"]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    (folder / NOTEBOOK).write_text(json.dumps(old))
    (folder / ANSWERS).unlink()


def in_a_folder_of_its_own(folder: Path) -> None:
    (folder / UNIT).mkdir()
    for path in list(folder.glob("*.*")):
        path.rename(folder / UNIT / path.name)


def broken_entry(folder: Path) -> None:
    book = json.loads((folder / ANSWERS).read_bytes())
    book["answers"]["by-size"]["at"] = "yesterday"
    (folder / ANSWERS).write_text(json.dumps(book))


def write(name: str, content: bytes) -> Damage:
    return lambda folder: (folder / name).write_bytes(content)


# Who handed in what, how it ends, with how many points, and what the report says of it.
CLASS: dict[str, tuple[Damage, str, float, str]] = {
    "honest": (lambda folder: None, GRADED, MOST, "^$"),
    "only-answers": (only_answers, REPAIRED, MOST, "kinds.ipynb was not handed in. The answers in answers.json count"),
    "nothing": (nothing, REVIEW, 0, "kinds.ipynb was not handed in"),
    "wrong-name": (wrong_name, REVIEW, 0, "kinds.ipynb was not handed in"),
    "own-folder": (in_a_folder_of_its_own, REVIEW, 0, "kinds.ipynb was not handed in"),
    "file-for-folder": (file_for_folder, REVIEW, 0, "not a folder"),
    "linked-folder": (linked_folder, REVIEW, 0, "not a folder"),
    "linked-files": (linked_files, REVIEW, 0, "kinds.ipynb is a link, so it was left out"),
    "linked-in-circles": (linked_in_circles, REPAIRED, MOST, "loop is a link"),
    "pipe-beside": (pipe_beside, REPAIRED, MOST, "pipe is not an ordinary file"),
    "pipe-for-notebook": (pipe_for_notebook, REPAIRED, MOST, "kinds.ipynb is not an ordinary file"),
    "pipe-for-everything": (pipe_for_everything, REVIEW, 0, "answers.json is not an ordinary file"),
    "socket-beside": (socket_beside, REPAIRED, MOST, "socket is not an ordinary file"),
    "folder-for-notebook": (folder_for_notebook, REPAIRED, MOST, "kinds.ipynb was not handed in"),
    "large-file": (large_file, REPAIRED, MOST, "video.mp4 has 40000000 bytes"),
    "large-notebook": (lambda folder: large_file(folder, NOTEBOOK), REPAIRED, MOST, "kinds.ipynb has 40000000 bytes"),
    "large-answers": (lambda folder: large_file(folder, ANSWERS), REPAIRED, MOST, "answers.json has 40000000 bytes"),
    "many-files": (many_files, REPAIRED, MOST, "more than 500 files"),
    "deep-folders": (deep_folders, REPAIRED, MOST, "is nested too deeply"),
    "newline": (newline_in_name, GRADED, MOST, "^$"),
    "no-text": (name_that_is_no_text, REPAIRED, MOST, "has a name that is not Unicode"),
    "old-notebook": (old_notebook, REVIEW, 0, "kinds.ipynb is not a notebook of format 4"),
    "no-json": (write(NOTEBOOK, b"PK\3\4 no notebook"), REPAIRED, MOST, "kinds.ipynb is not JSON"),
    "utf-16": (write(NOTEBOOK, '{"cells": 1}'.encode("utf-16")), REPAIRED, MOST, "not a notebook of format 4"),
    "deep-notebook": (write(NOTEBOOK, b"[" * 1_000_000), REPAIRED, MOST, "kinds.ipynb is nested too deeply"),
    "broken-answers": (
        write(ANSWERS, b'{"format": 1, "unit": "kinds", "answers": {"by-'),
        REPAIRED,
        MOST,
        "answers.json is not JSON .* own copy",
    ),
    "deep-answers": (write(ANSWERS, b"[" * 100_000), REPAIRED, MOST, "answers.json is nested too deeply"),
    "other-units-answers": (
        write(ANSWERS, b'{"format": 1, "unit": "02-claims"}'),
        REPAIRED,
        MOST,
        "belongs to '02-claims'",
    ),
    "broken-entry": (broken_entry, REPAIRED, MOST, "A part of answers.json was left out. .*by-size"),
    "strange-zone": (write("timestamp.txt", b"2026-01-12 08:00:00 FOO"), GRADED, MOST, "^$"),
    "no-time": (write("timestamp.txt", b"\xff\0 yesterday"), GRADED, MOST, "^$"),
    "end-of-time": (write("timestamp.txt", b"9999-12-31 23:59:59 -1200"), GRADED, MOST, "^$"),
    "x" * 128: (lambda folder: None, GRADED, MOST, "^$"),
    "Zoë O'Neil": (lambda folder: None, GRADED, MOST, "^$"),
}


@pytest.fixture(scope="module")
def course(small_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = copy_of(small_course, tmp_path_factory.mktemp("damaged") / "course")
    for student, (damage, *_) in CLASS.items():
        damage(hand_in(course, student, RIGHT))
    # Ids that no gradebook takes: nobody is graded under them, and nobody else suffers.
    for student in ("two\nlines", ".hidden", "y" * 129, os.fsdecode(b"caf\xe9")):
        hand_in(course, student, RIGHT)
    (course / "submitted" / "stray.txt").touch()
    (course / "submitted" / "empty").mkdir()
    return course


@pytest.fixture(scope="module")
def outside(course: Path) -> dict[str, bytes]:
    """Everything that grading has no business to change."""
    return {step: snapshot(course / step) for step in ("source", "release")}


@pytest.fixture(scope="module")
def report(course: Path, outside: dict[str, bytes]) -> dict[str, Any]:
    del outside
    return grade(course, "--jobs", "1")


@pytest.mark.parametrize("student", CLASS)
def test_each_submission_ends_with_an_outcome_points_and_a_reason(report: dict[str, Any], student: str) -> None:
    _, outcome, points, said = CLASS[student]
    found = next(line for line in report["submissions"] if line["student"] == student)
    assert (found["outcome"], found["points"]) == (outcome, points)
    assert re.search(said, " ".join(found["notes"]))


def test_everybody_has_rows_and_nobody_else(course: Path, report: dict[str, Any]) -> None:
    found = rows(f"sqlite:///{course}/gradebook.db")
    assert set(found) == set(CLASS) == {line["student"] for line in report["submissions"]}
    assert {len([row for row in lines if row[0] == "grade"]) for lines in found.values()} == {3}


def test_everybody_has_a_graded_notebook(course: Path, report: dict[str, Any]) -> None:
    for student in CLASS:
        json.loads((course / "autograded" / student / UNIT / NOTEBOOK).read_bytes())


def test_no_neighbour_and_nothing_outside_changes(
    course: Path, outside: dict[str, bytes], report: dict[str, Any]
) -> None:
    assert {step: snapshot(course / step) for step in outside} == outside


def test_a_second_run_finds_everything_done(course: Path, report: dict[str, Any]) -> None:
    again = grade(course, "--jobs", "1")
    assert again["counts"]["skipped"] == len(CLASS)


def _read_as_nobody(folder: Path, answer: Connection) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.seteuid(65534)  # nothing is unreadable for root
    answer.send(read_submission(folder, "student"))


def test_a_file_that_cannot_be_read_and_a_folder_that_cannot_be_listed_are_left_out(tmp_path: Path) -> None:
    for above in (tmp_path, *tmp_path.parents):  # temporary folders are their owner's only
        if above.is_relative_to(tempfile.gettempdir()) and above.stat().st_mode & 0o001 == 0:
            above.chmod(above.stat().st_mode | 0o055)
    folder = tmp_path / "work"
    (folder / "closed").mkdir(parents=True)
    (folder / "open.txt").write_text("1")
    (folder / "secret.txt").write_text("1")
    (folder / "secret.txt").chmod(0)
    (folder / "closed").chmod(0)
    ours, theirs = get_context("forkserver").Pipe()
    process = get_context("forkserver").Process(target=_read_as_nobody, args=(folder, theirs))
    process.start()
    theirs.close()
    assert ours.poll(LIMIT)
    submission = ours.recv()
    process.join(LIMIT)
    (folder / "closed").chmod(0o700)
    assert submission.files == {"open.txt": b"1"}
    assert submission.left_out == (
        "closed/ cannot be listed (Permission denied), so it was left out.",
        "secret.txt cannot be read (Permission denied), so it was left out.",
    )
