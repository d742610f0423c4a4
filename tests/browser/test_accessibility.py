"""axe-core finds nothing to object to in what we put on the page, light and dark."""

import json
import re
from pathlib import Path

import pytest

from course.paths import CLONE

from .conftest import WAIT, Notebook, Server

AXE = CLONE / "js" / "node_modules" / "axe-core" / "axe.min.js"
OURS = [".ooc", ".course-reading", ".course-feedback", ".course-mirror", "[role=note]"]
UNITS = sorted(path.name for path in (CLONE / "release").iterdir() if path.is_dir())
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def set_theme(server: Server, theme: str) -> None:
    settings = Path(server.folder).parent / "settings" / "@jupyterlab" / "apputils-extension"
    (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": THEMES[theme]}))
    # axe sees only what is in the page, and by default JupyterLab keeps there what is near the screen.
    notebooks = settings.parent / "notebook-extension"
    notebooks.mkdir(exist_ok=True)
    (notebooks / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))


def run_all(notebook: Notebook) -> None:
    notebook.page.get_by_role("menuitem", name="Run", exact=True).click()
    notebook.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    # The last cell is hand_in(); its receipt says that all the others have run.
    notebook.page.get_by_text(re.compile("Receipt [0-9a-f]{10}")).first.wait_for(state="attached", timeout=60_000)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("unit", UNITS)
def test_axe_finds_no_violation(unit: str, theme: str, self_study: Server, notebook: Notebook):
    set_theme(self_study, theme)
    notebook.open(self_study.page(unit))
    run_all(notebook)
    notebook.page.wait_for_function(
        f"() => document.body.dataset.jpThemeName === {json.dumps(THEMES[theme])}", timeout=WAIT
    )
    notebook.page.locator(".ooc").first.wait_for(timeout=WAIT)
    notebook.page.add_script_tag(path=AXE)
    found = notebook.page.evaluate(
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
