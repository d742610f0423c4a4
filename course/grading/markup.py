"""What students wrote, as markup that a browser can show and cannot run."""

import base64
import binascii
import re
from functools import lru_cache
from typing import Any

import mistune
from bleach import ALLOWED_TAGS, Cleaner
from markupsafe import Markup, escape

MAX_SHOWN = 20_000  # characters of one text; the rest is cut, and said to be
MAX_PICTURE = 3_000_000  # characters of base64

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = ("article", "br", "dd", "details", "div", "dl", "dt", "hr", "p", "pre", "section", "summary")
_TABLE = ("caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr")
_INLINE = ("del", "q", "s", "small", "span", "sub", "sup", "u")
TAGS = sorted(ALLOWED_TAGS | {*_HEADINGS, *_BLOCKS, *_TABLE, *_INLINE})
ATTRIBUTES = {"*": ["class", "role", "aria-label"], "a": ["href", "title"], "ol": ["start"]}

# What the sanitiser would otherwise leave as bare text; it stays the judge of everything else.
_ACTIVE = re.compile(r"<(style|script)\b.*?(?:</\1\s*>|\Z)", flags=re.IGNORECASE | re.DOTALL)
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_PICTURE = re.compile("\ue000(\\d+)\ue001")  # where a picture stands until the text around it is cleaned
_NO_PLACES = str.maketrans("", "", "\ue000\ue001")
_BEGINNINGS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
# In a page, words like "nav" or a class of ours must not make a student's text look like the page's own.
_cleaner = Cleaner(
    tags={*TAGS} - {*_HEADINGS}, attributes={"a": ["href", "title"], "ol": ["start"]}, strip=True, strip_comments=True
)


def without_code(html: str) -> str:
    """Return markup without style and script elements and what they hold."""
    return _ACTIVE.sub("", html)


def html(source: str) -> Markup:
    """Return a student's HTML with only harmless elements, all of them closed.

    Args:
        source: The HTML, which may be anything.
    """
    cut, note = _cut(source)
    return _html(cut) + note


def text(source: str) -> Markup:
    """Return text as it is, without terminal commands.

    Args:
        source: The text.
    """
    cut, note = _cut(source)
    return _text(cut) + note


def markdown(source: str, attachments: Any = None, *, ours: bool = False) -> Markup:
    """Return Markdown as markup.

    Args:
        source: The Markdown. HTML in it is shown, not used.
        attachments: The cell's pictures, by name and type.
        ours: Whether the text is the course's own, whose headings keep their levels, one below.
    """
    pictures = list(_pictures(attachments).items())
    cut, note = _cut(source)
    shown: set[int] = set()

    def picture(found: re.Match[str]) -> str:
        place = int(found[1])
        name, data = pictures[place]
        if place in shown:  # a thousand times the same one would fill the memory
            return f"[picture: {escape(name)}, as above]"
        shown.add(place)
        return f'<img alt="{escape(name)}" src="{data}">'

    made = _markdown(cut.translate(_NO_PLACES), tuple(name for name, _ in pictures), ours=ours)
    return Markup(_PICTURE.sub(picture, made)) + note  # noqa: S704  # cleaned, and pictures are base64


def picture(kind: str, data: Any) -> Markup:
    """Return an output's picture, if it is one.

    Args:
        kind: "image/png" or "image/jpeg".
        data: Its base64.
    """
    url = _data_url(kind, data)
    return Markup('<img alt="Picture that the code made" src="{}">').format(url) if url else Markup("")


# The caches hold texts that are cut already: what a student can make large is not kept.
@lru_cache(maxsize=4096)
def _html(source: str) -> Markup:
    return Markup(_cleaner.clean(without_code(_visible(source))))  # noqa: S704  # bleach has cleaned it


@lru_cache(maxsize=4096)
def _text(source: str) -> Markup:
    return escape(_visible(source))


@lru_cache(maxsize=4096)
def _markdown(source: str, pictures: tuple[str, ...], *, ours: bool) -> str:
    plugins = ["table", "strikethrough", "math"]
    made = str(mistune.create_markdown(renderer=_Renderer(pictures, ours=ours), plugins=plugins)(_visible(source)))
    return made if ours else str(_cleaner.clean(made))


class _Renderer(mistune.HTMLRenderer):
    """Headings one level down, pictures only from attachments, raw HTML shown as text."""

    def __init__(self, pictures: tuple[str, ...], *, ours: bool) -> None:
        super().__init__(escape=True)
        self._pictures, self._ours = pictures, ours

    def heading(self, text: str, level: int, **_: Any) -> str:
        if not self._ours:
            return f"<p><strong>{text}</strong></p>\n"
        return f"<h{min(level + 1, 6)}>{text}</h{min(level + 1, 6)}>\n"

    def inline_math(self, text: str) -> str:
        return f"${escape(text)}$"

    def block_math(self, text: str) -> str:
        return f"<pre>$$\n{escape(text)}\n$$</pre>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        del title
        name = url.removeprefix("attachment:")
        if url.startswith("attachment:") and name in self._pictures:
            return f"\ue000{self._pictures.index(name)}\ue001"
        return f"[picture: {escape(text)}]"


def _pictures(attachments: Any) -> dict[str, str]:
    found = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            url = _data_url(kind, data)
            if url:
                found[str(name)] = url
    return found


def _data_url(kind: str, data: Any) -> str:
    if kind not in ("image/png", "image/jpeg") or not isinstance(data, str) or len(data) > MAX_PICTURE:
        return ""
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
    except (ValueError, binascii.Error):
        return ""
    if not raw.startswith(_BEGINNINGS[kind]):
        return ""
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"


def _visible(source: str) -> str:
    return _CONTROL.sub("\ufffd", _ANSI.sub("", source))


def _cut(source: str) -> tuple[str, Markup]:
    if len(source) <= MAX_SHOWN:
        return source, Markup("")
    left = len(source) - MAX_SHOWN
    return source[:MAX_SHOWN], Markup("<p><em>Cut here: {} more characters.</em></p>").format(left)
