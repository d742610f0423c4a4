"""Show students' work in formgrader without running it."""

from nbconvert.preprocessors.sanitize import SanitizeHTML
from traitlets import Bool, Dict, List, Unicode

from course.grading.markup import ATTRIBUTES, TAGS, without_code


class SafeHTML(SanitizeHTML):
    """Keep text and structure of what students wrote, nothing active.

    ``nbgrader_config.py`` puts it into ``c.HTMLExporter.preprocessors``.
    """

    enabled = Bool(True)
    strip = Bool(True)
    tags = List(Unicode(), TAGS)
    attributes = Dict(ATTRIBUTES)

    def sanitize_html_tags(self, html_str: str) -> str:
        """Return markup with only harmless elements; style and script go with what they hold."""
        return str(super().sanitize_html_tags(without_code(html_str)))  # type: ignore[no-untyped-call]  # nbconvert has no types here
