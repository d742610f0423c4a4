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
OWN = " (own)"  # follows the id of a learner's claim if another claim of the key is called so
_ALL = 0.9  # share from which it gets nothing
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
        claims: The claims concerned; for a link, the reason and its target. They have their ids in the accepted map; a
            claim that is not in it has the learner's, followed by ``OWN`` if the accepted map has another of this id.
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


Ends = tuple[str, str, bool]


@dataclass(frozen=True)
class _Link:
    """A reason and what it bears on: a claim, or the step to a claim."""

    source: str
    target: str
    against: bool
    relation: str
    together: frozenset[str]  # the reasons that its relation joins
    at_step: bool = False
    step_from: frozenset[str] = frozenset()  # the reasons of the step that is undercut

    @property
    def ends(self) -> Ends:
        return self.source, self.target, self.at_step


@dataclass
class _Structure:
    """A map as links."""

    map: ArgumentMap
    names: Mapping[str, str] = field(default_factory=dict)  # the learner's claims by those of the key

    @cached_property
    def links(self) -> tuple[_Link, ...]:
        return tuple(link for relation in self.map.relations for link in self._links(relation))

    @cached_property
    def by_ends(self) -> Mapping[Ends, list[_Link]]:
        found: dict[Ends, list[_Link]] = {}
        for link in self.links:
            found.setdefault(link.ends, []).append(link)
        return found

    @cached_property
    def reasons(self) -> Mapping[tuple[str, bool], set[str]]:
        """Everything that bears on a claim, or on the steps to it."""
        found: dict[tuple[str, bool], set[str]] = {}
        for link in self.links:
            found.setdefault((link.target, link.at_step), set()).add(link.source)
        return found

    @cached_property
    def above(self) -> Mapping[str, set[str]]:
        """What each claim supports."""
        found: dict[str, set[str]] = {}
        for link in self.links:
            if not link.at_step and not link.against:
                found.setdefault(link.source, set()).add(link.target)
        return found

    def both_ways(self, link: _Link) -> bool:
        return not link.at_step and link.source != link.target and (link.target, link.source, False) in self.by_ends

    def name(self, claim: str) -> str:
        return self.names.get(claim, claim)

    def _links(self, relation: Relation) -> Iterator[_Link]:
        against = relation.kind != RelationKind.SUPPORT
        step = self.map.relation_by_id.get(relation.target)
        target = self._end_of(step) if step else self.name(relation.target)
        step_from = self._sources(step) if step else frozenset()
        together = self._sources(relation)
        for source in relation.sources:
            yield _Link(self.name(source), target, against, relation.id, together, step is not None, step_from)

    def _sources(self, relation: Relation) -> frozenset[str]:
        return frozenset(map(self.name, relation.sources))

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


def possible(
    accepted: Iterable[AcceptedMap], *, background: Iterable[str] = (), speakers: Mapping[str, str] | None = None
) -> list[Mistake]:
    """Return every mistake that a map can be told to have, compared with accepted maps.

    Args:
        accepted: The maps.
        background: As for :func:`assess`.
        speakers: As for :func:`assess`.
    """
    found = {Mistake.EVERYTHING_LINKED, Mistake.REVERSED, Mistake.POLARITY, Mistake.SURPLUS, Mistake.MISSING}
    for each in accepted:
        key = _Structure(each.map)
        at_claims = [link for link in key.links if not link.at_step]
        supports = [link for link in at_claims if not link.against]
        among = Counter((link.target, link.at_step) for link in key.links)
        alone = [len(link.together) < among[link.target, link.at_step] for link in key.links]
        levels = [
            low.target == high.source or (low.target == high.target and low.source != high.source)
            for low in at_claims
            for high in supports
        ]
        found |= {
            mistake
            for mistake, there in (
                (Mistake.MAIN_CLAIM, each.map.main is not None),
                (Mistake.REBUT_FOR_UNDERCUT, any(link.against for link in key.links)),
                (Mistake.WRONG_LEVEL, any(levels)),
                (Mistake.SPLIT, any(len(link.together) > 1 for link in key.links)),
                (Mistake.MERGED, any(alone)),
                (Mistake.BACKGROUND, bool(list(background))),
                (Mistake.ATTRIBUTION, len(set((speakers or {}).values())) > 1),
            )
            if there
        }
    return [mistake for mistake in Mistake if mistake in found]


