"""The one writer: a student's rows in one transaction, then the folder, so that a kill at any moment loses nothing.

A submission is done when its folder under ``autograded/`` and its rows agree. The folder is put in place after the
rows are saved; what a killed run leaves behind is graded again by the next one, to the same rows.
"""

import contextlib
import datetime
import json
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import (
    Assignment as AssignmentRow,
)
from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc
from sqlalchemy import Connection, Executable, bindparam, create_engine, insert, select, update

from course.errors import CourseError
from course.grading.assignment import SavedCell
from course.grading.grade import RECORD, Graded
from course.paths import programs_of_this_python

COMMIT_SECONDS = 0.5  # a commit waits for the disk, so several students share one
_WRITERS = 4  # a new file mostly waits for the file system
_PART, _OLD = ".partial-", ".old-"
_FIELDS = {"submission", "outcome", "notes", "points", "in_kernel", "review", "unrun", "rows"}
_SET_GRADE = (
    update(Grade.__table__)
    .where(Grade.__table__.c.id == bindparam("row"))
    .values(auto_score=bindparam("points"), needs_manual_grade=bindparam("again"))
)
_SET_COMMENT = (
    update(Comment.__table__)
    .where(Comment.__table__.c.id == bindparam("row"))
    .values(auto_comment=bindparam("comment"))
)
_SET_TIME = (
    update(SubmittedAssignment.__table__)
    .where(SubmittedAssignment.__table__.c.id == bindparam("row"))
    .values(timestamp=bindparam("when"))
)
_SET_PENALTY = (
    update(SubmittedNotebook.__table__)
    .where(SubmittedNotebook.__table__.c.id == bindparam("row"))
    .values(late_submission_penalty=bindparam("penalty"))
)
_NEW_STUDENT, _NEW_SUBMISSION = insert(Student.__table__), insert(SubmittedAssignment.__table__)
_NEW_NOTEBOOK, _NEW_GRADE, _NEW_COMMENT = map(insert, (SubmittedNotebook.__table__, Grade.__table__, Comment.__table__))
_STATEMENTS = (  # in the order in which rows refer to each other
    _NEW_STUDENT,
    _NEW_SUBMISSION,
    _NEW_NOTEBOOK,
    _NEW_GRADE,
    _NEW_COMMENT,
    _SET_TIME,
    _SET_GRADE,
    _SET_COMMENT,
    _SET_PENALTY,
)


@dataclass
class _Notebook:
    """What the gradebook has of one submitted notebook: ids of its rows by cell."""

    id: str
    master: str  # id of the assignment's notebook
    grades: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    scores: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)  # automatic and manual
    flagged: set[str] = field(default_factory=set)  # cells that a person has to mark, or to look at again
    extra: float = 0.0  # credit that a person has given beside the marks

    @property
    def score(self) -> float:
        """What the notebook is worth now; marks given by hand come first, as in nbgrader."""
        return self.extra + sum((auto if manual is None else manual) or 0.0 for auto, manual in self.scores.values())


@dataclass
class _Submission:
    """What the gradebook has of one student's submission."""

    id: str
    when: datetime.datetime | None
    extension: datetime.timedelta | None = None
    notebooks: dict[str, _Notebook] = field(default_factory=dict)


