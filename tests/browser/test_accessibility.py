"""axe-core finds nothing to object to in what we put on the page, light and dark."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from course.paths import CLONE

from .conftest import WAIT, Notebook, Server

AXE = CLONE / "js" / "node_modules" / "axe-core" / "axe.min.js"
OURS = [".ooc", ".course-reading", ".course-feedback", ".course-mirror", "[role=note]"]
UNITS = sorted(path.name for path in (CLONE / "release").iterdir() if path.is_dir())
THEMES = ["JupyterLab Light", "JupyterLab Dark"]


def keep_everything_in_the_page(server: Server) -> None:
    """Let axe see all of a notebook: by default JupyterLab has in the page only what is near the screen."""
    settings = Path(server.folder).parent / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(exist_ok=True)
    (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))


def set_theme(notebook: Notebook, theme: str) -> None:
    notebook.page.get_by_role("menuitem", name="Settings", exact=True).click()
    for name in ("Theme", theme):
        notebook.page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{name}$")).click(timeout=WAIT)
    notebook.page.wait_for_function(f"() => document.body.dataset.jpThemeName === {json.dumps(theme)}", timeout=WAIT)


def run_all(notebook: Notebook) -> None:
    notebook.page.get_by_role("menuitem", name="Run", exact=True).click()
    notebook.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    # The last cell is hand_in(); its receipt says that all the others have run.
    notebook.page.get_by_text(re.compile("Receipt [0-9a-f]{10}")).first.wait_for(state="attached", timeout=60_000)


@pytest.fixture(scope="module", params=UNITS)
def page(request: pytest.FixtureRequest, self_study: Server, browser: Browser) -> Iterator[Notebook]:
    """A unit with all its cells run."""
    keep_everything_in_the_page(self_study)
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    notebook = Notebook(context.new_page())
    notebook.open(self_study.page(request.param))
    run_all(notebook)
    notebook.page.locator(".ooc").first.wait_for(timeout=WAIT)
    notebook.page.add_script_tag(path=AXE)
    yield notebook
    context.close()


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_no_violation(theme: str, page: Notebook):
    set_theme(page, theme)
    found = page.page.evaluate(
        """async ours => {
          const include = ours.filter(name => document.querySelector(name)).map(name => [name]);
          const report = await axe.run({ include }, { resultTypes: ["violations"] });
          return {
            looked: include.length,
            passed: report.passes.length,
            violations: report.violations.map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 120)).join(" | ")}`),
          };
        }""",
        OURS,
    )
    assert found["looked"] >= 3
    assert found["passed"] > 10
    assert found["violations"] == []
