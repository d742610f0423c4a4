"""The writer: rows and folder of one student after the other, in a real gradebook."""

import datetime
import json
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import event
from sqlalchemy.engine import Engine

from course.grading import record
from course.grading.grade import RECORD, Graded, Outcome
from course.grading.plugin import open_course
from course.grading.record import Recorder, saved_cells
from tests.grading.small import MOST, UNIT, rows, snapshot

ROWS: dict[str, float | None] = {"check-most-sides": 1, "check-numbers-and-shapes": 2.66, "check-by-size": 2}


@pytest.fixture
def course(small_course: Path, tmp_path: Path) -> Path:
    return shutil.copytree(small_course, tmp_path / "course")


@contextmanager
def recorder(course: Path) -> Iterator[Recorder]:
    opened, config = open_course(course, UNIT)
    writer = Recorder(opened.coursedir, UNIT, config)
    try:
        yield writer
    finally:
        writer.close()


def graded(student: str = "ada", points: dict[str, float | None] | None = None, **fields: Any) -> Graded:
    scores = ROWS | (points or {})
    kept = {"submission": "0", "outcome": "graded", "notes": [], "points": 0, "in_kernel": 0, "review": []}
    raw = json.dumps({**kept, "unrun": False, "rows": {UNIT: scores}}).encode()
    files = {RECORD: raw, "data/own.csv": b"1"}
    return Graded(student, Outcome.GRADED, files=files, rows={UNIT: scores}, **fields)


def write(course: Path, *what: Graded) -> None:
    with recorder(course) as writer:
        for each in what:
            writer.record(each)


def database(course: Path) -> str:
    return f"sqlite:///{course}/gradebook.db"


def grades(course: Path, student: str = "ada") -> dict[str, tuple[Any, ...]]:
    """Automatic points, points by hand and whether a person has to look, by cell."""
    found = rows(database(course))[student]
    return {row[1]: (row[2], row[3], row[5]) for row in found if row[0] == "grade"}


def submission(course: Path, student: str = "ada") -> tuple[Any, float]:
    """Time of handing in and penalty."""
    with Gradebook(database(course)) as book:
        found = book.find_submission(UNIT, student)
        return found.timestamp, sum(notebook.late_submission_penalty or 0 for notebook in found.notebooks)


def mark_by_hand(course: Path, points: float = 0.5) -> None:
    with Gradebook(database(course)) as book:
        grade = book.find_grade("check-by-size", UNIT, UNIT, "ada")
        grade.manual_score, grade.needs_manual_grade = points, False
        book.find_comment("answer-by-size", UNIT, UNIT, "ada").manual_comment = "Well done."
        book.db.commit()


def set_due(course: Path, due: str, extension: int = 0) -> None:
    with Gradebook(database(course)) as book:
        book.update_or_create_assignment(UNIT, duedate=due)
        book.db.commit()
        if extension:
            book.grant_extension(UNIT, "ada", hours=extension)


def charge_for_late_work(course: Path) -> None:
    config = course / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")


def test_a_student_gets_a_row_for_each_cell_and_a_folder(course: Path):
    write(course, graded())
    assert grades(course) == {name: (points, None, False) for name, points in ROWS.items()}
    assert snapshot(course / "autograded") == {f"ada/{UNIT}/{name}": data for name, data in graded().files.items()}


def test_where_no_points_were_given_a_person_has_to_look(course: Path):
    write(course, graded(points={"check-by-size": None}))
    assert grades(course)["check-by-size"] == (None, None, True)


def test_comments_of_nbgrader_are_kept_and_taken_back(course: Path):
    said = {UNIT: {"answer-by-size": "No response.", "answer-most-sides": None}}
    write(course, graded(comments=said))
    assert ("comment", "answer-by-size", "No response.", None) in rows(database(course))["ada"]
    write(course, graded(comments={UNIT: {"answer-by-size": None}}))
    assert ("comment", "answer-by-size", None, None) in rows(database(course))["ada"]


