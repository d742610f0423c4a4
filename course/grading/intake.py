"""Rebuild a submitted notebook from the released one.

From the student come the sources of answer cells, of cells that are not locked, and of cells they added; everything
else (order, types, locked sources, metadata) comes from the release and the gradebook.
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from course.errors import CourseError
from course.exercises.mirror import MAX_NOTEBOOK_BYTES
from course.exercises.store import parse_json
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
    fresh = [_fresh(cell, master) for cell in master.released["cells"]]
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


def _fresh(cell: Cell, master: Master) -> Cell:
    """Return a released cell without outputs, with the gradebook's source where it is locked."""
    name = grade_id(cell)
    saved = master.saved.get(name) if name else None
    source = saved.source if saved and saved.locked else source_of(cell)
    metadata = copy.deepcopy(cell.get("metadata", {}))
    if saved and saved.checksum:
        metadata["nbgrader"]["checksum"] = saved.checksum
    return _cell(cell["cell_type"], str(cell.get("id", "")), source, metadata, cell.get("attachments"))


def _cell(kind: str, name: str, source: str, metadata: Cell | None = None, attachments: Any = None) -> Cell:
    cell: Cell = {"cell_type": kind, "id": name, "metadata": metadata or {}, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    elif attachments:
        cell["attachments"] = attachments
    return cell


def _merge(submitted: list[Cell], fresh: list[Cell], master: Master) -> Rebuilt:
    """Put what the student wrote into the released cells, and their own cells after the one that they follow."""
    places = {name: place for place, cell in enumerate(fresh) if (name := grade_id(cell))}
    plain = {cell["id"]: place for place, cell in enumerate(fresh) if cell["id"] and not grade_id(cell)}
    last = {name: number for number, cell in enumerate(submitted) if (name := grade_id(cell)) in places}
    repairs: list[str] = []
    added: dict[int, list[Cell]] = {}
    seen: set[int] = set()
    anchor, highest, moved = -1, -1, False
    for number, cell in enumerate(submitted):
        name = grade_id(cell)
        place = places.get(name) if name else plain.get(str(cell.get("id")))
        if name and place is not None and last[name] != number:
            repairs.append(f"The cell {name} was there more than once; the last one counts.")
            place = None  # the others still run, as they do in nbgrader
        if place is None or place in seen:
            if name and name not in places:
                repairs.append(f"A cell named {name[:60]!r} is not part of this notebook; it is shown and not graded.")
            if len(source_of(cell)) > MAX_SOURCE:
                return Rebuilt(fresh, problem=f"A cell holds more than {MAX_SOURCE} characters.")
            added.setdefault(anchor, []).append(cell)
            continue
        seen.add(place)
        moved |= place < highest
        anchor, highest = place, max(highest, place)
        if len(source_of(cell)) > MAX_SOURCE:
            return Rebuilt(fresh, problem=f"The cell {name or cell.get('id')} holds more than {MAX_SOURCE} characters.")
        repairs += _take(cell, fresh[place], master.released["cells"][place], master)
    if moved:
        repairs.append("Cells had been moved; they are graded in their original order.")
    for name, place in places.items():
        if place not in seen:
            what = "put back" if master.saved[name].locked else "put back without an answer"
            repairs.append(f"The cell {name} had been deleted; it was {what}.")
    return Rebuilt(list(_arranged(fresh, added)), tuple(dict.fromkeys(repairs)))


def _take(cell: Cell, target: Cell, released: Cell, master: Master) -> Iterator[str]:
    """Take a student's source into a released cell, if the cell is theirs to change; yield repairs."""
    name = grade_id(target)
    saved = master.saved.get(name) if name else None
    if cell.get("cell_type") != target["cell_type"]:
        yield f"The cell {name or target['id']} had been turned into another type; it was turned back."
    if saved and _marks(cell) != _marks(released):
        yield f"Settings of the cell {name} had been changed; the original ones hold."
    locked = saved.locked if saved else (released.get("metadata", {}).get("nbgrader") or {}).get("locked", False)
    if not locked:
        target["source"] = source_of(cell)
        pictures = _attachments(cell) if target["cell_type"] != "code" else {}
        if pictures:
            target["attachments"] = pictures
    elif source_of(cell) != source_of(released):
        yield f"The locked cell {name or target['id']} had been changed; the original one was graded."


def _marks(cell: Cell) -> list[Any]:
    marks = cell["metadata"]["nbgrader"]
    return [marks.get(field) for field in ("grade", "solution", "locked", "points", "task")]


def _arranged(fresh: list[Cell], added: dict[int, list[Cell]]) -> Iterator[Cell]:
    """Yield the released cells with the student's own cells between them."""
    names = {cell["id"] for cell in fresh}
    count = 0
    for place in range(-1, len(fresh)):
        if place >= 0:
            yield fresh[place]
        for cell in added.get(place, ()):
            count += 1
            while f"added-{count}" in names:
                count += 1
            kind = "code" if cell.get("cell_type") == "code" else "markdown"
            yield _cell(kind, f"added-{count}", source_of(cell), None, _attachments(cell))


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
