"""Compare a learner's argument map with the maps that a key accepts, and name what is wrong in its structure.

A map is compared as a set of links: from each reason to what it bears on, for or against. Agreement is the F1 of links;
a link that is right but for its polarity or its grouping counts half, after the tolerances with which argument mining
scores relations (Stab & Gurevych, "Parsing Argumentation Structures in Persuasive Essays", Computational Linguistics
43, 2017, report how far careful annotators differ).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from pydantic import Field

from course.argument.model import ArgumentMap, Name, Relation, RelationKind
from course.datafile import Model

FULL = 0.7  # agreement from which a map gets full credit
NOTHING = 0.35  # agreement up to which it gets none
_HALF = 0.5
_EVERYTHING = 0.6  # share of all possible pairs from which a map links everything to everything
_FEWEST = 3  # claims below which that cannot be told


class Mistake(StrEnum):
    """What can be wrong in the structure of a map."""

    EVERYTHING_LINKED = "everything-linked"
    MAIN_CLAIM = "main-claim"
    BACKGROUND = "background-as-premise"
    ATTRIBUTION = "attribution"
    REVERSED = "reversed"
    POLARITY = "polarity"
    REBUT_FOR_UNDERCUT = "rebut-for-undercut"
    WRONG_LEVEL = "wrong-level"
    SPLIT = "co-premises-split"
    MERGED = "independent-merged"
    SURPLUS = "surplus"
    MISSING = "missing"


class AcceptedMap(Model):
    """A map that counts as right.

    Attributes:
        map: The map.
        optional: Ids of claims and relations that may be left out. Around a claim that is left out, its reasons may
            lead on to what it is a reason for.
    """

    map: ArgumentMap
    optional: frozenset[Name] = Field(default=frozenset(), strict=False)


@dataclass(frozen=True)
class Fault:
    """One mistake.

    Attributes:
        mistake: Its kind.
        claims: The claims concerned, by their ids in the accepted map; for a link, the reason and its target.
        relation: The learner's relation, empty if there is none.
    """

    mistake: Mistake
    claims: tuple[str, ...]
    relation: str = ""


@dataclass(frozen=True)
class Assessment:
    """How far a map agrees with the accepted map that it is nearest to.

    Attributes:
        agreement: F1 of links, 0 to 1.
        faults: What is wrong, the most telling first.
        right: The learner's relations that are right in every respect.
        nearest: The place of the accepted map that it is compared with.
    """

    agreement: float
    faults: tuple[Fault, ...]
    right: tuple[str, ...]
    nearest: int = 0

    @property
    def credit(self) -> float:
        """The share of the points, 0 to 1: all from 0.7, none up to 0.35, in between in proportion."""
        return min(max((self.agreement - NOTHING) / (FULL - NOTHING), 0.0), 1.0)


@dataclass(frozen=True)
class _About:
    background: frozenset[str]
    speakers: Mapping[str, str]
    given: frozenset[str]


@dataclass(frozen=True)
class _Link:
    """A reason and what it bears on: a claim, or the step to a claim."""

    source: str
    target: str
    against: bool
    at_step: bool = False
    step_from: frozenset[str] = frozenset()  # the reasons of the step that is undercut

    @property
    def ends(self) -> tuple[str, str, bool]:
        return self.source, self.target, self.at_step


@dataclass
class _Structure:
    """A map as links, with the relation that each belongs to."""

    map: ArgumentMap
    names: Mapping[str, str] = field(default_factory=dict)  # the learner's claims by those of the key

    @cached_property
    def links(self) -> dict[_Link, Relation]:
        return {link: relation for relation in self.map.relations for link in self._links(relation)}

    @cached_property
    def drawn(self) -> Counter[tuple[str, str, bool]]:
        """How many relations lead from a reason to a target, for or against."""
        return Counter(link.ends for relation in self.map.relations for link in self._links(relation))

    def name(self, claim: str) -> str:
        return self.names.get(claim, claim)

    def sources(self, relation: Relation) -> frozenset[str]:
        return frozenset(map(self.name, relation.sources))

    def _links(self, relation: Relation) -> Iterator[_Link]:
        against = relation.kind != RelationKind.SUPPORT
        step = self.map.relation_by_id.get(relation.target)
        for source in relation.sources:
            if step is None:
                yield _Link(self.name(source), self.name(relation.target), against)
            else:
                target = self._end_of(step)
                yield _Link(self.name(source), target, against, at_step=True, step_from=self.sources(step))

    def _end_of(self, step: Relation) -> str:
        """Return the claim that a step leads to, also one that attacks another step."""
        seen = {step.id}
        while (following := self.map.relation_by_id.get(step.target)) and following.id not in seen:
            step = following
            seen.add(step.id)
        return self.name(step.target)


def assess(
    given: ArgumentMap,
    accepted: Iterable[AcceptedMap],
    *,
    background: Iterable[str] = (),
    speakers: Mapping[str, str] | None = None,
    drawn_before: Iterable[str] = (),
) -> Assessment:
    """Compare a map with accepted maps; the nearest one counts.

    Args:
        given: The learner's map. Its claims have the ids of the key's, or rest on the same segments.
        accepted: Maps that count as right, at least one.
        background: Ids of claims that are no reasons here.
        speakers: Who makes a claim, by its id, where that is known.
        drawn_before: Ids of relations that the learner was given; neither they nor the same links of a key count.

    Returns:
        The comparison. The same arguments always give the same one.
    """
    about = _About(frozenset(background), speakers or {}, frozenset(drawn_before))
    found = [replace(_assess(given, each, about), nearest=place) for place, each in enumerate(accepted)]
    return max(found, key=lambda each: (each.agreement, -len(each.faults)))


def _assess(given: ArgumentMap, accepted: AcceptedMap, about: _About) -> Assessment:
    mine = _Structure(given, _matched(given, accepted.map))
    used = {name for link in mine.links for name in (link.source, link.target)} | {
        mine.name(claim.id) for claim in given.claims
    }
    wanted, free = _needed(accepted, used)
    key = _Structure(wanted)
    own = [link for link, relation in mine.links.items() if relation.id not in about.given]
    there = {link.ends for link, relation in mine.links.items() if relation.id in about.given}
    kept = [link for link, relation in key.links.items() if relation.id not in free and link.ends not in there]
    met = {same for link in own if (same := _same(link, key)) and same.ends not in there}
    value = {link: 0.0 if _undecided(link, mine, key) else _value(link, mine, key) for link in own}
    most = sum(mine.drawn[ends] for ends in {link.ends for link in own}) + len(met | set(kept))
    agreement = 2 * sum(value.values()) / most if most else 0.0
    faults = tuple(_faults(mine, key, kept, value, about))
    wrong = {fault.relation for fault in faults} | {mine.links[link].id for link in own if value[link] < 1}
    wrong |= about.given
    right = tuple(relation.id for relation in mine.map.relations if relation.id not in wrong)
    return Assessment(agreement, faults, right)


def _matched(given: ArgumentMap, key: ArgumentMap) -> dict[str, str]:
    """Return the key's claim for each of the learner's: the same id, or else most of the same segments."""
    names = {claim.id: claim.id for claim in given.claims if claim.id in key.claim_by_id}
    taken = set(names)
    for claim in given.claims:
        if claim.id in names or not claim.segments:
            continue
        shared = {
            other.id: len({*claim.segments} & {*other.segments}) / len({*claim.segments} | {*other.segments})
            for other in key.claims
            if other.id not in taken
        }
        best = max(shared, key=lambda name: shared[name], default=None)
        if best is not None and shared[best] > 0:
            names[claim.id] = best
            taken.add(best)
    return names


def _needed(accepted: AcceptedMap, used: set[str]) -> tuple[ArgumentMap, set[str]]:
    """Return the accepted map without optional claims that the learner left out, and its optional relations.

    Reasons for such a claim lead on to what the claim is a reason for, together with its co-premises.
    """
    claims = {claim.id: claim for claim in accepted.map.claims}
    relations = {relation.id: relation for relation in accepted.map.relations}
    free = set(accepted.optional & relations.keys())
    for name in sorted(accepted.optional & claims.keys() - used):
        del claims[name]
        into = [each for each in relations.values() if each.target == name and each.kind == RelationKind.SUPPORT]
        onward = [each for each in relations.values() if name in each.sources]
        for each in [*into, *onward, *(other for other in relations.values() if other.target == name)]:
            relations.pop(each.id, None)
        for last in onward:
            rest = tuple(source for source in last.sources if source != name)
            joined = [
                last.model_copy(update={"id": f"{last.id}.{first.id}", "sources": (*first.sources, *rest)})
                for first in into
            ]
            for each in joined or ([last.model_copy(update={"sources": rest})] if rest else []):
                relations[each.id] = each
                if last.id in free or any(first.id in free for first in into):
                    free.add(each.id)
    known = claims.keys() | relations.keys()
    while loose := [each.id for each in relations.values() if each.target not in known]:
        for gone in loose:
            del relations[gone]
        known = claims.keys() | relations.keys()
    main = accepted.map.main if accepted.map.main in claims else None
    return ArgumentMap(claims=tuple(claims.values()), relations=tuple(relations.values()), main=main), free


def _both_ways(link: _Link, mine: _Structure) -> bool:
    return not link.at_step and (link.target, link.source, False) in mine.drawn


def _undecided(link: _Link, mine: _Structure, key: _Structure) -> bool:
    """Return whether a pair is drawn in both directions, for and against, or in several groups: that tells nothing."""
    return _both_ways(link, mine) or mine.drawn[link.ends] > max(1, key.drawn[link.ends])


def _value(link: _Link, mine: _Structure, key: _Structure) -> float:
    """Return what a link of the learner's is worth."""
    same = _same(link, key)
    if same is None:
        return 0.0
    if same.against != link.against:
        return _HALF
    return 1.0 if _grouping(link, same, mine, key) is None else _HALF