def test_a_mark_and_a_comment_given_by_hand_stay(course: Path):
    write(course, graded())
    mark_by_hand(course)
    write(course, graded())
    assert grades(course)["check-by-size"] == (2, 0.5, False)
    assert ("comment", "answer-by-size", None, "Well done.") in rows(database(course))["ada"]


def test_a_mark_given_by_hand_is_to_be_looked_at_again_when_the_points_change(course: Path):
    write(course, graded())
    mark_by_hand(course)
    write(course, graded(points={"check-by-size": 1}))
    assert grades(course)["check-by-size"] == (1, 0.5, True)


def test_a_mark_given_by_hand_where_there_are_no_points_is_not_asked_for_again(course: Path):
    write(course, graded(points={"check-by-size": None}))
    mark_by_hand(course)
    write(course, graded(points={"check-by-size": None}))
    assert grades(course)["check-by-size"] == (None, 0.5, False)


def test_rows_of_other_students_stay(course: Path):
    write(course, graded(), graded("bob", {"check-by-size": 0}))
    before = rows(database(course))["bob"]
    write(course, graded(points={"check-by-size": 1}))
    assert rows(database(course))["bob"] == before


def test_a_second_writing_makes_no_second_row(course: Path):
    for _ in range(2):
        write(course, graded())
    assert len(rows(database(course))["ada"]) == 1 + 1 + 3 + 4


def test_what_the_gradebook_knows_of_a_student_stays(course: Path):
    with Gradebook(database(course)) as book:
        book.add_student("ada", first_name="Ada", lms_user_id="17")
    write(course, graded())
    with Gradebook(database(course)) as book:
        student = book.find_student("ada")
        assert (student.first_name, student.lms_user_id) == ("Ada", "17")


def test_files_of_an_earlier_grading_are_gone(course: Path):
    write(course, graded())
    (course / "autograded" / "ada" / UNIT / "old.txt").touch()
    write(course, graded())
    assert not (course / "autograded" / "ada" / UNIT / "old.txt").exists()


def test_a_link_in_the_place_of_the_folder_is_replaced_not_followed(course: Path, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    (course / "autograded" / "ada").mkdir(parents=True)
    (course / "autograded" / "ada" / UNIT).symlink_to(elsewhere)
    write(course, graded())
    assert [path.name for path in elsewhere.iterdir()] == ["precious"]
    assert (course / "autograded" / "ada" / UNIT / RECORD).is_file()


def test_graded_files_cannot_be_written_by_mistake(course: Path):
    write(course, graded())
    files = [path for path in (course / "autograded").rglob("*") if path.is_file()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o444] * 2


def test_in_a_course_of_several_instructors_the_group_may_write(course: Path):
    config = course / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\nc.CourseDirectory.groupshared = True\n")
    write(course, graded())
    paths = list((course / "autograded" / "ada").rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o664}
    assert {stat.S_IMODE(path.stat().st_mode) & 0o770 for path in paths if path.is_dir()} == {0o770}


def test_the_folder_comes_after_the_rows(course: Path):
    place = course / "autograded" / "ada" / UNIT
    seen: list[bool] = []

    def note(*_: Any) -> None:
        seen.append(place.exists())

    with recorder(course) as writer:
        event.listen(Engine, "commit", note)
        try:
            writer.record(graded())
            writer.flush()
        finally:
            event.remove(Engine, "commit", note)
    assert seen
    assert not any(seen)
    assert place.exists()


def test_rows_are_saved_while_the_class_is_graded(course: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(record, "COMMIT_SECONDS", 0)
    with recorder(course) as writer:
        writer.record(graded())
        assert grades(course)["check-by-size"][0] == 2


def test_a_submission_is_done_when_folder_and_rows_agree(course: Path):
    write(course, graded(points={"check-by-size": None}))
    with recorder(course) as writer:
        assert (writer.done("ada") or {})["rows"] == {UNIT: ROWS | {"check-by-size": None}}
        assert writer.done("bob") is None


def test_a_submission_is_not_done_when_its_folder_is_gone(course: Path):
    write(course, graded())
    shutil.rmtree(course / "autograded" / "ada")
    with recorder(course) as writer:
        assert writer.done("ada") is None


def test_a_submission_is_not_done_when_the_gradebook_is_an_older_one(course: Path, tmp_path: Path):
    shutil.copy(course / "gradebook.db", tmp_path / "old.db")
    write(course, graded())
    shutil.copy(tmp_path / "old.db", course / "gradebook.db")
    with recorder(course) as writer:
        assert writer.done("ada") is None


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b'{"rows": {}}', b"\xff"])
def test_a_submission_is_not_done_when_its_record_is_damaged(course: Path, raw: bytes):
    write(course, graded())
    (path := course / "autograded" / "ada" / UNIT / RECORD).unlink()
    path.write_bytes(raw)
    with recorder(course) as writer:
        assert writer.done("ada") is None


