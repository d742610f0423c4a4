"""A learner's working copy: prepare it, and open JupyterLab on it."""

import datetime
import hashlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from course.errors import CourseError
from course.exercises.mirror import harvest_file
from course.exercises.store import Store
from course.exercises.unit import ITEMS, LEARNER_KEY, MASTER_KEY
from course.paths import release_dir, source_dir

EDITIONS = ("self-study", "classroom")
FIRST_UNIT = "00-start-here"
_STATE = ".course.json"  # which version of each notebook was installed


def prepare(folder: Path, edition: str | None = None) -> list[str]:
    """Install or update a working copy; no answer is ever lost.

    Args:
        folder: Where the working copy is or shall be.
        edition: "self-study" installs the key, out of sight; "classroom" does not. The first by default where the keys
            are at hand, which they are in the repository only.

    Returns:
        One line for each thing done.

    Raises:
        CourseError: The edition is unknown or not available here, or the folder cannot be written.
    """
    source = source_dir()
    if edition is None:
        edition = "self-study" if source else "classroom"
    if edition not in EDITIONS:
        raise CourseError("there is no such edition", f"Use one of {', '.join(EDITIONS)}.", item=edition)
    if edition == "self-study" and source is None:
        raise CourseError(
            "the self-study edition needs the keys, which are only in the repository",
            "Clone the repository, or use --edition classroom.",
        )
    for ours in (release_dir(), source):
        if ours and folder.resolve().is_relative_to(ours.resolve()):
            raise CourseError("this folder belongs to the course itself", "Choose another with --folder.", file=folder)
    if (folder / MASTER_KEY).exists() or any(folder.glob(f"*/{MASTER_KEY}")):
        raise CourseError("this folder holds masters", "Choose another folder with --folder.", file=folder)
    units = sorted(path.parent for path in release_dir().glob(f"*/{ITEMS}"))
    if not units:
        raise CourseError("no unit is released", "Run course release.", file=release_dir())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        state = _read_state(folder)
        lines = [
            line
            for unit in units
            for line in _install(unit, folder / unit.name, state, source if edition == "self-study" else None)
        ]
        (folder / _STATE).write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise CourseError(
            f"cannot be written ({error.strerror})", "Choose another folder with --folder.", file=folder
        ) from None
    return lines


def _read_state(folder: Path) -> dict[str, str]:
    try:
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in state.items()} if isinstance(state, dict) else {}


def _install(unit: Path, to: Path, state: dict[str, str], keys: Path | None) -> list[str]:
    to.mkdir(exist_ok=True)
    lines = []
    notebook = unit / f"{unit.name}.ipynb"
    mine = to / notebook.name
    version = hashlib.sha256(notebook.read_bytes()).hexdigest()
    if not mine.exists():
        shutil.copyfile(notebook, mine)
        lines.append(f"{unit.name}: installed in {to}.")
    elif state.get(unit.name) != version:
        # The new notebook shows the stored answers again; those that only the old one holds move to the store.
        Store(to, unit.name).merge(harvest_file(mine, unit.name))
        when = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
        kept = mine.with_name(f"{unit.name}.before-{when}.ipynb")
        mine.replace(kept)
        shutil.copyfile(notebook, mine)
        lines.append(f"{unit.name}: there is a new version; your old notebook is kept as {kept.name}.")
    state[unit.name] = version
    for path in unit.iterdir():
        if path.is_file() and path != notebook:
            shutil.copyfile(path, to / path.name)
    key = to / LEARNER_KEY
    key.unlink(missing_ok=True)
    if keys is not None:
        shutil.copyfile(keys / unit.name / MASTER_KEY, key)
    return lines


def free_port(first: int = 8888) -> int:
    """Return a port of this machine that nothing listens on.

    Args:
        first: Where to begin to look.

    Raises:
        CourseError: None of the next hundred is free.
    """
    for port in range(first, first + 100):
        if port_is_free(port):
            return port
    raise CourseError(f"no port from {first} to {first + 99} is free", "Close other servers.")


def port_is_free(port: int) -> bool:
    """Return whether a server could listen on a port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def launch(folder: Path, *, browser: bool = True, port: int | None = None) -> int:
    """Run JupyterLab on a working copy until it is stopped.

    Args:
        folder: The working copy.
        browser: Whether to open a browser.
        port: The server's port; a free one by default.

    Returns:
        JupyterLab's exit status.

    Raises:
        CourseError: JupyterLab is not installed, or the port is in use.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise CourseError("JupyterLab is not installed", "Run pip install -e . in the repository.")
    if port is not None and not port_is_free(port):
        raise CourseError(f"port {port} is in use", f"Use --port {free_port(port + 1)}, or stop the other server.")
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--LabApp.default_url=/lab/tree/{FIRST_UNIT}/{FIRST_UNIT}.ipynb",
        f"--ServerApp.port={port or free_port()}",
    ]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in containers root is the only user
    try:
        return subprocess.call(command)  # noqa: S603  # no shell
    except KeyboardInterrupt:
        return 0
