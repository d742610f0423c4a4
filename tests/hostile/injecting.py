"""Put markup, terminal commands or formulas where others read them."""

import json
from pathlib import Path

from tests.hostile.attack import Attack, append, insert, notebook, save

SCRIPT = "<script>document.title='STOLEN'</script><img src=x onerror=\"document.title='STOLEN'\">"


def in_markdown(folder: Path) -> None:
    insert(folder, f"My view. {SCRIPT} [x](javascript:alert(1))", kind="markdown")


def in_output(folder: Path) -> None:
    append(folder, "answer-squares", f"from IPython.display import HTML, display\ndisplay(HTML({SCRIPT!r}))\n")


def in_answer(folder: Path) -> None:
    stored = json.loads((folder / "answers.json").read_text())
    stored["answers"]["round-or-straight"] = {"answer": {"labels": {SCRIPT: SCRIPT}}, "at": "2026-11-20T00:00:00Z"}
    (folder / "answers.json").write_text(json.dumps(stored))


def in_table(folder: Path) -> None:
    append(folder, "answer-squares", f"squares = pd.DataFrame({{'number': [{SCRIPT!r}], 'square': ['=1+1']}})")


def ansi(folder: Path) -> None:
    append(folder, "answer-squares", "print('\\x1b]0;STOLEN\\x07\\x1b[2J\\x1b[8m hidden')")


def formula(folder: Path) -> None:
    insert(folder, "=HYPERLINK(\"http://x.example\")\n\n+1+cmd|' /C calc'!A0\n\n@SUM(1)", kind="markdown")
    append(folder, "answer-squares", "squares = pd.DataFrame({'number': ['=1+1'], 'square': ['@x']})")


def in_metadata(folder: Path) -> None:
    book = notebook(folder)
    book["metadata"]["title"] = SCRIPT
    for each in book["cells"]:
        if "nbgrader" not in each["metadata"]:
            each["metadata"] = {"nbgrader": {"grade_id": SCRIPT, "comment": SCRIPT}}
    save(folder, book)


def _attack(name: str, hope: str, apply: object, stock: str) -> Attack:
    return Attack("injecting", name, hope, apply, stock)


ATTACKS = [
    _attack("script-in-text", "A script runs when the instructor or the student opens the page.", in_markdown, "works"),
    _attack("script-in-output", "A script in an output runs.", in_output, "works"),
    _attack("script-in-answer", "A script in a stored answer runs.", in_answer, "cannot: our own summary escapes it"),
    _attack("script-in-table", "A script in a table cell runs.", in_table, "cannot: our own summary escapes it"),
    _attack("terminal-commands", "The grader's terminal hides a line.", ansi, "works"),
    _attack(
        "formula",
        "A spreadsheet runs a formula from an export.",
        formula,
        "cannot: nbgrader's export holds points and ids, no text of answers",
    ),
    _attack("script-in-metadata", "A script in a name or comment runs.", in_metadata, "works"),
]
