"""How long and how hard to read a unit is."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.corpus.documents import WORD
from course.corpus.reader import Reading
from course.exercises.kinds import Item
from course.exercises.parts import parts
from course.exercises.unit import load_unit

SPOKEN = 130  # words in a minute, read aloud without haste
SILENT = 238  # words in a minute, read silently (Brysbaert, M. (2019), Journal of Memory and Language 109, 104047)
DECIDED = 3  # things to decide in a minute; our assumption

_SENTENCE = re.compile(r"[.!?:]+(?:\s|$)|\n\s*\n|\n\s*[-|]")
_CODE = re.compile(r"^```.*?^```|`[^`]*`", re.MULTILINE | re.DOTALL)
_LONG = 7  # letters
_READ = {"text", "help", "note"}  # of a prompt: what is read


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
        read: Words of prose, passages and items together.
        decisions: Things to choose, to label, to put in order or to connect.
        minutes: What the unit announces.
    """

    unit: str
    items: int
    points: float
    cells: int
    words: int
    lix: float
    spoken: float
    read: int
    decisions: int
    minutes: int

    @property
    def estimate(self) -> float:
        """Minutes to read everything and decide everything; without essays, code and feedback."""
        return self.read / SILENT + self.decisions / DECIDED


def measure(folder: Path) -> Measures:
    """Measure a unit.

    Args:
        folder: A master's folder.

    Raises:
        CourseError: The unit's files are malformed.
    """
    unit = load_unit(folder)
    found = list(parts(folder, unit))
    prose = "\n\n".join(part for part in found if isinstance(part, str))
    words = len(WORD.findall(prose))
    items = [part for part in found if isinstance(part, Item)]
    passages = sum(segment.words for part in found if isinstance(part, Reading) for segment in part.segments())
    return Measures(
        unit=unit.unit,
        items=len(unit.items),
        points=sum(item.points for item in unit.items),
        cells=len(json.loads((folder / f"{unit.unit}.ipynb").read_text(encoding="utf-8"))["cells"]),
        words=words,
        lix=lix(prose),
        spoken=words / SPOKEN,
        read=words + passages + sum(_words(item.prompt()) for item in items),
        decisions=sum(_decisions(item.prompt()) for item in items),
        minutes=unit.minutes,
    )


def _words(prompt: Any) -> int:
    """Count the words that a form shows."""
    if isinstance(prompt, dict):
        return sum(_words(value) for key, value in prompt.items() if key in _READ or isinstance(value, list | tuple))
    if isinstance(prompt, list | tuple):
        return sum(_words(each) for each in prompt if not isinstance(each, str))
    return len(WORD.findall(prompt)) if isinstance(prompt, str) else 0


def _decisions(prompt: dict[str, Any]) -> int:
    if "options" in prompt:
        return 1
    return sum(len(prompt.get(each, ())) for each in ("segments", "entries", "claims"))


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
