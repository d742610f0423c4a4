"""The page that a student gets back: one self-contained HTML file per notebook, without scripts."""

import base64
import datetime
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from course.exercises import Result, Status
from course.exercises.feedback import points_text, style, to_html
from course.exercises.mirror import MIME as MIRROR
from course.grading import markup
from course.grading.assignment import grade_id
from course.grading.grade import NOTES, RESULTS

MAX_FORMATTED = 100_000  # characters of a student's markup on one page; the rest is shown as it was typed

_EACH = 100  # characters that an output costs besides its text
_LATER = "The explanation comes when your instructor releases it."
_NO_OUTPUT = Markup("<p><em>The output comes when your instructor releases it.</em></p>")
_MORE = Markup("<p><em>Cut here: more output of this cell is not shown.</em></p>")
_HEADING = re.compile(r"(</?h)([1-6])(?=>)")

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
    status: str = ""  # of an ordinary test, in words
    told: bool = False  # whether the body says name and points itself


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
    notes, blocks = _blocks(notebook["cells"], released, marks, reveal=reveal)
    score = max(0.0, sum(mark.score for mark in marks.cells.values()) - marks.late_penalty)
    sheet = _sheet()
    html = _template().render(
        title=markup.text(title),
        student=markup.text(student),
        sheet=Markup(sheet),  # noqa: S704  # the course's own
        digest=base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode(),
        total=points_text(round(score, 2), sum(mark.max_score for mark in marks.cells.values())),
        penalty=marks.late_penalty,
        waiting=any(mark.needs_review for mark in marks.cells.values()),
        notes=notes,
        blocks=blocks,
        checks=[block for block in blocks if block.mark],
    )
    return html.encode("utf-8", "replace").decode()  # half a character could not be written to a file


@cache
def _template() -> Template:
    loader = PackageLoader("course.grading")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("feedback.html.j2")


@cache
def _sheet() -> str:
    own = (files("course.grading") / "templates" / "feedback.css").read_text(encoding="utf-8")
    return style().removeprefix("<style>").removesuffix("</style>") + own


def _name(cell: Cell) -> str:
    return grade_id(cell) or str(cell.get("id", ""))


def _source(cell: Cell) -> str:
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def _blocks(
    cells: list[Cell], released: dict[str, Any] | None, marks: Marks, *, reveal: bool
) -> tuple[Markup, list[_Block]]:
    """Return the notes of the grading, and the cells as the page shows them."""
    known = {_name(cell): cell for cell in (released or {}).get("cells", ())}
    notes = Markup("")
    if cells and cells[0].get("id") == NOTES:
        notes, cells = markup.markdown(_source(cells[0])), cells[1:]
    titles = {
        f"answer-{result['item']}": f"{result['title']}: the text"
        for cell in cells
        if _is_check(cell)
        for result in _results(cell)
    }
    reader = _Reader(marks, reveal, titles)
    found = (reader.block(cell, known.get(_name(cell))) for cell in cells)
    return notes, list(_in_order(block for block in found if block))


def _in_order(blocks: Iterator[_Block]) -> Iterator[_Block]:
    """Yield blocks whose headings skip no level below the page's own."""
    last = 1
    for block in blocks:
        if "<h" in block.body:
            body, last = _levels(block.body, last)
            yield replace(block, body=body)
        else:
            yield block


@lru_cache(maxsize=1024)
def _levels(body: Markup, last: int) -> tuple[Markup, int]:
    def level(found: re.Match[str]) -> str:
        nonlocal last
        if found[1] == "<h":
            last = min(int(found[2]), last + 1)
        return f"{found[1]}{last}"

    return Markup(_HEADING.sub(level, body)), last  # noqa: S704  # it was markup before


