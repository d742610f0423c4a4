"""Run a student's code cells where they can reach nothing, and take back plain data only."""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from course.datafile import parse_json
from course.errors import CourseError
from course.grading.walls import LATE, READY, ROOM, Limits, arguments, namespaces

__all__ = ["CellRun", "Code", "Given", "Limits", "Run", "Sandbox", "available"]

MIME_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg")
_GRACE = 2  # seconds from the limit that the code notices to the end of the process
_START = 60  # seconds that starting may take on a busy machine
_END = 10  # seconds that ending may take
_BESIDE = 50_000  # bytes of a report besides outputs and values
_CHUNK = 65_536
_MOST_LISTED = 1_000
_MOST_TOLD = 300
_MOST_COUNTED = 1_000_000
_ADDRESS = re.compile(r"\b0x[0-9a-f]{10,16}\b")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_TOGETHER = "The cells together ran longer than"
_CODE = "import sys; sys.path[:] = sys.argv[1:-1]; from course.grading.inside import main; main()"
# Nothing of this process's environment passes on.
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": ROOM,
    "TMPDIR": ROOM,
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
}


@dataclass(frozen=True)
class Code:
    """One code cell.

    Attributes:
        source: Its source.
        exports: Maps item ids to the variables that are read right after the source has run.
    """

    source: str
    exports: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """What the code answered, as plain JSON data. Nobody has looked at whether it fits the item.

    Attributes:
        item: The item's id.
        value: The answer.
        confidence: What a call of ``answer`` said of it.
    """

    item: str
    value: Any
    confidence: str | None = None


