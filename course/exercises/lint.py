"""Check a master: its notebook, items and key against the course's rules (``docs/authoring.md``)."""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from course.corpus.documents import WORD
from course.errors import CourseError
from course.exercises.kinds import ChoiceItem, EssayItem, LabelItem, MapItem, OrderItem
from course.exercises.kinds.choice import ChoiceKey
from course.exercises.kinds.label import LabelKey
from course.exercises.kinds.map import MapAnswer, MapKey
from course.exercises.kinds.order import OrderKey, tau
from course.exercises.measures import measure
from course.exercises.parts import AFTERWARDS
from course.exercises.unit import ITEMS, MASTER_KEY, Unit, UnitKey, load_master

MAX_PROSE = 1_500  # words of Markdown
CELLS = (25, 40)
CHECKS = (4, 8)
MINUTES = (30, 45)
MAX_SHOWN_TAU = 0.2  # how near the order first shown may be to an accepted one
MAX_BLIND_CREDIT = 0.5  # for a map that is drawn without reading
MIN_LINKS = 4  # to be drawn: with fewer, a single slip would cost too much
MIN_SUPPORT = 2  # segments per label: with one, a single slip would cost the whole label

_ID = re.compile(r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$|^[a-z]{4,}$")
_HEADING = re.compile(r"^(#{1,6}) ", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\]]*)\]\(")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def lint(folder: Path) -> list[str]:
    """Check one unit's folder.

    Args:
        folder: A master's folder.

    Returns:
        One line for each problem, with file, cell or item, and remedy; empty if there is none.
    """
    try:
        unit, key = load_master(folder)
        notebook = folder / f"{unit.unit}.ipynb"
        cells = _cells(notebook)
    except CourseError as error:
        return [str(error)]
    found = [
        *(_name(folder, unit)),
        *(CourseError(p, r, file=notebook, item=i) for i, p, r in _notebook(cells, unit)),
        *(CourseError(p, r, file=folder / "items.yaml", item=i) for i, p, r in _items(unit, key)),
        *(CourseError(p, r, file=folder / MASTER_KEY, item=i) for i, p, r in _key(unit, key)),
    ]
    teaching = folder / "teaching.md"
    if not teaching.is_file():
        found.append(CourseError("the file is missing", "Write the run sheet.", file=teaching))
    else:
        found += _links(teaching, teaching.read_text(encoding="utf-8"))
    found += _links(notebook, "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown"))
    if not found:
        found += _sitting(folder)
    return [str(error) for error in found]


Finding = tuple[str | None, str, str]


