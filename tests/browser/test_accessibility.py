"""axe-core finds nothing to object to in what we put on the page, light and dark."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from course.paths import CLONE

from .axe import THEMES, keep_everything_in_the_page, set_theme, violations
from .conftest import WAIT, Notebook, Server

OURS = [".ooc", ".course-reading", ".course-feedback", ".course-mirror", "[role=note]"]
UNITS = sorted(path.name for path in (CLONE / "release").iterdir() if path.is_dir())


def run_all(notebook: Notebook) -> None:
    notebook.page.get_by_role("menuitem", name="Run", exact=True).click()
    notebook.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    # The last cell is hand_in(); its receipt says that all the others have run.
    notebook.page.get_by_text(re.compile("Receipt [0-9a-f]{10}")).first.wait_for(state="attached", timeout=60_000)


PLACES = [*((unit, "lab/tree") for unit in UNITS), ("02-claims", "notebooks")]


@pytest.fixture(scope="module", params=PLACES, ids="-".join)
def page(request: pytest.FixtureRequest, self_study: Server, browser: Browser) -> Iterator[Notebook]:
    """A unit with all its cells run."""
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