@dataclass(frozen=True)
class CellRun:
    """What one cell did.

    Attributes:
        outputs: nbformat 4 outputs, of limited size.
        given: The answers it gave.
        problems: Why a variable could not be taken as an answer, without a full stop.
    """

    outputs: tuple[dict[str, Any], ...]
    given: tuple[Given, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """What a run did.

    Attributes:
        cells: The cells that ran to their end, in order.
        stopped: Why the others did not, in one sentence; empty if all ran.
    """

    cells: tuple[CellRun, ...]
    stopped: str


class Sandbox:
    """Runs code cells; several threads may use one, but each process makes its own.

    Args:
        walls: Whether to use bubblewrap. Without it the code runs in a temporary folder and is only limited: it
            can read what the user can read.
        limits: What one run may use.

    """

    def __init__(self, *, walls: bool = True, limits: Limits = Limits(), _preload: bool = True) -> None:  # noqa: B008
        self._walls, self._limits, self._preload = walls, limits, _preload
        self._parent: _Parent | None = self._fresh()  # loads pandas while the caller goes on
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process that runs are forked from."""
        with self._lock:
            self._closed = True
            if self._parent:
                self._parent.close()
            self._parent = None

    def run(self, cells: Sequence[Code], files: Mapping[str, bytes]) -> Run:
        """Run cells in one fresh namespace, one after the other, as a notebook does.

        An error in a cell is one of its outputs, and the next cell runs.

        Args:
            cells: The cells.
            files: What stands in the working folder, by relative POSIX path.

        Returns:
            What the cells did. A student's code can make up any of it; it is an answer, as if typed.
        """
        done: list[CellRun] = []
        try:
            with contextlib.ExitStack() as stack:
                room, handles = stack.enter_context(_walled() if self._walls else _folder())
                job = stack.enter_context(_job(room, cells, files))
                result = stack.enter_context(self._begun(job, handles))
                for report in _reports(result, cells, self._limits):
                    done.append(report)  # what was there before it stopped counts
        except _StoppedError as stopped:
            return Run(tuple(done), str(stopped))
        except OSError as error:  # of this machine: no disk space, no file descriptors
            return Run(tuple(done), f"The sandbox could not be set up ({error.strerror}).")
        return Run(tuple(done), "")

    def _fresh(self) -> _Parent:
        return _Parent(self._limits, preload=self._preload)

    @contextlib.contextmanager
    def _begun(self, job: int, handles: Sequence[int]) -> Iterator[int]:
        """Have a process forked for a job; give the pipe it reports to. At the end it is dead."""
        result, far_result = os.pipe()
        leash, far_leash = socket.socketpair()
        try:
            try:
                self._ask([job, far_result, far_leash.fileno(), *handles])
            finally:
                os.close(far_result)
                far_leash.close()
            yield result
        finally:
            os.close(result)
            with leash, contextlib.suppress(OSError):
                leash.settimeout(_END)
                leash.shutdown(socket.SHUT_WR)
                leash.recv(1)  # nothing comes but the end: the other side has killed and gone

    def _ask(self, handles: Sequence[int]) -> None:
        with self._lock:
            for _ in range(2):
                if self._closed:
                    raise _StoppedError("The sandbox is closed.")
                self._parent = self._parent or self._fresh()
                try:
                    self._parent.ask(handles)
                except OSError:  # it has died since; a fresh one takes its place
                    self._parent.close()
                    self._parent = None
                except _StoppedError:
                    self._parent.close()
                    self._parent = None
                    raise
                else:
                    return
        raise _StoppedError("The sandbox does not start.")


class _StoppedError(Exception):
    """A run ends before its last cell; the message says why."""


class _Parent:
    """The process that runs are forked from."""

    def __init__(self, limits: Limits, *, preload: bool) -> None:
        self._line, far = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # close() closes it
        self._ready = False
        paths = [path for path in sys.path if Path(path).is_absolute()]
        wanted = json.dumps({"limits": asdict(limits), "preload": preload})
        with far:
            self._process = subprocess.Popen(  # noqa: S603  # fixed words and our own paths
                [sys.executable, "-P", "-s", "-c", _CODE, *paths, wanted],
                stdin=far.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                cwd="/",
                env=_ENVIRONMENT,
                start_new_session=True,
            )

    def ask(self, handles: Sequence[int]) -> None:
        """Hand over the file descriptors of a run.

        Raises:
            OSError: The process is gone.
            _StoppedError: It has never been ready.
        """
        if not self._ready:
            self._line.settimeout(_START)
            with contextlib.suppress(OSError):
                self._ready = bool(self._line.recv(1))
            if not self._ready:
                self._errors.seek(max(self._errors.seek(0, os.SEEK_END) - _CHUNK, 0))
                told = self._errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
                raise _StoppedError(f"The sandbox's Python does not start ({told or 'it says nothing'}).")
        socket.send_fds(self._line, [b"r"], list(handles))

    def close(self) -> None:
        """End the process, and wait for it."""
        self._line.close()
        try:
            self._process.wait(_END if self._ready else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()


@contextlib.contextmanager
def _walled() -> Iterator[tuple[str, list[int]]]:
    """Have bubblewrap build a sandbox; give its scratch folder and its namespaces."""
    program = shutil.which("bwrap")
    if program is None:
        raise _StoppedError("bubblewrap is not installed (apt install bubblewrap).")
    told, info = os.pipe()
    try:
        try:
            process = subprocess.Popen(  # noqa: S603  # fixed words and our own paths
                [program, *arguments(info)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",
                env={},
                pass_fds=(info,),
                start_new_session=True,
            )
        except OSError as error:
            raise _StoppedError(f"bubblewrap cannot be started ({error.strerror}).") from None
        finally:
            os.close(info)
        handles: list[int] = []
        try:
            handles = _namespaces(process, told)
            yield ROOM, handles
        finally:
            for handle in handles:
                os.close(handle)
            _end(process)
    finally:
        os.close(told)


def _namespaces(process: subprocess.Popen[bytes], told: int) -> list[int]:
    """Wait until the walls stand, and open the namespaces."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise _StoppedError("bubblewrap has no pipes.")
    with contextlib.suppress(OSError):
        process.stdin.write(READY)
        process.stdin.flush()
    # What bubblewrap tells of the process comes before the walls stand; this line comes after.
    said, _ = _line(process.stdout.fileno(), bytearray(), len(READY), time.monotonic() + _START)
    if said is None:
        process.kill()
        why = process.stderr.read(_CHUNK).decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise _StoppedError(f"bubblewrap builds no sandbox ({why or 'it says nothing'}).")
    try:
        return namespaces(int(json.loads(os.read(told, _CHUNK))["child-pid"]))
    except (OSError, ValueError, KeyError) as error:
        raise _StoppedError(f"The sandbox cannot be entered ({error}).") from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End bubblewrap's first process, and with it everything in its namespace."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with contextlib.suppress(OSError):
                pipe.close()
    try:
        process.wait(_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _folder() -> Iterator[tuple[str, list[int]]]:
    """Make a scratch folder for a run without walls."""
    folder = tempfile.mkdtemp(prefix="sandbox-")
    try:
        yield folder, []
    finally:
        # rm, because a tree that somebody has made to be in the way may be deeper than Python's own stack
        for words in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            subprocess.run(  # noqa: S603  # fixed words and our own folder
                [*words, "--", folder], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )


@contextlib.contextmanager
def _job(room: str, cells: Sequence[Code], files: Mapping[str, bytes]) -> Iterator[int]:
    job = {
        "room": room,
        "cells": [{"source": cell.source, "exports": dict(cell.exports)} for cell in cells],
        "files": {name: base64.b64encode(content).decode() for name, content in files.items()},
    }
    with tempfile.TemporaryFile() as file:
        file.write(json.dumps(job).encode())
        file.flush()
        yield file.fileno()


# --- what comes back: hostile bytes --------------------------------------------------------------------------------


def _reports(result: int, cells: Sequence[Code], limits: Limits) -> Iterator[CellRun]:
    """Read one line for each cell.

    Raises:
        _StoppedError: There are fewer lines, or one is not what it should be.
    """
    rest = bytearray()
    first, _ = _line(result, rest, _BESIDE, time.monotonic() + _START)
    began = _read(first, _BESIDE) if first else None
    if not isinstance(began, dict) or began.get("ready") is not True:
        why = began.get("refused") if isinstance(began, dict) else None
        raise _StoppedError(
            f"The sandbox could not be closed off, so nothing was run ({_told(why) or 'no reason given'})."
        )
    end = time.monotonic() + limits.total_seconds + _GRACE
    left = limits.output + len(cells) * _BESIDE + limits.value * (2 + sum(len(cell.exports) for cell in cells))
    for number, cell in enumerate(cells, 1):
        most = min(left, limits.output + _BESIDE + limits.value * (2 + len(cell.exports)))
        until = min(time.monotonic() + limits.cell_seconds + _GRACE, end)
        line, why = _line(result, rest, most, until)
        report = _read(line, most) if line is not None else None
        if report == LATE or (why == "late" and until >= end):
            raise _StoppedError(f"{_TOGETHER} {limits.total_seconds:g} seconds; cell {number} did not end.")
        if line is None:
            raise _StoppedError(_reason(why, number, limits))
        left -= len(line)
        done = _cell(report, limits)
        if done is None:
            raise _StoppedError(f"Cell {number} reported what cannot be read.")
        yield done


def _reason(why: str, number: int, limits: Limits) -> str:
    if why == "late":
        return f"Cell {number} ran longer than {limits.cell_seconds:g} seconds and could not be stopped."
    if why == "long":
        return f"Cell {number} reported more than the limits allow."
    return f"The process ended in cell {number}."


def _line(source: int, rest: bytearray, most: int, until: float) -> tuple[bytes | None, str]:
    """Read one line.

    Args:
        source: The pipe.
        rest: What has been read behind the last line; changed in place.
        most: Bytes the line may have.
        until: When to give up, by the monotonic clock.

    Returns:
        The line, or None and why there is none: "late", "long" or "over".
    """
    poll = select.poll()
    poll.register(source, select.POLLIN)
    seen = 0
    while True:
        place = rest.find(b"\n", seen)
        if place >= 0:
            line = bytes(rest[:place])
            del rest[: place + 1]
            return (line, "") if place <= most else (None, "long")
        seen = len(rest)
        if seen > most:
            return None, "long"
        wait = until - time.monotonic()
        if wait <= 0 or not poll.poll(wait * 1000):
            return None, "late"
        data = os.read(source, _CHUNK)
        if not data:
            return None, "over"
        rest += data


def _read(line: bytes, most: int) -> Any:
    try:
        return parse_json(line, "report", most)
    except CourseError:
        return None


def _cell(report: Any, limits: Limits) -> CellRun | None:
    """Return what a cell reports, checked and copied part by part; None if it is no report."""
    try:
        outputs, given, problems = report["outputs"], report["given"], report["problems"]
        if not all(type(part) is list and len(part) <= limits.output for part in (outputs, given, problems)):
            return None
        return CellRun(
            tuple(_output(output) for output in outputs),
            tuple(_given(entry, limits) for entry in given),
            tuple(_told(_str(problem)) for problem in problems[:_MOST_LISTED]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _output(raw: Any) -> dict[str, Any]:
    kind = raw["output_type"]
    if kind == "stream":
        if raw["name"] not in ("stdout", "stderr"):
            raise ValueError("no stream")
        return {"output_type": kind, "name": raw["name"], "text": _text(raw["text"])}
    if kind == "error":
        lines = [_text(line) for line in _list(raw["traceback"])]
        return {"output_type": kind, "ename": _text(raw["ename"]), "evalue": _text(raw["evalue"]), "traceback": lines}
    if kind not in ("display_data", "execute_result"):
        raise ValueError("no output")
    data: dict[str, str] = {}
    for mime in MIME_TYPES:
        if mime not in raw["data"]:
            continue
        if not mime.startswith("image/"):
            data[mime] = _text(raw["data"][mime])
        elif _BASE64.fullmatch(_str(raw["data"][mime])):  # it goes into a page between quotes
            data[mime] = raw["data"][mime]
    output: dict[str, Any] = {"output_type": kind, "metadata": {}, "data": data}
    if kind == "execute_result":
        count = raw["execution_count"]
        output["execution_count"] = count if type(count) is int and 0 <= count < _MOST_COUNTED else None
    return output


def _given(raw: Any, limits: Limits) -> Given:
    text = json.dumps(raw["value"], ensure_ascii=False, allow_nan=False).encode()  # not: NaN, half a character
    confidence = raw["confidence"]
    if len(text) > limits.value:
        raise ValueError("too large")
    return Given(_told(_str(raw["item"])), raw["value"], None if confidence is None else _told(_str(confidence)))


def _str(value: Any) -> str:
    if type(value) is not str:
        raise TypeError("no text")
    return value


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError("no list")
    return value


def _text(value: Any) -> str:
    """Return a text of an output: whole characters only, and no addresses, which differ from run to run."""
    return _ADDRESS.sub("0x…", _str(value).encode("utf-8", "replace").decode())


def _told(value: Any) -> str:
    """Return what is told in a note: one short line of printable characters."""
    line = " ".join(str(value or "").split())[:_MOST_TOLD]
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in line)


# --- is it here? ---------------------------------------------------------------------------------------------------


@functools.cache
def available() -> str:
    """Say why bubblewrap cannot be used here; empty if it can. It is tried, once."""
    if sys.platform != "linux":
        return "The sandbox exists on Linux only."
    with Sandbox(_preload=False) as sandbox:
        return sandbox.run([], {}).stopped
