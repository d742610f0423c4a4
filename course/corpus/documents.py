"""Reading editions: one Markdown file per source, front matter on top, one segment per line."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from course.datafile import Model, build, parse_yaml, read_text
from course.errors import CourseError
from course.paths import data_dir

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

_HEADING = "## "
WORD = re.compile(r"\w+(?:['’-]\w+)*")  # numerals and hyphenated compounds are one word


class Provenance(Model):
    """What a copy says of itself; "not stated" where it says nothing.

    Attributes:
        id: The source's short name, as in segment ids.
        title: Title of the original.
        short: Name for tables, two to five words.
        genre: What kind of text it is.
        publisher: Who published it.
        author: Who signed it.
        published: Its date.
        address: Where it was published.
        about: Ids of the primary events (``data/timeline.yaml``) that it reports or comments on.
        distance: Distance from the primary statements.
        copy_: What the copy at hand is and what it lacks (``copy`` in the file).
        restates: For each paragraph of the edition, the paragraph of the original that it restates.
    """

    id: Name
    title: Text
    short: Text
    genre: Text
    publisher: Text
    author: Text
    published: datetime.date | Literal["not stated"]
    address: Text
    about: tuple[Name, ...]
    distance: Literal["primary", "second hand", "third hand"]
    copy_: Text = Field(alias="copy")
    restates: tuple[int, ...]


@dataclass(frozen=True)
class Segment:
    """One sentence or heading, the unit that learners label and cite.

    Attributes:
        source: Id of its source.
        paragraph: Number of its paragraph, from 1.
        line: Its number in the paragraph, from 1.
        text: Its words, without the heading mark.
        heading: Whether it is a heading.
    """

    source: str
    paragraph: int
    line: int
    text: str
    heading: bool

    @property
    def id(self) -> str:
        """``source.paragraph.line``, as in ``khan.2.1``."""
        return f"{self.source}.{self.paragraph}.{self.line}"

    @property
    def words(self) -> int:
        """Number of words; numerals and hyphenated compounds count as one."""
        return len(WORD.findall(self.text))


@dataclass(frozen=True)
class Paragraph:
    """Segments that stand together.

    Attributes:
        number: Its number in the edition, from 1.
        restates: Number of the paragraph of the original.
        segments: Its segments in order.
    """

    number: int
    restates: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Document:
    """One source: its provenance and its paragraphs.

    Attributes:
        provenance: What the copy says of itself.
        paragraphs: All paragraphs in order.
    """

    provenance: Provenance
    paragraphs: tuple[Paragraph, ...]

    @property
    def segments(self) -> Iterator[Segment]:
        """All segments in reading order."""
        return (segment for paragraph in self.paragraphs for segment in paragraph.segments)


def load_document(path: Path) -> Document:
    """Read one reading edition.

    Args:
        path: The Markdown file.

    Returns:
        The document.

    Raises:
        CourseError: The file is missing, not UTF-8, or not of the form described in ``docs/authoring.md``.
    """
    text = read_text(path)
    match = re.match(r"---\n(.*?\n)---\n(.*)\Z", text, flags=re.DOTALL)
    if not match:
        raise CourseError("the front matter is missing", 'Begin the file with "---", the fields, and "---".', file=path)
    provenance = build(Provenance, parse_yaml("\n" + match[1], path), path)  # the "---" counts as a line
    if provenance.id != path.stem:
        raise CourseError(f"is {provenance.id}", f"Make it {path.stem}, the file's name.", file=path, field="id")
    blocks = [block for block in re.split(r"\n\s*\n", match[2].strip()) if block.strip()]
    if len(blocks) != len(provenance.restates):
        raise CourseError(
            f"names {len(provenance.restates)} paragraphs but the text has {len(blocks)}",
            "Give one number for each paragraph.",
            file=path,
            field="restates",
        )
    return Document(
        provenance,
        tuple(
            Paragraph(number, restates, tuple(_segments(provenance.id, number, block, path)))
            for number, (block, restates) in enumerate(zip(blocks, provenance.restates, strict=True), 1)
        ),
    )


def _segments(source: str, paragraph: int, block: str, path: Path) -> Iterator[Segment]:
    for line, text in enumerate(block.split("\n"), 1):
        heading = text.startswith(_HEADING)
        words = text.removeprefix(_HEADING).strip()
        if not words:
            raise CourseError(
                "is empty",
                "Write the segment or remove the line.",
                file=path,
                item=f"{source}.{paragraph}.{line}",
            )
        yield Segment(source, paragraph, line, words, heading)


@cache
def load_corpus(folder: Path | None = None) -> dict[str, Document]:
    """Read all reading editions of a folder.

    Args:
        folder: Where the Markdown files are; the course's own ``data/sources`` by default.

    Returns:
        The documents by source id, in alphabetical order.

    Raises:
        CourseError: A file is malformed, or there is none.
    """
    folder = folder or data_dir() / "sources"
    documents = {path.stem: load_document(path) for path in sorted(folder.glob("*.md"))}
    if not documents:
        raise CourseError("no source was found", "Restore the *.md files of this folder.", file=folder)
    return documents


def find_document(source: str) -> Document:
    """Return one source of the course by its id.

    Raises:
        CourseError: There is no such source.
    """
    corpus = load_corpus()
    if not isinstance(source, str) or source not in corpus:
        raise CourseError("there is no source of this name", f"Use one of {', '.join(corpus)}.", item=str(source))
    return corpus[source]


def find_segment(segment_id: str) -> Segment:
    """Return one segment of the course by its id.

    Raises:
        CourseError: There is no such segment.
    """
    document = find_document(segment_id.partition(".")[0])
    for segment in document.segments:
        if segment.id == segment_id:
            return segment
    last = document.paragraphs[-1].segments[-1].id
    raise CourseError("there is no segment of this id", f"The last one of this source is {last}.", item=segment_id)
