"""Show a source in a notebook: provenance card and numbered segments."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib.resources import files

from course.corpus.documents import Document, Paragraph, Segment, find_document
from course.errors import CourseError

_CARD = (
    ("Kind of text", "genre"),
    ("Author", "author"),
    ("Publisher", "publisher"),
    ("Date", "published"),
    ("Address", "address"),
    ("Distance from primary", "distance"),
    ("Our copy", "copy_"),
)


@dataclass(frozen=True)
class Reading:
    """A part of a source, ready to be displayed.

    Attributes:
        document: The source.
        start: Number of the first paragraph shown.
        stop: Number after the last paragraph shown.
        card: Whether the provenance card is shown.
    """

    document: Document
    start: int
    stop: int
    card: bool = True

    def __repr__(self) -> str:
        told = self.document.provenance
        lines = (
            [self._title(), *(f"{name}: {getattr(told, field)}" for name, field in _CARD), ""]
            if self.card
            else [self._title(), ""]
        )
        for paragraph in self._shown():
            lines += [f"[{segment.id}] {segment.text}" for segment in paragraph.segments]
            lines.append("")
        return "\n".join(lines).rstrip()

    def _repr_html_(self) -> str:
        told = self.document.provenance
        total = len(self.document.paragraphs)
        card = "".join(
            f"<div><dt>{escape(name)}</dt><dd>{escape(str(getattr(told, field)))}</dd></div>" for name, field in _CARD
        )
        card = f"<dl class='course-card'>{card}</dl>" if self.card else ""
        body = "".join(
            "<div class='course-paragraph'>"
            + "".join(
                f"<p class='course-segment{' course-heading' if segment.heading else ''}'>"
                f"<span class='course-id'>{escape(segment.id)}</span> "
                f"<span class='course-text'>{escape(segment.text)}</span></p>"
                for segment in paragraph.segments
            )
            + "</div>"
            for paragraph in self._shown()
        )
        whole = self.start == 1 and self.stop > total
        part = "" if whole else f"<p class='course-part'>Paragraphs {self.start} to {self.stop - 1} of {total}.</p>"
        style = (files("course.corpus") / "reader.css").read_text(encoding="utf-8")
        return (
            f"<style>{style}</style>"
            f"<article class='course-reading' aria-label='Reading edition of {escape(told.id)}'>"
            f"<p class='course-title'>{escape(self._title())}</p>"
            f"<p class='course-edition'>Reading edition: the article restated sentence by sentence in our words. "
            f"Words in quotation marks are the article’s own.</p>"
            f"{card}{body}{part}</article>"
        )

    def _title(self) -> str:
        told = self.document.provenance
        if not self.card:
            return f"Source {told.id}"
        return told.title if told.title != "not stated" else f"Source {told.id}, without a title"

    def segments(self) -> tuple[Segment, ...]:
        """Return the segments that are shown."""
        return tuple(segment for paragraph in self._shown() for segment in paragraph.segments)

    def _shown(self) -> tuple[Paragraph, ...]:
        return self.document.paragraphs[self.start - 1 : self.stop - 1]


def read(source: str, *, start: int = 1, paragraphs: int | None = None, card: bool = True) -> Reading:
    """Show a source: its provenance card, then its segments with their ids.

    Args:
        source: Id of the source, such as "khan".
        start: Number of the first paragraph to show.
        paragraphs: How many paragraphs to show; all that follow by default.
        card: Whether to show the provenance card; without it the reader has to find these facts.

    Returns:
        An object that notebooks display as a page and terminals as text.

    Raises:
        CourseError: There is no such source or paragraph.
    """
    document = find_document(source)
    total = len(document.paragraphs)
    if not isinstance(start, int) or not 1 <= start <= total:
        raise CourseError(
            f"there is no paragraph {start}", f"Choose a start from 1 to {total}.", item=source, field="start"
        )
    stop = total + 1 if paragraphs is None else min(start + max(paragraphs, 1), total + 1)
    return Reading(document, start, stop, card)
