"""A Dask cluster of a test's own: a scheduler and worker processes on this machine, at free ports."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.grading.small import LIMIT, wait_for


class Cluster:
    """A running cluster.

    Args:
        address: The scheduler's.
        workers: The workers' processes.
    """

    def __init__(self, address: str, workers: list[subprocess.Popen[bytes]]) -> None:
        self.address, self.workers = address, workers


@contextlib.contextmanager
def cluster(workers: int = 2) -> Iterator[Cluster]:
    """Start a scheduler and workers; end them all at the end."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        common = ["--host", "127.0.0.1", "--no-dashboard"]
        _start(stack, folder, "scheduler", *common, "--port", "0")
        wait_for(lambda: _said(folder, "scheduler", r"Scheduler at:\s+(tcp://\S+)"), "the scheduler")
        address = _said(folder, "scheduler", r"Scheduler at:\s+(tcp://\S+)")
        started = [
            _start(stack, folder, "worker", address, *common, "--nthreads", "1", "--no-nanny", number=number)
            for number in range(workers)
        ]
        for number in range(workers):
            wait_for(lambda: _said(folder, f"worker{number}", r"(Registered to:)"), "a worker")  # noqa: B023
        yield Cluster(address, started)


def _start(
    stack: contextlib.ExitStack, folder: Path, what: str, *options: str, number: int | None = None
) -> subprocess.Popen[bytes]:
    log = stack.enter_context((folder / f"{what}{'' if number is None else number}.log").open("wb"))
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + what, *options],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(LIMIT)


def _said(folder: Path, name: str, pattern: str) -> str:
    found = re.search(pattern, (folder / f"{name}.log").read_text())
    return found[1] if found else ""
