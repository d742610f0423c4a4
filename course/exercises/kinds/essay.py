"""Write an essay: length, references and the form of its map are checked here, a person marks what it is worth."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from course.corpus.documents import WORD, load_corpus
from course.datafile import Model
from course.exercises.kinds.base import Answer, Id, Item, Key, Text, status_of, unique
from course.exercises.kinds.map import MapAnswer, MapItem
from course.exercises.kinds.own_map import MapCheck, OwnMap
from course.exercises.result import Note, Result, Status

MAX_LENGTH = 20_000  # characters of one part
WINDOW = 50  # words in which variety is measured
LEAST_VARIETY = 0.5  # share of different words in a window; English prose has 0.7 to 0.85

_BY_HAND = "What the text is worth is marked by a person, with the rubric."
_BRACKET = re.compile(r"\[([^\[\]]{1,300})\]")
_REFERENCE = re.compile(r"[A-Za-z][\w-]*(?:\.\d+)+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")

Check = Literal["words", "part-words", "sources", "unknown-segment", "names"] | MapCheck
_MAP_CHECKS: tuple[MapCheck, ...] = get_args(MapCheck)


def _limits(value: tuple[int, int]) -> tuple[int, int]:
    if not 0 < value[0] <= value[1]:
        raise ValueError("the two numbers are not a least and a most. Write the smaller one first.")
    return value


Limits = Annotated[tuple[int, int], AfterValidator(_limits)]


class EssayAnswer(Answer):
    """The text of each part that has one, by the part's id, and the map that goes with them."""

    parts: dict[str, Annotated[str, StringConstraints(max_length=MAX_LENGTH)]] = Field(default_factory=dict)
    map: MapAnswer = Field(default_factory=MapAnswer, exclude_if=lambda drawn: drawn == MapAnswer())


class Part(Model):
    """One text to be written.

    Attributes:
        words: The least and the most words.
    """

    id: Id
    text: Text
    help: Text
    words: Limits


class Mention(Model):
    """Something that the essay has to name: one of the phrases at least."""

    what: Text
    any: tuple[Text, ...] = Field(min_length=1)


class Criterion(Model):
    """One line of the rubric: four levels, worth 0 to 3 points."""

    id: Id
    text: Text
    levels: tuple[Text, Text, Text, Text]


class Explanation(Model):
    """What it suggests that a check fails, and what to do."""

    misconception: Id
    why: Text


class EssayKey(Key):
    """What to say if a check fails, and what each level of the rubric looks like.

    Attributes:
        reason: Shown when all checks hold.
        checks: The explanation of each check of the item.
        marking: For each criterion a sample paragraph of each level, written for this course.
    """

    reason: Text
    checks: dict[Check, Explanation]
    marking: dict[Id, tuple[Text, Text, Text, Text]]

    def misconceptions(self) -> Iterable[str]:
        """Return the misconceptions of the checks."""
        return [check.misconception for check in self.checks.values()]

    def problems(self, item: "EssayItem") -> Iterable[tuple[str, str]]:
        """Yield what does not fit the item."""
        for name in sorted(set(self.checks) ^ item.checks):
            yield "checks", f"no explanation for {name}" if name in item.checks else f"{name} is not checked"
        for name in sorted(set(self.marking) ^ {criterion.id for criterion in item.rubric}):
            yield "marking", f"{name} is not in the rubric" if name in self.marking else f"no samples for {name}"


