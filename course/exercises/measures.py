"""How long and how hard to read a unit is."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from course.corpus.documents import WORD
from course.exercises.unit import load_unit

SPOKEN = 130  # words in a minute, read aloud without haste

_SENTENCE = re.compile(r"[.!?:]+(?:\s|$)|\n\s*\n|\n\s*[-|]")
_CODE = re.compile(r"^```.*?^```|`[^`]*`", re.MULTILINE | re.DOTALL)
_LONG = 7  # letters


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
        minutes: What the unit announces.
    """

    unit: str
    items: int
    points: float
    cells: int
    words: int
    lix: float
    spoken: float
    minutes: int


def measure(folder: Path) -> Measures:
    """Measure a unit.

    Args:
        folder: A master's folder.

    Raises:
        CourseError: The unit's files are malformed.
    """
    unit = load_unit(folder)
    cells = json.loads((folder / f"{unit.unit}.ipynb").read_text(encoding="utf-8"))["cells"]
    prose = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    words = len(WORD.findall(prose))
    points = sum(item.points for item in unit.items)
    return Measures(unit.unit, len(unit.items), points, len(cells), words, lix(prose), words / SPOKEN, unit.minutes)


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
