"""An assignment and submissions in memory, as the engine sees them."""

import copy
import json
from functools import cache
from typing import Any

from course.exercises import load_key, load_unit
from course.exercises.store import ANSWERS, EPOCH, Book, Entry
from course.grading.assignment import Assignment, Master, SavedCell
from course.grading.points import checksum
from course.grading.submission import Submission
from tests.classroom import KINDS

Cell = dict[str, Any]
NAME = "kinds"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def nbgrader(name: str, *, grade: bool = False, solution: bool = False, points: float = 0) -> dict[str, Any]:
    marks = {"grade": grade, "grade_id": name, "locked": not solution, "schema_version": 3, "solution": solution}
    return {"nbgrader": {**marks, "task": False} | ({"points": points} if grade else {})}


def code(name: str, source: str, metadata: dict[str, Any] | None = None) -> Cell:
    return {
        "cell_type": "code",
        "id": name,
        "metadata": metadata or {},
        "source": source,
        "execution_count": None,
        "outputs": [],
    }


def text(name: str, source: str, metadata: dict[str, Any] | None = None) -> Cell:
    return {"cell_type": "markdown", "id": name, "metadata": metadata or {}, "source": source}


def book(cells: list[Cell]) -> dict[str, Any]:
    return {"cells": cells, "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 5}


def master(cells: list[Cell], name: str = NAME, hidden: dict[str, str] | None = None) -> Master:
    """A released notebook; ``hidden`` is what the gradebook has as the source of locked cells."""
    saved = {}
    for cell in cells:
        marks = cell["metadata"].get("nbgrader")
        if marks:
            source = (hidden or {}).get(marks["grade_id"], cell["source"])
            points = marks.get("points") if marks["grade"] else None
            saved[marks["grade_id"]] = SavedCell(source, cell["cell_type"], marks["locked"], checksum(cell), points)
    return Master(name, book(cells), saved)


@cache
def kinds(*, code_too: bool = False) -> Assignment:
    """The unit with one item of each kind; without ``code_too``, without its table items."""
    unit = load_unit(KINDS)
    key = load_key(KINDS / "key.yaml", unit)
    cells = [text("goal", "# Kinds"), code("start", "from course import answer, check, choose")]
    for item in unit.items:
        if item.kind != "table" or code_too:
            call = {"choice": "choose", "label": "label", "order": "order"}.get(item.kind)
            source = f'{call}("{item.id}")' if call else ""
            cells.append(code(f"answer-{item.id}", source, nbgrader(f"answer-{item.id}", solution=True)))
            graded = nbgrader(f"check-{item.id}", grade=True, points=item.points)
            cells.append(code(f"check-{item.id}", f'check("{item.id}")', graded))
    if not code_too:
        unit = unit.model_copy(update={"items": tuple(item for item in unit.items if item.kind != "table")})
    return Assignment(NAME, (master(cells),), {}, unit, key)


def released(assignment: Assignment) -> dict[str, Any]:
    return copy.deepcopy(assignment.notebooks[0].released)


def answers(given: dict[str, Any]) -> bytes:
    entries = {name: Entry(answer=answer, at=EPOCH) for name, answer in given.items()}
    return Book(unit=NAME, answers=entries).model_dump_json().encode()


def submission(notebook: Any = None, given: dict[str, Any] | None = None, **others: bytes) -> Submission:
    files = dict(others)
    if notebook is not None:
        files[f"{NAME}.ipynb"] = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    if given is not None:
        files[ANSWERS] = answers(given)
    return Submission("ada", files)


def right(assignment: Assignment) -> dict[str, Any]:
    """An accepted answer to every item."""
    unit, key = assignment.ours()
    return {item.id: key.of(item).samples.accept[0] for item in unit.items if item.kind != "table"}
