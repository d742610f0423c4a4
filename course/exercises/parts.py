"""What a unit's notebook consists of, from top to bottom; the notebook is read and nothing in it is run."""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from course.corpus.reader import Reading, read
from course.exercises.kinds import Item
from course.exercises.unit import Unit

# What these show is a learner's own, or stands elsewhere.
_PERSONAL = {"answer", "check", "hand_in", "hint", "progress", "report", "rubric"}

AFTERWARDS = "afterwards"  # tag of a cell that shows what an item before it asks


@dataclass(frozen=True)
class Shown:
    """What a cell of a master has shown, such as a picture or a table.

    Attributes:
        html: As HTML; with the cell's code if it has shown only text.
        afterwards: Whether it gives away what an item asks.
    """

    html: str
    afterwards: bool


def parts(folder: Path, unit: Unit) -> Iterator[str | Item | Reading | Shown]:
    """Yield a unit's text (Markdown), items, passages to be read, and what its other cells have shown.

    Args:
        folder: A master's folder.
        unit: Its unit.
    """
    items = {item.id: item for item in unit.items}
    for cell in json.loads((folder / f"{unit.unit}.ipynb").read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        name = cell["id"].removeprefix("answer-")
        if cell["cell_type"] == "markdown":
            yield source
        elif name in items and cell["id"] != name:
            yield items[name]
        elif "nbgrader" not in cell["metadata"]:
            calls = list(_calls(source))
            if calls and calls[0][0] == "read":
                call = calls[0][1]
                arguments = {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg}
                yield read(*map(ast.literal_eval, call.args), **arguments)
            elif not _PERSONAL & {name for name, _ in calls}:
                html = "".join(_html(output, source) for output in cell["outputs"])
                if html:
                    yield Shown(html, AFTERWARDS in cell["metadata"].get("tags", ()))


def _calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls of functions by their names in a cell, which is parsed and never run."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node


def _html(output: dict[str, Any], source: str) -> str:
    """Return an output as HTML; nothing for a form, which is not on paper."""
    data = output.get("data", {})
    if any("widget" in kind for kind in data):
        return ""
    text = "".join(output.get("text", data.get("text/plain", "")))
    plain = f"<pre><code>{escape(source)}</code>\n\n{escape(text)}</pre>" if text else ""
    return "".join(data.get("text/html", "")) or plain
