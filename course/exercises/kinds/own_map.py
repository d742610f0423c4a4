"""The map that goes with an essay: learners draw their own case, and only its form is looked at."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from course.argument import ArgumentMap, RelationKind
from course.argument.words import called
from course.corpus.documents import WORD
from course.datafile import Model
from course.exercises.kinds.base import Text

MapCheck = Literal["map", "map-thesis", "map-objection"]


class OwnMap(Model):
    """What the map of an essay has to have: a main claim that the essay states, reasons for it, and an objection.

    Attributes:
        text: What is to be drawn.
        claims: The least number of claims.
    """

    text: Text
    claims: int = Field(ge=3, le=50)

    def missing(self, drawn: ArgumentMap) -> str:
        """Say what has to be drawn before the map can be looked at; empty if it can."""
        if not drawn.relations:
            return "The map has no relation yet."
        return "" if drawn.main else "The map has no main claim yet."

    def failures(self, drawn: ArgumentMap, thesis: str) -> Iterator[tuple[MapCheck, str]]:
        """Yield each check that fails, with what was found.

        Args:
            drawn: The map.
            thesis: The part of the essay that states the thesis.
        """
        found = self._unfinished(drawn)
        if found:
            yield "map", found
        if not drawn.main:
            yield "map-thesis", "names no main claim in its map"
        elif not _contains(thesis, drawn.claim_by_id[drawn.main].text):
            yield "map-thesis", f"has the main claim “{drawn.claim_by_id[drawn.main].text}” in its map only"
        if not _is_attacked(drawn):
            yield "map-objection", "has a map without an objection to its case"

    def _unfinished(self, drawn: ArgumentMap) -> str:
        if lack := self.missing(drawn):
            return lack[0].lower() + lack[1:].rstrip(".").replace(" yet", "")
        if violations := drawn.violations():
            return violations[0].problem_in_words(lambda name: called(name, drawn)).rstrip(".")
        texts = [" ".join(_words(claim.text)) for claim in drawn.claims]
        number = len(set(texts))
        if number < self.claims:
            return f"the map has {number} different claims, where {self.claims} are asked"
        joined = {name for step in drawn.relations for name in (*step.sources, step.target)}
        loose = [claim.id for claim in drawn.claims if claim.id not in joined]
        if loose:
            return f"nothing leads to or from {', '.join(called(name, drawn) for name in loose[:3])}"
        return "" if drawn.main in drawn.conclusions() else "no reason supports the main claim"


def _words(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in WORD.findall(text)]


def _contains(text: str, sentence: str) -> bool:
    """Return whether a text has the words of a sentence, one after the other; signs and capitals do not matter."""
    words = " ".join(_words(sentence))
    return bool(words) and f" {words} " in f" {' '.join(_words(text))} "


def _is_attacked(drawn: ArgumentMap) -> bool:
    """Return whether an attack leads to the main claim, to one of the reasons for it, or to a step between them."""
    case = {drawn.main}
    grown = True
    while grown:
        steps = [step for step in drawn.relations if step.kind == RelationKind.SUPPORT and step.target in case]
        found = case.union(*({step.id, *step.sources} for step in steps))
        grown, case = len(found) > len(case), found
    return any(step.kind != RelationKind.SUPPORT and step.target in case for step in drawn.relations)
