"""Kill a grading at every single step that it takes on disk, one after the other, and let the next one finish.

A separate process does it: it forks itself for each step, which a process with threads should not.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from course.grading import record
from course.grading.plugin import open_course
from course.grading.run import grade_class, regrade_class
from tests.classroom import _FORKS
from tests.grading.small import LIMIT, UNIT, copy_of, rows, snapshot

_STEPS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}


def grade(course: Path) -> None:
    grade_class(open_course(course, UNIT)[0], jobs=1)


def grade_again(course: Path) -> None:
    grade_class(open_course(course, UNIT)[0], jobs=1, force=True)


def regrade(course: Path) -> None:
    regrade_class(open_course(course, UNIT)[0])


def kill_at_each_step(course: Path, do: Callable[[Path], None], report: Path) -> dict[str, Any]:
    """Do something to copies of a course, killed at the first, the second, … step; each time do it again to the end.

    Returns:
        The number of ``steps``, and what was ``wrong`` after which.
    """
    process = _FORKS.Process(target=_kill_at_each_step, args=(course, do, report))
    process.start()
    process.join(5 * LIMIT)
    if process.is_alive():
        process.kill()
    assert process.exitcode == 0
    found: dict[str, Any] = json.loads(report.read_bytes())
    return found


def _kill_at_each_step(course: Path, do: Callable[[Path], None], report: Path) -> None:
    os.environ["PATH"] = str(Path(sys.executable).parent)  # no bubblewrap: it would be started for nothing
    record.COMMIT_SECONDS = 0  # as if each student took long
    before, copy = state(course), report.with_name("copy")
    copy_of(course, copy)
    do(copy)
    after = state(copy)
    wrong: list[str] = []
    step = 0
    while True:
        step += 1
        shutil.rmtree(copy)
        copy_of(course, copy)
        if not _killed(step, lambda: do(copy)):
            break
        halfway = state(copy)
        wrong += [
            f"step {step}: rows of {student} are half written"
            for student, lines in halfway[0].items()
            if lines not in (before[0].get(student), after[0][student])
        ]
        do(copy)
        wrong += [f"step {step}: {line}" for line in _differences(state(copy), after)]
    shutil.rmtree(copy)
    report.write_text(json.dumps({"steps": step - 1, "wrong": wrong}))


def state(course: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of all students, and all files of their graded work."""
    return rows(f"sqlite:///{course}/gradebook.db"), snapshot(course / "autograded")


def _killed(step: int, do: Callable[[], None]) -> bool:
    """Do something in a forked process that dies at a step; return whether it got that far."""
    child = os.fork()
    if not child:
        try:
            _die_at(step)
            do()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _die_at(step: int) -> None:
    done = 0

    def count(*_: Any) -> None:
        nonlocal done
        done += 1
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(name: str, arguments: tuple[Any, ...]) -> None:
        writes = name == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if name in _STEPS or writes:
            count()

    event.listen(Engine, "commit", count)
    sys.addaudithook(hook)


def _differences(now: tuple[dict[str, Any], ...], after: tuple[dict[str, Any], ...]) -> list[str]:
    return [
        f"{name}: {mine.get(name)} is not {theirs.get(name)}"
        for mine, theirs in zip(now, after, strict=True)
        for name in sorted(set(mine) | set(theirs))
        if mine.get(name) != theirs.get(name)
    ]
