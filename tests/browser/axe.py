"""What axe-core objects to, and the themes in which it looks."""

import json
import re
from pathlib import Path

from playwright.sync_api import Page

from course.paths import CLONE

from .conftest import WAIT, Notebook, Server

AXE = CLONE / "js" / "node_modules" / "axe-core" / "axe.min.js"
ENOUGH = 20  # texts with a colour of their own on any page that is looked at
THEMES = ["JupyterLab Light", "JupyterLab Dark"]


def keep_everything_in_the_page(server: Server) -> None:
    """Let axe see all of a notebook: by default JupyterLab has in the page only what is near the screen."""
    settings = Path(server.folder).parent / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(exist_ok=True)
    (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "contentVisibility"}))


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
        # To axe, all is hidden in a body that clips and, as JupyterLab's, has no height: it would skip the colours.
        page.add_style_tag(content="body { height: 100vh }")
    size = page.viewport_size
    assert size
    outer = page.locator(".jp-WindowedPanel-outer")
    height = outer.evaluate("outer => outer.scrollHeight") + size["height"]
    page.set_viewport_size({"width": size["width"], "height": height})  # nor does it look at what is scrolled away
    outer.evaluate("async outer => { outer.scrollTop = 0; await new Promise(requestAnimationFrame) }")
    contrasts, told = page.evaluate(
        """async ours => {
          const include = ours.map(name => [name]);
          const { passes, violations } = await axe.run({ include }, { resultTypes: ["passes", "violations"] });
          const told = violations.map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 160)).join(" | ")}`);
          return [passes.find(rule => rule.id === "color-contrast")?.nodes.length ?? 0, told];
        }""",
        ours,
    )
    page.set_viewport_size(size)
    assert contrasts > ENOUGH, f"axe looked at the colours of {contrasts} texts only"
    return list(told)


def violations_of_document(page: Page) -> list[str]:
    """Return what axe objects to on a page of its own, such as a feedback page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))  # by the debugger; the page's own policy stops script elements
    passes, told = page.evaluate(
        """async () => {
          const report = await axe.run(document, { resultTypes: ["violations"] });
          return [report.passes.length,
            report.violations.map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 120)).join(" | ")}`)];
        }"""
    )
    assert passes > 15, f"axe looked at {passes} rules only"
    return list(told)
