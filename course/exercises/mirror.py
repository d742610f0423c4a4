"""The notebook's own copy of the answers, kept in saved outputs under a vendor MIME type.

One uploaded ``.ipynb`` is therefore a complete submission.
"""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from course.datafile import parse_json
from course.errors import CourseError
from course.exercises.store import FORMAT, Entry, newer, parse_entries

MIME = "application/vnd.open-or-closed.answers+json"
MAX_NOTEBOOK_BYTES = 30_000_000


def bundle(unit: str, answers: Mapping[str, Entry], lines: list[str], title: str) -> dict[str, Any]:
    """Return the display data that mirrors answers.

    Args:
        unit: The unit's id.
        answers: The answers to keep, by item id.
        lines: The same in words.
        title: What the lines are about.

    Returns:
        A MIME bundle: the data, and a summary as HTML and text.
    """
    data = {
        "format": FORMAT,
        "unit": unit,
        "answers": {name: json.loads(entry.model_dump_json()) for name, entry in answers.items()},
    }
    # Nothing here takes the focus: a key meant for the form above would reach JupyterLab.
    html = f"<p class='course-mirror'><small>{escape(title)}: {escape(' · '.join(lines))}</small></p>"
    return {MIME: data, "text/html": html, "text/plain": "\n".join([title, *(f"- {line}" for line in lines)])}


def harvest(raw: bytes, unit: str) -> dict[str, Entry]:
    """Return the answers that a saved notebook mirrors, the newest for each item.

    Args:
        raw: The notebook's bytes, which may be anything.
        unit: The unit's id; answers of other units are ignored.

    Returns:
        Answers by item id; empty if there are none or the notebook cannot be read.
    """
    try:
        notebook = parse_json(raw, "notebook", MAX_NOTEBOOK_BYTES)
    except CourseError:
        return {}
    found: dict[str, Entry] = {}
    for data in _mirrors(notebook):
        if isinstance(data, dict) and data.get("format") == FORMAT and data.get("unit") == unit:
            entries, _ = parse_entries(data.get("answers"), "notebook")
            found = newer(found, entries)
    return found


def harvest_file(path: Path, unit: str) -> dict[str, Entry]:
    """Return the answers mirrored in a notebook file; empty if there is no such file."""
    if path.is_symlink() or not path.is_file():
        return {}
    with path.open("rb") as file:
        return harvest(file.read(MAX_NOTEBOOK_BYTES + 1), unit)


def _mirrors(notebook: Any) -> list[Any]:
    """Return what stands under the MIME type in code cells' outputs, whatever it is."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    found = []
    for cell in cells if isinstance(cells, list) else ():
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        for output in outputs if isinstance(outputs, list) else ():
            data = output.get("data") if isinstance(output, dict) else None
            if isinstance(data, dict) and MIME in data:
                found.append(data[MIME])
    return found
