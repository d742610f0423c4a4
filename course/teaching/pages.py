"""Pages made of a unit: each is one HTML file without scripts, to be shown, printed or read."""

import ast
import json
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import mistune

from course.corpus.reader import read
from course.errors import CourseError
from course.exercises.feedback import essay_to_html, rubric_to_html, style, to_html
from course.exercises.kinds import Answer, EssayItem, Item, Key
from course.exercises.kinds.essay import EssayAnswer, EssayKey
from course.exercises.unit import Unit, find_key, load_key, load_unit

_CHOICES = (
    "options",
    "labels",
    "entries",
    "claims",
    "segments",
    "parts",
)  # of a prompt: what there is to choose from or to fill in

_markdown = mistune.create_markdown(escape=True, plugins=["table"])


def slides(folder: Path) -> str:
    """Return a unit as slides: a screen for each section of its text and for each item.

    Args:
        folder: A master's folder.

    Raises:
        CourseError: The unit's files are malformed.
    """
    unit = load_unit(folder)
    screens: list[str] = []
    for kind, content in _parts(folder, unit):
        if kind == "item":
            screens.append(_question(unit.item(content)))
        elif kind == "text":
            head, *sections = f"\n{content}".split("\n## ")
            screens += [_html(head)] if head.strip() else []
            screens += [_html(f"## {section}") for section in sections]
    body = "".join(f"<section>{screen}</section>" for screen in screens)
    return _page(unit.title, "slides", body)


def handout(folder: Path) -> str:
    """Return a unit on paper: its text, the passages to be read, and its items with room for answers.

    Args:
        folder: A master's folder.

    Raises:
        CourseError: The unit's files are malformed.
    """
    unit = load_unit(folder)
    body = ""
    for kind, content in _parts(folder, unit):
        if kind == "item":
            body += f"<section class='question'>{_question(unit.item(content))}<div class='room'></div></section>"
        else:
            body += _html(content) if kind == "text" else content
    return _page(unit.title, "handout", body)


def guide(folder: Path) -> str:
    """Return the answers of a unit: what is accepted and why, and what learners who go wrong are told.

    Args:
        folder: A master's folder with its key.

    Raises:
        CourseError: The unit's files are malformed, or there is no key.
    """
    unit = load_unit(folder)
    path = find_key(folder)
    if path is None:
        raise CourseError("there is no key here", "Make the guide from a master, in source/.", file=folder)
    keys = load_key(path, unit)
    body = f"<h1>{escape(unit.title)}: guide to the answers</h1><p>For teachers. It gives all answers away.</p>"
    body += "".join(_answers(item, keys.of(item)) for item in unit.items)
    return _page(unit.title, "guide", style() + body)


def _answers(item: Item, key: Key) -> str:
    """Return one item's question, answers, hints, and the feedback on wrong answers."""
    answer = item.parse(key.model_answer())
    best = _given(item, answer)
    hints = "".join(f"<li>{escape(hint)}</li>" for hint in (*item.hints, *key.hints))
    wrong = ""
    for sample in key.samples.reject:
        given = item.parse(sample.answer)
        told = to_html(item.score(given, key), folded=False)
        wrong += f"<li>{_given(item, given)}{told}</li>"
    points = f"{item.points:g} point{'s' * (item.points != 1)}"
    marks = rubric_to_html(item, key) if isinstance(item, EssayItem) and isinstance(key, EssayKey) else ""
    return (
        f"<h2>{escape(item.title)} <small>{escape(item.id)}, {points}</small></h2>"
        f"{_paragraphs(item.text)}<h3>Accepted, for example</h3>{best}"
        f"{to_html(item.score(answer, key))}{marks}<h3>Hints</h3><ol>{hints}</ol>"
        f"<h3>Wrong answers, and what learners read</h3><ol>{wrong}</ol>"
    )


def _given(item: Item, answer: Answer) -> str:
    """Return an answer to be read."""
    if isinstance(item, EssayItem) and isinstance(answer, EssayAnswer):
        return essay_to_html(item, answer)
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in item.describe(answer))}</ul>"


def _parts(folder: Path, unit: Unit) -> Iterator[tuple[str, str]]:
    """Yield the parts of a unit's notebook: ("text", Markdown), ("item", id) or ("passage", HTML)."""
    items = {item.id for item in unit.items}
    for cell in json.loads((folder / f"{unit.unit}.ipynb").read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        name = cell["id"].removeprefix("answer-")
        if cell["cell_type"] == "markdown":
            yield "text", source
        elif name in items and cell["id"] != name:
            yield "item", name
        elif (call := _call(source)) is not None:
            yield "passage", read(*call[0], **call[1])._repr_html_()


def _call(source: str) -> tuple[list[Any], dict[str, Any]] | None:
    """Return the arguments of a cell that is nothing but ``read(…)``; the cell is parsed and never run."""
    body = ast.parse(source).body
    if len(body) != 1 or not isinstance(body[0], ast.Expr) or not isinstance(body[0].value, ast.Call):
        return None
    call = body[0].value
    if not isinstance(call.func, ast.Name) or call.func.id != "read":
        return None
    return [ast.literal_eval(arg) for arg in call.args], {
        word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg
    }


def _question(item: Item) -> str:
    """Return an item's question and what there is to choose from."""
    html = f"<h2>{escape(item.title)}</h2>{_paragraphs(item.text)}"
    prompt = item.prompt()
    for name in _CHOICES:
        if choices := prompt.get(name):
            lines = "".join(f"<li>{escape(_choice(choice))}</li>" for choice in choices)
            html += f"<ul class='{name}'>{lines}</ul>"
    return html + (rubric_to_html(item) if isinstance(item, EssayItem) else "")


def _choice(choice: dict[str, Any]) -> str:
    text, more = choice["text"], choice.get("help") or choice.get("note")
    return f"{text} ({more})" if more else str(text)


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in text.split("\n\n"))


def _html(markdown: str) -> str:
    made = _markdown(markdown)
    assert isinstance(made, str)  # noqa: S101  # with the default renderer
    return made


def _page(title: str, kind: str, body: str) -> str:
    sheet = (files("course.teaching") / "pages.css").read_text(encoding="utf-8")
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width'><title>{escape(title)}: {kind}</title>"
        f"<style>{sheet}</style></head><body class='{kind}'><main>{body}</main></body></html>\n"
    )
