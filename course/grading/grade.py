"""Grade one submission: bytes in, graded notebook and rows out. Nothing here runs a student's code."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from course.exercises import Result, Status, Unit
from course.exercises.feedback import essay_to_html, points_text, rubric_to_html, style, to_html, to_text
from course.exercises.kinds import EssayItem, Item
from course.exercises.kinds.essay import EssayAnswer
from course.exercises.mirror import bundle
from course.exercises.store import ANSWERS, Book
from course.grading.assignment import Assignment, Master, grade_id
from course.grading.collect import Answers, answered, collect, score, stored, typed
from course.grading.intake import Cell, rebuild
from course.grading.points import checksum, points_of

if TYPE_CHECKING:
    from course.grading.sandbox import Given, Sandbox
    from course.grading.submission import Submission

RECORD = "grading.json"
RESULTS = "application/vnd.open-or-closed.results+json"
NOTES = "grading-notes"  # id of the cell that tells what was repaired
TIMESTAMP = "timestamp.txt"
_ANSWER_CELL = "answer-"
_NO_TAGS = str.maketrans("<>", "‹›")  # formgrader's sanitizer would drop a file's name that looks like an element
_FORMAT = {"nbformat": 4, "nbformat_minor": 5}
# Of a student's other files only these are kept: formgrader serves what stands in autograded/ to the instructor.
_PASSIVE = {".csv", ".gif", ".jpeg", ".jpg", ".json", ".md", ".png", ".py", ".tsv", ".txt"}

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """How grading a submission ended."""

    GRADED = "graded"
    REPAIRED = "repaired"
    REVIEW = "needs review"


@dataclass(frozen=True)
class Graded:
    """What grading one submission gives.

    Attributes:
        student: The student's id.
        outcome: How it ended.
        notes: What was repaired, or why it needs review.
        files: Everything that belongs into ``autograded/STUDENT/UNIT``, by relative path.
        rows: Automatic points by notebook and ``grade_id``; None where a person has to decide.
        comments: nbgrader's automatic comments by notebook and ``grade_id``.
        points: The sum of the automatic points.
        in_kernel: The part of them that asserts in the student's own process gave.
        timestamp: What the submission's ``timestamp.txt`` says.
    """

    student: str
    outcome: Outcome
    notes: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    rows: dict[str, dict[str, float | None]] = field(default_factory=dict)
    comments: dict[str, dict[str, str | None]] = field(default_factory=dict)
    points: float = 0.0
    in_kernel: float = 0.0
    timestamp: str | None = None


@dataclass
class _Work:
    """One notebook while it is graded."""

    master: Master
    cells: list[Cell]
    repairs: list[str]
    review: list[str] = field(default_factory=list)  # why a person has to look
    rows: dict[str, float | None] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    in_kernel: float = 0.0
    unrun: bool = False  # for want of a sandbox


def grade(submission: Submission, assignment: Assignment, sandbox: Sandbox | None) -> Graded:
    """Grade a submission.

    Args:
        submission: What the student handed in.
        assignment: What is trusted.
        sandbox: Runs code cells; None if there is no way to run them safely.

    Returns:
        The graded notebooks, rows and files. Bad input never raises; it ends in "needs review".
    """
    try:
        return _grade(submission, assignment, sandbox)
    except Exception as error:  # one submission must not stop the class
        log.exception("%s could not be graded", submission.student)
        return ungraded(submission, assignment, f"Grading failed ({type(error).__name__}: {error}).")


def ungraded(submission: Submission, assignment: Assignment, why: str) -> Graded:
    """Return the graded form of a submission that a person has to look at, with no points.

    Args:
        submission: What the student handed in.
        assignment: What is trusted.
        why: The reason, a sentence.
    """
    works = [_Work(master, rebuild(None, master).cells, []) for master in assignment.notebooks]
    for work in works:
        _review_all(work, why)
    return _finish(submission, assignment, works, {}, _items(assignment))


def _items(assignment: Assignment) -> list[str]:
    return [item.id for item in assignment.unit.items] if assignment.unit else []


def _grade(submission: Submission, assignment: Assignment, sandbox: Sandbox | None) -> Graded:
    works: list[_Work] = []
    answers: Answers = {}
    open_items: list[str] = []
    for master in assignment.notebooks:
        rebuilt = rebuild(submission.files.get(f"{master.name}.ipynb"), master)
        work = _Work(master, rebuilt.cells, list(rebuilt.repairs))
        works.append(work)
        if assignment.unit and master.name == assignment.unit.unit:
            answers, open_items = _grade_unit(submission, work, assignment, sandbox, rebuilt.problem)
        elif rebuilt.problem:
            _review_all(work, rebuilt.problem)
        else:
            _run(submission, work, assignment, sandbox, set())
            _grade_cells(work, set())
    return _finish(submission, assignment, works, answers, open_items)


def _grade_unit(
    submission: Submission, work: _Work, assignment: Assignment, sandbox: Sandbox | None, problem: str
) -> tuple[Answers, list[str]]:
    """Grade a unit of ours; return the answers that count, and the items that a person has to look at."""
    unit, key = assignment.ours()
    answers, unread = collect(submission.files, unit)
    work.repairs += unread
    tables = {item.id for item in unit.items if item.kind == "table"}
    open_items: list[str] = []
    if problem and not answers:
        _review_all(work, problem)
        return {}, _items(assignment)
    if problem:
        work.repairs.append(f"{problem} The answers in {ANSWERS} count.")
        _leave_open(work, (cell for cell in work.cells if not assignment.checked(work.master, grade_id(cell))))
    else:
        answers = {**typed((cell["source"] for cell in work.cells if cell["cell_type"] == "code"), unit), **answers}
        if assignment.runs_code:
            computed, unknown = _run(submission, work, assignment, sandbox, tables)
            answers |= computed
            open_items = [item for item in unknown if item in tables]
    results = score(unit, key, answers)
    _show_answers(work.cells, unit, answers)
    _show_results(work, assignment, results, open_items)
    _grade_cells(work, {item for item, result in results.items() if result.status != Status.INCOMPLETE})
    return answers, open_items


def regrade(files: Mapping[str, bytes], student: str, assignment: Assignment) -> Graded:
    """Score stored answers again, after a key has changed. No student code runs.

    Args:
        files: What stands in ``autograded/STUDENT/UNIT``.
        student: The student's id.
        assignment: What is trusted, with the changed key.

    Returns:
        The same as :func:`grade` would give, with the new points for items of ours; everything else as it was.

    Raises:
        CourseError: It is no unit of this course, so there are no answers to score.
    """
    unit, key = assignment.ours()
    record = json.loads(files[RECORD])
    name = f"{unit.unit}.ipynb"
    notebook = json.loads(files[name])
    answers, _ = stored(files[ANSWERS], unit.unit) if ANSWERS in files else ({}, [])
    master = next(master for master in assignment.notebooks if master.name == unit.unit)
    work = _Work(master, notebook["cells"], [])
    checks = [cell for cell in work.cells if assignment.checked(master, grade_id(cell))]
    if any(cell["outputs"] for cell in checks):  # else there was nothing to score
        _show_results(work, assignment, score(unit, key, answers), record["review"])
    old = record["rows"][unit.unit]
    rows = {**record["rows"], unit.unit: {**old, **work.rows}}
    points = _total(rows)
    record |= {"rows": rows, "points": points}
    return Graded(
        student,
        Outcome(record["outcome"]),
        tuple(record["notes"]),
        {**files, name: _json(notebook), RECORD: _json(record)},
        rows,
        {},
        points,
        record["in_kernel"],
    )


def _review_all(work: _Work, why: str) -> None:
    work.review.append(why)
    for name, cell in work.master.saved.items():
        if cell.points is not None:
            work.rows[name] = None


def _run(
    submission: Submission, work: _Work, assignment: Assignment, sandbox: Sandbox | None, tables: set[str]
) -> tuple[Answers, list[str]]:
    """Run the code cells; return what they answered, and the items (or cells) that the run did not reach."""
    code = [cell for cell in work.cells if cell["cell_type"] == "code"]
    checks = [assignment.checked(work.master, grade_id(cell)) for cell in code]
    language = work.master.released.get("metadata", {}).get("kernelspec", {}).get("language", "python")
    if sandbox is None or language != "python":
        why = "there is no sandbox on this machine" if sandbox is None else f"its language is {language}"
        work.review.append(f"The code was not run: {why}.")
        work.unrun = sandbox is None
        _leave_open(work, (cell for cell in code if assignment.is_kernel_test(work.master, grade_id(cell))))
        return {}, sorted(tables)
    from course.grading.sandbox import Code

    exports = [_variables(assignment.unit, names) for names in checks]
    jobs = [
        Code("" if names else cell["source"], wanted) for cell, names, wanted in zip(code, checks, exports, strict=True)
    ]
    run = sandbox.run(jobs, {**_beside(submission, assignment.files), **assignment.files})
    answers: Answers = {}
    for cell, done in zip(code, run.cells, strict=False):
        cell["outputs"] = list(done.outputs)
        for given in done.given:
            answers |= _accepted(given, assignment.unit)
        work.repairs += [f"{problem}." for problem in done.problems]
    if not run.stopped:
        return answers, []
    work.review.append(run.stopped)
    missed = code[len(run.cells) :]
    _leave_open(work, (cell for cell in missed if assignment.is_kernel_test(work.master, grade_id(cell))))
    wanted_items = {item for names in exports[len(run.cells) :] for item in names}
    return answers, sorted(wanted_items)


def _leave_open(work: _Work, cells: Iterable[Cell]) -> None:
    """Let a person decide about graded cells."""
    for cell in cells:
        name = grade_id(cell) or ""
        if name in work.master.saved and work.master.saved[name].points is not None:
            work.rows[name] = None


def _variables(unit: Unit | None, names: Iterable[str]) -> dict[str, str]:
    wanted = set(names)
    return {
        item.id: item.variable for item in (unit.items if unit else ()) if item.kind == "table" and item.id in wanted
    }


def _accepted(given: Given, unit: Unit | None) -> Answers:
    """Return what code answered to a table item; an answer that does not fit counts as none."""
    if unit is None or not any(item.id == given.item and item.kind == "table" for item in unit.items):
        return {}
    try:
        return answered(unit, given.item, given.value)
    except Exception:  # the value may be anything that JSON can hold
        return {}


def _beside(submission: Submission, ours: Iterable[str]) -> dict[str, bytes]:
    """Return a student's files that can stand beside ours: none of the same name, or above or below one."""
    taken = {str(part) for name in ours for part in (PurePosixPath(name), *PurePosixPath(name).parents)}
    return {
        name: content
        for name, content in submission.files.items()
        if name not in taken and not taken - {"."} & {str(part) for part in PurePosixPath(name).parents}
    }