def _same(link: _Link, key: _Structure) -> _Link | None:
    """Return the key's link with the same ends, if possible with the same polarity."""
    fitting = [
        other
        for other in key.links
        if other.ends == link.ends and (not link.at_step or not other.step_from or other.step_from & link.step_from)
    ]
    return min(fitting, key=lambda other: other.against != link.against, default=None)


def _grouping(link: _Link, same: _Link, mine: _Structure, key: _Structure) -> Mistake | None:
    """Return whether a link's co-premises are those of the key, as far as the learner uses them at all."""
    reasons = {other.source for other in mine.links if other.ends[1:] == link.ends[1:]}
    given = mine.sources(mine.links[link])
    wanted = key.sources(key.links[same])
    if (wanted & reasons) - given:
        return Mistake.SPLIT
    there = {other.source for other in key.links if other.ends[1:] == same.ends[1:]}
    return Mistake.MERGED if (given & there) - wanted else None


def _faults(
    mine: _Structure,
    key: _Structure,
    kept: Iterable[_Link],
    value: Mapping[_Link, float],
    about: _About,
) -> Iterator[Fault]:
    if _links_everything(mine):
        yield Fault(Mistake.EVERYTHING_LINKED, ())
        return
    main = key.map.main
    if main is not None and (mine.map.main is None or mine.name(mine.map.main) != main):
        yield Fault(Mistake.MAIN_CLAIM, (main,))
    found = [
        Fault(mistake, (link.source, link.target), mine.links[link].id)
        for link in value
        if (mistake := _mistake(link, mine, key, value[link], about))
    ]
    order = list(Mistake)
    explained = {frozenset(fault.claims) for fault in found}
    first: dict[str, Fault] = {}
    for fault in sorted(found, key=lambda each: order.index(each.mistake)):
        first.setdefault(fault.relation, fault)
    yield from first.values()
    met = {_same(link, key) for link in mine.links}
    for link in kept:
        if link not in met and frozenset((link.source, link.target)) not in explained and not _told(link, found):
            yield Fault(Mistake.MISSING, (link.source, link.target))