@pytest.mark.parametrize("name", ["rows", "record"])
def test_a_submission_is_not_done_when_rows_and_record_differ(course: Path, name: str):
    write(course, graded())
    if name == "rows":
        with Gradebook(database(course)) as book:
            book.find_grade("check-by-size", UNIT, UNIT, "ada").auto_score = 0
            book.db.commit()
    else:
        (path := course / "autograded" / "ada" / UNIT / RECORD).unlink()
        path.write_bytes(graded(points={"check-by-size": 0}).files[RECORD])
    with recorder(course) as writer:
        assert writer.done("ada") is None


def test_the_time_of_handing_in_is_kept(course: Path):
    write(course, graded(timestamp="2026-01-12 08:00:00.5 UTC"))
    assert submission(course)[0] == datetime.datetime(2026, 1, 12, 8, 0, 0, 500_000)


@pytest.mark.parametrize("stamp", [None, "soon", "9999-99-99", "0001-01-01 00:00 +2300", "1" * 5000, "\0", "\ud800"])
def test_a_time_stamp_that_is_none_is_no_time(course: Path, stamp: str | None):
    set_due(course, "2026-01-12 00:00:00")
    write(course, graded(timestamp=stamp))
    assert submission(course) == (None, 0)


@pytest.mark.parametrize(
    ("due", "extension", "penalty"),
    [("2026-01-12 07:00", 0, 5.66), ("2026-01-12 09:00", 0, 0), ("2026-01-12 07:00", 2, 0)],
)
def test_late_work_costs_what_nbgraders_plug_in_says(course: Path, due: str, extension: int, penalty: float):
    charge_for_late_work(course)
    write(course, graded())
    set_due(course, due, extension)
    write(course, graded(timestamp="2026-01-12 08:00:00 UTC"))
    assert submission(course)[1] == pytest.approx(penalty)


def test_without_a_due_date_nothing_is_late(course: Path):
    charge_for_late_work(course)
    write(course, graded(timestamp="2026-01-12 08:00:00 UTC"))
    assert submission(course)[1] == 0


def test_work_handed_in_again_in_time_costs_nothing_any_more(course: Path):
    charge_for_late_work(course)
    set_due(course, "2026-01-12 09:00")
    write(course, graded(timestamp="2026-01-12 10:00:00 UTC"))
    write(course, graded(timestamp="2026-01-12 08:00:00 UTC"))
    assert submission(course)[1] == 0


def test_the_penalty_follows_the_points_when_only_they_change(course: Path):
    charge_for_late_work(course)
    set_due(course, "2026-01-12 07:00")
    write(course, graded(timestamp="2026-01-12 08:00:00 UTC"))
    write(course, graded(points={"check-by-size": 0}))
    assert submission(course)[1] == pytest.approx(3.66)


def test_the_gradebook_tells_the_cells_and_what_they_are_worth(course: Path):
    cells = saved_cells(open_course(course, UNIT)[0].coursedir, UNIT)[UNIT]
    assert sum(cell.points or 0 for cell in cells.values()) == MOST
    assert cells["check-by-size"].locked
    assert not cells["answer-by-size"].locked
