import os
import socket
from pathlib import Path

import pytest

from course.grading import submission
from course.grading.submission import Submission, read_submission


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "ada"
    folder.mkdir()
    (folder / "a.txt").write_text("one")
    return folder


def left_out(folder: Path) -> tuple[str, ...]:
    return read_submission(folder, "ada").left_out


def test_files_are_read_with_their_paths_in_the_folder(folder: Path):
    (folder / "data").mkdir()
    (folder / "data" / "b.csv").write_bytes(b"\xff")
    assert read_submission(folder, "ada") == Submission("ada", {"a.txt": b"one", "data/b.csv": b"\xff"})


def test_what_the_course_ignores_is_no_part_of_the_work(folder: Path):
    for name in ("key.yaml", ".ipynb_checkpoints"):
        (folder / name).mkdir()
        (folder / name / "x").write_text("x")
    assert set(read_submission(folder, "ada", ("key.yaml", ".ipynb*")).files) == {"a.txt"}


def test_a_folder_that_is_missing_a_file_or_a_link_is_no_submission(folder: Path):
    (link := folder.parent / "link").symlink_to(folder)
    for place in (folder / "none", folder / "a.txt", link):
        read = read_submission(place, "ada")
        assert (read.files, read.left_out) == ({}, ("The submission is not a folder.",))


@pytest.mark.parametrize("target", ["a.txt", "/etc/passwd", "..", "/", "nowhere", "link"])
def test_a_link_is_left_out_and_told_wherever_it_leads(folder: Path, target: str):
    (folder / "link").symlink_to(target)
    read = read_submission(folder, "ada")
    assert (set(read.files), read.left_out) == ({"a.txt"}, ("link is a link, so it was left out.",))


def test_nothing_is_read_from_a_pipe_or_a_socket(folder: Path, monkeypatch: pytest.MonkeyPatch):
    os.mkfifo(folder / "pipe")
    monkeypatch.chdir(folder)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert left_out(folder) == tuple(
            f"{name} is not an ordinary file, so it was left out." for name in ("pipe", "socket")
        )


def test_a_file_that_becomes_a_pipe_while_the_folder_is_read_is_left_out(folder: Path, monkeypatch: pytest.MonkeyPatch):
    real = os.open

    def late(path: Path, *flags: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return real(path, *flags)

    monkeypatch.setattr(submission.os, "open", late)
    assert left_out(folder) == ("a.txt is not an ordinary file, so it was left out.",)


def test_a_file_that_becomes_a_link_while_the_folder_is_read_is_left_out(folder: Path, monkeypatch: pytest.MonkeyPatch):
    real = os.open

    def late(path: Path, *flags: int) -> int:
        path.unlink()
        path.symlink_to("/etc/passwd")
        return real(path, *flags)

    monkeypatch.setattr(submission.os, "open", late)
    assert left_out(folder) == ("a.txt cannot be read (Too many levels of symbolic links), so it was left out.",)


def test_a_file_that_is_too_large_is_left_out_without_being_read(folder: Path):
    with (folder / "b.bin").open("wb") as file:
        file.truncate(submission.MAX_FILE + 1)
    assert left_out(folder) == ("b.bin has 30000001 bytes, more than the 30000000 that are read, so it was left out.",)


def test_files_are_left_out_once_all_together_are_too_large(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(submission, "MAX_TOTAL", 5)
    (folder / "b.txt").write_text("two")
    (folder / "c.txt").write_text("33")
    read = read_submission(folder, "ada")
    assert set(read.files) == {"a.txt", "c.txt"}
    assert read.left_out == ("b.txt has 3 bytes, more than the 2 that are read, so it was left out.",)


def test_of_too_many_files_the_first_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(submission, "MAX_FILES", 2)
    for name in "bcd":
        (folder / f"{name}.txt").write_text(name)
    read = read_submission(folder, "ada")
    assert set(read.files) == {"a.txt", "b.txt"}
    assert read.left_out == ("There are more than 2 files; c.txt and those after it were left out.",)


def test_folders_that_are_nested_too_deeply_are_left_out(folder: Path):
    deep = folder.joinpath(*["d"] * (submission.MAX_DEPTH + 1))
    deep.mkdir(parents=True)
    (deep / "x").write_text("x")
    (deep.parent / "y").write_text("y")
    read = read_submission(folder, "ada")
    assert [name[-1] for name in read.files] == ["t", "y"]
    assert read.left_out == (f"{'/'.join(['d'] * 9)} is nested too deeply, so it was left out.",)


def test_a_name_that_is_not_unicode_is_left_out(folder: Path):
    Path(os.fsdecode(os.fsencode(folder) + b"/b\xff.txt")).write_text("x")
    assert left_out(folder) == ("b?.txt has a name that is not Unicode, so it was left out.",)


def test_the_mark_of_a_submission_tells_any_two_apart(folder: Path):
    works = [
        Submission("ada", {}),
        Submission("ada", {"a": b""}),
        Submission("ada", {"a": b"b"}),
        Submission("ada", {"ab": b""}),
        Submission("ada", {"a": b"", "b": b""}),
        Submission("ada", {}, ("a",)),
        Submission("ada", {"a": b""}, ("a",)),
    ]
    assert len({work.digest for work in works}) == len(works)


def test_the_same_work_has_the_same_mark_in_whatever_order_and_whoever_hands_it_in():
    assert Submission("ada", {"a": b"1", "b": b"2"}).digest == Submission("bob", {"b": b"2", "a": b"1"}).digest
