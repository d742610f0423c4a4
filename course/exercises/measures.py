"""How long and how hard to read a unit is."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from course.corpus.documents import WORD
from course.corpus.reader import Reading
from course.exercises.kinds import EssayItem, Item, Key, MapItem, TableItem
from course.exercises.kinds.map import MapKey
from course.exercises.parts import Shown, parts
from course.exercises.unit import UnitKey, load_master

SPOKEN = 130  # words in a minute, read aloud without haste

# What a sitting's minutes are reckoned from, with reasons in docs/authoring.md. Only the first rests on a study.
SILENT = 175  # words in a minute: the slow end of most adults (Brysbaert 2019, Journal of Memory and Language 109)
DECIDED = 3  # questions answered by a choice, lines labelled or entries placed in a minute, beside reading them
DRAWN = 1  # links of a map in a minute
CODED = 3  # minutes for a table or number to be worked out in a cell
LOOKED = 0.5  # minutes for a picture or a table that a cell shows

_AFTER = "## After the sitting"  # the heading at which a sitting ends
_SENTENCE = re.compile(r"[.!?:]+(?:\s|$)|\n\s*\n|\n\s*[-|]")
_CODE = re.compile(r"^```.*?^```|`[^`]*`", re.MULTILINE | re.DOTALL)
_LONG = 7  # letters
_READ = {"text", "help", "note"}  # of a prompt: what is read


@dataclass(frozen=True)
class Work:
    """What there is to do in a part of a unit.

    Attributes:
        read: Words of prose, passages, items and feedback together; of feedback, the mean over an item's samples.
        decisions: Questions to choose an answer to, lines to label, entries to put in order.
        links: To be drawn on maps.
        tables: To be worked out in code.
        shown: Pictures and tables to look at.
        texts: To be written.
    """

    read: int
    decisions: int
    links: int
    tables: int
    shown: int
    texts: int

    @property
    def minutes(self) -> float:
        """How long it takes by our reckoning, without the texts."""
        return (
            self.read / SILENT
            + self.decisions / DECIDED
            + self.links / DRAWN
            + self.tables * CODED
            + self.shown * LOOKED
        )


@dataclass(frozen=True)
class Measures:
    """Figures of one unit.

    Attributes:
        unit: Its id.
        items: How many there are.
        points: What they add up to.
        cells: Cells of the notebook.
        words: Words of its prose.
        lix: How hard the prose is to read: below 40 is easy, 40 to 50 like a newspaper, above 50 hard.
        spoken: Minutes that the prose takes when it is read aloud.
        sitting: What comes before the heading *After the sitting*, or all of the unit if it has none.
        afterwards: What comes from there on.
        minutes: What the unit announces for the sitting.
    """

    unit: str
    items: int
    points: float
    cells: int
    words: int
    lix: float
    spoken: float
    sitting: Work
    afterwards: Work
    minutes: int


def measure(folder: Path) -> Measures:
    """Measure a unit.

    Args:
        folder: A master's folder.

    Raises:
        CourseError: A file of the unit is missing or malformed.
    """
    unit, key = load_master(folder)
    found = list(parts(folder, unit))
    prose = "\n\n".join(part for part in found if isinstance(part, str))
    words = _count(prose)
    ends = next((n for n, part in enumerate(found) if isinstance(part, str) and part.startswith(_AFTER)), len(found))
    return Measures(
        unit=unit.unit,
        items=len(unit.items),
        points=sum(item.points for item in unit.items),
        cells=len(json.loads((folder / f"{unit.unit}.ipynb").read_text(encoding="utf-8"))["cells"]),
        words=words,
        lix=lix(prose),
        spoken=words / SPOKEN,
        sitting=_work(found[:ends], key),
        afterwards=_work(found[ends:], key),
        minutes=unit.minutes,
    )


def _count(text: str) -> int:
    return len(WORD.findall(text))


def _work(found: Sequence[str | Item | Reading | Shown], key: UnitKey) -> Work:
    items = [part for part in found if isinstance(part, Item)]
    passages = sum(segment.words for part in found if isinstance(part, Reading) for segment in part.segments())
    return Work(
        read=round(
            sum(_count(part) for part in found if isinstance(part, str))
            + passages
            + sum(_words(item.prompt()) for item in items)
            + sum(_feedback(item, key.of(item)) for item in items)
        ),
        decisions=sum(_decisions(item.prompt()) for item in items),
        links=sum(_links(item, key.of(item)) for item in items),
        tables=sum(isinstance(item, TableItem) for item in items),
        shown=sum(isinstance(part, Shown) for part in found),
        texts=sum(isinstance(item, EssayItem) for item in items),
    )


def _words(prompt: Any) -> int:
    """Count the words that a form shows."""
    if isinstance(prompt, dict):
        return sum(_words(value) for key, value in prompt.items() if key in _READ or isinstance(value, list | tuple))
    if isinstance(prompt, list | tuple):
        return sum(_words(each) for each in prompt if not isinstance(each, str))
    return _count(prompt) if isinstance(prompt, str) else 0


def _decisions(prompt: dict[str, Any]) -> int:
    if "options" in prompt:
        return 1
    return sum(len(prompt.get(each, ())) for each in ("segments", "entries"))


def _links(item: Item, key: Key) -> int:
    return key.links(item) if isinstance(item, MapItem) and isinstance(key, MapKey) else 0


def _feedback(item: Item, key: Key) -> float:
    """Return how many words a check says, as a mean over the samples."""
    answers = [*key.samples.accept, *(sample.answer for sample in key.samples.reject)]
    results = [item.score(item.parse(data), key) for data in answers]
    return fmean(_count(result.summary) + sum(_count(note.text) for note in result.notes) for result in results)


def lix(text: str) -> float:
    """Return the readability index LIX: words per sentence, plus the percentage of words of seven letters or more.

    Args:
        text: Markdown; code in it does not count. Items of lists and rows of tables count as sentences.

    Returns:
        The index, 0 for a text without words.

    References:
        Björnsson, C. H. (1968). Läsbarhet. Liber. Cited after Anderson, J. (1983). Lix and Rix. Journal of Reading 26.
    """
    text = _CODE.sub(" ", text)
    words = WORD.findall(text)
    if not words:
        return 0.0
    sentences = sum(bool(WORD.search(part)) for part in _SENTENCE.split(text))
    return len(words) / sentences + 100 * sum(len(word) >= _LONG for word in words) / len(words)