def _show_answers(cells: list[Cell], unit: Unit, answers: Answers) -> None:
    """Write each answer into its cell's output, as the learner's notebook shows it."""
    places = {name.removeprefix(_ANSWER_CELL): cell for cell in cells if (name := grade_id(cell))}
    items: tuple[Item, ...] = unit.items
    for item in items:
        cell = places.get(item.id)
        if cell is None or item.kind == "table":
            continue
        entry = answers.get(item.id)
        fits = entry is not None and unit.fits(item.id, entry.answer)
        answer = item.parse(entry.answer) if entry and fits else item.answer_type()
        kept = {item.id: entry} if entry and fits else {}
        data = bundle(unit.unit, kept, item.describe(answer) if kept else ["none"], "Saved answer")
        if isinstance(item, EssayItem) and isinstance(answer, EssayAnswer):
            data["text/html"] = style() + essay_to_html(item, answer) + rubric_to_html(item)
        cell["outputs"] = [_display(data)]


def _show_results(
    work: _Work, assignment: Assignment, results: Mapping[str, Result], open_items: Iterable[str]
) -> None:
    """Write feedback and points into our check cells, and their rows."""
    undecided = set(open_items)
    for cell in work.cells:
        name = grade_id(cell)
        names = assignment.checked(work.master, name)
        if not name or not names:
            continue
        shown = [results[item] for item in names]
        most = work.master.saved[name].points or 0
        points = min(round(sum(result.points for result in shown), 2), most)
        cell["outputs"] = [
            _display(
                {
                    RESULTS: [result.model_dump(mode="json") for result in shown],
                    "text/html": style() + "".join(to_html(result) for result in shown),
                    "text/plain": "\n\n".join(to_text(result) for result in shown),
                }
            ),
            {
                "output_type": "execute_result",
                "execution_count": None,
                "metadata": {},
                "data": {"text/html": f"<small>{points_text(points, most)}</small>", "text/plain": f"{points:g}"},
            },
        ]
        work.rows[name] = None if undecided & set(names) else points


