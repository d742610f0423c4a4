"""The parent of every sandbox: a process that has pandas and the corpus loaded, holds no key, and only forks.

It is started as a fresh program, never forked from the grading process, whose memory holds keys. For each request
it forks a warden, which joins the sandbox's namespaces and forks the process that runs the cells.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any

from course.grading.walls import ROOM, Limits, WallError, confine, enter

REQUEST = b"r"
MOST_HANDLES = 16


def main() -> None:
    """Serve the socket that is the standard input, until it is closed.

    The only argument is a JSON object: the limits, and whether to preload.
    """
    wanted = json.loads(sys.argv[-1])
    sys.argv[:] = [""]
    limits = Limits(**wanted["limits"])
    sys.dont_write_bytecode = True
    line = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.close(null)
    if wanted["preload"]:
        from course.grading import cells

        cells.preload()
    gc.collect()
    gc.freeze()  # forked processes share this memory as long as nobody writes to it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # wardens leave no zombies
    line.sendall(REQUEST)
    while True:
        said, handles, _, _ = socket.recv_fds(line, 1, MOST_HANDLES)
        if not said:
            os._exit(0)
        if os.fork() == 0:
            with contextlib.suppress(BaseException):
                line.close()
                _guard(handles, limits)
            os._exit(1)
        for handle in handles:
            os.close(handle)


def _guard(handles: Sequence[int], limits: Limits) -> None:
    """Be the warden: put a process behind the walls, and end it when the host says so or is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    job, result, leash, *rest = handles
    with os.fdopen(os.dup(job), "rb") as file:
        file.seek(0)
        wanted = json.load(file)
    os.close(job)
    room = wanted["room"]
    try:
        if rest:
            enter(rest, limits)
        elif room == ROOM:
            raise WallError("there are no namespaces to join")
    except WallError as error:
        _tell(result, {"refused": str(error)})
        os._exit(1)
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            _run(wanted, result, limits, walls=bool(rest))
        os._exit(1)
    os.close(result)
    while os.read(leash, 1):
        pass
    # The child is not waited for before, so its id cannot have passed to another process.
    for end in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            end(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os._exit(0)


def _run(wanted: dict[str, Any], result: int, limits: Limits, *, walls: bool) -> None:
    """Be the process that runs the cells."""
    try:
        os.setsid()
        os.dup2(result, 3)
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        room = wanted["room"]
        os.chdir(room)
        os.environ["HOME"] = os.environ["TMPDIR"] = room
        confine(limits, walls=walls)
        _lay_out(wanted["files"])
    except (WallError, OSError, ValueError) as error:
        _tell(3, {"refused": str(error)})
        os._exit(1)
    _tell(3, {"ready": True})
    jobs = wanted["cells"]
    wanted.clear()
    if jobs:
        from course.grading import cells

        for report in cells.run(jobs, limits):
            _tell(3, report)
    os._exit(0)


def _lay_out(files: dict[str, str]) -> None:
    """Put the files into the folder ``work`` of the scratch folder, and go there."""
    import base64
    from pathlib import Path, PurePosixPath

    work = Path("work")
    work.mkdir()
    for name, content in files.items():
        relative = PurePosixPath(name)
        if relative.is_absolute() or not relative.parts or ".." in relative.parts:
            raise ValueError(f"{name} is no path inside the folder")
        target = work / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(content))
    os.chdir(work)


def _tell(result: int, report: dict[str, Any]) -> None:
    line = memoryview(json.dumps(report, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    while line:
        line = line[os.write(result, line) :]
