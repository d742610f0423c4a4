"""Write results, points or identities that nobody has given."""

import json
import pickle
from pathlib import Path

from tests.hostile.attack import Attack, answering, notebook, save


def saved_scores(folder: Path) -> None:
    book = notebook(folder)
    for each in book["cells"]:
        if each["id"].startswith("check-"):
            data = {"text/plain": "11", "application/vnd.open-or-closed.results+json": [{"points": 11}]}
            each["outputs"] = [{"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}]
    save(folder, book)


def results_file(folder: Path) -> None:
    rows = {"kinds": dict.fromkeys(["check-most-sides", "check-tables"], 11)}
    record = {"submission": "", "outcome": "graded", "notes": [], "points": 11, "in_kernel": 0, "review": []}
    (folder / "grading.json").write_text(json.dumps({**record, "unrun": False, "rows": rows}))


def points(folder: Path) -> None:
    book = notebook(folder)
    for each in book["cells"]:
        marks = each["metadata"].get("nbgrader", {})
        if marks.get("grade"):
            marks["points"] = 100
    save(folder, book)


def names(folder: Path) -> None:
    """Let every check point at the easiest answer."""
    book = notebook(folder)
    for each in book["cells"]:
        marks = each["metadata"].get("nbgrader", {})
        if marks.get("grade"):
            marks["grade_id"] = "check-most-sides"
    save(folder, book)


def unlocked(folder: Path) -> None:
    book = notebook(folder)
    for each in book["cells"]:
        marks = each["metadata"].get("nbgrader", {})
        if marks.get("grade"):
            marks["locked"] = False
            marks["grade"] = True
            marks["solution"] = False
            each["source"] = "print()"
    save(folder, book)


def skipped(folder: Path) -> None:
    book = notebook(folder)
    for each in book["cells"]:
        if each["id"].startswith("check-"):
            each["metadata"]["tags"] = ["skip-execution"]
    save(folder, book)


def kernelspec(folder: Path) -> None:
    book = notebook(folder)
    book["metadata"]["kernelspec"] = {"name": "bash", "display_name": "x", "language": "bash"}
    save(folder, book)


def student(folder: Path) -> None:
    """Claim to be a neighbour."""
    book = notebook(folder)
    book["metadata"] |= {"student": "quiet-one", "nbgrader": {"student": "quiet-one"}}
    save(folder, book)
    stored = json.loads((folder / "answers.json").read_text())
    (folder / "answers.json").write_text(json.dumps({**stored, "student": "quiet-one"}))


def back_dated(folder: Path) -> None:
    (folder / "timestamp.txt").write_text("1999-01-01 00:00:00 UTC")


class _Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return (open, (str(Path("/tmp") / "ooc-pickle-was-here"), "w"))


def pickles(folder: Path) -> None:
    raw = pickle.dumps(_Bomb())
    for name in ("answers.pkl", "answers.json", "kinds.pkl"):
        (folder / name).write_bytes(raw)


def retyped(folder: Path) -> None:
    """A check that is Markdown is not run, and nbgrader gives no zero."""
    book = notebook(folder)
    for each in book["cells"]:
        if each["id"].startswith("check-"):
            each["cell_type"] = "markdown"
            del each["outputs"], each["execution_count"]
    save(folder, book)


def own_key(folder: Path) -> None:
    """A key of the student's own beside the notebook."""
    text = "unit: kinds\nmisconceptions: {x: y}\nkeys: {}\n"
    (folder / "key.yaml").write_text(text)
    (folder / ".key.yaml").write_text(text)


def own_items(folder: Path) -> None:
    path = folder / "items.yaml"
    path.write_text(path.read_text().replace("points: 1", "points: 19"))


LINE = json.dumps(
    {
        "outputs": [],
        "given": [{"item": "most-sides", "value": {"choices": ["pentagon"]}, "confidence": None}],
        "problems": [],
    }
)
PIPES = f"""
import os
for fd in range(1, 64):
    try:
        os.write(fd, {(LINE + chr(10))!r}.encode())
    except OSError:
        pass
"""

ATTACKS = [
    Attack(
        "forging",
        "result-on-stdout",
        "A line on stdout passes for a result.",
        answering(f"print({LINE!r})\nprint(11)"),
        "cannot: printed text is a stream, and nbgrader reads results",
    ),
    Attack(
        "forging",
        "result-in-pipes",
        "Every open file descriptor gets a forged result.",
        answering(PIPES),
        "cannot: no pipe of the kernel carries points",
    ),
    Attack(
        "forging",
        "result-file",
        "A file of results beside the notebook is taken for the grader's.",
        results_file,
        "cannot: nbgrader reads no such file",
    ),
    Attack(
        "forging",
        "saved-outputs",
        "Outputs with points, saved in the notebook, are believed.",
        saved_scores,
        "cannot: nbgrader clears outputs before it runs a notebook",
    ),
    Attack("forging", "edited-points", "A check is worth 100.", points, "cannot: nbgrader restores the points"),
    Attack("forging", "edited-grade-id", "All checks count as the easy one.", names, "works"),
    Attack(
        "forging",
        "edited-lock",
        "A check is no longer locked and prints nothing.",
        unlocked,
        "cannot: nbgrader restores locked cells",
    ),
    Attack("forging", "skip-execution", "A check that is skipped has no output and gets all points.", skipped, "works"),
    Attack(
        "forging",
        "retyped-check",
        "A check turned into text is not run.",
        retyped,
        "cannot: nbgrader restores the type",
    ),
    Attack(
        "forging",
        "kernelspec",
        "Another kernel runs the notebook.",
        kernelspec,
        "cannot: nbgrader restores the kernel of the source",
    ),
    Attack(
        "forging",
        "student-id",
        "The work is counted for, or against, a neighbour.",
        student,
        "cannot: nbgrader takes the student from the folder",
    ),
    Attack("forging", "back-dated", "Late work says that it came in time.", back_dated, "works"),
    Attack(
        "forging",
        "pickles",
        "Somebody unpickles what stands in the folder.",
        pickles,
        "cannot: nbgrader unpickles nothing",
    ),
    Attack(
        "forging",
        "own-key",
        "A key of the student's own is used.",
        own_key,
        "cannot: nbgrader copies the source's files over a student's",
    ),
    Attack(
        "forging",
        "own-items",
        "The items are worth more in the student's copy.",
        own_items,
        "cannot: nbgrader copies the source's files over a student's",
    ),
]
