"""What this machine has, what it lacks, and what to do about it."""

import os
import platform
import shutil
import sys
import tempfile
import webbrowser
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from course.workspace import port_is_free

_NEEDED = ("jupyterlab", "ipywidgets", "anywidget", "pandas", "pydantic")
_PYTHON = (3, 11)
_PORT = 8888


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        what: Its name.
        good: Whether it is as it should be.
        detail: What was found.
        remedy: What to do if it is not good.
        needed: Whether the course does not work without it.
    """

    what: str
    good: bool
    detail: str
    remedy: str = ""
    needed: bool = True

    def line(self) -> str:
        """Return the finding as one line of text."""
        word = "works" if self.good else ("missing" if self.needed else "not here, not needed to learn")
        return f"{self.what}: {word}. {self.detail}" + (f" {self.remedy}" if not self.good else "")


def examine(folder: Path) -> list[Finding]:
    """Look at versions, browser, sandbox, write access and ports.

    Args:
        folder: The folder in which work is saved.
    """
    return [
        _python(),
        *(_package(name) for name in _NEEDED),
        _package("nbgrader", needed=False, remedy='Instructors: pip install -e ".[grading]".'),
        _browser(),
        _sandbox(),
        _writable(folder),
        _free_port(),
    ]


def report() -> None:
    """Print the findings in words, for a notebook."""
    findings = examine(Path.cwd())
    lacking = [finding for finding in findings if finding.needed and not finding.good]
    for finding in findings:
        print(finding.line())  # noqa: T201  # a learner reads it
    print("Everything you need is here." if not lacking else "Follow the remedies above, then start again.")  # noqa: T201  # likewise


def _python() -> Finding:
    good = sys.version_info[:2] >= _PYTHON
    return Finding("Python", good, f"Version {platform.python_version()}.", "Install Python 3.11 or newer.")


def _package(name: str, *, needed: bool = True, remedy: str = "Run pip install -e . in the repository.") -> Finding:
    try:
        return Finding(name, True, f"Version {version(name)}.", remedy, needed=needed)
    except PackageNotFoundError:
        return Finding(name, False, "It is not installed.", remedy, needed=needed)


def _browser() -> Finding:
    try:
        found: str | None = webbrowser.get().__class__.__name__
    except webbrowser.Error:
        found = next((name for name in ("chromium", "google-chrome", "firefox") if shutil.which(name)), None)
    return Finding(
        "Browser",
        found is not None,
        "A browser can be opened." if found else "None was found on this machine.",
        "Start with --no-browser and open the printed address in any browser.",
        needed=False,
    )


def _sandbox() -> Finding:
    from course.grading.sandbox import available

    problem = available()
    remedy = "Instructors: grade on Linux with bubblewrap; without it, code is not run."
    return Finding("Sandbox", not problem, problem or "bubblewrap builds one.", remedy, needed=False)


def _writable(folder: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            good = True
    except OSError:
        good = False
    return Finding(
        "Saving",
        good,
        f"{folder} can be written." if good else f"{folder} cannot be written.",
        "Move your copy to a folder of your own.",
    )


def _free_port() -> Finding:
    inside = "JPY_PARENT_PID" in os.environ  # in a notebook, its server holds the port
    free = inside or port_is_free(_PORT)
    return Finding(
        "Port",
        free,
        f"Port {_PORT} is {'in use by this server' if inside else 'free' if free else 'in use'}.",
        "The course takes the next free one by itself.",
        needed=False,
    )
