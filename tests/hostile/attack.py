"""What an attack is, and the submissions that it is made into."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.exercises.store import Store

UNIT = "kinds"
NOTEBOOK = f"{UNIT}.ipynb"
RIGHT = {
    "most-sides": {"choices": ["pentagon"], "confidence": "sure"},
    "even-numbers": {"choices": ["two", "four", "six"]},
    "round-or-straight": {
        "labels": {
            **dict.fromkeys(["circle", "oval", "ring"], "round"),
            **dict.fromkeys(["cube", "kite", "star"], "straight"),
        }
    },
    "by-size": {"order": ["inch", "foot", "yard", "mile"]},
}
WRONG = {
    "most-sides": {"choices": ["triangle"], "confidence": "guess"},
    "even-numbers": {"choices": ["three", "five"]},
    "by-size": {"order": ["mile", "yard", "foot", "inch"]},
}
RIGHT_CODE = {
    "answer-corners": "corners = 10",
    "answer-squares": 'import pandas as pd\nsquares = pd.DataFrame({"number": [1, 2, 3], "square": [1, 4, 9]})',
}
WRONG_CODE = {
    "answer-corners": "corners = 1",
    "answer-squares": 'import pandas as pd\nsquares = pd.DataFrame({"number": [7], "square": [7]})',
}
FULL_POINTS = 11


@dataclass(frozen=True)
class Attack:
    """One way to cheat or to break things.

    Attributes:
        kind: A row of the threat table, such as "tampering".
        name: What it is, in words joined by hyphens.
        hope: What the attacker hopes for, a sentence.
        apply: Changes a submission's folder, which holds a finished submission.
        stock: What it does to stock nbgrader: "works", "cannot: …" and why, or "unclear: …" and what was seen.
    """

    kind: str
    name: str
    hope: str
    apply: Callable[[Path], None]
    stock: str

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.name}"


def submission(folder: Path, released: Path, *, right: bool) -> Path:
    """A finished submission with right or wrong answers."""
    shutil.copytree(released, folder)
    store = Store(folder, UNIT)
    for item, answer in (RIGHT if right else WRONG).items():
        store.put(item, answer)
    (folder / ".answers.lock").unlink(missing_ok=True)
    for cell, source in (RIGHT_CODE if right else WRONG_CODE).items():
        write(folder, cell, source)
    return folder


def notebook(folder: Path) -> dict[str, Any]:
    return json.loads((folder / NOTEBOOK).read_bytes())


def save(folder: Path, book: dict[str, Any]) -> None:
    (folder / NOTEBOOK).write_text(json.dumps(book), encoding="utf-8")


def cell(book: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in book["cells"] if each["id"] == name)


def write(folder: Path, name: str, source: str) -> None:
    """Replace a cell's source."""
    book = notebook(folder)
    cell(book, name)["source"] = source
    save(folder, book)


def append(folder: Path, name: str, source: str) -> None:
    """Add code to the end of a cell."""
    book = notebook(folder)
    old = cell(book, name)["source"]
    cell(book, name)["source"] = ("".join(old) if isinstance(old, list) else old) + "\n" + source
    save(folder, book)


def insert(folder: Path, source: str, *, after: str = "start", kind: str = "code") -> None:
    """Add a cell of the student's own."""
    book = notebook(folder)
    place = book["cells"].index(cell(book, after)) + 1
    new: dict[str, Any] = {"cell_type": kind, "id": f"own-{place}", "metadata": {}, "source": source}
    if kind == "code":
        new |= {"execution_count": None, "outputs": []}
    book["cells"].insert(place, new)
    save(folder, book)


def running(source: str) -> Callable[[Path], None]:
    """An attack by code that runs in a cell of the student's own, after the first cell."""

    def apply(folder: Path) -> None:
        insert(folder, source)

    return apply


def answering(source: str) -> Callable[[Path], None]:
    """An attack by code that runs at the end of the last answer cell, just before the check."""

    def apply(folder: Path) -> None:
        append(folder, "answer-squares", source)

    return apply
