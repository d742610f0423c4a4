"""axe-core finds nothing to object to in explained answers, light and dark; test_units looks at all units."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from .axe import THEMES, keep_everything_in_the_page, set_theme, violations
from .conftest import WAIT, Notebook, Server
from .test_units import OURS, run_all

PLACES = [("01-sources", "lab/tree"), ("02-claims", "notebooks")]


@pytest.fixture(scope="module", params=PLACES, ids="-".join)
def page(request: pytest.FixtureRequest, self_study: Server, browser: Browser) -> Iterator[Notebook]:
    """A unit for self-study with all its cells run."""
    keep_everything_in_the_page(self_study)
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    notebook = Notebook(context.new_page())
    notebook.open(self_study.page(*request.param))
    run_all(notebook)
    notebook.page.locator(".ooc").first.wait_for(timeout=WAIT)
    yield notebook
    context.close()


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_no_violation(theme: str, page: Notebook):
    set_theme(page, theme)
    there = [name for name in OURS if page.page.locator(name).count()]
    assert len(there) >= 3
    assert violations(page, there) == []
