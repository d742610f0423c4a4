"""Draw an argument map."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from course.argument import ArgumentMap, Claim, Relation
from course.argument.assessment import OWN, AcceptedMap, Assessment, Fault, Mistake, assess, links_needed, possible
from course.argument.model import Name
from course.argument.words import called, quoted, relations, sentence
from course.corpus.documents import find_segment
from course.datafile import Model
from course.errors import CourseError
from course.exercises.kinds.base import Answer, Id, Item, Key, Text, status_of, unique
from course.exercises.kinds.label import Passage
from course.exercises.result import Note, Result, Status

MAX_CLAIMS, MAX_RELATIONS, MAX_REASONS = 200, 300, 1_000
_LIMIT = f"has more than {MAX_CLAIMS} claims, {MAX_RELATIONS} relations or {MAX_REASONS:,} reasons in them"
_WITHOUT_MAIN = 0.5  # of the credit is left if the main claim is not named or a wrong one is
_SPOKEN = 3  # right relations named in the feedback; the rest are counted

_LEARNERS = re.compile(r"r\d+")  # what relations are called by themselves
_PLACEHOLDER = re.compile(r"\{(.*?)\}")
_OF_THE_WHOLE = {Mistake.EVERYTHING_LINKED, Mistake.MAIN_CLAIM}  # mistakes that are not about one link


class Step(Relation):
    """A relation of a map that is drawn as an exercise: no scheme is asked for."""

    scheme: Literal[""] = Field(default="", exclude=True)


def _in_words(value: Any, letter: str = "r") -> Any:
    """Read relations that are typed in words; leave others as they are."""
    if not isinstance(value, (list, tuple)):
        return value
    if len(value) > MAX_RELATIONS:
        raise ValueError(f"{_LIMIT}. Draw a smaller map.")
    named = [each["id"] for each in value if isinstance(each, dict) and isinstance(each.get("id"), str)]
    try:
        read = iter(relations([each for each in value if isinstance(each, str)], named, letter))
    except CourseError as error:
        raise ValueError(f"{error.problem}. {error.remedy}") from None
    return [next(read).model_dump() if isinstance(each, str) else each for each in value]


Steps = Annotated[tuple[Step, ...], BeforeValidator(_in_words), Field(strict=False)]
GivenSteps = Annotated[tuple[Step, ...], BeforeValidator(partial(_in_words, letter="g")), Field(strict=False)]


class MapAnswer(Answer):
    """What a learner has drawn: claims of their own, relations, and the main claim."""

    claims: tuple[Claim, ...] = Field(default=(), strict=False)
    relations: Steps = ()
    main: Name | None = None


class Explanation(Model):
    """What a mistake suggests, and why it is one. ``{relation}``, ``{source}`` and ``{target}`` stand for words."""

    misconception: Id
    why: Text


class At(Explanation):
    """The same for one link only, named by reason and target as in the accepted map."""

    mistake: Mistake
    claims: tuple[Name, Name]

    def concerns(self, fault: Fault) -> bool:
        """Return whether a fault is this one; a link that is drawn the wrong way round may be named either way."""
        turned = fault.mistake == Mistake.REVERSED and self.claims[::-1] == fault.claims
        return self.mistake == fault.mistake and (self.claims == fault.claims or turned)


class Accepted(Model):
    """A map that counts as right, and why.

    Attributes:
        relations: Its relations, in words; those that are given in the item come first by themselves.
        main: Its main claim.
        optional: Claims and relations that may be left out.
        claims: Claims that learners have to find themselves, with their segments (free maps).
        reason: Why the map is right.
    """

    relations: Steps
    main: Name | None = None
    optional: tuple[Name, ...] = ()
    claims: tuple[Claim, ...] = ()
    reason: Text


class MapKey(Key):
    """Accepted maps, and an explanation for each mistake that can be made against them.

    Attributes:
        accept: The maps.
        background: Claims that are no reasons here.
        speakers: Who makes a claim, where that matters.
        mistakes: The explanation of each kind of mistake.
        passages: More exact ones for single links.
    """

    accept: tuple[Accepted, ...] = Field(min_length=1)
    background: tuple[Name, ...] = ()
    speakers: dict[Name, str] = Field(default_factory=dict)
    mistakes: dict[Mistake, Explanation]
    passages: tuple[At, ...] = ()

    def misconceptions(self) -> Iterable[str]:
        """Return the misconceptions of all explanations."""
        return [each.misconception for each in (*self.mistakes.values(), *self.passages)]

    def explanation(self, fault: Fault) -> Explanation:
        """Return why something is a mistake; an exact explanation comes before a general one."""
        return next((each for each in self.passages if each.concerns(fault)), self.mistakes[fault.mistake])

    def maps(self, item: "MapItem") -> list[AcceptedMap]:
        """Return the accepted maps, with the claims and relations that the item gives."""
        return [AcceptedMap(map=item.map_of(each), optional=frozenset(each.optional)) for each in self.accept]

    def links(self, item: "MapItem") -> int:
        """Return how many links a learner has to draw at least, without those that the item gives."""
        given = [step.id for step in item.given]
        return min(links_needed(accepted, given) for accepted in self.maps(item))

    def assess(self, item: "MapItem", drawn: ArgumentMap) -> Assessment:
        """Compare a whole map with the accepted ones."""
        given = [step.id for step in item.given]
        return assess(drawn, self.maps(item), background=self.background, speakers=self.speakers, drawn_before=given)

    def problems(self, item: "MapItem") -> Iterable[tuple[str, str]]:
        """Yield what does not fit the item."""
        wrong = [
            (f"accept.{number}{field}", problem)
            for number, accepted in enumerate(self.accept)
            for field, problem in self._problems_of(accepted, item)
        ]
        yield from wrong or self._told_wrong(item)
        claims = {claim.id for claim in (*item.claims, *(claim for each in self.accept for claim in each.claims))}
        at = [name for passage in self.passages for name in passage.claims]
        for field, names in (("background", self.background), ("speakers", self.speakers), ("passages", at)):
            yield from ((field, f"{name} is not a claim") for name in names if name not in claims)
        for passage in self.passages:
            if passage.mistake in _OF_THE_WHOLE:
                yield "passages", f"{passage.mistake} is not about one link; explain it under mistakes"
            yield from _unknown_placeholders("passages", passage.mistake, passage.why)
        for mistake, explanation in self.mistakes.items():
            yield from _unknown_placeholders(f"mistakes.{mistake}", mistake, explanation.why)
        for mistake in possible(self.maps(item), background=self.background, speakers=self.speakers):
            if mistake not in self.mistakes:
                yield "mistakes", f"no explanation for {mistake}"

    def _told_wrong(self, item: "MapItem") -> Iterable[tuple[str, str]]:
        """Yield what would be said of accepted maps if a learner drew them."""
        for number, accepted in enumerate(self.maps(item)):
            for fault in self.assess(item, accepted.map).faults:
                yield f"accept.{number}", f"would itself be told that it is wrong: {fault.mistake}"

    def _problems_of(self, accepted: Accepted, item: "MapItem") -> Iterable[tuple[str, str]]:
        """Yield what is wrong with one accepted map."""
        if accepted.claims and not item.free:
            yield ".claims", "are for free maps; this item's claims are given"
        for claim in accepted.claims:
            if not claim.segments and claim.id not in accepted.optional:
                yield ".claims", f"{claim.id} rests on no segment, so no learner's claim can match it; make it optional"
            for name in claim.segments:
                if not item.knows(name):
                    yield ".claims", f"{claim.id} rests on {name}, which is no segment"
        drawn = item.map_of(accepted)
        for violation in drawn.violations():
            yield "", f"is no argument map: {violation.problem.rstrip('.')}"
        parts = {part.id for part in (*drawn.claims, *drawn.relations)}
        for name in accepted.optional:
            if name not in parts:
                yield ".optional", f"{name} is not a claim or relation of this map"
        if (accepted.main is not None) != item.main:
            yield ".main", "is named exactly if the item asks for a main claim"


def _unknown_placeholders(field: str, mistake: Mistake, text: str) -> Iterable[tuple[str, str]]:
    """Yield the placeholders that nothing stands for."""
    if mistake == Mistake.EVERYTHING_LINKED:
        known = []
    elif mistake == Mistake.MAIN_CLAIM:
        known = ["source"]
    else:
        known = ["source", "target"] if mistake == Mistake.MISSING else ["relation", "source", "target"]
    for name in _PLACEHOLDER.findall(text):
        if name not in known:
            there = ", ".join(f"{{{each}}}" for each in known) or "none"
            yield field, f"{{{name}}} stands for nothing here; there is {there}"


class MapItem(Item):
    """Draw an argument map, or complete one.

    Attributes:
        claims: Claims that are on the board.
        given: Relations that are drawn already, in words. They cannot be changed and do not count.
        free: Whether learners add claims of their own.
        segments: Passages that such claims can be picked from.
        main: Whether the main claim has to be named.
    """

    answer_type: ClassVar[type[Answer]] = MapAnswer
    key_type: ClassVar[type[Key]] = MapKey

    kind: Literal["map"]
    claims: tuple[Claim, ...] = Field(default=(), max_length=MAX_CLAIMS)
    given: GivenSteps = ()
    free: bool = False
    segments: tuple[Passage, ...] = Field(default=(), max_length=500)
    main: bool = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [*(claim.id for claim in self.claims), *(step.id for step in self.given)]
        unique(names, "claims and given")
        unique((passage.id for passage in self.segments), "segments")
        for name in names:
            if _LEARNERS.fullmatch(name):
                raise ValueError(f"{name} is what a learner's relation is called. Choose another name, such as g1.")
        for claim in self.claims:
            for segment in claim.segments:
                if not self.knows(segment):
                    raise ValueError(f"{claim.id} rests on {segment}, which is no segment. Correct the id.")
        if not self.free and len(self.claims) < 3:  # noqa: PLR2004  # two can be linked in one way only
            raise ValueError("a map that is not free needs claims. Give at least three.")
        if self.segments and not self.free:
            raise ValueError("segments are for free maps. Remove them, or say free: true.")
        for violation in ArgumentMap(claims=self.claims, relations=self.given).violations():
            raise ValueError(f"given: {violation.problem} {violation.remedy}")
        return self

    def knows(self, segment: str) -> bool:
        """Return whether a segment is one of the item's passages or of the corpus."""
        if any(passage.id == segment for passage in self.segments):
            return True
        try:
            find_segment(segment)
        except CourseError:
            return False
        return True

    def _choices_shown(self) -> dict[str, Any]:
        return {
            "claims": [
                {"id": each.id, "text": each.text, "note": ", ".join(each.segments), "implicit": each.implicit}
                for each in self.claims
            ],
            "given": [each.model_dump(mode="json") for each in self.given],
            "free": self.free,
            "segments": [{"id": each.id, "text": each.words, "note": each.note} for each in self.segments],
            "main": self.main,
        }

    def typed(self, value: Any, confidence: str | None) -> Any:
        """Accept a list of relations in words, or the whole answer as a mapping."""
        del confidence
        return {"relations": list(value)} if isinstance(value, (list, tuple)) else value

    def map_of(self, drawn: MapAnswer | Accepted) -> ArgumentMap:
        """Return the whole map: what the item gives, and what is drawn."""
        return ArgumentMap(
            claims=(*self.claims, *drawn.claims), relations=(*self.given, *drawn.relations), main=drawn.main
        )

    def _checked(self, answer: MapAnswer) -> MapAnswer:
        reasons = sum(len(step.sources) for step in answer.relations)
        if len(answer.claims) + len(self.claims) > MAX_CLAIMS or reasons > MAX_REASONS:
            raise CourseError(_LIMIT, "Draw a smaller map.", file="answer", item=self.id)
        if answer.claims and not self.free:
            raise CourseError("has claims of its own", "Use the claims that are given.", file="answer", item=self.id)
        claims = [claim.id for claim in (*self.claims, *answer.claims)]
        steps = [step.id for step in (*self.given, *answer.relations)]
        taken: set[str] = set()
        for name in (*claims, *steps):
            if name in taken:
                raise CourseError(f"the name {name} is given twice", "Rename one.", file="answer", item=self.id)
            taken.add(name)
        passages = {passage.id for passage in self.segments}
        for claim in answer.claims:
            for segment in claim.segments:
                if segment not in passages:
                    there = sorted(passages) or ["no segments: this item has none"]
                    raise self._refuse(f"claims.{claim.id}", f"{segment!r} is not a passage of this item", there)
        for step in answer.relations:
            for source in step.sources:
                if source not in claims:
                    raise self._refuse(f"relations.{step.id}", f"{source!r} is not a claim", claims)
            if step.target not in taken:
                raise self._refuse(f"relations.{step.id}", f"{step.target!r} is not on the board", [*claims, *steps])
        if answer.main is not None and answer.main not in claims:
            raise self._refuse("main", f"{answer.main!r} is not a claim", claims)
        return answer

    def missing(self, answer: MapAnswer) -> str:
        """Say whether relations or the main claim are missing."""
        if not answer.relations:
            return "No relation is drawn yet."
        return "No main claim is named yet." if self.main and answer.main is None else ""

    def describe(self, answer: MapAnswer) -> list[str]:
        """Return in words what is drawn."""
        drawn = self.map_of(answer)
        return [
            *(f"Own claim {claim.id}: “{claim.text}”" for claim in answer.claims),
            *([f"Main claim: {called(answer.main, drawn)}"] if answer.main else []),
            *(f"{step.id}: {sentence(step, drawn)}" for step in answer.relations),
        ]

    def score(self, answer: MapAnswer, key: MapKey) -> Result:
        """Score the F1 of links to the nearest accepted map, full from 0.7, linear from 0.35 (``docs/maps.md``).

        Without the right main claim half of it is left. An ill-formed map gets none until it is repaired. Of several
        mistakes the most telling one is explained.
        """
        if not answer.relations:
            return self.blank(self.missing(answer))
        drawn = self.map_of(answer)
        if violations := drawn.violations():
            problem = violations[0].problem_in_words(partial(called, argument_map=drawn))
            given = [f"{name}: {sentence(step, drawn)}" for name, step in _steps(drawn, violations[0].nodes)]
            note = Note(text=f"{problem} {violations[0].remedy}", given="; ".join(given) or None)
            return self._result(Status.NOT_YET, 0.0, "This is not an argument map yet.", [note])
        found = key.assess(self, drawn)
        mistakes = [fault.mistake for fault in found.faults]
        fraction = found.credit * (_WITHOUT_MAIN if Mistake.MAIN_CLAIM in mistakes else 1)
        if not mistakes and fraction == 1:
            return self._result(Status.CORRECT, 1.0, key.accept[found.nearest].reason)
        if Mistake.EVERYTHING_LINKED in mistakes:
            summary = "Nearly everything is linked, so nothing can be confirmed."
        else:
            summary = _confirmed(
                [sentence(step, drawn) for _, step in _steps(drawn, found.right)], len(answer.relations)
            )
        if fraction == 1:
            summary += " That is enough for full points: careful readers differ on some of this."
        notes = [self._note(fault, drawn, self.map_of(key.accept[found.nearest]), key) for fault in found.faults[:1]]
        return self._result(status_of(fraction), fraction, summary, notes)

    def _note(self, fault: Fault, drawn: ArgumentMap, accepted: ArgumentMap, key: MapKey) -> Note:
        explanation = key.explanation(fault)
        step = drawn.relation_by_id.get(fault.relation)
        given = sentence(step, drawn) if step else None
        by_name = {
            **{f"{claim.id}{OWN}": claim for claim in drawn.claims},
            **drawn.claim_by_id,
            **accepted.claim_by_id,
        }
        claims = [by_name[name] for name in fault.claims]
        words = dict(zip(("{source}", "{target}"), map(quoted, claims), strict=False)) | {"{relation}": given}
        text = _PLACEHOLDER.sub(lambda match: words.get(match[0]) or match[0], explanation.why)
        if fault.mistake == Mistake.MAIN_CLAIM:  # the right one is not given away
            claims = [drawn.claim_by_id[drawn.main]] if drawn.main else []
            given = f"{quoted(claims[0])} as the main claim" if claims else None
        segment, quote = self._passage(claims)
        return Note(text=text, misconception=explanation.misconception, given=given, segment=segment, quote=quote)

    def _passage(self, claims: Iterable[Claim]) -> tuple[str | None, str | None]:
        """Return id and words of the first passage that claims rest on; no id if it is not in the corpus."""
        name = next((segment for claim in claims for segment in claim.segments), None)
        if name is None:
            return None, None
        passage = next((each for each in self.segments if each.id == name), None)
        return (passage.segment, passage.words) if passage else (name, find_segment(name).text)


def _steps(drawn: ArgumentMap, names: Iterable[str]) -> list[tuple[str, Relation]]:
    return [(name, drawn.relation_by_id[name]) for name in names if name in drawn.relation_by_id]


def _confirmed(right: list[str], number: int) -> str:
    """Return how many of a learner's relations are right, and which."""
    if not right:
        return f"None of your {number} relations is right yet." if number > 1 else "Your relation is not right yet."
    more = f"; and {len(right) - _SPOKEN} more" if len(right) > _SPOKEN else ""
    said = f"{'; '.join(right[:_SPOKEN])}{more}."
    if number == 1:
        return f"Your relation is right: {said}"
    return f"{len(right)} of your {number} relations {'is' if len(right) == 1 else 'are'} right: {said}"