@dataclass
class _Reader:
    """Makes the blocks of one page, cell by cell."""

    marks: Marks
    reveal: bool
    titles: dict[str, str]  # of answer cells, which a person may mark
    formatted: int = 0  # characters of the student's markup so far
    met_hidden: bool = False  # whether hidden code has run: what runs after it can print it

    def block(self, cell: Cell, released: Cell | None) -> _Block | None:
        """Return a cell as the page shows it; None for one with nothing to see."""
        name, settings = grade_id(cell) or "", cell.get("metadata", {}).get("nbgrader", {})
        mark, comment = self.marks.cells.get(name), markup.text(self.marks.comments.get(name, ""))
        code, locked = cell["cell_type"] == "code", bool(settings.get("locked"))
        if _is_check(cell) and (results := _results(cell)):
            body = Markup("").join(
                _feedback(json.dumps(result, sort_keys=True), reveal=self.reveal) for result in results
            )
            title = ", ".join(result["title"] for result in results)
            return _Block("check", body, title, mark, comment, told=_says(results, mark))
        # Of a locked cell, the graded notebook has the instructor's source, with hidden tests and marking schemes.
        source = _source(released if released and locked else cell)
        if locked and not released and not self.reveal:
            source = ""
        ours = released is not None and _source(released) == source
        if not code:
            if not source and not mark and not comment:
                return None
            body = self._text(source, cell.get("attachments"), ours=ours)
            return _Block("prose" if ours and not mark else "work", body, name, mark, comment)
        self.met_hidden |= locked and source != _source(cell)
        if locked and settings.get("grade"):
            body = _code(source) + (self._outputs(cell) if self.reveal else Markup(""))
            return _Block("check", body, name, mark, comment, _status(mark))
        body = (_code(source) if not ours or mark else Markup("")) + self._outputs(cell)
        title = self.titles.get(name, name)
        return _Block("work", body, title, mark, comment) if body or mark or comment else None

    def _text(self, source: str, attachments: Any, *, ours: bool) -> Markup:
        if ours or self._may_format(source):
            return markup.markdown(source, attachments, ours=ours)
        return _box("output", "Text", source)

    def _may_format(self, source: str) -> bool:
        """Take some of the room for markup; formatting what was made to be slow would hold up the class."""
        self.formatted += len(source)
        return self.formatted <= MAX_FORMATTED

    def _outputs(self, cell: Cell) -> Markup:
        shown, used, held = Markup(""), 0, False
        for output in cell.get("outputs", ()):
            if self.met_hidden and not self.reveal and MIRROR not in output.get("data", {}):
                held = True
                continue
            used += len(_told(output)) + _EACH
            if shown and used > markup.MAX_SHOWN:
                return shown + _MORE
            shown += self._output(output)
        return shown + _NO_OUTPUT if held else shown

    def _output(self, output: dict[str, Any]) -> Markup:
        data = output.get("data", {})
        for kind in ("image/png", "image/jpeg"):
            raw = _joined(data.get(kind, "")).strip()
            if raw and (shown := markup.picture(kind, raw)):
                return shown
        told = _told(output)
        if "text/html" in data and self._may_format(told):
            area = Markup('<div class="output" tabindex="0" role="group" aria-label="Output">{}</div>')
            return area.format(markup.html(told))
        return _box("output", "Output", _joined(data["text/plain"]) if "text/plain" in data else told)


def _is_check(cell: Cell) -> bool:
    """Return whether a cell can hold feedback: a student's own cell cannot, whatever it shows."""
    settings = cell.get("metadata", {}).get("nbgrader", {})
    return cell["cell_type"] == "code" and bool(settings.get("locked"))


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
        # Nor which answers are wrong: where there are two labels, that is the key.
        result = result.model_copy(update={"summary": _LATER, "notes": ()})
    result = result.model_copy(update={"next_step": ""})  # it speaks of running the cell again
    return Markup(to_html(result, folded=False))  # noqa: S704  # it escapes everything


def _says(results: list[dict[str, Any]], mark: Mark | None) -> bool:
    """Return whether feedback alone tells the points that count."""
    if len(results) != 1 or mark is None or mark.needs_review:
        return False
    return (results[0]["points"], results[0]["max_points"]) == (mark.score, mark.max_score)


def _status(mark: Mark | None) -> str:
    if mark is None or mark.needs_review or not mark.max_score:
        return ""
    return "Passed" if mark.score >= mark.max_score else "Partly passed" if mark.score > 0 else "Not passed"


def _code(source: str) -> Markup:
    return _box("code", "Code", source)


def _box(kind: str, label: str, source: str) -> Markup:
    box = Markup('<pre class="{}" tabindex="0" role="group" aria-label="{}">{}</pre>')
    return box.format(kind, label, markup.text(source)) if source else Markup("")


def _told(output: dict[str, Any]) -> str:
    """Return the text of an output: what it shows as, if it is no picture."""
    if output.get("output_type") == "error":
        return "\n".join(map(str, output.get("traceback", ())))
    data = output.get("data", {})
    return _joined(output.get("text", data.get("text/html", data.get("text/plain", ""))))


def _joined(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)
