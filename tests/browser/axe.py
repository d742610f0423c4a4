"""What axe-core objects to, and the themes in which it looks."""

import json
import re
from pathlib import Path

from course.paths import CLONE

from .conftest import WAIT, Notebook, Server

AXE = CLONE / "js" / "node_modules" / "axe-core" / "axe.min.js"
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


def violations(notebook: Notebook, ours: list[str]) -> list[str]:
    """Return what axe objects to in the parts of the page that these selectors name; each must be there."""
    page = notebook.page
    for name in ours:
        assert page.locator(name).count(), f"nothing on the page is {name}"
    if not page.evaluate("() => 'axe' in window"):
        page.add_script_tag(path=AXE)
    found = page.evaluate(
        """async ours => {
          const include = ours.map(name => [name]);
          const { passes, violations } = await axe.run({ include }, { resultTypes: ["violations"] });
          const told = violations.map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 160)).join(" | ")}`);
          return [passes.length, told];
        }""",
        ours,
    )
    assert found[0] > 10, "axe looked at hardly anything"
    return list(found[1])
