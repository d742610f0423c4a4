"""Put this course's engine in the place of nbgrader's: ``nbgrader autograde``, ``generate_feedback``, formgrader.

nbgrader reads and copies a submission before its first preprocessor runs, follows links while it does, and passes
over a folder without a notebook, so its converters are replaced as a whole. ``nbgrader_config.py`` calls
:func:`install`.
"""

from pathlib import Path
from typing import Any

import nbgrader.apps.api
import nbgrader.apps.autogradeapp
import nbgrader.apps.generatefeedbackapp
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde as StockAutograde
from nbgrader.converters import GenerateFeedback as StockFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import Execute

from course.errors import CourseError
from course.grading.grade import Outcome
from course.grading.report import printable
from course.grading.run import Course, Report, grade_class
from course.grading.sandbox import Limits


class Autograde(StockAutograde):
    """nbgrader's converter with its settings and messages, and our engine."""

    def start(self) -> None:
        """Grade the submissions that ``coursedir`` names.

        Raises:
            NbGraderException: The assignment cannot be loaded. A bad submission raises nothing; it needs review.
        """
        course = Course(self.coursedir, self.coursedir.assignment_id, self.config)
        try:
            report = grade_class(
                course, students=(self.coursedir.student_id,), limits=limits(self.config), force=self.force
            )
        except CourseError as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        if not report.graded and not report.skipped:
            message = f"No submissions were matched by {course.path('submitted', self.coursedir.student_id)}"
            self.log.error(message)
            raise NbGraderException(message)
        self._tell(report)

    def _tell(self, report: Report) -> None:
        for student in report.skipped:
            self.log.info("Skipping %s: graded before, not changed since", student)
        for graded in report.graded:
            level = self.log.warning if graded.outcome == Outcome.REVIEW else self.log.info
            notes = printable(" ".join(graded.notes))
            level("%s: %s, %g points. %s", graded.student, graded.outcome, graded.points, notes)


class GenerateFeedback(StockFeedback):
    """nbgrader's converter with its settings and messages, and our pages."""

    def start(self) -> None:
        """Write the feedback of the submissions that ``coursedir`` names.

        Raises:
            NbGraderException: The assignment cannot be loaded, or nothing is graded.
        """
        from course.grading.handback import hand_back

        course = Course(self.coursedir, self.coursedir.assignment_id, self.config)
        try:
            done = hand_back(course, students=(self.coursedir.student_id,))
        except CourseError as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        self.log.info("%d pages", done.pages)
        for problem in done.failed:
            self.log.error("%s", problem)
        if done.withheld:
            self.log.warning("%s", done.withheld)


def limits(config: Any) -> Limits:
    """Return what one submission may use, from nbgrader's own setting ``c.Execute.timeout``, seconds per cell.

    Args:
        config: nbgrader's configuration.
    """
    seconds = Execute(config=config).timeout or Limits.total_seconds
    return Limits(cell_seconds=seconds, total_seconds=3 * seconds)


def install() -> None:
    """Make nbgrader's commands and formgrader use these converters."""
    nbgrader.apps.autogradeapp.Autograde = Autograde
    nbgrader.apps.generatefeedbackapp.GenerateFeedback = GenerateFeedback
    nbgrader.apps.api.Autograde = Autograde
    nbgrader.apps.api.GenerateFeedback = GenerateFeedback


def open_course(folder: Path, assignment: str) -> tuple[Course, Any]:
    """Open an nbgrader course as its commands do.

    Args:
        folder: The folder with ``nbgrader_config.py``.
        assignment: The assignment's id.

    Returns:
        The course, and nbgrader's configuration.

    Raises:
        CourseError: There is no such folder.
    """
    if not folder.is_dir():
        raise CourseError("there is no such folder", "Name the folder with nbgrader_config.py.", file=folder)
    app = NbGrader()
    app.load_cwd_config = False
    app.log_level = "ERROR"
    app.initialize([], root=str(folder.resolve()))
    return Course(app.coursedir, assignment, app.config), app.config