class Recorder:
    """Writes the results of one assignment.

    Args:
        coursedir: nbgrader's course directory.
        assignment: The assignment's id.
        config: nbgrader's configuration, for its penalties for late work.
    """

    def __init__(self, coursedir: Any, assignment: str, config: Any) -> None:
        self._coursedir = coursedir
        self._assignment = assignment
        self._config = config
        with _gradebook(coursedir):
            pass  # makes the tables if need be
        settings = {"timeout": 60} if coursedir.db_url.startswith("sqlite") else {}
        self._engine = create_engine(coursedir.db_url, connect_args=settings)
        self._db: Connection = self._engine.connect()
        self._ready: list[tuple[Future[Path], Path]] = []
        self._writers = ThreadPoolExecutor(_WRITERS)
        self._rows: dict[Executable, list[dict[str, Any]]] = {statement: [] for statement in _STATEMENTS}
        self._penalties = AssignLatePenalties(config=self._config)  # nbgrader's own rules and plug-in
        self._penalties.init_plugin()
        self._since = time.monotonic()
        row = self._db.execute(select(AssignmentRow.id, AssignmentRow.duedate).filter_by(name=assignment)).first()
        if row is None:
            self.close()
            raise CourseError("the gradebook does not know this assignment", "Release it first.", item=assignment)
        self._id, self.due = row
        names = select(Notebook.id, Notebook.name).filter_by(assignment_id=self._id)
        self._notebooks: dict[str, str] = {name: key for key, name in self._db.execute(names)}
        self._graded, self._commented = self._load_cells()
        self._recover()
        self._known = set(self._db.scalars(select(Student.id)))
        self._submissions = self._load_submissions()

    def close(self) -> None:
        """Save what is left, and close the gradebook."""
        try:
            self.flush()
        finally:
            self._writers.shutdown()
            self._db.close()
        self._engine.dispose()

    def folder(self, student: str) -> Path:
        """Return where a student's graded work stands."""
        directory = self._coursedir.autograded_directory
        return Path(self._coursedir.format_path(directory, student, self._assignment))

    def done(self, student: str) -> dict[str, Any] | None:
        """Return the record of a submission that is graded; None unless folder and gradebook agree on its points."""
        record, submission = self.recorded(student), self._submissions.get(student)
        if record is None or submission is None:
            return None
        for name, rows in record["rows"].items():
            book = submission.notebooks[name]
            if any(book.scores[self._graded[book.master, cell]][0] != points for cell, points in rows.items()):
                return None
        return record

    def recorded(self, student: str) -> dict[str, Any] | None:
        """Return what a student's graded folder says of itself; None if there is none."""
        try:
            record = json.loads((self.folder(student) / RECORD).read_bytes())
        except (OSError, ValueError):
            return None
        return record if isinstance(record, dict) and set(record) >= _FIELDS else None

    def record(self, graded: Graded) -> None:
        """Write one student's rows and files, all or nothing.

        Args:
            graded: What grading gave.
        """
        folder = self.folder(graded.student)
        part = self._writers.submit(self._write, folder, graded.files)
        submission = self._submission(graded)
        for name, rows in graded.rows.items():
            self._save(submission.notebooks[name], rows, graded.comments.get(name, {}))
        self._penalize(graded.student, submission)
        self._ready.append((part, folder))
        if time.monotonic() - self._since > COMMIT_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Save the rows of the students recorded so far, and put their folders in place."""
        written = [(part.result(), folder) for part, folder in self._ready]
        for statement, rows in self._rows.items():
            if rows:
                self._db.execute(statement, rows)  # one call for many rows: each call costs more than a row
                rows.clear()
        self._db.commit()
        for part, folder in written:
            old = folder.parent / f"{_OLD}{folder.name}"
            if folder.exists():
                folder.rename(old)
            part.rename(folder)
            _remove(old)
        self._ready, self._since = [], time.monotonic()

    def _recover(self) -> None:
        """Put back what a killed run has moved away, or remove it where its successor stands."""
        anywhere = Path(self._coursedir.format_path(self._coursedir.autograded_directory, "*", self._assignment))
        pattern = anywhere.with_name(f"{_OLD}{anywhere.name}").relative_to(anywhere.anchor)
        for old in list(Path(anywhere.anchor).glob(str(pattern))):
            folder = old.with_name(old.name.removeprefix(_OLD))
            if folder.exists():
                _remove(old)
            else:
                old.rename(folder)

    def _load_cells(self) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
        """Return the ids of cells with points, and of those with comments, by notebook id and name."""
        graded: dict[tuple[str, str], str] = {}
        commented: dict[tuple[str, str], str] = {}
        for kind, tables in ((GradeCell, (graded,)), (SolutionCell, (commented,)), (TaskCell, (graded, commented))):
            for row in self._db.execute(select(kind.id, kind.name, kind.notebook_id)):
                for table in tables:
                    table[row.notebook_id, row.name] = row.id
        return graded, commented

    def _load_submissions(self) -> dict[str, _Submission]:
        """Return what the gradebook has of this assignment, by student."""
        mine = SubmittedAssignment.assignment_id == self._id
        names = {key: name for name, key in self._notebooks.items()}
        found: dict[str, _Submission] = {}
        books: dict[str, _Notebook] = {}
        of_one = SubmittedAssignment.__table__.c
        for row in self._db.execute(
            select(of_one.id, of_one.student_id, of_one.timestamp, of_one.extension).where(mine)
        ):
            found[row.student_id] = _Submission(row.id, row.timestamp, row.extension)
        by_id = {submission.id: submission for submission in found.values()}
        query = select(SubmittedAssignment.id, SubmittedNotebook.id, SubmittedNotebook.notebook_id).join(
            SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id
        )
        for submission, key, notebook in self._db.execute(query.where(mine)):
            books[key] = by_id[submission].notebooks[names[notebook]] = _Notebook(key, notebook)
        of_this = select(SubmittedNotebook.id).join(SubmittedAssignment).where(mine).scalar_subquery()
        for row in self._db.execute(select(*Grade.__table__.c).where(Grade.notebook_id.in_(of_this))):
            books[row.notebook_id].grades[row.cell_id] = row.id
            books[row.notebook_id].scores[row.cell_id] = (row.auto_score, row.manual_score)
            books[row.notebook_id].extra += row.extra_credit or 0.0
            if row.needs_manual_grade:
                books[row.notebook_id].flagged.add(row.cell_id)
        fields = select(Comment.id, Comment.notebook_id, Comment.cell_id)
        for row in self._db.execute(fields.where(Comment.notebook_id.in_(of_this))):
            books[row.notebook_id].comments[row.cell_id] = row.id
        return found

    def _submission(self, graded: Graded) -> _Submission:
        """Return a student's submission, made if need be, with the time of handing in."""
        when = _when(graded.timestamp)
        submission = self._submissions.get(graded.student)
        if submission is None:
            if graded.student not in self._known:
                self._rows[_NEW_STUDENT].append({"id": graded.student, "lms_user_id": None})
                self._known.add(graded.student)
            submission = self._submissions[graded.student] = _Submission(uuid.uuid4().hex, when)
            self._rows[_NEW_SUBMISSION].append(
                {
                    "id": submission.id,
                    "assignment_id": self._id,
                    "student_id": graded.student,
                    "timestamp": when,
                }
            )
            for name, notebook in self._notebooks.items():
                submission.notebooks[name] = self._new_notebook(submission.id, notebook)
        elif graded.timestamp is not None:
            submission.when = when
            self._rows[_SET_TIME].append({"row": submission.id, "when": when})
        return submission

    def _new_notebook(self, submission: str, notebook: str) -> _Notebook:
        key = uuid.uuid4().hex
        self._rows[_NEW_NOTEBOOK].append(
            {"id": key, "assignment_id": submission, "notebook_id": notebook, "flagged": False}
        )
        book = _Notebook(key, notebook)
        for statement, cells, ids in (
            (_NEW_GRADE, self._graded, book.grades),
            (_NEW_COMMENT, self._commented, book.comments),
        ):
            marked: dict[str, Any] = {"needs_manual_grade": True} if statement is _NEW_GRADE else {}
            new = [
                {"id": uuid.uuid4().hex, "notebook_id": key, "cell_id": cell} | marked
                for (owner, _), cell in cells.items()
                if owner == notebook
            ]
            self._rows[statement] += new
            ids |= {row["cell_id"]: row["id"] for row in new}
        return book

    def _save(self, book: _Notebook, rows: Mapping[str, float | None], comments: Mapping[str, str | None]) -> None:
        """Set automatic points and comments; what a person has given stays."""
        for name, points in rows.items():
            cell = self._graded[book.master, name]
            before, manual = book.scores.get(cell, (None, None))
            # As in nbgrader, a mark given by hand is to be looked at again, but only if the points have changed.
            # It stays so until they have, also when a run that was killed has changed them.
            again = points is None if manual is None else points != before or cell in book.flagged
            self._rows[_SET_GRADE].append({"row": book.grades[cell], "points": points, "again": again})
            book.scores[cell] = (points, manual)
        for name, comment in comments.items():
            row = book.comments[self._commented[book.master, name]]
            self._rows[_SET_COMMENT].append({"row": row, "comment": comment})

    def _penalize(self, student: str, submission: _Submission) -> None:
        """Take points off for late work, as nbgrader would; anew whenever the points may have changed."""
        if self.due is None or submission.when is None:
            return
        seconds = (submission.when - self.due - (submission.extension or datetime.timedelta())).total_seconds()
        for book in submission.notebooks.values():
            penalty = None
            if seconds > 0:
                penalty = self._penalties.plugin_inst.late_submission_penalty(student, book.score, seconds)
            if penalty is not None:
                penalty = self._penalties._check_late_penalty(book, penalty)  # nbgrader's own bounds
            self._rows[_SET_PENALTY].append({"row": book.id, "penalty": penalty})

    def _write(self, folder: Path, files: Mapping[str, bytes]) -> Path:
        """Write the files beside their place; return where."""
        part = folder.parent / f"{_PART}{folder.name}"
        _remove(part)
        group = self._coursedir.groupshared
        for directory in {(part / name).parent for name in files}:
            directory.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = part / name
            path.write_bytes(content)
            path.chmod(0o664 if group else 0o444)
        if group:
            for directory in (part, *(path for path in part.rglob("*") if path.is_dir())):
                directory.chmod(0o2770)
        return part


