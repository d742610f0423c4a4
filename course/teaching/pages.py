"""Pages made of a unit: each is one HTML file without scripts, to be shown, printed or read."""

from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import mistune

from course.corpus.reader import Reading
from course.exercises.feedback import essay_to_html, rubric_to_html, style, to_html
from course.exercises.kinds import Answer, EssayItem, Item, Key, LabelItem
from course.exercises.kinds.essay import EssayAnswer, EssayKey
from course.exercises.kinds.label import LabelKey
from course.exercises.parts import Shown, parts
from course.exercises.unit import load_master, load_unit

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
    for part in parts(folder, unit):
        match part:
            case str():
                head, *sections = f"\n{part}".split("\n## ")
                screens += [_html(head)] if head.strip() else []
                screens += [_html(f"## {section}") for section in sections]
            case Shown():
                screens.append(part.html)
            case Item():
                screens.append(_question(part))
    body = "".join(f"<section>{screen}</section>" for screen in screens)
    return _page(unit.title, "slides", body)


def handout(folder: Path) -> str:
    """Return a unit on paper: its text, the passages to be read, and its items with room for answers.

    What gives away what an item asks comes last, on a page of its own.

    Args:
        folder: A master's folder.

    Raises:
        CourseError: The unit's files are malformed.
    """
    unit = load_unit(folder)
    body, shown = "", ""
    for part in parts(folder, unit):
        match part:
            case str():
                body += _html(part)
            case Reading():
                body += part._repr_html_()
            case Shown(afterwards=True):
                shown += f"<section>{part.html}</section>"
            case Shown():
                body += part.html
            case _:
                body += f"<section class='question'>{_question(part, paper=True)}</section>"
    if shown:
        body += f"<section class='shown'><h2>Afterwards</h2><p>For after the exercises.</p>{shown}</section>"
    return _page(unit.title, "handout", body)


def guide(folder: Path) -> str:
    """Return the answers of a unit: what is accepted and why, and what learners who go wrong are told.

    Args:
        folder: A master's folder with its key.

    Raises:
        CourseError: The unit's files are malformed, or there is no key.
    """
    unit, keys = load_master(folder)
    body = f"<h1>Guide to the answers: {escape(unit.title)}</h1><p>For teachers. It gives all answers away.</p>"
    glance = "".join(_glance(item, keys.of(item)) for item in unit.items)
    body += f"<h2>At a glance</h2><table><tbody>{glance}</tbody></table>"
    body += "".join(_answers(item, keys.of(item)) for item in unit.items)
    return _page(unit.title, "guide", style() + body)


def _glance(item: Item, key: Key) -> str:
    """Return an item's row in the short list of answers: of a label item every label that is accepted."""
    if isinstance(item, LabelItem) and isinstance(key, LabelKey):
        names = {label.id: label.text for label in item.labels}
        lines = [
            f"{number}. {' or '.join(names[label] for label in key.segments[line.id].accept)}: {line.text}"
            for number, line in enumerate(item.segments, 1)
        ]
    elif isinstance(item, EssayItem):
        lines = ["a text; see the criteria below"]
    else:
        lines = item.describe(_sample(item, key.model_answer()))
    answer = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<tr><th scope='row'>{escape(item.title)}</th><td><ul class='glance'>{answer}</ul></td></tr>"


def _answers(item: Item, key: Key) -> str:
    """Return one item's question, answers, hints, and the feedback on wrong answers."""
    answer = _sample(item, key.model_answer())
    best = _given(item, answer)
    hints = "".join(f"<li>{escape(hint)}</li>" for hint in (*item.hints, *key.hints))
    wrong = ""
    for sample in key.samples.reject:
        given = _sample(item, sample.answer)
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


def _sample(item: Item, answer: dict[str, Any]) -> Answer:
    """Return a sample answer of a key without how sure it is, which says nothing."""
    return item.parse({field: value for field, value in answer.items() if field != "confidence"})


def _given(item: Item, answer: Answer) -> str:
    """Return an answer to be read."""
    if isinstance(item, EssayItem) and isinstance(answer, EssayAnswer):
        return essay_to_html(item, answer)
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in item.describe(answer))}</ul>"


def _question(item: Item, *, paper: bool = False) -> str:
    """Return an item's question and what there is to choose from; on paper, with room for an answer."""
    html = f"<h2>{escape(item.title)}</h2>{_paragraphs(item.text)}"
    prompt = item.prompt()
    lines_to_label = prompt.get("segments") if paper else None
    for name in _CHOICES:
        if (choices := prompt.get(name)) and not (name == "segments" and lines_to_label):
            lines = "".join(f"<li>{escape(_choice(choice))}</li>" for choice in choices)
            tag = "ol" if name == "segments" else "ul"
            html += f"<{tag} class='{name}'>{lines}</{tag}>"
    if lines_to_label:
        html += _to_tick(lines_to_label, prompt["labels"])
    elif paper and "options" not in prompt and "entries" not in prompt:
        html += f"<div class='room {item.kind}'></div>"
    return html + (rubric_to_html(item) if isinstance(item, EssayItem) else "")


def _to_tick(lines: list[dict[str, Any]], labels: list[dict[str, Any]]) -> str:
    """Return a table with a row for each line and an empty cell for each label."""
    head = "".join(f"<th scope='col'>{escape(label['text'])}</th>" for label in labels)
    cells = "<td></td>" * len(labels)
    rows = "".join(
        f"<tr><th scope='row'>{number}. {escape(_choice(line))}</th>{cells}</tr>"
        for number, line in enumerate(lines, 1)
    )
    return f"<table class='tick'><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"


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
    body = body.replace("<th></th>", "<td></td>")  # a header that says nothing: the corner of a table
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width'><title>{escape(title)}: {kind}</title>"
        f"<style>{sheet}</style></head><body class='{kind}'><main>{body}</main></body></html>\n"
    )
