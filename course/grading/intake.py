"""Rebuild a submitted notebook from the released one.

From the student come the sources of answer cells and the cells that nbgrader does not know, such as worked examples
and cells of their own; everything else (order, types, locked sources, metadata) comes from the release and the
gradebook.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from course.datafile import parse_json
from course.errors import CourseError
from course.exercises.mirror import MAX_NOTEBOOK_BYTES
from course.grading.assignment import Master, grade_id

MAX_CELLS = 2_000
MAX_SOURCE = 300_000  # characters in one cell
MAX_ATTACHMENT = 3_000_000  # characters of base64
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")
_ATTACHED = ("image/png", "image/jpeg")

Cell = dict[str, Any]


@dataclass(frozen=True)
class Rebuilt:
    """A notebook that is safe to grade.

    Attributes:
        cells: Its cells, without outputs.
        repairs: A sentence for each thing that was put right.
        problem: Why the submitted notebook could not be used; empty if it could.
    """

    cells: list[Cell]
    repairs: tuple[str, ...] = ()
    problem: str = ""


def rebuild(raw: bytes | None, master: Master) -> Rebuilt:
    """Rebuild a submitted notebook.

    Args:
        raw: The submitted notebook's bytes, which may be anything; None if there is none.
        master: The notebook as it was released.

    Returns:
        The rebuilt notebook; the released one, and why, if the submitted one cannot be used.
    """
    fresh = [_fresh(cell, number, master) for number, cell in enumerate(master.released["cells"], 1)]
    if raw is None:
        return Rebuilt(fresh, problem=f"The notebook {master.name}.ipynb was not handed in.")
    try:
        cells = _cells(raw)
    except CourseError as error:
        return Rebuilt(fresh, problem=f"The notebook {master.name}.ipynb {error.problem}.")
    return _merge(cells, fresh, master)


def _cells(raw: bytes) -> list[Cell]:
    """Return the submitted cells that have a type and a source."""
    notebook = parse_json(raw, "notebook", MAX_NOTEBOOK_BYTES)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise CourseError("is not a notebook of format 4", "Save it again in JupyterLab.")
    if len(cells) > MAX_CELLS:
        raise CourseError(f"has {len(cells)} cells, more than {MAX_CELLS}", "Remove some.")
    return [cell for cell in cells if isinstance(cell, dict)]


def source_of(cell: Cell) -> str:
    """Return a cell's source as clean text, whatever stands there."""
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return ""
    return source.encode("utf-8", "replace").decode()


def _fresh(cell: Cell, number: int, master: Master) -> Cell:
    """Return a released cell without outputs, with the gradebook's source where it is locked."""
    name = grade_id(cell)
    saved = master.saved.get(name) if name else None
    source = saved.source if saved and saved.locked else source_of(cell)
    metadata = cell.get("metadata", {})
    if saved and saved.checksum:
        metadata = {**metadata, "nbgrader": {**metadata["nbgrader"], "checksum": saved.checksum}}
    return _cell(cell["cell_type"], cell.get("id") or f"cell-{number}", source, metadata, cell.get("attachments"))


def _cell(kind: str, name: str, source: str, metadata: Cell | None = None, attachments: Any = None) -> Cell:
    cell: Cell = {"cell_type": kind, "id": name, "metadata": metadata or {}, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    elif attachments:
        cell["attachments"] = attachments
    return cell


def _merge(submitted: list[Cell], fresh: list[Cell], master: Master) -> Rebuilt:
    """Put what the student wrote into nbgrader's cells, and their other cells after the one that they follow."""
    places = {name: place for place, cell in enumerate(fresh) if (name := grade_id(cell)) in master.saved}
    last = {name: number for number, cell in enumerate(submitted) if (name := grade_id(cell)) in places}
    repairs: list[str] = []
    others: dict[int, list[Cell]] = {}
    seen: set[int] = set()
    anchor, highest, moved = -1, -1, False
    for number, cell in enumerate(submitted):
        name = grade_id(cell)
        if len(source_of(cell)) > MAX_SOURCE:
            shown = str(name or cell.get("id"))[:60]
            return Rebuilt(fresh, problem=f"The cell {shown} holds more than {MAX_SOURCE} characters.")
        if name in places and last[name] == number:
            anchor = places[name]
            moved |= anchor < highest
            highest = max(highest, anchor)
            seen.add(anchor)
            repairs += _take(cell, fresh[anchor], master.released["cells"][anchor], master)
            continue
        if name in places:  # nbgrader, too, keeps the last one and runs the others
            repairs.append(f"The cell {name} was there more than once; the last one counts.")
        elif name:
            repairs.append(f"A cell named {name[:60]!r} is not part of this notebook; it is shown and not graded.")
        others.setdefault(anchor, []).append(cell)
    if moved:
        repairs.append("Cells had been moved; they are graded in their original order.")
    for name, place in places.items():
        if place not in seen:
            what = "put back" if master.saved[name].locked else "put back without an answer"
            repairs.append(f"The cell {name} had been deleted; it was {what}.")
    cells = list(_arranged(fresh, sorted(places.values()), others))
    return Rebuilt(cells, tuple(dict.fromkeys(repairs)))


def _take(cell: Cell, target: Cell, released: Cell, master: Master) -> Iterator[str]:
    """Take a student's source into one of nbgrader's cells, if the cell is theirs to change; yield repairs."""
    name = grade_id(target) or ""
    if cell.get("cell_type") != target["cell_type"]:
        yield f"The cell {name} had been turned into another type; it was turned back."
    if _marks(cell) != _marks(released):
        yield f"Settings of the cell {name} had been changed; the original ones hold."
    if not master.saved[name].locked:
        target["source"] = source_of(cell)
        pictures = _attachments(cell) if target["cell_type"] != "code" else {}
        if pictures:
            target["attachments"] = pictures
    elif source_of(cell) != source_of(released):
        yield f"The locked cell {name} had been changed; the original one was graded."


def _marks(cell: Cell) -> list[Any]:
    marks = cell["metadata"]["nbgrader"]
    return [marks.get(field) for field in ("grade", "solution", "locked", "points", "task")]


def _arranged(fresh: list[Cell], places: list[int], others: dict[int, list[Cell]]) -> Iterator[Cell]:
    """Yield nbgrader's cells in their order, with the student's other cells between them."""
    known = {cell["id"] for place, cell in enumerate(fresh) if place not in places}
    taken = {fresh[place]["id"] for place in places}
    count = 0
    for place in [-1, *places]:
        if place >= 0:
            yield fresh[place]
        for cell in others.get(place, ()):
            name = cell.get("id")
            while not isinstance(name, str) or name not in known or name in taken:
                count += 1
                name = f"added-{count}"
                known.add(name)
            taken.add(name)
            kind = "code" if cell.get("cell_type") == "code" else "markdown"
            yield _cell(kind, name, source_of(cell), None, _attachments(cell))


def _attachments(cell: Cell) -> dict[str, dict[str, str]]:
    """Return the pictures that a student pasted into a text cell."""
    attached = cell.get("attachments")
    found: dict[str, dict[str, str]] = {}
    for name, bundle in attached.items() if isinstance(attached, dict) else ():
        for kind in _ATTACHED:
            data = bundle.get(kind) if isinstance(bundle, dict) else None
            if isinstance(data, str) and len(data) <= MAX_ATTACHMENT and _BASE64.fullmatch(data):
                found[name.encode("utf-8", "replace").decode()] = {kind: data}
    return found