def links_needed(accepted: AcceptedMap, drawn_before: Iterable[str] = ()) -> int:
    """Return how many links a learner has to draw, without what is optional and what is given.

    Args:
        accepted: The map.
        drawn_before: As for :func:`assess`.
    """
    given = frozenset(drawn_before)
    used = {
        name for link in _Structure(accepted.map).links if link.relation in given for name in (link.source, link.target)
    }
    wanted, free = _needed(accepted, used)
    return sum(link.relation not in free | given for link in _Structure(wanted).links)


def _assess(given: ArgumentMap, accepted: AcceptedMap, about: _About) -> Assessment:
    mine = _Structure(given, _matched(given, accepted.map))
    used = {name for link in mine.links for name in (link.source, link.target)}
    if given.main is not None:
        used.add(mine.name(given.main))
    wanted, free = _needed(accepted, used)
    comparison = _Comparison(mine, _Structure(wanted), frozenset(free), about)
    faults = tuple(comparison.faults())
    doubtful = {fault.relation for fault in faults} | about.given
    doubtful |= {link.relation for link in comparison.own if comparison.value(link) < 1}
    right = tuple(relation.id for relation in given.relations if relation.id not in doubtful)
    return Assessment(comparison.agreement(), faults, right)


def _matched(given: ArgumentMap, key: ArgumentMap) -> dict[str, str]:
    """Return the key's claim for each of the learner's: the same id, or else most of the same segments.

    A name alone does not tell where a claim rests on segments: learners' own claims are called c1, c2, … by themselves.
    """
    names = {
        claim.id: claim.id
        for claim in given.claims
        if (other := key.claim_by_id.get(claim.id))
        and ({*claim.segments} & {*other.segments} or not (claim.segments or other.segments))
    }
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
    strangers = (claim.id for claim in given.claims if claim.id not in names and claim.id in key.claim_by_id)
    return names | {name: f"{name}{OWN}" for name in strangers}


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