class EssayItem(Item):
    """Write an essay.

    Attributes:
        parts: The texts to be written.
        words: The least and the most words of all parts together.
        sources: How many different sources have to be cited, as ``[khan.2.1]``.
        names: What has to be named.
        map: The map that has to go with it, if any.
        rubric: How a person marks it.
    """

    answer_type: ClassVar[type[Answer]] = EssayAnswer
    key_type: ClassVar[type[Key]] = EssayKey

    kind: Literal["essay"]
    parts: tuple[Part, ...] = Field(min_length=1, max_length=9)
    words: Limits | None = None
    sources: int = Field(default=0, ge=0)
    names: tuple[Mention, ...] = ()
    map: OwnMap | None = None
    rubric: tuple[Criterion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        unique((part.id for part in self.parts), "parts")
        unique((criterion.id for criterion in self.rubric), "rubric")
        if self.words and self.words[1] < sum(part.words[0] for part in self.parts):
            raise ValueError("the parts' least words are more than the whole may have. Change one of them.")
        return self

    @property
    def marks(self) -> int:
        """What a person can give: the highest level of each criterion."""
        return sum(len(criterion.levels) - 1 for criterion in self.rubric)

    @property
    def checks(self) -> set[str]:
        """The names of what is checked, as a key explains them."""
        asked = {"words": self.words, "sources": self.sources, "unknown-segment": self.sources, "names": self.names}
        of_map = _MAP_CHECKS if self.map else ()
        return {"part-words", *(name for name, wanted in asked.items() if wanted), *of_map}

    @cached_property
    def board(self) -> MapItem | None:
        """What the map is drawn on, as an item of its kind; None if no map is asked for."""
        if self.map is None:
            return None
        shared = self.model_dump(include={"id", "title", "objectives", "points", "hints"})
        return MapItem.model_validate({**shared, "kind": "map", "text": self.map.text, "free": True})

    def forms(self) -> tuple[Item, ...]:
        """Return the essay itself, and the board, if there is one."""
        return (self, self.board) if self.board else (self,)

    def shown_in(self, form: Item, answer: EssayAnswer) -> Answer:
        """Return the map for the board, and the text for the fields."""
        return answer.map if form is self.board else EssayAnswer(parts=answer.parts)

    def merged(self, data: Any, stored: EssayAnswer | None, form: Item | None = None) -> Any:
        """Keep the map when the text changes, and the text when the map changes."""
        if self.board is None or not isinstance(data, Mapping):
            return data
        if form is not None:
            data = {"map": data} if form is self.board else {"parts": data.get("parts", {})}
        return {**(stored.model_dump(mode="json") if stored else {}), **data}

    def _choices_shown(self) -> dict[str, Any]:
        return {
            "parts": [part.model_dump() for part in self.parts],
            "words": self.words,
            "sources": self.sources,
            "passages": sorted(_segments()) if self.sources else [],
            "rubric": [criterion.model_dump() for criterion in self.rubric],
        }

    def typed(self, value: Any, confidence: str | None) -> Any:
        """Accept a mapping from parts to texts, or one text if there is one part."""
        del confidence
        if isinstance(value, str) and len(self.parts) == 1:
            return {"parts": {self.parts[0].id: value}}
        if isinstance(value, Mapping) and not value.keys() & {"parts", "map"}:
            return {"parts": dict(value)}
        return value

    def _checked(self, answer: EssayAnswer) -> EssayAnswer:
        known = [part.id for part in self.parts]
        for name in answer.parts:
            if name not in known:
                raise self._refuse("parts", f"{name!r} is not a part of this essay", known)
        if answer.map != MapAnswer():
            if self.board is None:
                raise self._refuse("map", "there is a map, and this essay asks for none", ["parts only"])
            self.board.parse(answer.map.model_dump(mode="json"))
        return EssayAnswer(
            parts={name: answer.parts[name] for name in known if answer.parts.get(name, "").strip()}, map=answer.map
        )

    def missing(self, answer: EssayAnswer) -> str:
        """Say what is shorter than it has to be, and what the map lacks."""
        if not answer.parts:
            return "Nothing is written yet."
        short = [
            f"{part.text}: {number} of at least {part.words[0]} words."
            for part, number in self._counts(answer)
            if number < part.words[0]
        ]
        total = sum(number for _, number in self._counts(answer))
        if not short and self.words and total < self.words[0]:
            short = [f"{total} of at least {self.words[0]} words."]
        if self.board and self.map and (lack := self.map.missing(self.board.map_of(answer.map))):
            short.append(lack)
        return " ".join(short)

    def describe(self, answer: EssayAnswer) -> list[str]:
        """Return how much is written, and what is drawn; the text itself is for those who mark it."""
        written = [f"{part.text}: {number} words" for part, number in self._counts(answer) if number]
        return [*written, *(self.board.describe(answer.map) if self.board else ())]

    def score(self, answer: EssayAnswer, key: EssayKey) -> Result:
        """Score the share of the checks that hold; nothing for a text that is not half as long as asked.

        Sentences that stand there twice count once, and a text that repeats the same few words is not looked at.
        """
        if not answer.parts:
            return self.blank(self.missing(answer))
        text = "\n".join(answer.parts.values())
        if variety(text) < LEAST_VARIETY:
            return self._result(Status.NOT_YET, 0.0, "The text says the same few words again and again.")
        total = sum(number for _, number in self._counts(answer))
        if 2 * total < (self.words[0] if self.words else sum(part.words[0] for part in self.parts)):
            return self._result(Status.NOT_YET, 0.0, "The text is too short to be checked.", self._lengths(answer, key))
        lengths, references = list(self._lengths(answer, key)), list(self._references(text, key))
        unnamed = [mention.what for mention in self.names if not _occurs(mention, text)]
        drawing = dict(self._drawn_wrong(answer))
        held = [
            all(_within(number, part.words) for part, number in self._counts(answer)),
            *([_within(total, self.words)] if self.words else []),
            *([not references] if self.sources else []),
            *(mention.what not in unnamed for mention in self.names),
            *(check not in drawing for check in _MAP_CHECKS if self.map),
        ]
        fraction = sum(held) / len(held)
        if fraction == 1:
            return self._result(Status.CORRECT, 1.0, f"{key.reason} {_BY_HAND}")
        naming = [_note(key, "names", f"does not name {' or '.join(unnamed)}")] if unnamed else []
        summary = f"{sum(held)} of {len(held)} checks of the form hold. {_BY_HAND}"
        notes = [*lengths, *references, *naming, *(_note(key, check, given) for check, given in drawing.items())]
        return self._result(status_of(fraction), fraction, summary, notes)

    def _drawn_wrong(self, answer: EssayAnswer) -> Iterator[tuple[MapCheck, str]]:
        """Yield the checks of the map that fail; its main claim has to stand in the first part."""
        if self.board and self.map:
            thesis = _BRACKET.sub(" ", answer.parts.get(self.parts[0].id, ""))
            yield from self.map.failures(self.board.map_of(answer.map), thesis)

    def _counts(self, answer: EssayAnswer) -> list[tuple[Part, int]]:
        """Return the words of each part; a sentence that stands there twice counts once."""
        seen: set[str] = set()
        counts = []
        for part in self.parts:
            number = 0
            for sentence in _SENTENCE.split(_BRACKET.sub(" ", answer.parts.get(part.id, ""))):
                words = WORD.findall(sentence)
                said = " ".join(words).casefold()
                number += 0 if said in seen else len(words)
                seen.add(said)
            counts.append((part, number))
        return counts

    def _lengths(self, answer: EssayAnswer, key: EssayKey) -> Iterator[Note]:
        counts = self._counts(answer)
        wrong = [f"“{part.text}” has {_asked(n, part.words)}" for part, n in counts if not _within(n, part.words)]
        if wrong:
            yield _note(key, "part-words", "; ".join(wrong))
        total = sum(number for _, number in counts)
        if self.words and not _within(total, self.words):
            yield _note(key, "words", f"has, in all, {_asked(total, self.words)}")

    def _references(self, text: str, key: EssayKey) -> Iterator[Note]:
        if not self.sources:
            return
        cited = list(citations(text))
        unknown = [name for name in cited if name not in _segments()]
        if unknown:
            yield _note(key, "unknown-segment", f"cites {', '.join(unknown)}")
        sources = {name.partition(".")[0] for name in cited if name in _segments()}
        if len(sources) < self.sources:
            yield _note(key, "sources", f"cites {', '.join(sorted(sources)) or 'no source'}")


def citations(text: str) -> Iterator[str]:
    """Yield what a text cites in square brackets as ``[khan.2.1]`` or ``[khan.2.1, brief.3.1]``, each once.

    Args:
        text: The text.
    """
    found = (name.casefold() for inside in _BRACKET.findall(text) for name in _REFERENCE.findall(inside))
    yield from dict.fromkeys(found)


def variety(text: str) -> float:
    """Return the mean share of different words in all windows of 50 words; in a shorter text, the share in all of it.

    Args:
        text: The text.

    Returns:
        A number from 0 to 1.

    References:
        Covington & McFall (2010), Cutting the Gordian knot: the moving-average type-token ratio (MATTR), Journal of
        Quantitative Linguistics 17.
    """
    words = [word.casefold() for word in WORD.findall(text)]
    if not words:
        return 0.0
    size = min(WINDOW, len(words))
    window = Counter(words[:size])
    shares = [len(window) / size]
    for gone, new in zip(words, words[size:], strict=False):
        window[new] += 1
        window[gone] -= 1
        if not window[gone]:
            del window[gone]
        shares.append(len(window) / size)
    return sum(shares) / len(shares)


@cache
def _segments() -> frozenset[str]:
    return frozenset(segment.id for document in load_corpus().values() for segment in document.segments)


def _within(number: int, limits: Limits) -> bool:
    return limits[0] <= number <= limits[1]


def _asked(number: int, limits: Limits) -> str:
    return f"{number} words, where {limits[0]} to {limits[1]} are asked"


def _occurs(mention: Mention, text: str) -> bool:
    plain = text.replace("’", "'")
    return any(re.search(rf"\b{re.escape(phrase)}\b", plain, re.IGNORECASE) for phrase in mention.any)


def _note(key: EssayKey, check: Check, given: str) -> Note:
    return Note(text=key.checks[check].why, misconception=key.checks[check].misconception, given=given)
