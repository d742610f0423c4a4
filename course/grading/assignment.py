"""What is trusted about an assignment: the released notebooks, the cells that nbgrader saved, and a unit's key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any

from course.errors import CourseError
from course.exercises import Unit, UnitKey, load_key, load_unit
from course.exercises.lint import checked_items
from course.exercises.unit import ITEMS, MASTER_KEY


@dataclass(frozen=True)
class SavedCell:
    """A cell as ``nbgrader generate_assignment`` saved it in the gradebook.

    Attributes:
        source: Its source, hidden tests included.
        cell_type: "code" or "markdown".
        locked: Whether students may not change it.
        checksum: nbgrader's checksum of the released cell.
        points: What it is worth; None if it is not graded.
        task: Whether it is a task, which has no answer cell of its own.
    """

    source: str
    cell_type: str
    locked: bool
    checksum: str | None
    points: float | None = None
    task: bool = False

    @property
    def is_test(self) -> bool:
        """Whether its points come from running it."""
        return self.locked and self.points is not None and self.cell_type == "code"


@dataclass(frozen=True)
class Master:
    """One notebook of an assignment.

    Attributes:
        name: Its name without ``.ipynb``.
        released: The notebook as students got it, as JSON data.
        saved: nbgrader's cells by ``grade_id``.
    """

    name: str
    released: dict[str, Any]
    saved: dict[str, SavedCell]

    @property
    def max_points(self) -> float:
        """What all graded cells are worth together."""
        return sum(cell.points or 0 for cell in self.saved.values())


@dataclass(frozen=True)
class Assignment:
    """Everything that grading needs and that no student wrote.

    Attributes:
        name: The assignment's id.
        notebooks: Its notebooks.
        files: The other files that students got, by relative path.
        unit: The items, if it is a unit of this course.
        key: Their keys.
    """

    name: str
    notebooks: tuple[Master, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    unit: Unit | None = None
    key: UnitKey | None = None

    def ours(self) -> tuple[Unit, UnitKey]:
        """Return the items and keys of a unit of this course.

        Raises:
            CourseError: It is an ordinary nbgrader assignment.
        """
        if self.unit is None or self.key is None:
            raise CourseError("has no items.yaml, so there are no answers to score", "Grade it.", item=self.name)
        return self.unit, self.key

    @cached_property
    def runs_code(self) -> bool:
        """Whether students' code has to run: for ``table`` items and for tests of the instructor's own."""
        if self.unit is None or len(self.notebooks) > 1 or any(item.kind == "table" for item in self.unit.items):
            return True
        return any(self.is_kernel_test(master, name) for master in self.notebooks for name in master.saved)

    def checked(self, master: Master, cell: str | None) -> tuple[str, ...]:
        """Return the items that a check cell of ours names; none if it is an ordinary test.

        Args:
            master: One of the notebooks.
            cell: The cell's ``grade_id``.
        """
        return self._checks.get((master.name, cell or ""), ())

    def is_kernel_test(self, master: Master, cell: str | None) -> bool:
        """Return whether a cell is a test that the kernel of the student's code runs."""
        saved = master.saved.get(cell or "")
        return saved is not None and saved.is_test and not self.checked(master, cell)

    @cached_property
    def _checks(self) -> dict[tuple[str, str], tuple[str, ...]]:
        known = {item.id for item in self.unit.items} if self.unit else set()
        return {
            (master.name, name): tuple(names)
            for master in self.notebooks
            for name, cell in master.saved.items()
            if cell.is_test and (names := checked_items(cell.source)) and known.issuperset(names)
        }


def load_assignment(
    name: str, source: Path, release: Path, saved: Mapping[str, dict[str, SavedCell]], ignore: tuple[str, ...]
) -> Assignment:
    """Read an assignment.

    Args:
        name: The assignment's id.
        source: Its folder under ``source/``.
        release: Its folder under ``release/``.
        saved: The gradebook's cells by notebook and ``grade_id``.
        ignore: File name patterns that are not handed out.

    Returns:
        The assignment.

    Raises:
        CourseError: It was not released, or its files are malformed.
    """
    again = f"Run course release {name} again." if (source / ITEMS).is_file() else "Generate the assignment again."
    masters = []
    for notebook, cells in saved.items():
        path = release / f"{notebook}.ipynb"
        try:
            released = json.loads(path.read_bytes())
            marks = {grade_id(cell) for cell in released["cells"]}
        except FileNotFoundError:
            raise CourseError("the released notebook is missing", again, file=path) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CourseError("is not a notebook", again, file=path) from None
        missing = sorted(set(cells) - marks)
        if missing:
            raise CourseError("the released notebook lacks a cell of the gradebook", again, file=path, item=missing[0])
        masters.append(Master(notebook, released, cells))
    if not masters:
        raise CourseError("the gradebook does not know this assignment", again, item=name)
    files = {
        path.relative_to(release).as_posix(): path.read_bytes()
        for path in sorted(release.rglob("*"))
        if path.is_file() and path.suffix != ".ipynb" and not any(fnmatch(path.name, pattern) for pattern in ignore)
    }
    if not (source / ITEMS).is_file():
        return Assignment(name, tuple(masters), files)
    unit = load_unit(source)
    return Assignment(name, tuple(masters), files, unit, load_key(source / MASTER_KEY, unit))


def grade_id(cell: Any) -> str | None:
    """Return the name that nbgrader gave to a cell; None if it has none, whatever the cell is."""
    metadata = cell.get("metadata") if isinstance(cell, dict) else None
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    return name if isinstance(name, str) else None
