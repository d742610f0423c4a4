"""Show students' work in formgrader without running it."""

import re

from bleach import ALLOWED_TAGS
from nbconvert.preprocessors.sanitize import SanitizeHTML
from traitlets import Bool, Dict, List, Unicode

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = ("article", "br", "dd", "details", "div", "dl", "dt", "hr", "p", "pre", "section", "summary")
_TABLE = ("caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr")
_INLINE = ("del", "q", "s", "small", "span", "sub", "sup", "u")
# What the sanitiser would otherwise leave as bare text; it stays the judge of everything else.
_ACTIVE = re.compile(r"<(style|script)\b.*?(?:</\1\s*>|\Z)", flags=re.IGNORECASE | re.DOTALL)


class SafeHTML(SanitizeHTML):
    """Keep text and structure of what students wrote, nothing active.

    ``nbgrader_config.py`` puts it into ``c.HTMLExporter.preprocessors``.
    """

    enabled = Bool(True)
    strip = Bool(True)
    tags = List(Unicode(), sorted(ALLOWED_TAGS | {*_HEADINGS, *_BLOCKS, *_TABLE, *_INLINE}))
    attributes = Dict({"*": ["class", "role", "aria-label"], "a": ["href", "title"], "ol": ["start"]})

    def sanitize_html_tags(self, html_str: str) -> str:
        """Return markup with only harmless elements; style and script go with what they hold."""
        return str(super().sanitize_html_tags(_ACTIVE.sub("", html_str)))  # type: ignore[no-untyped-call]  # nbconvert has no types here