def saved_cells(coursedir: Any, assignment: str) -> dict[str, dict[str, SavedCell]]:
    """Return the cells of an assignment in the gradebook, by notebook and ``grade_id``.

    Args:
        coursedir: nbgrader's course directory.
        assignment: The assignment's id.

    Raises:
        CourseError: The gradebook does not know the assignment.
    """
    with _gradebook(coursedir) as book:
        notebooks = book.db.execute(
            select(Notebook.id, Notebook.name).join(AssignmentRow).where(AssignmentRow.name == assignment)
        ).all()
        if not notebooks:
            raise CourseError("the gradebook does not know this assignment", "Release it first.", item=assignment)
        found: dict[str, dict[str, SavedCell]] = {}
        for key, name in notebooks:
            points = {
                (row.name): (row.max_score, kind is TaskCell)
                for kind in (GradeCell, TaskCell)
                for row in book.db.execute(select(kind.name, kind.max_score).where(kind.notebook_id == key))
            }
            rows = book.db.scalars(select(SourceCell).filter_by(notebook_id=key))
            found[name] = {
                row.name: SavedCell(
                    row.source or "", row.cell_type, row.locked, row.checksum, *points.get(row.name, (None, False))
                )
                for row in rows
            }
    return found


@contextlib.contextmanager
def _gradebook(coursedir: Any) -> Iterator[Gradebook]:
    with programs_of_this_python():
        book = Gradebook(coursedir.db_url, coursedir.course_id)
    try:
        yield book
    finally:
        book.close()


def _when(timestamp: str | None) -> datetime.datetime | None:
    try:
        return parse_utc(timestamp) if timestamp else None
    except (ValueError, OverflowError, TypeError):
        return None


def _remove(folder: Path) -> None:
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