def _told(link: _Link, found: Iterable[Fault]) -> bool:
    """Return whether what a fault says of a reason also says that this link of the key is missing."""
    telling = {Mistake.WRONG_LEVEL, Mistake.REBUT_FOR_UNDERCUT, Mistake.REVERSED}
    return any(fault.mistake in telling and link.source in fault.claims for fault in found)


def _links_everything(mine: _Structure) -> bool:
    names = {mine.name(claim.id) for claim in mine.map.claims}
    pairs = {frozenset((link.source, link.target)) for link in mine.links if link.source != link.target}
    most = len(names) * (len(names) - 1) / 2
    many = len(names) > _FEWEST and len(pairs) >= _EVERYTHING * most and len(pairs) > len(names)
    return many or (len(names) >= _FEWEST and sum(_both_ways(link, mine) for link in mine.links) > _EVERYTHING * most)


def _mistake(link: _Link, mine: _Structure, key: _Structure, value: float, about: _About) -> Mistake | None:
    """Return what is wrong with one of the learner's links; the most telling of what may be said."""
    same = _same(link, key)
    if same is not None and value > 0:
        if same.against != link.against:
            return Mistake.POLARITY
        return _grouping(link, same, mine, key)
    if link.source in about.background:
        return Mistake.BACKGROUND
    ends = {other.ends for other in key.links}
    if (link.target, link.source, False) in ends:
        return Mistake.REVERSED
    if link.against and _attacks_elsewhere(link, key, steps=not link.at_step):
        return Mistake.REBUT_FOR_UNDERCUT
    if _is_higher_or_lower(link, key):
        return Mistake.WRONG_LEVEL
    one, other = about.speakers.get(link.source), about.speakers.get(link.target)
    if not link.against and one is not None and other is not None and one != other:
        return Mistake.ATTRIBUTION
    return Mistake.SURPLUS


def _attacks_elsewhere(link: _Link, key: _Structure, *, steps: bool) -> bool:
    """Return whether the key has this attack at the step where the learner has it at a claim, or the other way."""
    for other in key.links:
        if other.source == link.source and other.against and other.at_step == steps:
            step = other if other.at_step else link
            claim = link if other.at_step else other
            if claim.target == step.target or claim.target in step.step_from:
                return True
    return False


def _is_higher_or_lower(link: _Link, key: _Structure) -> bool:
    """Return whether the key lets the same reason bear on something above or below the learner's target."""
    above: dict[str, set[str]] = {}
    for other in key.links:
        if not other.at_step and not other.against:
            above.setdefault(other.source, set()).add(other.target)
    targets = [
        other.target
        for other in key.links
        if (other.source, other.against, other.at_step) == (link.source, link.against, False)
    ]
    return any(_reaches(target, link.target, above) or _reaches(link.target, target, above) for target in targets)


def _reaches(start: str, end: str, above: Mapping[str, set[str]]) -> bool:
    seen, stack = set(), [start]
    while stack:
        name = stack.pop()
        if name == end:
            return True
        if name not in seen:
            seen.add(name)
            stack += above.get(name, ())
    return False
