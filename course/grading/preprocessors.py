"""nbgrader preprocessors: score from answers, not from what a kernel printed.

``nbgrader_config.py`` puts them into ``c.Autograde.autograde_preprocessors``.
"""

import re
from pathlib import Path
from typing import Any

from bleach import ALLOWED_TAGS
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from traitlets import Bool, Dict, List, Unicode

from course.exercises import Status, Unit, UnitKey, load_key, load_unit
from course.exercises.feedback import points_text, style, to_html, to_text
from course.exercises.lint import checked_items
from course.exercises.unit import ITEMS, MASTER_KEY
from course.grading.collect import collect, score, stored

_ANSWER_CELL = "answer-"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = ("article", "br", "dd", "details", "div", "dl", "dt", "hr", "p", "pre", "section", "summary")
_TABLE = ("caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr")
_INLINE = ("del", "q", "s", "small", "span", "sub", "sup", "u")
# What the sanitiser would otherwise leave as bare text; it stays the judge of everything else.
_ACTIVE = re.compile(r"<(style|script)\b.*?(?:</\1\s*>|\Z)", flags=re.IGNORECASE | re.DOTALL)


def _folders(preprocessor: Any, resources: Any) -> tuple[Path, Path, Path]:
    """Return the source, submitted and autograded folder of what is being graded."""
    # nbgrader hands preprocessors no course directory; the exporter's parent is the converter that has it.
    course = preprocessor.parent.parent.coursedir
    student, unit = resources["nbgrader"]["student"], resources["nbgrader"]["assignment"]
    return (
        Path(course.format_path(course.source_directory, ".", unit)),
        Path(course.format_path(course.submitted_directory, student, unit)),
        Path(course.format_path(course.autograded_directory, student, unit)),
    )


def _load(source: Path) -> tuple[Unit, UnitKey] | None:
    """Return a unit of ours; None for an ordinary nbgrader assignment."""
    if not (source / ITEMS).is_file():
        return None
    unit = load_unit(source)
    return unit, load_key(source / MASTER_KEY, unit)


class ScoreAnswers(NbGraderPreprocessor):
    """Replace the outputs of check cells by feedback and points computed here.

    Answers that were saved when the work was handed in count. Only a ``table`` item, or one that has no saved
    answer, takes what running the notebook has produced. Check cells of ordinary nbgrader tests stay as they are.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Score one notebook.

        Args:
            nb: The executed notebook.
            resources: nbgrader's resources.

        Returns:
            The notebook with the check cells' outputs replaced, and the resources.

        Raises:
            CourseError: The unit's own files are malformed.
        """
        source, submitted, autograded = _folders(self, resources)
        loaded = _load(source)
        if loaded is None:
            return nb, resources
        unit, key = loaded
        saved = collect(submitted, unit)
        before = stored(submitted, unit.unit)  # nbgrader copies this file: what is still the same, no run has computed
        computed = {name: entry for name, entry in collect(autograded, unit).items() if entry != before.get(name)}
        tables = {item.id for item in unit.items if item.kind == "table"}
        first = {name: entry for name, entry in computed.items() if name in tables or name not in saved}
        results = score(unit, key, {**saved, **first})
        for cell in nb.cells:
            names = checked_items(cell.source) if cell.cell_type == "code" else None
            if not names or any(name not in results for name in names):
                continue
            shown = [results[name] for name in names]
            points = round(sum(result.points for result in shown), 2)
            words = points_text(points, sum(result.max_points for result in shown))
            cell.outputs = [
                new_output(
                    "display_data",
                    data={
                        "text/html": style() + "".join(to_html(result) for result in shown),
                        "text/plain": "\n\n".join(to_text(result) for result in shown),
                    },
                ),
                new_output(
                    "execute_result",
                    data={"text/html": f"<small>{words}</small>", "text/plain": f"{points:g}"},
                    execution_count=cell.execution_count,
                ),
            ]
        resources["course_answered"] = [name for name, result in results.items() if result.status != Status.INCOMPLETE]
        return nb, resources


class SafeHTML(SanitizeHTML):
    """Show students' work without running it: formgrader and feedback keep text and structure, nothing active.

    ``nbgrader_config.py`` puts it into ``c.HTMLExporter.preprocessors``.
    """

    enabled = Bool(True)
    strip = Bool(True)
    tags = List(Unicode(), sorted(ALLOWED_TAGS | {*_HEADINGS, *_BLOCKS, *_TABLE, *_INLINE}))
    attributes = Dict({"*": ["class", "role", "aria-label"], "a": ["href", "title"], "ol": ["start"]})

    def sanitize_html_tags(self, html_str: str) -> str:
        """Return markup with only harmless elements; style and script go with what they hold."""
        return str(super().sanitize_html_tags(_ACTIVE.sub("", html_str)))  # type: ignore[no-untyped-call]  # nbconvert has no types here


class SaveScores(SaveAutoGrades):
    """Save grades as nbgrader does, but do not call an answer given in a form "No response."."""

    def _add_comment(self, cell: Any, resources: Any) -> None:
        super()._add_comment(cell, resources)
        name = cell.metadata["nbgrader"]["grade_id"]
        if name.removeprefix(_ANSWER_CELL) in resources.get("course_answered", ()):
            book: Gradebook = self.gradebook
            comment = book.find_comment(name, self.notebook_id, self.assignment_id, self.student_id)
            comment.auto_comment = None
            book.db.commit()
