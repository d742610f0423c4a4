"""Make the grader stumble."""

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.hostile.attack import NOTEBOOK, Attack, append, cell, notebook, running, save


def _notebook(raw: bytes) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (folder / NOTEBOOK).write_bytes(raw)
        (folder / "answers.json").unlink(missing_ok=True)

    return apply


def bad_json(folder: Path) -> None:
    raw = (folder / NOTEBOOK).read_bytes()
    (folder / NOTEBOOK).write_bytes(raw[: len(raw) // 2])


def nul(folder: Path) -> None:
    append(folder, "answer-corners", "x = '\0'")


def surrogate(folder: Path) -> None:
    append(folder, "answer-corners", "x = '\ud800'")


def latin(folder: Path) -> None:
    append(folder, "answer-corners", "x = 'é'")
    text = (folder / NOTEBOOK).read_text().encode("ascii", "ignore").replace(b"\\u00e9", b"\xe9")
    (folder / NOTEBOOK).write_bytes(text)


def link(folder: Path) -> None:
    """The notebook is a link to a file that the student cannot read."""
    (folder / NOTEBOOK).unlink()
    (folder / NOTEBOOK).symlink_to("/etc/passwd")
    (folder / "answers.json").unlink()


def link_beside(folder: Path) -> None:
    (folder / "data.txt").symlink_to(folder.parents[2] / "source" / "kinds" / "key.yaml")


def upwards(folder: Path) -> None:
    """Names that lead out of the folder, in every place that holds a name."""
    book = notebook(folder)
    cell(book, "answer-corners")["attachments"] = {"../../../../evil.png": {"image/png": "iVBORw0K"}}
    book["metadata"]["name"] = "../../../evil"
    save(folder, book)
    (folder / "..evil.csv").write_text("x")


def zip_slip(folder: Path) -> None:
    with zipfile.ZipFile(folder / "work.zip", "w") as archive:
        archive.writestr("../../../../../evil.txt", "x")


def device(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")


def shadows(folder: Path) -> None:
    evil = "import os\nos.environ['X'] = '1'\nraise SystemExit('shadowed')\n"
    for name in ("json.py", "sitecustomize.py", "pandas.py", "course.py", "usercustomize.py"):
        (folder / name).write_text(evil)


def run_file(folder: Path) -> None:
    (folder / "evil.py").write_text("raise SystemExit(3)")
    append(folder, "answer-squares", "%run evil.py")


def copied_check(folder: Path) -> None:
    """A copied test cell aborts the whole batch in stock nbgrader."""
    book = notebook(folder)
    check = cell(book, "check-tables")
    book["cells"].insert(book["cells"].index(check), {**json.loads(json.dumps(check)), "id": "copy"})
    save(folder, book)


def deleted_checks(folder: Path) -> None:
    book = notebook(folder)
    book["cells"] = [each for each in book["cells"] if not each["id"].startswith("check-")]
    save(folder, book)


def no_notebook(folder: Path) -> None:
    (folder / NOTEBOOK).unlink()


def other_name(folder: Path) -> None:
    (folder / NOTEBOOK).rename(folder / "my work.ipynb")


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _code(name: str, hope: str, source: str, stock: str) -> Attack:
    return Attack("breaking", name, hope, running(source), stock)


DIES = "works"
_PUT_BACK = "unclear: it was graded with 0 points, as its honest twin was"

ATTACKS = [
    _code("os-exit", "A process that is gone has no failing tests.", "import os\nos._exit(0)", DIES),
    _code("system-exit", "The tests are not reached.", "raise SystemExit", "cannot: IPython goes on"),
    _code("sys-exit-late", "The tests are not reached.", "import sys\nsys.exit(0)", "cannot: IPython goes on"),
    _code("segfault", "The process crashes.", "import ctypes\nctypes.string_at(0)", DIES),
    _code("abort", "The process aborts.", "import os\nos.abort()", DIES),
    _code(
        "recursion", "The stack overflows.", "import sys\nsys.setrecursionlimit(10**6)\ndef f():\n    f()\nf()", DIES
    ),
    _code("input", "The grading waits for somebody to type.", "x = input('?')", "cannot: nbclient answers no input"),
    _code("shell", "A shell command does what Python may not.", "!echo GOT IT", "works"),
    Attack("breaking", "run", "%run ends the process.", run_file, "cannot: IPython goes on"),
    Attack("breaking", "bad-json", "A notebook that is cut off.", bad_json, "works"),
    Attack("breaking", "empty-file", "A notebook of no bytes.", _notebook(b""), "works"),
    Attack("breaking", "not-a-notebook", "A list instead of a notebook.", _notebook(b"[1, 2]"), "works"),
    Attack(
        "breaking", "binary", "A picture instead of a notebook.", _notebook(b"\x89PNG\r\n\x1a\n" + bytes(500)), "works"
    ),
    Attack(
        "breaking",
        "old-format",
        "A notebook of format 3.",
        _notebook(b'{"worksheets": [{"cells": []}], "nbformat": 3, "nbformat_minor": 0, "metadata": {}}'),
        "unclear: it was graded as an empty one, with 0 points",
    ),
    Attack("breaking", "nul", "A NUL in the source.", nul, "cannot: only the cell fails"),
    Attack("breaking", "lone-surrogate", "Half a character in the source.", surrogate, "works"),
    Attack("breaking", "not-utf-8", "A byte that is not UTF-8.", latin, "works"),
    Attack("breaking", "link", "The notebook is a link to another file.", link, "works"),
    Attack("breaking", "link-beside", "A link beside the notebook leads to the key.", link_beside, "works"),
    Attack(
        "breaking",
        "upwards",
        "Names with .. lead out of the folder.",
        upwards,
        "cannot: nbgrader writes no attachments",
    ),
    Attack(
        "breaking",
        "zip-slip",
        "An archive with names that lead out of the folder.",
        zip_slip,
        "cannot: only zip_collect unpacks, before grading",
    ),
    Attack("breaking", "device", "A pipe that nobody writes to is read for ever.", device, "works"),
    Attack(
        "breaking",
        "shadowing",
        "json.py and sitecustomize.py beside the notebook replace the real ones.",
        shadows,
        "unclear: it was graded like its honest twin",
    ),
    Attack("breaking", "copied-check", "A copied check stops the batch.", copied_check, "works"),
    Attack("breaking", "deleted-checks", "A check that is not there cannot fail.", deleted_checks, _PUT_BACK),
    Attack("breaking", "no-notebook", "A folder without a notebook has no row.", no_notebook, "works"),
    Attack("breaking", "other-name", "A notebook under another name has no row.", other_name, "works"),
    Attack("breaking", "empty-folder", "An empty folder has no row.", empty, "works"),
]