def _display(data: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": data}


def _grade_cells(work: _Work, answered_items: set[str]) -> None:
    """Give what is left its row: tests of the instructor's own, and cells that a person marks."""
    for cell in work.cells:
        name = grade_id(cell) or ""
        saved = work.master.saved.get(name)
        if saved is None:
            continue
        unchanged = checksum(cell) == saved.checksum
        solution = cell["metadata"]["nbgrader"].get("solution", False)
        given = name.removeprefix(_ANSWER_CELL) in answered_items
        if solution or saved.task:
            work.comments[name] = "No response." if unchanged and not given and not saved.task else None
        if saved.points is None or name in work.rows:
            continue
        if saved.task or cell["cell_type"] != "code":
            work.rows[name] = 0.0 if solution and unchanged else None
        elif solution:
            work.rows[name] = 0.0 if unchanged and not given else None
        else:
            work.rows[name] = points_of(cell["outputs"], saved.points)
            work.in_kernel += work.rows[name] or 0.0


def _finish(
    submission: Submission, assignment: Assignment, works: list[_Work], answers: Answers, open_items: list[str]
) -> Graded:
    review = [why for work in works for why in work.review]
    notes = [*review, *submission.left_out, *(repair for work in works for repair in work.repairs)]
    outcome = Outcome.REVIEW if review else Outcome.REPAIRED if notes else Outcome.GRADED
    rows = {work.master.name: work.rows for work in works}
    points, in_kernel = _total(rows), sum(work.in_kernel for work in works)
    files = {
        f"{work.master.name}.ipynb": _json(
            {**work.master.released, **_FORMAT, "cells": [_told(notes), *work.cells] if notes else work.cells}
        )
        for work in works
    }
    if answers and assignment.unit:
        files[ANSWERS] = (Book(unit=assignment.unit.unit, answers=answers).model_dump_json(indent=1) + "\n").encode()
    files[RECORD] = _json(
        {
            "submission": submission.digest,
            "outcome": outcome,
            "notes": notes,
            "points": points,
            "in_kernel": in_kernel,
            "review": open_items,
            "unrun": any(work.unrun for work in works),
            "rows": rows,
        }
    )
    kept = _beside(submission, [*files, ANSWERS])
    files |= {name: kept[name] for name in kept if PurePosixPath(name).suffix.lower() in _PASSIVE}
    return Graded(
        student=submission.student,
        outcome=outcome,
        notes=tuple(notes),
        files=files,
        rows=rows,
        comments={work.master.name: work.comments for work in works},
        points=points,
        in_kernel=in_kernel,
        timestamp=submission.files.get(TIMESTAMP, b"").decode("utf-8", "replace").strip() or None,
    )


def _total(rows: Mapping[str, Mapping[str, float | None]]) -> float:
    return round(sum(points or 0 for cells in rows.values() for points in cells.values()), 2)


def _told(notes: Iterable[str]) -> Cell:
    """Return the cell that tells what was repaired or has to be reviewed; a student's words in it are no markup."""
    lines = "\n".join(f"    {line}" for note in notes for line in note.translate(_NO_TAGS).splitlines())
    return {"cell_type": "markdown", "id": NOTES, "metadata": {}, "source": f"**About this grading**\n\n{lines}"}


def _json(data: Any) -> bytes:
    """Return JSON, indented as Jupyter's; the same data always gives the same bytes."""
    try:
        return to_json(data, indent=1, inf_nan_mode="constants") + b"\n"  # ten times as fast as the module json
    except ValueError:  # half a character
        return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
