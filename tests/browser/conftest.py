import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
UNIT = "00-start-here"
FORM = ".ooc"
WAIT = 30_000


def unused_port() -> int:
    """A port that the system gives, so that test processes side by side do not take the same one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "No Chromium here: apt install chromium (make test does so as root on Debian)."
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@dataclass
class Server:
    """A learner's JupyterLab, started by the command that learners use."""

    address: str
    folder: Path

    def page(self, unit: str, app: str = "lab/tree") -> str:
        path, token = self.address.split("?")
        base = path.split("/lab")[0]
        return f"{base}/{app}/{unit}/{unit}.ipynb?reset&{token}"  # reset: no tabs of an earlier page


def serve(folder: Path, edition: str) -> Iterator[Server]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTEST"))}
    settings = folder.parent / "settings"
    # JupyterLab's own question about news would stand in the way of screenshots.
    plugin = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    plugin.parent.mkdir(parents=True, exist_ok=True)
    plugin.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))
    # The page may ask the application itself whether it is ready, as window.jupyterapp.
    expose = {name: {"expose_app_in_browser": True} for name in ("LabApp", "JupyterNotebookApp")}
    (settings / "jupyter_server_config.json").write_text(json.dumps(expose))
    command = [sys.executable, "-m", "course.cli", "start", "--no-browser", "--folder", str(folder)]
    log = folder.parent / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--edition", edition, "--port", str(unused_port())],
            env={**environment, "JUPYTERLAB_SETTINGS_DIR": str(settings), "JUPYTER_CONFIG_DIR": str(settings)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 60
        while not (found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+", log.read_text())):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")
            time.sleep(0.1)
        yield Server(found[0], folder)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def self_study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from serve(tmp_path_factory.mktemp("self-study") / "my-work", "self-study")


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from serve(tmp_path_factory.mktemp("classroom") / "my-work", "classroom")


class Notebook:
    """A notebook in a page; everything is done by keyboard unless said otherwise."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, address: str) -> None:
        self.page.goto(address)
        # Keyboard shortcuts come with the settings, which both applications fetch last.
        shortcuts = "() => window.jupyterapp?.commands.keyBindings.some(each => each.command === 'notebook:run-cell')"
        self.page.wait_for_function(shortcuts, timeout=60_000)
        self.page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(state="attached", timeout=60_000)
        self.wait_idle()

    def show(self, path: str) -> None:
        """Open another notebook in the same JupyterLab, as its file browser does."""
        self.page.evaluate(
            "async path => { await window.jupyterapp.commands.execute('docmanager:open', { path }) }", path
        )
        there = "path => window.jupyterapp.shell.currentWidget?.context?.path === path"
        self.page.wait_for_function(there, arg=path, timeout=WAIT)
        self.page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(state="attached", timeout=WAIT)
        self.wait_idle()

    def save(self) -> None:
        """Save by keyboard, and wait for the server's word: a file that has changed may be half written."""
        with self.page.expect_response(
            lambda answer: "/api/contents/" in answer.url and answer.request.method == "PUT", timeout=WAIT
        ) as saved:
            self.page.keyboard.press("Control+s")
        assert saved.value.ok

    def close(self) -> None:
        """Close the notebook; what is not saved is lost."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.dispose()")

    def wait_idle(self) -> None:
        """Wait until the page hears from its kernel that it has nothing to do."""
        idle = """() => {
          const kernel = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
          return kernel?.connectionStatus === "connected" && kernel.status === "idle";
        }"""
        self.page.wait_for_function(idle, timeout=60_000)

    def cell(self, source: str) -> Locator:
        """The code cell whose source contains some text."""
        return self.page.locator(".jp-CodeCell", has=self.page.locator(".cm-content", has_text=source)).first

    def select(self, source: str) -> None:
        """Select a cell in command mode, by the arrow keys."""
        self.page.keyboard.press("Escape")
        target = self.cell(source)
        target.wait_for(state="attached")
        away = target.evaluate(
            "cell => { const all = [...document.querySelectorAll('.jp-Notebook .jp-Cell')];"
            " return all.indexOf(cell) - all.findIndex(each => each.classList.contains('jp-mod-active')) }"
        )
        for _ in range(abs(away)):
            self.page.keyboard.press("ArrowDown" if away > 0 else "ArrowUp")
        if not target.evaluate("cell => cell.classList.contains('jp-mod-active')"):
            pytest.fail(f"could not select the cell with {source!r} by keyboard")

    def run(self, source: str) -> Locator:
        """Run a cell and wait until it is done."""
        cell = self.cell(source)
        if "/notebooks/" in self.page.url:  # JupyterLab gives the notebook the focus by itself
            cell.locator(".jp-InputArea-prompt").click()
        self.select(source)
        self.page.keyboard.press("Control+Enter")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            prompt = cell.locator(".jp-InputArea-prompt").inner_text()
            if re.search(r"\[\d+\]", prompt):
                return cell
            time.sleep(0.1)
        pytest.fail(f"the cell with {source!r} did not finish")
        raise AssertionError

    def enter_form(self, source: str) -> Locator:
        """Go from a cell into its form by Tab."""
        form = self.cell(source).locator(FORM)
        form.wait_for(timeout=WAIT)
        self.select(source)
        for _ in range(8):
            self.page.keyboard.press("Tab")
            if form.evaluate("form => form.contains(form.getRootNode().activeElement)"):
                return form
        pytest.fail("Tab did not reach the form")
        raise AssertionError


@pytest.fixture
def notebook(browser: Browser) -> Iterator[Notebook]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    yield Notebook(context.new_page())
    context.close()