@dataclass
class _Comparison:
    """A learner's structure beside that of the key."""

    mine: _Structure
    key: _Structure
    free: frozenset[str]  # relations of the key that may be left out
    about: _About

    @cached_property
    def own(self) -> list[_Link]:
        """What the learner has drawn."""
        return [link for link in self.mine.links if link.relation not in self.about.given]

    @cached_property
    def wanted(self) -> list[_Link]:
        """What has to be drawn."""
        return [link for link in self.key.links if link.relation not in self.free | self.about.given]

    @cached_property
    def same(self) -> Mapping[_Link, _Link]:
        """The key's link for each of the learner's that has one: with the same ends, else as like as can be."""
        return {link: same for link in self.mine.links if (same := self._same(link)) is not None}

    def _same(self, link: _Link) -> _Link | None:
        fitting = [
            other
            for other in self.key.by_ends.get(link.ends, ())
            if not link.at_step or other.step_from & link.step_from
        ]
        return min(
            fitting,
            key=lambda other: (
                other.against != link.against,
                other.together != link.together,
                other.step_from != link.step_from,
            ),
            default=None,
        )

    @cached_property
    def rivals(self) -> Mapping[_Link, list[_Link]]:
        """The learner's links by the key's: several for one are for and against, or in several groups."""
        found: dict[_Link, list[_Link]] = {}
        for link, same in self.same.items():
            found.setdefault(same, []).append(link)
        return found

    def agreement(self) -> float:
        """Return the F1 of links; 0 if nearly all pairs of claims are linked, which tells nothing."""
        met = {self.same[link] for link in self.own if link in self.same}
        counted = {link for link in met if link.relation not in self.about.given} | set(self.wanted)
        most = len(self.own) + len(counted)
        if not most or _share_linked(self.mine) >= _ALL:
            return 0.0
        return 2 * sum(map(self.value, self.own)) / most

    def value(self, link: _Link) -> float:
        """Return what a link of the learner's is worth.

        A pair that is drawn in both directions, for and against, or in several groups tells nothing.
        """
        same = self.same.get(link)
        if same is None or len(self.rivals[same]) > 1:
            return 0.0
        if self.mine.both_ways(link) and not self.key.both_ways(same):
            return 0.0
        return _HALF if same.against != link.against or self._grouping(link, same) else 1.0

    def _grouping(self, link: _Link, same: _Link) -> Mistake | None:
        """Return whether a link's co-premises are those of the key, as far as the learner uses them at all."""
        place = link.target, link.at_step
        if (same.together & self.mine.reasons[place]) - link.together:
            return Mistake.SPLIT
        return Mistake.MERGED if (link.together & self.key.reasons[place]) - same.together else None

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong, the most telling first."""
        if _links_everything(self.mine):
            yield Fault(Mistake.EVERYTHING_LINKED, ())
            return
        main, named = self.key.map.main, self.mine.map.main
        if main is not None and (named is None or self.mine.name(named) != main):
            yield Fault(Mistake.MAIN_CLAIM, (main,))
        mistakes = {link: mistake for link in self.own if (mistake := self._mistake(link))}
        for links in self.rivals.values():
            mine = [link for link in links if link.relation not in self.about.given]
            if len(links) > 1 and mine and not mistakes.keys() & set(links):
                mistakes[mine[-1]] = Mistake.SURPLUS  # the same thing twice, as by a rebuttal and an undermining attack
        order = list(Mistake)
        found = [
            Fault(mistakes[link], (link.source, link.target), link.relation)
            for link in sorted(mistakes, key=lambda link: order.index(mistakes[link]))
        ]
        first: dict[str, Fault] = {}
        for fault in found:
            first.setdefault(fault.relation, fault)
        yield from first.values()
        telling = {Mistake.WRONG_LEVEL, Mistake.REBUT_FOR_UNDERCUT, Mistake.REVERSED}
        explained = {frozenset(fault.claims) for fault in found}
        told = {name for fault in found if fault.mistake in telling for name in fault.claims}
        for link in self.wanted:
            if link not in self.rivals and {link.source, link.target} not in explained and link.source not in told:
                yield Fault(Mistake.MISSING, (link.source, link.target))

    def _mistake(self, link: _Link) -> Mistake | None:
        """Return what is wrong with one of the learner's links; the most telling of what may be said."""
        same = self.same.get(link)
        if same is not None:
            return Mistake.POLARITY if same.against != link.against else self._grouping(link, same)
        if link.source in self.about.background:
            return Mistake.BACKGROUND
        if (link.target, link.source, False) in self.key.by_ends:
            return Mistake.REVERSED
        if link.against and _attacks_elsewhere(link, self.key):
            return Mistake.REBUT_FOR_UNDERCUT
        if _is_higher_or_lower(link, self.key):
            return Mistake.WRONG_LEVEL
        one, other = self.about.speakers.get(link.source), self.about.speakers.get(link.target)
        if not link.against and one is not None and other is not None and one != other:
            return Mistake.ATTRIBUTION
        return Mistake.SURPLUS


def _share_linked(mine: _Structure) -> float:
    """Return the share of all pairs of claims that are linked; 0 if there are too few claims to tell anything."""
    number = len(mine.map.claims)
    pairs = {frozenset((link.source, link.target)) for link in mine.links if link.source != link.target}
    return len(pairs) / (number * (number - 1) / 2) if number > _FEWEST and len(pairs) > number else 0.0


def _links_everything(mine: _Structure) -> bool:
    number = len(mine.map.claims)
    doubled = sum(map(mine.both_ways, mine.links)) > _EVERYTHING * number * (number - 1) / 2
    return _share_linked(mine) >= _EVERYTHING or (number >= _FEWEST and doubled)


def _attacks_elsewhere(link: _Link, key: _Structure) -> bool:
    """Return whether the key has this attack at the step where the learner has it at a claim, or the other way."""
    for other in key.links:
        if other.source == link.source and other.against and other.at_step != link.at_step:
            step, claim = (other, link) if other.at_step else (link, other)
            if claim.target == step.target or claim.target in step.step_from:
                return True
    return False


def _is_higher_or_lower(link: _Link, key: _Structure) -> bool:
    """Return whether the key lets the same reason bear on something above or below the learner's target."""
    return any(
        _reaches(other.target, link.target, key.above) or _reaches(link.target, other.target, key.above)
        for other in key.links
        if (other.source, other.against, other.at_step) == (link.source, link.against, False)
        and other.target != link.target
    )


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
