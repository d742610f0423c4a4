"""Hand feedback back: one page per graded notebook, several at once."""

from __future__ import annotations

import datetime
import json
import os
import secrets
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.grading.assignment import Assignment
from course.grading.feedback import Mark, Marks, page, revealed
from course.grading.grade import TIMESTAMP
from course.grading.report import printable
from course.grading.run import Course, workers_context

_PROOF = "submission_secret.txt"  # what a page's name in the exchange is made from
_MOST_READ = 1000  # characters of what release_feedback asks for
_FEW = 20  # pages that one process writes faster than several can be started


@dataclass
class Handback:
    """What was written.

    Attributes:
        pages: How many pages.
        withheld: How many of them hold back what comes from the key, and why; empty if none does.
        failed: A sentence for each page that could not be written.
    """

    pages: int = 0
    withheld: str = ""
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Page:
    student: str
    notebook: Path
    target: Path
    marks: Marks
    reveal: bool


@dataclass
class _Book:
    """The gradebook's part of one submitted notebook."""

    due: datetime.datetime | None
    penalty: float
    cells: dict[str, Mark] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)


def hand_back(course: Course, *, students: tuple[str, ...] = ("*",), jobs: int | None = None) -> Handback:
    """Write the feedback pages of graded submissions.

    Args:
        course: The assignment.
        students: Ids or patterns of the students.
        jobs: How many pages at once; as many as there are processors by default.

    Returns:
        What was written.

    Raises:
        CourseError: The assignment cannot be loaded.
    """
    assignment = course.load()
    policy = assignment.unit.reveal if assignment.unit else "after-due"
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    books = _books(course)
    tasks = []
    for student in course.students("autograded", students):
        for master in assignment.notebooks:
            book = books.get((student, master.name))
            notebook = course.path("autograded", student) / f"{master.name}.ipynb"
            if book is None or not notebook.is_file():
                continue
            marks = Marks(book.cells, book.comments, book.penalty)
            target = course.path("feedback", student) / f"{master.name}.html"
            _prepare_release(notebook.parent, target.parent)
            tasks.append(_Page(student, notebook, target, marks, revealed(policy, book.due, now)))
    if len(tasks) <= _FEW or jobs == 1:
        _begin(assignment)
        done = [_write(task) for task in tasks]
    else:
        with ProcessPoolExecutor(jobs or os.cpu_count(), workers_context(), _begin, (assignment,)) as pool:
            done = list(pool.map(_write, tasks, chunksize=10))
    failed = [problem for problem in done if problem]
    return Handback(len(done) - len(failed), _why(policy, [task for task in tasks if not task.reveal], books), failed)


def _prepare_release(graded: Path, folder: Path) -> None:
    """Put beside the pages what ``nbgrader release_feedback`` asks for, or it would stop at this student.

    The time of handing in is only shown. The secret becomes the page's name in the exchange, which the student's side
    computes; work that did not come through the exchange has none, and gets one that nobody can guess.
    """
    _replace(folder / TIMESTAMP, printable(_read(graded / TIMESTAMP)))
    _replace(folder / _PROOF, _read(graded / _PROOF) or _read(folder / _PROOF) or secrets.token_hex())


def _read(path: Path) -> str:
    """Return a short text; empty if there is none, or it is something else."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    return text if len(text) <= _MOST_READ else ""


def _replace(path: Path, text: str) -> None:
    """Write a file, unless it stands there already."""
    content = text.encode()
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".partial")
    part.write_bytes(content)
    part.replace(path)


def _why(policy: str, held: list[_Page], books: dict[tuple[str, str], _Book]) -> str:
    if not held:
        return ""
    head = "1 page holds back explanations" if len(held) == 1 else f"{len(held)} pages hold back explanations"
    if policy == "never":
        return f"{head}, because items.yaml says reveal: never."
    if any(books[task.student, task.notebook.stem].due is None for task in held):
        remedy = "Set one in formgrader, or write reveal: always into items.yaml."
        return f"{head} until the due date, and the gradebook has none. {remedy}"
    return f"{head} until the due date."


def _books(course: Course) -> dict[tuple[str, str], _Book]:
    """Return what the gradebook has of the assignment, by student and notebook."""
    from nbgrader.api import Assignment as AssignmentRow
    from nbgrader.api import BaseCell, Comment, Grade, Gradebook, Notebook, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy import select

    with Gradebook(course.coursedir.db_url, course.coursedir.course_id) as book:
        mine = (
            select(
                SubmittedNotebook.id,
                SubmittedNotebook.late_submission_penalty,
                SubmittedAssignment.student_id,
                SubmittedAssignment.extension,
                AssignmentRow.duedate,
                Notebook.name,
            )
            .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
            .join(AssignmentRow, SubmittedAssignment.assignment_id == AssignmentRow.id)
            .where(AssignmentRow.name == course.name)
        )
        found: dict[tuple[str, str], _Book] = {}
        by_id: dict[str, _Book] = {}
        for row in book.db.execute(mine):
            due = row.duedate + (row.extension or datetime.timedelta()) if row.duedate else None
            by_id[row.id] = found[row.student_id, row.name] = _Book(due, row.late_submission_penalty or 0.0)
        most = _most(book.db.execute)
        for grade, name in book.db.execute(select(Grade, BaseCell.name).join(BaseCell, Grade.cell_id == BaseCell.id)):
            if grade.notebook_id in by_id:
                waits = bool(grade.needs_manual_grade) and grade.manual_score is None
                by_id[grade.notebook_id].cells[name] = Mark(grade.score or 0.0, most[grade.cell_id], waits)
        said = select(Comment, BaseCell.name).join(BaseCell, Comment.cell_id == BaseCell.id)
        for comment, name in book.db.execute(said):
            if comment.notebook_id in by_id and comment.comment:
                by_id[comment.notebook_id].comments[name] = comment.comment
    return found


def _most(execute: Any) -> dict[str, float]:
    from nbgrader.api import GradeCell, TaskCell
    from sqlalchemy import select

    rows: Iterable[Any] = (row for kind in (GradeCell, TaskCell) for row in execute(select(kind.id, kind.max_score)))
    return {row.id: row.max_score for row in rows}


_assignment: Assignment | None = None


def _begin(assignment: Assignment) -> None:
    global _assignment  # noqa: PLW0603  # what a worker process needs for every page
    _assignment = assignment


def _write(task: _Page) -> str:
    """Write one page, unless it stands there already; return what is wrong if that fails."""
    assert _assignment is not None  # noqa: S101  # _begin has run
    try:
        _put(task, _assignment)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return (
            f"{task.student}: the page could not be made ({type(error).__name__}: {error}). Grade this student again."
        )
    return ""


def _put(task: _Page, assignment: Assignment) -> None:
    notebook = json.loads(task.notebook.read_bytes())
    released = next(m.released for m in assignment.notebooks if m.name == task.notebook.stem)
    title = assignment.unit.title if assignment.unit else assignment.name
    _replace(task.target, page(notebook, released, task.marks, title=title, student=task.student, reveal=task.reveal))
