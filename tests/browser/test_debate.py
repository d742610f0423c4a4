"""The view of a debate in a real page: claims rejected by keyboard, and what follows."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from .axe import THEMES, keep_everything_in_the_page, set_theme, violations
from .conftest import WAIT, Notebook, Server

SHOW = "debate().explore()"


@pytest.fixture(scope="module", params=["lab/tree", "notebooks"])
def page(request: pytest.FixtureRequest, self_study: Server, browser: Browser) -> Iterator[Notebook]:
    """A notebook that shows the drawing, the table and the view of the course's debate."""
    keep_everything_in_the_page(self_study)
    folder = self_study.folder / "debates"
    folder.mkdir(exist_ok=True)
    sources = ["from course import debate", "debate()", SHOW]
    cells = [
        {"cell_type": "code", "id": f"cell-{n}", "metadata": {}, "source": s, "outputs": [], "execution_count": None}
        for n, s in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "debates.ipynb").write_text(json.dumps(book))
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    notebook = Notebook(context.new_page())
    notebook.open(self_study.page("debates", request.param))
    for source in sources:
        notebook.run(source)
    yield notebook
    context.close()


def test_rejecting_a_premise_by_keyboard_changes_what_rests_on_it_and_0_takes_it_back(page: Notebook) -> None:
    form = page.enter_form(SHOW)
    page.page.keyboard.press("Home")
    before = form.locator(".ooc-debate").inner_text()
    for _ in range(100):
        if form.evaluate("form => form.getRootNode().activeElement.dataset.id === 'irrevocable'"):
            break
        page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("Enter")
    expect(form.locator("[data-id=irrevocable]")).to_have_attribute("aria-pressed", "true")
    expect(form.locator("[data-id=precaution] .ooc-chip")).to_contain_text("changed", timeout=WAIT)
    page.page.keyboard.press("0")
    expect(form.locator("[data-id=irrevocable]")).to_have_attribute("aria-pressed", "false")
    expect(form.locator(".ooc-debate")).to_have_text(before, use_inner_text=True, timeout=WAIT)


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_no_violation_in_drawing_table_and_view(theme: str, page: Notebook) -> None:
    set_theme(page, theme)
    page.page.locator("summary", has_text="The same as a table").first.click()
    assert violations(page, ["figure", ".ooc"]) == []
