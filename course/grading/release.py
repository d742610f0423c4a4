"""Write a unit's version for students, by nbgrader's own converter."""

import importlib.util
import re
import shutil
from pathlib import Path

from course.errors import CourseError
from course.exercises.unit import LEARNER_KEY, MASTER_KEY
from course.paths import programs_of_this_python

TEACHERS_ONLY = (MASTER_KEY, LEARNER_KEY, "teaching.md", "passes.csv", "drawings.yaml")


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
    from nbgrader.converters import GenerateAssignment
    from nbgrader.utils import capture_log

    from course.grading.plugin import open_course

    course, config = open_course(course_dir, unit)
    course.coursedir.assignment_id = unit
    with programs_of_this_python():
        done = capture_log(GenerateAssignment(coursedir=course.coursedir, config=config, force=True))
    if not done["success"]:
        raise CourseError(
            f"nbgrader refused: {_reason(done.get('log', '') + done['error'])}",
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