def checked_items(source: str) -> list[str] | None:
    """Return the items that a check cell names; None if the cell is not one of ours.

    Args:
        source: The cell's source, which is parsed but never run.
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if len(body) != 1 or not isinstance(body[0], ast.Expr) or not isinstance(body[0].value, ast.Call):
        return None
    call = body[0].value
    if not isinstance(call.func, ast.Name) or call.func.id != "check" or call.keywords or not call.args:
        return None
    names = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    return names if len(names) == len(call.args) else None


def _cells(path: Path) -> list[dict[str, Any]]:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        return [
            {
                "id": cell.get("id"),
                "cell_type": cell["cell_type"],
                "metadata": dict(cell["metadata"]),
                "source": "".join(cell["source"]),
            }
            for cell in notebook["cells"]
        ]
    except FileNotFoundError:
        raise CourseError("the file is missing", "Name the notebook like its folder.", file=path) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CourseError("is not a notebook", "Restore it.", file=path) from None


def _name(folder: Path, unit: Unit) -> Iterator[CourseError]:
    if folder.name != unit.unit:
        yield CourseError(
            f"is {unit.unit}", f"Make it {folder.name}, the folder's name.", file=folder / "items.yaml", field="unit"
        )


def _notebook(cells: list[dict[str, Any]], unit: Unit) -> Iterator[Finding]:
    prose = [_FENCE.sub("", cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    levels = [len(mark) for text in prose for mark in _HEADING.findall(text)]
    if levels.count(1) != 1:
        yield None, f"has {levels.count(1)} headings of level 1", "Have exactly one."
    for before, after in pairwise(levels):
        if after > before + 1:
            yield None, f"a heading of level {after} follows one of level {before}", "Do not skip levels."
    for text in prose:
        if any(not alt.strip() for alt in _IMAGE.findall(text)) or re.search(r"<img(?![^>]*\balt=)", text):
            yield None, "an image has no text description", "Add alt text."
    yield from _cells_and_ids(cells)
    graded = [cell for cell in cells if _nbgrader(cell).get("grade") and not _nbgrader(cell).get("solution")]
    yield from _budgets(cells, prose, graded, unit)
    yield from _checks(cells, graded, unit)
    last = [cell["source"].strip() for cell in cells if cell["cell_type"] == "code"][-1:]
    if last != ["hand_in()"]:
        yield None, "does not end in hand_in()", "Make it the last code cell."


def _links(file: Path, text: str) -> Iterator[CourseError]:
    """Yield links that lead nowhere. Whether a page on the web is there is not tried."""
    for link in _LINK.findall(_FENCE.sub("", text)):
        target = link.partition("#")[0]
        if link.startswith("http://"):
            yield CourseError(f"{link} is not encrypted", "Link to https.", file=file)
        elif target and not link.startswith("https://") and not (file.parent / target).exists():
            yield CourseError(f"{link} leads to nothing", "Correct the link.", file=file)


def _sitting(folder: Path) -> Iterator[CourseError]:
    """Yield that a unit takes longer than it says, as far as that can be reckoned."""
    try:
        found = measure(folder)
    except CourseError as error:
        yield CourseError(f"a sample fails: {error.problem}", "Run course verify.", file=folder / MASTER_KEY)
        return
    if found.sitting.minutes > found.minutes:
        yield CourseError(
            f"is {found.minutes}, and the sitting takes {found.sitting.minutes:.1f} by our reckoning",
            "Shorten it, or announce more: see authoring.md.",
            file=folder / ITEMS,
            field="minutes",
        )
    if found.sitting.texts:
        yield CourseError(
            "a text is to be written in the sitting",
            "Move it below a heading that begins with After the sitting.",
            file=folder / f"{found.unit}.ipynb",
        )


def _nbgrader(cell: dict[str, Any]) -> dict[str, Any]:
    found = cell["metadata"].get("nbgrader", {})
    return found if isinstance(found, dict) else {}


def _cells_and_ids(cells: list[dict[str, Any]]) -> Iterator[Finding]:
    for name, count in Counter(cell["id"] for cell in cells).items():
        if count > 1 or not name or not _ID.match(name):
            yield name, "the cell's id is missing, repeated or not telling", "Use a word or words-with-hyphens."
    for cell in cells:
        meta = _nbgrader(cell)
        if meta and meta.get("grade_id") != cell["id"]:
            yield cell["id"], "grade_id and cell id differ", "Make them equal."
        extra = set(cell["metadata"]) - {"nbgrader", "tags"}
        if extra:
            yield cell["id"], f"has metadata of no use here: {', '.join(sorted(extra))}", "Run make masters."
        if cell["metadata"].get("tags", [AFTERWARDS]) != [AFTERWARDS]:
            yield cell["id"], "has a tag that means nothing here", f"The only one is {AFTERWARDS}."
        if meta.get("solution") and "### BEGIN SOLUTION" not in cell["source"]:
            yield cell["id"], "has no solution region", "Mark it with ### BEGIN SOLUTION and ### END SOLUTION."
        if meta.get("grade") and not meta.get("locked") and not meta.get("solution"):
            yield cell["id"], "is graded but not locked", "Lock it."


def _budgets(
    cells: list[dict[str, Any]], prose: list[str], graded: list[dict[str, Any]], unit: Unit
) -> Iterator[Finding]:
    words = sum(len(WORD.findall(text)) for text in prose)
    if words > MAX_PROSE:
        yield None, f"has {words} words of prose", f"Cut to {MAX_PROSE}."
    if not graded:
        return  # an introduction: shorter, and without points
    for what, number, (low, high) in (
        ("cells", len(cells), CELLS),
        ("check cells", len(graded), CHECKS),
        ("minutes", unit.minutes, MINUTES),
    ):
        if not low <= number <= high:
            yield None, f"has {number} {what}", f"Stay within {low} to {high}."


def _checks(cells: list[dict[str, Any]], graded: list[dict[str, Any]], unit: Unit) -> Iterator[Finding]:
    items = {item.id: item for item in unit.items}
    seen: Counter[str] = Counter()
    for cell in cells:
        names = checked_items(cell["source"]) if cell["cell_type"] == "code" else None
        if names is None:
            if cell in graded:
                yield cell["id"], "is graded but is not check(…)", 'Write check("item") and nothing else.'
            continue
        seen.update(names)
        for name in names:
            if name not in items:
                yield cell["id"], f"checks {name}, which is not an item", "Correct the name."
        points = sum(items[name].points for name in names if name in items)
        if cell in graded and _nbgrader(cell).get("points") != points:
            yield cell["id"], f"is worth {_nbgrader(cell).get('points')}", f"Its items add up to {points:g}."
    by_hand = {cell["id"]: _nbgrader(cell).get("points") for cell in cells if _nbgrader(cell).get("solution")}
    for name, item in items.items():
        marks = item.marks if isinstance(item, EssayItem) and graded else None
        if by_hand.get(f"answer-{name}") != marks:
            yield (
                f"answer-{name}",
                f"is worth {by_hand.get(f'answer-{name}')} by hand",
                f"Make it {marks}: see authoring.md.",
            )
        if seen[name] != 1:
            yield name, f"is checked {seen[name]} times", "Check every item once."
        if not any(f'"{name}"' in cell["source"] and cell["id"] == f"answer-{name}" for cell in cells) and (
            item.kind != "table"
        ):
            yield name, "is not shown", f"Add a cell answer-{name} that shows it."


def _items(unit: Unit, key: UnitKey) -> Iterator[Finding]:
    used = {objective for item in unit.items for objective in item.objectives}
    for name in sorted(set(unit.objectives) - used):
        yield name, "the objective is not assessed", "Give it an item."
    for item in unit.items:
        of = key.of(item)
        if isinstance(item, OrderItem) and isinstance(of, OrderKey):
            shown = tuple(entry.id for entry in item.entries)
            if max(tau(shown, accepted.answer.order, of) for accepted in of.accept) > MAX_SHOWN_TAU:
                yield item.id, "is first shown almost in order", "Shuffle the entries."
        if isinstance(item, ChoiceItem) and isinstance(of, ChoiceKey) and item.multiple:
            most = max(len(accepted.answer.choices) for accepted in of.accept)
            if 2 * most > len(item.options):
                yield item.id, f"{most} of {len(item.options)} options are right", "Have half at most: see scoring.md."
        if isinstance(item, LabelItem) and isinstance(of, LabelKey):
            support = Counter(entry.accept[0] for entry in of.segments.values())
            for label in item.labels:
                if support[label.id] < MIN_SUPPORT:
                    yield item.id, f"{label.id} is right for {support[label.id]} segments", "Have two at least."
        if isinstance(item, MapItem) and isinstance(of, MapKey):
            yield from _map(item, of)


def _map(item: MapItem, key: MapKey) -> Iterator[Finding]:
    links = key.links(item)
    if links < MIN_LINKS:
        yield item.id, f"{links} links have to be drawn", f"Have {MIN_LINKS} at least: see scoring.md."
    names = [claim.id for claim in item.claims]
    blind = {
        "each claim as a reason for the next on the board": list(pairwise(names)),
        "each claim as a reason for the one before it on the board": list(pairwise(names[::-1])),
    }
    for main in sorted({accepted.main for accepted in key.accept if accepted.main}):
        blind[f"every claim as a reason for {main}"] = [(name, main) for name in names if name != main]
    for what, pairs in blind.items():
        answer = MapAnswer.model_validate({"relations": [f"{source} supports {target}" for source, target in pairs]})
        credit = key.assess(item, item.map_of(answer)).credit
        if credit > MAX_BLIND_CREDIT:
            remedy = "Shuffle the claims, or add claims that are no reasons here."
            yield item.id, f"{what} gets {credit:.0%} of the credit", remedy


def _key(unit: Unit, key: UnitKey) -> Iterator[Finding]:
    named = {name for item in unit.items for name in key.of(item).misconceptions()}
    for name in sorted(set(key.misconceptions) - named):
        yield name, "the misconception is not used", "Remove it or diagnose it."
