"""Write a unit's version for students, by nbgrader's own command."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from course.errors import CourseError
from course.exercises.unit import LEARNER_KEY, MASTER_KEY

TEACHERS_ONLY = (MASTER_KEY, LEARNER_KEY, "teaching.md", "passes.csv")


def release(course_dir: Path, unit: str) -> list[Path]:
    """Generate ``release/UNIT`` from ``source/UNIT`` and register the assignment in the gradebook.

    Args:
        course_dir: The folder with ``nbgrader_config.py`` and ``source/``.
        unit: The unit's id.

    Returns:
        The files written.

    Raises:
        CourseError: nbgrader is not installed or refused, or a teachers' file would have been released.
    """
    if importlib.util.find_spec("nbgrader") is None:
        raise CourseError("nbgrader is not installed", 'Run pip install -e ".[grading]".')
    # nbgrader starts `alembic` by name to make a gradebook, so it must be found beside this Python.
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(  # noqa: S603  # no shell; the unit's name is one of ours
        [sys.executable, "-m", "nbgrader", "generate_assignment", unit, "--force", f"--course-dir={course_dir}"],
        cwd=course_dir,
        env={**os.environ, "PATH": search},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CourseError(
            f"nbgrader refused: {_reason(done.stderr)}",
            "Correct the notebook's nbgrader metadata.",
            file=course_dir / "source" / unit,
        )
    folder = course_dir / "release" / unit
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        if path.name in TEACHERS_ONLY:
            shutil.rmtree(folder)
            raise CourseError(
                "is for teachers only, so nothing was released",
                "Keep it under c.CourseDirectory.ignore in nbgrader_config.py.",
                file=path,
            )
    return files


def _reason(log: str) -> str:
    """Return what the first exception in nbgrader's log says; its last lines only point to it."""
    found = re.search(r"^ *[\w.]+(?:Error|Exception): (.+?)\.?$", log, re.MULTILINE)
    return found[1] if found else next(iter(log.splitlines()[-1:]), "no message")
