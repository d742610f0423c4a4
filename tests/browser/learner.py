"""Answers through the forms, as a learner gives them: by mouse and keyboard."""

from typing import Any

from playwright.sync_api import Locator

from course.argument import Relation
from course.exercises import Unit, UnitKey
from course.exercises.kinds import ChoiceItem, EssayItem, Item, LabelItem, MapItem, OrderItem, TableItem

from .conftest import WAIT, Notebook

SHOWS = {"choice": "choose", "essay": "write", "label": "label", "map": "map_argument", "order": "order"}
VERBS = {"support": "s", "rebut": "r", "undermine": "d", "undercut": "u"}


def answer_all(notebook: Notebook, unit: Unit, key: UnitKey, solutions: dict[str, tuple[int, str]]) -> None:
    """Give the first accepted answer to every item.

    Args:
        notebook: An open notebook whose cells have run.
        unit: Its items.
        key: Their keys.
        solutions: Number and master's source of each cell whose code computes an answer, by item id.
    """
    items: tuple[Item, ...] = unit.items
    for item in items:
        answer = item.parse(key.of(item).samples.accept[0])
        match item:
            case TableItem():
                _write_code(notebook, *solutions[item.id])
            case ChoiceItem():
                _choose(_form(notebook, item), item, answer)
            case LabelItem():
                _label(notebook, _form(notebook, item), item, answer)
            case OrderItem():
                _order(notebook, _form(notebook, item), answer)
            case MapItem():
                _draw(notebook, _form(notebook, item), answer)
            case EssayItem():
                _write(_form(notebook, item), answer)
                if item.board:
                    _draw(notebook, _form(notebook, item, 1), answer.map)


def _form(notebook: Notebook, item: Item, place: int = 0) -> Locator:
    form = notebook.cell(f'{SHOWS[item.kind]}("{item.id}")').locator(".ooc").nth(place)
    form.wait_for(timeout=WAIT)
    return form


def _saved(form: Locator) -> None:
    form.get_by_text("Saved").first.wait_for(timeout=WAIT)


def _choose(form: Locator, item: ChoiceItem, answer: Any) -> None:
    wanted = [
        (row, option.id in answer.choices)
        for row, option in zip(form.locator(".ooc-option").all(), item.options, strict=True)
    ]
    if item.confidence:
        wanted.append((form.locator(".ooc-level").nth(2), True))
    # What is chosen already, as after a cell that types the answer, stays as it is.
    clicks = [row for row, on in wanted if (row.get_attribute("aria-checked") == "true") != on]
    for row in clicks:
        if row.get_attribute("role") == "checkbox" or row.get_attribute("aria-checked") != "true":
            row.click()
    if clicks:
        _saved(form)


def _label(notebook: Notebook, form: Locator, item: LabelItem, answer: Any) -> None:
    digits = {label.id: str(place) for place, label in enumerate(item.labels, 1)}
    form.locator(".ooc-segment").first.click()
    for passage in item.segments:
        notebook.page.keyboard.press(digits[answer.labels[passage.id]])
        notebook.page.keyboard.press("ArrowDown")
    _saved(form)


def _order(notebook: Notebook, form: Locator, answer: Any) -> None:
    entries = form.locator(".ooc-entry")
    entries.first.click()
    for place, name in enumerate(answer.order):
        shown = entries.evaluate_all("all => all.map(each => each.dataset.id)")
        notebook.page.keyboard.press("Home")
        for _ in range(shown.index(name)):
            notebook.page.keyboard.press("ArrowDown")
        for _ in range(shown.index(name) - place):
            notebook.page.keyboard.press("Alt+ArrowUp")
    notebook.page.keyboard.press("k")
    _saved(form)


def _draw(notebook: Notebook, form: Locator, answer: Any) -> None:
    """Draw in the outline, where every relation is a row."""
    form.get_by_role("button", name="Outline", exact=True).click()
    press = notebook.page.keyboard.press
    for claim in answer.claims:
        form.get_by_role("button", name="New claim").first.click()
        notebook.page.keyboard.type(claim.text)
        press("Enter")

    def go(name: str) -> None:
        form.locator(f'[role=treeitem][data-id="{name}"]').first.click()

    steps: tuple[Relation, ...] = answer.relations
    drawn = {step.id: f"r{place}" for place, step in enumerate(steps, 1)}
    for step in steps:
        for source in step.sources:
            go(source)
            press("Space")
        go(drawn.get(step.target, step.target))
        press(VERBS[step.kind])
    if answer.main:
        go(answer.main)
        press("m")
    _saved(form)


def _write(form: Locator, answer: Any) -> None:
    for field, text in zip(form.locator("textarea").all(), answer.parts.values(), strict=True):
        field.fill(text)
        field.blur()
    _saved(form)


def _write_code(notebook: Notebook, place: int, source: str) -> None:
    notebook.page.locator(".jp-Notebook .jp-Cell").nth(place).locator(".cm-content").click()
    notebook.page.keyboard.press("Control+a")
    notebook.page.keyboard.insert_text(source)
    notebook.page.keyboard.press("Escape")
