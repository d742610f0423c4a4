"""Draw an argument map."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from course.argument import ArgumentMap, Claim, Relation, RelationKind
from course.argument.assessment import AcceptedMap, Fault, Mistake, assess
from course.argument.model import Name
from course.argument.words import relations, sentence, sentences
from course.datafile import Model
from course.errors import CourseError
from course.exercises.kinds.base import Answer, Id, Item, Key, Text, status_of, unique
from course.exercises.kinds.label import Passage
from course.exercises.result import Note, Result, Status

MAX_CLAIMS, MAX_RELATIONS = 200, 300
_WITHOUT_MAIN = 0.5  # of the credit is left if the main claim is not named or a wrong one is
_SPOKEN = 3  # right relations named in the feedback; the rest are counted


def _in_words(value: Any) -> Any:
    """Read relations that are typed in words; leave others as they are."""
    if not isinstance(value, (list, tuple)) or not any(isinstance(each, str) for each in value):
        return value
    named = [each["id"] for each in value if isinstance(each, dict) and isinstance(each.get("id"), str)]
    try:
        read = iter(relations([each for each in value if isinstance(each, str)], named))
    except CourseError as error:
        raise ValueError(f"{error.problem}. {error.remedy}") from None
    return [next(read).model_dump(exclude={"scheme"}) if isinstance(each, str) else each for each in value]


class Step(Model):
    """A relation that a learner has drawn; its fields are those of :class:`course.argument.Relation`."""

    id: Name
    kind: RelationKind
    sources: tuple[Name, ...] = Field(min_length=1)
    target: Name

    def relation(self) -> Relation:
        """Return it as a part of a map."""
        return Relation(id=self.id, kind=self.kind, sources=self.sources, target=self.target)


Steps = Annotated[tuple[Step, ...], BeforeValidator(_in_words), Field(strict=False)]


class OwnClaim(Model):
    """A claim that a learner has added."""

    id: Name
    text: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    segments: tuple[str, ...] = ()
    implicit: bool = False

    def claim(self) -> Claim:
        """Return it as a part of a map."""
        return Claim(id=self.id, text=self.text.strip() or "(no text)", segments=self.segments, implicit=self.implicit)


class MapAnswer(Answer):
    """What a learner has drawn: claims of their own, relations, and the main claim."""

    claims: tuple[OwnClaim, ...] = Field(default=(), strict=False)
    relations: Steps = ()
    main: str | None = None


class GivenClaim(Model):
    """A claim that is on the board from the start."""

    id: Id
    text: Text
    segments: tuple[str, ...] = ()
    implicit: bool = False

    def claim(self) -> Claim:
        """Return it as a part of a map."""
        return Claim(id=self.id, text=self.text, segments=self.segments, implicit=self.implicit)


class Explanation(Model):
    """What a mistake suggests, and why it is one. ``{relation}``, ``{source}`` and ``{target}`` stand for words."""

    misconception: Id
    why: Text


class At(Explanation):
    """The same for one link only, named by reason and target as in the accepted map."""

    mistake: Mistake
    claims: tuple[Id, Id]


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
    main: Id | None = None
    optional: tuple[Name, ...] = ()
    claims: tuple[GivenClaim, ...] = ()
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
    background: tuple[Id, ...] = ()
    speakers: dict[Id, str] = Field(default_factory=dict)
    mistakes: dict[Mistake, Explanation]
    passages: tuple[At, ...] = ()

    def misconceptions(self) -> Iterable[str]:
        """Return the misconceptions of all explanations."""
        return [each.misconception for each in (*self.mistakes.values(), *self.passages)]

    def explanation(self, fault: Fault) -> Explanation:
        """Return why something is a mistake; an exact explanation comes before a general one."""
        for each in self.passages:
            if each.mistake == fault.mistake and each.claims == fault.claims:
                return each
        return self.mistakes[fault.mistake]

    def maps(self, item: "MapItem") -> list[AcceptedMap]:
        """Return the accepted maps, with the claims and relations that the item gives."""
        return [AcceptedMap(map=item.complete(each), optional=frozenset(each.optional)) for each in self.accept]

    def problems(self, item: "MapItem") -> Iterable[tuple[str, str]]:
        """Yield what does not fit the item."""
        claims = {claim.id for claim in item.claims} | {claim.id for each in self.accept for claim in each.claims}
        for number, each in enumerate(self.accept):
            field = f"accept.{number}"
            if each.claims and not item.free:
                yield field, "has claims of its own, but the item's map is not free"
            drawn = item.complete(each)
            for violation in drawn.violations():
                yield field, f"is no argument map: {violation.problem.rstrip('.')}"
            parts = {part.id for part in (*drawn.claims, *drawn.relations)}
            for name in each.optional:
                if name not in parts:
                    yield f"{field}.optional", f"{name} is not a claim or relation of this map"
            if (each.main is not None) != item.main:
                yield field, "names a main claim exactly if the item asks for one"
        for name in (*self.background, *self.speakers, *(name for each in self.passages for name in each.claims)):
            if name not in claims:
                yield "background, speakers or passages", f"{name} is not a claim"
        for mistake in _possible([item.complete(each) for each in self.accept], self):
            if mistake not in self.mistakes:
                yield "mistakes", f"no explanation for {mistake.value}"


def _possible(accepted: Iterable[ArgumentMap], key: MapKey) -> Iterable[Mistake]:
    """Yield the mistakes that can be made against accepted maps."""
    yield from (Mistake.EVERYTHING_LINKED, Mistake.REVERSED, Mistake.POLARITY, Mistake.SURPLUS, Mistake.MISSING)
    maps = list(accepted)
    steps = [step for each in maps for step in each.relations]
    if any(each.main for each in maps):
        yield Mistake.MAIN_CLAIM
    if {source for step in steps for source in step.sources} & {step.target for step in steps}:
        yield Mistake.WRONG_LEVEL
    if any(len(step.sources) > 1 for step in steps):
        yield Mistake.SPLIT
    for each in maps:
        supported = [step.target for step in each.relations if step.kind == RelationKind.SUPPORT]
        if len(set(supported)) < len(supported):
            yield Mistake.MERGED
    if any(step.kind != RelationKind.SUPPORT for step in steps):
        yield Mistake.REBUT_FOR_UNDERCUT
    if key.background:
        yield Mistake.BACKGROUND
    if len(set(key.speakers.values())) > 1:
        yield Mistake.ATTRIBUTION


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
    claims: tuple[GivenClaim, ...] = Field(default=(), max_length=MAX_CLAIMS)
    given: Steps = ()
    free: bool = False
    segments: tuple[Passage, ...] = Field(default=(), max_length=500)
    main: bool = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        unique([*(claim.id for claim in self.claims), *(step.id for step in self.given)], "claims and given")
        unique((passage.id for passage in self.segments), "segments")
        if not self.free and len(self.claims) < 3:  # noqa: PLR2004  # two can be linked in one way only
            raise ValueError("a map that is not free needs claims. Give at least three.")
        if self.segments and not self.free:
            raise ValueError("segments are for free maps. Remove them, or say free: true.")
        board = ArgumentMap(
            claims=tuple(claim.claim() for claim in self.claims),
            relations=tuple(step.relation() for step in self.given),
        )
        for violation in board.violations():
            raise ValueError(f"given: {violation.problem} {violation.remedy}")
        return self

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

    def complete(self, drawn: MapAnswer | Accepted) -> ArgumentMap:
        """Return the whole map: what the item gives, and what is drawn."""
        return ArgumentMap(
            claims=tuple(claim.claim() for claim in (*self.claims, *drawn.claims)),
            relations=tuple(step.relation() for step in (*self.given, *drawn.relations)),
            main=drawn.main,
        )

    def _checked(self, answer: MapAnswer) -> MapAnswer:
        if answer.claims and not self.free:
            raise CourseError("has claims of its own", "Use the claims that are given.", file="answer", item=self.id)
        if len(answer.claims) + len(self.claims) > MAX_CLAIMS or len(answer.relations) > MAX_RELATIONS:
            limit = f"has more than {MAX_CLAIMS} claims or {MAX_RELATIONS} relations"
            raise CourseError(limit, "Draw a smaller map.", file="answer", item=self.id)
        claims = [*(claim.id for claim in self.claims), *(claim.id for claim in answer.claims)]
        steps = [step.id for step in (*self.given, *answer.relations)]
        taken: set[str] = set()
        for name in (*claims, *steps):
            if name in taken:
                raise CourseError(f"the name {name} is given twice", "Rename one.", file="answer", item=self.id)
            taken.add(name)
        known = [passage.id for passage in self.segments]
        for claim in answer.claims:
            for segment in claim.segments:
                if segment not in known:
                    raise self._refuse(f"claims.{claim.id}", f"{segment!r} is not a passage of this item", known)
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
        drawn = self.complete(answer)
        given = {step.id for step in self.given}
        shown = drawn.model_copy(update={"relations": tuple(r for r in drawn.relations if r.id not in given)})
        own = [f"Own claim {claim.id}: “{claim.text}”" for claim in answer.claims]
        main = sentences(shown.model_copy(update={"relations": ()}))
        return [*own, *main, *(f"{step.id}: {sentence(step, drawn)}" for step in shown.relations)]

    def score(self, answer: MapAnswer, key: MapKey) -> Result:
        """Score the F1 of links to the nearest accepted map, full from 0.7, linear from 0.35 (``docs/maps.md``).

        Without the right main claim half of it is left. An ill-formed map gets none until it is repaired. Of several
        mistakes the most telling one is explained.
        """
        if not answer.relations:
            return self.blank(self.missing(answer))
        drawn = self.complete(answer)
        if violations := drawn.violations():
            notes = [Note(text=str(violation)) for violation in violations[:1]]
            return self._result(Status.NOT_YET, 0.0, "This is not an argument map yet.", notes)
        accepted = key.maps(self)
        found = assess(
            _without_unused(drawn, {claim.id for claim in self.claims}),
            accepted,
            background=key.background,
            speakers=key.speakers,
            drawn_before=[step.id for step in self.given],
        )
        no_point = any(fault.mistake == Mistake.MAIN_CLAIM for fault in found.faults)
        fraction = found.credit * (_WITHOUT_MAIN if no_point else 1)
        if not found.faults and fraction == 1:
            return self._result(Status.CORRECT, 1.0, key.accept[found.nearest].reason)
        right = [sentence(drawn.relation_by_id[name], drawn) for name in found.right]
        summary = f"{len(right)} of your {len(answer.relations)} relations {'is' if len(right) == 1 else 'are'} right"
        more = f"; and {len(right) - _SPOKEN} more" if len(right) > _SPOKEN else ""
        summary += f": {'; '.join(right[:_SPOKEN])}{more}." if right else "."
        if fraction == 1:
            summary += " That is enough for full points: careful readers differ on some of this."
        notes = [self._note(fault, drawn, accepted[found.nearest].map, key) for fault in found.faults[:1]]
        return self._result(status_of(fraction), fraction, summary, notes)

    def _note(self, fault: Fault, drawn: ArgumentMap, accepted: ArgumentMap, key: MapKey) -> Note:
        explanation = key.explanation(fault)
        step = drawn.relation_by_id.get(fault.relation)
        given = sentence(step, drawn) if step else None
        claims: list[Claim | None] = [
            accepted.claim_by_id.get(name) or drawn.claim_by_id.get(name) for name in (*fault.claims, "", "")
        ]
        words = {
            "relation": given or "",
            "source": f"“{claims[0].text}”" if claims[0] else "",
            "target": f"“{claims[1].text}”" if claims[1] else "",
        }
        text = explanation.why
        for name, value in words.items():
            text = text.replace(f"{{{name}}}", value)
        segment = next((claim.segments[0] for claim in claims if claim and claim.segments), None)
        return Note(text=text, misconception=explanation.misconception, given=given, segment=segment)


def _without_unused(drawn: ArgumentMap, given: set[str]) -> ArgumentMap:
    """Leave out claims that stand on the board by themselves and that nothing is done with."""
    used = {name for step in drawn.relations for name in (*step.sources, step.target)} | {drawn.main}
    claims = tuple(claim for claim in drawn.claims if claim.id in used or claim.id not in given)
    return drawn.model_copy(update={"claims": claims})
