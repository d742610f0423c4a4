"""Results as HTML and as text; both begin with the status word."""

from functools import cache
from html import escape
from importlib.resources import files

from course.exercises.kinds.essay import EssayAnswer, EssayItem, EssayKey
from course.exercises.result import Note, Result, Status

_SHOWN = 3  # explanations shown at once; the rest open on demand


@cache
def style() -> str:
    """Return the style element that feedback needs once per output."""
    sheet = (files("course.exercises") / "feedback.css").read_text(encoding="utf-8")
    return f"<style>{sheet}</style>"


def to_html(result: Result, *, folded: bool = True) -> str:
    """Return feedback for a notebook or a page; everything in it is escaped.

    Args:
        result: The outcome of a check.
        folded: Whether to show only the first explanations until the reader opens the rest.
    """
    notes = [_note_html(note) for note in result.notes]
    shown = "".join(notes[:_SHOWN] if folded else notes)
    rest = notes[_SHOWN:] if folded else []
    more = (
        f"<details><summary>{len(rest)} more to look at</summary>"
        f"<ol start='{_SHOWN + 1}'>{''.join(rest)}</ol></details>"
        if rest
        else ""
    )
    points = "" if result.status == Status.RECEIVED else f" · {points_text(result.points, result.max_points)}"
    return (
        f"<div role='group' class='course-feedback course-{result.status.name.lower().replace('_', '-')}' "
        f"aria-label='{escape(f'{result.status.value}: {result.title}', quote=True)}'>"
        f"<p class='course-status'><strong>{result.status.value}</strong> · {escape(result.title)}{points}</p>"
        f"<p>{escape(result.summary)}</p>"
        + (f"<ol>{shown}</ol>" if shown else "")
        + more
        + (f"<p class='course-next'>{escape(result.next_step)}</p>" if result.next_step else "")
        + "</div>"
    )


def to_text(result: Result) -> str:
    """Return the same feedback as plain text."""
    points = "" if result.status == Status.RECEIVED else f" · {points_text(result.points, result.max_points)}"
    lines = [f"{result.status.value} · {result.title}{points}", result.summary]
    for number, note in enumerate(result.notes, 1):
        place = f"[{note.segment}] " if note.segment else ""
        quote = f"“{note.quote}” " if note.quote else ""
        given = f"Your answer: {note.given.rstrip('.')}. " if note.given else ""
        lines.append(f"{number}. {place}{quote}{given}{note.text}")
    if result.next_step:
        lines.append(result.next_step)
    return "\n".join(lines)


def essay_to_html(item: EssayItem, answer: EssayAnswer) -> str:
    """Return an essay to be read and marked, with its map in words; everything in it is escaped."""
    parts = "".join(
        f"<p><strong>{escape(part.text)}</strong></p>{_paragraphs(answer.parts[part.id])}"
        for part in item.parts
        if part.id in answer.parts
    )
    drawn = "".join(f"<li>{escape(line)}</li>" for line in item.board.describe(answer.map)) if item.board else ""
    words = f"<p><strong>The map in words</strong></p><ul>{drawn}</ul>" if drawn else ""
    return f"<div class='course-essay'>{parts or '<p>Nothing is written.</p>'}{words}</div>"


def rubric_to_html(item: EssayItem, key: EssayKey | None = None) -> str:
    """Return how an essay is marked, with a sample paragraph for each level if there is a key.

    Args:
        item: The essay.
        key: Its key.
    """
    points = (f"{level} point{'s' * (level != 1)}" for level in range(len(item.rubric[0].levels)))
    head = "".join(f"<th scope='col'>{each}</th>" for each in ("What is marked", *points))
    rows = ""
    for criterion in item.rubric:
        cells = [escape(level) for level in criterion.levels]
        if key:
            samples = key.marking[criterion.id]
            cells = [f"{cell}<br><q>{escape(text)}</q>" for cell, text in zip(cells, samples, strict=True)]
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        rows += f"<tr><th scope='row'>{escape(criterion.text)}</th>{row}</tr>"
    invented = (
        " What stands in quotation marks was written for this course, one paragraph for each level." if key else ""
    )
    caption = f"Rubric for “{escape(item.title)}”: {item.marks} points at most.{invented}"
    return (
        f"<table class='course-rubric'><caption>{caption}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part.strip())}</p>" for part in text.split("\n") if part.strip())


def points_text(points: float, most: float) -> str:
    """Return points in words."""
    return f"{points:g} of {most:g} point{'' if most == 1 else 's'}"


def _note_html(note: Note) -> str:
    quote = place = given = ""
    if note.segment:
        place = f"<span class='course-id'>{escape(note.segment)}</span> "
    if note.quote:
        quote = f"<q>{escape(note.quote)}</q><br>"
    if note.given:
        given = f"<span class='course-given'>Your answer: {escape(note.given.rstrip('.'))}.</span> "
    return f"<li>{place}{quote}{given}{escape(note.text)}</li>"
