"""The page that a student gets back: one self-contained HTML file per notebook, without scripts."""

import datetime
import json
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from course.exercises import Result, Status
from course.exercises.feedback import points_text, style, to_html
from course.grading import markup
from course.grading.assignment import grade_id
from course.grading.grade import NOTES, RESULTS

_LATER = "The explanation comes when your instructor releases it."

Cell = dict[str, Any]


@dataclass(frozen=True)
class Mark:
    """One graded cell.

    Attributes:
        score: What counts: the mark given by hand, or else the automatic one, with extra credit.
        max_score: What it is worth.
        needs_review: Whether a person still has to mark it.
    """

    score: float
    max_score: float
    needs_review: bool = False

    @property
    def words(self) -> str:
        """The points in words."""
        given = points_text(self.score, self.max_score)
        return f"{given}, waiting to be marked by your instructor" if self.needs_review else given


@dataclass(frozen=True)
class Marks:
    """What the gradebook has of one notebook.

    Attributes:
        cells: Graded cells by ``grade_id``.
        comments: Comments by ``grade_id``.
        late_penalty: Points taken off for late work.
    """

    cells: dict[str, Mark]
    comments: dict[str, str]
    late_penalty: float = 0.0


@dataclass(frozen=True)
class _Block:
    """One part of the page: a cell as it is shown."""

    kind: str  # "prose", "work" or "check"
    body: Markup
    name: str = ""  # what it is about
    mark: Mark | None = None
    comment: str = ""


def revealed(policy: str, due: datetime.datetime | None, now: datetime.datetime) -> bool:
    """Return whether feedback may show what comes from the key.

    Args:
        policy: "always", "never" or "after-due".
        due: When the work is due, in naive UTC as nbgrader has it; None if the gradebook has no date.
        now: The time now, in naive UTC.
    """
    return policy == "always" or (policy == "after-due" and due is not None and now > due)


def page(
    notebook: dict[str, Any], released: dict[str, Any] | None, marks: Marks, *, title: str, student: str, reveal: bool
) -> str:
    """Return a feedback page.

    Args:
        notebook: The graded notebook.
        released: The notebook as students got it: of locked cells, its source is shown, so hidden tests stay hidden.
        marks: What the gradebook has of it.
        title: The assignment's title.
        student: The student's id.
        reveal: Whether to show what comes from the key.

    Returns:
        The HTML. The same arguments always give the same text.
    """
    known = {_name(cell): cell for cell in (released or {}).get("cells", ())}
    cells = notebook["cells"]
    notes = [markup.text(_source(cell)) for cell in cells if cell.get("id") == NOTES]
    shown = (_block(cell, known.get(_name(cell)), marks, reveal=reveal) for cell in cells if cell.get("id") != NOTES)
    blocks = [block for block in shown if block]
    score = sum(mark.score for mark in marks.cells.values()) - marks.late_penalty
    return _template().render(
        title=title,
        student=student,
        style=Markup(style()),  # noqa: S704  # the course's own
        total=points_text(round(score, 2), sum(mark.max_score for mark in marks.cells.values())),
        penalty=marks.late_penalty,
        waiting=any(mark.needs_review for mark in marks.cells.values()),
        notes=notes,
        blocks=blocks,
        checks=[block for block in blocks if block.mark],
    )


@cache
def _template() -> Template:
    loader = PackageLoader("course.grading")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("feedback.html.j2")


def _name(cell: Cell) -> str:
    return grade_id(cell) or str(cell.get("id", ""))


def _source(cell: Cell) -> str:
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def _block(cell: Cell, released: Cell | None, marks: Marks, *, reveal: bool) -> _Block | None:
    """Return a cell as the page shows it; None for one with nothing to see."""
    name, source = grade_id(cell) or "", _source(cell)
    mark, comment = marks.cells.get(name), marks.comments.get(name, "")
    results = _results(cell)
    solution = cell.get("metadata", {}).get("nbgrader", {}).get("solution", False)
    if results:
        body = Markup("").join(_feedback(json.dumps(result, sort_keys=True), reveal=reveal) for result in results)
        return _Block("check", body, ", ".join(result["title"] for result in results), mark, comment)
    if mark and not solution and cell["cell_type"] == "code":
        code = _source(released) if released else source if reveal else ""
        body = _code(code) if code else Markup("")
        body += _outputs(cell) if reveal else Markup("")
        return _Block("check", body, name, mark, comment)
    if cell["cell_type"] != "code":
        ours = released is not None and _source(released) == source
        kind = "prose" if ours and not mark else "work"
        return _Block(kind, markup.markdown(source, cell.get("attachments"), ours=ours), name, mark, comment)
    outputs = _outputs(cell)
    changed = released is None or _source(released) != source
    if not changed and not outputs and not mark and not comment:
        return None
    return _Block("work", (_code(source) if changed or mark else Markup("")) + outputs, name, mark, comment)


def _results(cell: Cell) -> list[dict[str, Any]]:
    for output in cell.get("outputs", ()):
        found = output.get("data", {}).get(RESULTS)
        if isinstance(found, list):
            return found
    return []


@lru_cache(maxsize=4096)
def _feedback(raw: str, *, reveal: bool) -> Markup:
    result = Result.model_validate_json(raw)
    if not reveal and result.status != Status.INCOMPLETE:
        notes = tuple(note.model_copy(update={"text": "", "misconception": None}) for note in result.notes)
        told = [note for note in notes if note.given or note.quote]
        result = result.model_copy(update={"summary": _LATER, "notes": tuple(told)})
    result = result.model_copy(update={"next_step": ""})  # it speaks of running the cell again
    return Markup(to_html(result, folded=False))  # noqa: S704  # it escapes everything


@lru_cache(maxsize=4096)
def _code(source: str) -> Markup:
    return Markup('<pre class="code" tabindex="0" role="group" aria-label="Code">{}</pre>').format(markup.text(source))


def _outputs(cell: Cell) -> Markup:
    return Markup("").join(_output(output) for output in cell.get("outputs", ()))


def _output(output: dict[str, Any]) -> Markup:
    kind, data = output.get("output_type"), output.get("data", {})
    box = Markup('<pre class="output" tabindex="0" role="group" aria-label="Output">{}</pre>')
    if kind == "stream":
        return box.format(markup.text(_joined(output.get("text"))))
    if kind == "error":
        return box.format(markup.text("\n".join(map(str, output.get("traceback", ())))))
    for picture in ("image/png", "image/jpeg"):
        if picture in data and (shown := markup.picture(picture, _joined(data[picture]))):
            return shown
    if "text/html" in data:
        area = Markup('<div class="output" tabindex="0" role="group" aria-label="Output">{}</div>')
        return area.format(markup.html(_joined(data["text/html"])))
    if "text/plain" in data:
        return box.format(markup.text(_joined(data["text/plain"])))
    return Markup("")


def _joined(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)
