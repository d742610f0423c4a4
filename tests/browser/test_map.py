"""The same argument map drawn three times in a real page: by keyboard, in the outline by keyboard, and by mouse."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Locator

from .axe import THEMES, keep_everything_in_the_page, set_theme, violations
from .conftest import WAIT, Notebook, Server

KEYS, OUTLINE, MOUSE = "by-keys", "by-outline", "by-mouse"
TEXTS = [f"Reason number {number}." for number in range(1, 13)]
# Reasons, verb and target, by the claims' numbers; "r1" is the first of these relations.
STEPS = [
    ([2, 3], "s", 1),
    ([4, 5], "s", 2),
    ([6], "r", 1),
    ([7], "u", "r1"),
    ([8], "s", 6),
    ([9], "s", 7),
    ([10], "s", 1),
    ([11], "s", 10),
    ([12], "s", 4),
]
VERBS = {"s": ("support", "Supports"), "r": ("rebut", "Rebuts"), "u": ("undercut", "Undercuts")}
WANTED = {
    "claims": [{"id": f"c{n}", "text": text, "segments": [], "implicit": False} for n, text in enumerate(TEXTS, 1)],
    "relations": [
        {
            "id": f"r{place}",
            "kind": VERBS[verb][0],
            "sources": [f"c{n}" for n in sources],
            "target": target if isinstance(target, str) else f"c{target}",
        }
        for place, (sources, verb, target) in enumerate(STEPS, 1)
    ],
    "main": "c1",
}
EDITS = len(TEXTS) + len(STEPS) + 1


def write_unit(folder: Path) -> None:
    """A unit with three empty boards."""
    folder.mkdir(parents=True)
    items = [
        {
            "id": name,
            "kind": "map",
            "title": name,
            "objectives": ["draw"],
            "points": 1,
            "text": "Draw a map.",
            "free": True,
            "hints": ["One.", "Two."],
        }
        for name in (KEYS, OUTLINE, MOUSE)
    ]
    unit = {"unit": folder.name, "title": "Maps", "minutes": 5, "objectives": {"draw": "Draw"}, "items": items}
    (folder / "items.yaml").write_text(yaml.safe_dump(unit))
    sources = ["from course import map_argument", *(f'map_argument("{item["id"]}")' for item in items)]
    cells = [
        {"cell_type": "code", "id": f"cell-{n}", "metadata": {}, "source": s, "outputs": [], "execution_count": None}
        for n, s in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / f"{folder.name}.ipynb").write_text(json.dumps(book))


class Board:
    """One map on the page."""

    def __init__(self, notebook: Notebook, item: str, folder: Path) -> None:
        self.notebook, self.item, self.folder = notebook, item, folder
        self.source = f'map_argument("{item}")'
        notebook.run(self.source)
        self.form: Locator = notebook.cell(self.source).locator(".ooc")
        self.form.wait_for(timeout=WAIT)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.notebook.page.keyboard.press(key)

    def focused(self) -> str | None:
        found: str | None = self.form.evaluate("form => form.getRootNode().activeElement?.getAttribute('data-id')")
        return found

    def go(self, number: int) -> None:
        self.press(*str(number))
        assert self.focused() == f"c{number}"

    def go_to_relation(self, name: str, target: int) -> None:
        """Walk from a claim to a relation that leads to it."""
        self.go(target)
        # Down leads to one of the relations in the next row; the row is walked from its left end.
        for key in ("ArrowDown", *(["ArrowLeft"] * 6 + ["ArrowRight"] * 6 if self.drawn else ["ArrowDown"] * 9)):
            self.press(key)
            if self.focused() == name:
                return
        pytest.fail(f"the arrows did not reach {name}")

    @property
    def drawn(self) -> bool:
        return self.form.get_by_role("button", name="Drawing", exact=True).get_attribute("aria-pressed") == "true"

    def build_by_keys(self) -> None:
        for text in TEXTS:
            self.press("n")
            self.notebook.page.keyboard.type(text)
            self.press("Enter")
        for sources, verb, target in STEPS:
            for number in sources:
                self.go(number)
                self.press("Space")
            if isinstance(target, str):
                self.go_to_relation(target, 1)
            else:
                self.go(target)
            self.press(verb)
        self.go(1)
        self.press("m")

    def button(self, name: str) -> Locator:
        return self.form.get_by_role("button", name=name).first

    def node(self, name: str) -> Locator:
        return self.form.locator(f".ooc-drawing-board [data-id={name}], svg [data-id={name}]").first

    def build_by_mouse(self) -> None:
        for text in TEXTS:
            self.button("New claim").click()
            self.form.locator("textarea").fill(text)
            self.form.locator(".ooc-form button").first.click()
        for sources, verb, target in STEPS:
            self.button("Fit").click()
            for number in sources:
                self.node(f"c{number}").locator(".ooc-check-box").click(force=True)
            self.node(target if isinstance(target, str) else f"c{target}").click()
            self.button(VERBS[verb][1]).click()
        self.node("c1").click()
        self.button("Main claim").click()

    def stored(self) -> dict[str, Any]:
        """What ``answers.json`` holds, once it has stopped changing."""
        path, before = self.folder / "answers.json", b""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            now = path.read_bytes() if path.is_file() else b""
            if now and now == before:
                break
            before = now
            time.sleep(0.5)
        answers = json.loads(before)["answers"]
        return answers[self.item]["answer"] if self.item in answers else {}


@pytest.fixture(scope="module", params=["lab/tree", "notebooks"], ids=["JupyterLab", "Notebook 7"])
def page(request: pytest.FixtureRequest, self_study: Server, browser: Browser) -> Iterator[tuple[Notebook, Path]]:
    unit = f"maps-in-{request.param.partition('/')[0]}"
    write_unit(self_study.folder / unit)
    keep_everything_in_the_page(self_study)
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    notebook = Notebook(context.new_page())
    notebook.open(self_study.page(unit, request.param))
    notebook.run("from course import")
    yield notebook, self_study.folder / unit
    context.close()


@pytest.fixture(scope="module")
def built(page: tuple[Notebook, Path]) -> dict[str, Any]:
    """All three boards drawn; what was stored of each."""
    notebook, folder = page
    seen: dict[str, Any] = {}
    board = Board(notebook, KEYS, folder)
    notebook.enter_form(board.source)
    board.build_by_keys()
    seen[KEYS] = board.stored()
    board.press(*["Control+z"] * EDITS)
    seen["undone"] = board.stored()
    board.press(*["Control+Shift+Z"] * EDITS)
    seen["redone"] = board.stored()
    board = Board(notebook, OUTLINE, folder)
    notebook.enter_form(board.source)
    board.press("v")
    seen["drawn"] = board.drawn
    board.build_by_keys()
    seen[OUTLINE] = board.stored()
    seen["heard"] = board.form.locator("[role=treeitem] .ooc-unseen").all_text_contents()
    board = Board(notebook, MOUSE, folder)
    board.build_by_mouse()
    seen[MOUSE] = board.stored()
    return seen


@pytest.mark.parametrize("way", [KEYS, OUTLINE, MOUSE])
def test_a_map_of_twelve_claims_is_stored_as_it_was_drawn(built: dict[str, Any], way: str):
    assert built[way] == WANTED


def test_undo_leads_back_to_the_empty_board_and_redo_to_the_end(built: dict[str, Any]):
    assert built["undone"] in ({}, {"claims": [], "relations": [], "main": None})
    assert built["redone"] == WANTED


def test_the_outline_says_what_leads_to_each_claim(built: dict[str, Any]):
    assert not built["drawn"]
    first = next(row for row in built["heard"] if row.startswith("claim 1,"))
    assert "supported by claims 2 and 3 together" in first
    assert "rebutted by claim 6" in first


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_no_violation_in_drawing_and_outline(built: dict[str, Any], page: tuple[Notebook, Path], theme: str):
    set_theme(page[0], theme)
    assert violations(page[0], [".ooc"]) == []
