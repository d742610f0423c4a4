"""The model of an argument map: claims, and relations that are nodes of their own.

Relations follow Pollock's distinction between rebutting and undercutting defeaters ("Defeasible Reasoning", Cognitive
Science 11, 1987) and the undermining of premises (Prakken, "An abstract framework for argumentation with structured
arguments", Argument & Computation 1, 2010).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints

from course.datafile import Model

if TYPE_CHECKING:
    import networkx as nx

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*$", max_length=100)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=5_000, strip_whitespace=True)]


class RelationKind(StrEnum):
    """How reasons bear on something."""

    SUPPORT = "support"
    REBUT = "rebut"
    UNDERMINE = "undermine"
    UNDERCUT = "undercut"


class Part(Model):
    """A node of a map.

    Attributes:
        id: Its name; claims and relations share their names.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Name


class Claim(Part):
    """One claim.

    Attributes:
        text: What it says.
        segments: Ids of the segments it rests on; none if it is implicit.
        implicit: Whether nobody says it in so many words.
    """

    text: Words
    segments: tuple[Name, ...] = Field(default=(), strict=False)
    implicit: bool = False


class Relation(Part):
    """One step from reasons to what they bear on.

    Attributes:
        kind: Support, rebut (a claim), undermine (a premise) or undercut (an inference).
        sources: The claims that bear on the target: several are co-premises, which only count together.
        target: A claim, or for an undercut a relation.
        scheme: The argumentation scheme of the inference, by its id; empty if none is named.
    """

    kind: RelationKind = Field(strict=False)
    sources: tuple[Name, ...] = Field(min_length=1, strict=False)
    target: Name
    scheme: Annotated[str, StringConstraints(max_length=200)] = ""


@dataclass(frozen=True)
class Violation:
    """Something that an argument map must not have.

    Attributes:
        code: What kind of violation it is.
        nodes: The claims and relations concerned.
        form: What is wrong, a sentence with {0}, {1}, … in the places of the nodes.
        remedy: What to do about it, a sentence.
    """

    code: str
    nodes: tuple[str, ...]
    form: str
    remedy: str

    @property
    def problem(self) -> str:
        """What is wrong, a sentence that names the nodes by their ids."""
        return self.form.format(*self.nodes)

    def problem_in_words(self, name: Callable[[str], str]) -> str:
        """Return what is wrong, with nodes called as ``name`` says."""
        return self.form.format(*map(name, self.nodes))

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}"


class ArgumentMap(Model):
    """Claims and relations. A map may be unfinished or wrong: :meth:`violations` says what is.

    Attributes:
        claims: The claims, in the order in which they were made.
        relations: The relations, likewise.
        main: The main claim, if one is named.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    claims: tuple[Claim, ...] = Field(default=(), strict=False)
    relations: tuple[Relation, ...] = Field(default=(), strict=False)
    main: Name | None = None

    @cached_property
    def claim_by_id(self) -> Mapping[str, Claim]:
        """The claims by their ids; of two with one id, the first."""
        return {claim.id: claim for claim in reversed(self.claims)}

    @cached_property
    def relation_by_id(self) -> Mapping[str, Relation]:
        """The relations by their ids; of two with one id, the first."""
        return {relation.id: relation for relation in reversed(self.relations)}

    def premises(self) -> list[str]:
        """Return the ids of the claims that something rests on and that rest on nothing themselves."""
        used = {source for relation in self.relations for source in relation.sources}
        return [claim.id for claim in self.claims if claim.id in used and claim.id not in self._supported]

    def conclusions(self) -> list[str]:
        """Return the ids of the claims that others support."""
        return [claim.id for claim in self.claims if claim.id in self._supported]

    @cached_property
    def _supported(self) -> set[str]:
        return {relation.target for relation in self.relations if relation.kind == RelationKind.SUPPORT}

    def violations(self) -> list[Violation]:
        """Return everything that makes the map no argument map; nothing if it is well-formed."""
        found = list(self._twice())
        if found:
            return found  # which of two is meant cannot be known, so nothing else can be said
        return [*self._loose_ends(), *self._wrong_targets(), *self._repeated(), *self._cycles()]

    def checked(self) -> Self:
        """Return the map if it is well-formed.

        Raises:
            CourseError: It is not; the message names the first violation and how many there are.
        """
        from course.errors import CourseError

        found = self.violations()
        if found:
            more = f" There are {len(found) - 1} more." if len(found) > 1 else ""
            raise CourseError(found[0].problem.rstrip("."), found[0].remedy + more, item=", ".join(found[0].nodes))
        return self

    def _twice(self) -> Iterator[Violation]:
        seen: set[str] = set()
        parts: tuple[Part, ...] = (*self.claims, *self.relations)
        for part in parts:
            if part.id in seen:
                yield Violation("id-twice", (part.id,), "The name {0} is given twice.", "Rename one of the two.")
            seen.add(part.id)

    def _loose_ends(self) -> Iterator[Violation]:
        for relation in self.relations:
            for source in relation.sources:
                if source in self.relation_by_id:
                    form = "{0} starts from {1}, which is a relation."
                    remedy = "Reasons are claims: start from the claims that it starts from."
                    yield Violation("source-is-relation", (relation.id, source), form, remedy)
                elif source not in self.claim_by_id:
                    form = "{0} starts from {1}, which is not in the map."
                    yield Violation("dangling", (relation.id, source), form, "Add the claim, or take it out here.")
            if relation.target not in self.claim_by_id and relation.target not in self.relation_by_id:
                form = "{0} leads to {1}, which is not in the map."
                yield Violation("dangling", (relation.id, relation.target), form, "Let it lead to something else.")
        if self.main is not None and self.main not in self.claim_by_id:
            form = "The main claim {0} is not a claim of the map."
            yield Violation("main-unknown", (self.main,), form, "Name another main claim.")

    def _wrong_targets(self) -> Iterator[Violation]:
        premises = {source for relation in self.relations for source in relation.sources if source != relation.target}
        for relation in self.relations:
            target, nodes = relation.target, (relation.id, relation.target)
            at_relation = target in self.relation_by_id
            if relation.kind == RelationKind.UNDERCUT and target in self.claim_by_id:
                form = "{0} undercuts {1}, which is a claim."
                remedy = "An undercut attacks the step from reasons to a claim: let it lead to a relation, or rebut."
                yield Violation("undercut-at-claim", nodes, form, remedy)
            if relation.kind != RelationKind.UNDERCUT and at_relation:
                form = f"{{0}} is a {relation.kind} and leads to {{1}}, which is a relation."
                remedy = "Only an undercut leads to a relation: make it one, or let it lead to a claim."
                yield Violation("not-at-claim", nodes, form, remedy)
            if relation.kind == RelationKind.UNDERMINE and target in self.claim_by_id and target not in premises:
                form = "{0} undermines {1}, which is no premise of anything."
                remedy = "Make it a rebuttal, or use the claim as a reason first."
                yield Violation("undermine-no-premise", nodes, form, remedy)

    def _repeated(self) -> Iterator[Violation]:
        seen: dict[tuple[str, frozenset[str], str], str] = {}
        for relation in self.relations:
            if len(set(relation.sources)) < len(relation.sources):
                form = "{0} names a reason twice."
                yield Violation("source-twice", (relation.id,), form, "Name each reason once.")
            mark = relation.kind.value, frozenset(relation.sources), relation.target
            if mark in seen:
                form = "{1} says the same as {0}."
                yield Violation("relation-twice", (seen[mark], relation.id), form, "Take one of the two out.")
            seen.setdefault(mark, relation.id)
            # A claim may attack itself, as paradoxes do.
            if relation.kind == RelationKind.SUPPORT and relation.target in relation.sources:
                form = "{0} lets {1} support itself."
                remedy = "A claim is no reason for itself: choose another reason."
                yield Violation("self-support", (relation.id, relation.target), form, remedy)

    def _cycles(self) -> Iterator[Violation]:
        supports = [
            (source, relation.target)
            for relation in self.relations
            if relation.kind == RelationKind.SUPPORT
            for source in relation.sources
            if source != relation.target
        ]
        if ring := _ring(supports):
            path = _around(ring, " supports ")
            form = f"These claims support each other in a circle: {path}."
            remedy = "Nothing is its own reason, not even by a detour: take one of these supports out."
            yield Violation("support-cycle", tuple(ring), form, remedy)
        undercuts = [
            (relation.id, relation.target) for relation in self.relations if relation.target in self.relation_by_id
        ]
        if ring := _ring(undercuts):
            path = _around(ring, " attacks ")
            remedy = "Let one of them attack a claim instead."
            yield Violation("undercut-cycle", tuple(ring), f"These steps attack each other: {path}.", remedy)

    def graph(self) -> nx.MultiDiGraph[str]:
        """Return the map as a NetworkX graph, for those who want to compute.

        Returns:
            Nodes are claims and relations, with ``type`` "claim" or "relation" and their fields; edges lead from each
            source to its relation (``role`` "source") and from a relation to its target (``role`` "target").
        """
        import networkx as nx

        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(main=self.main)
        for claim in self.claims:
            graph.add_node(claim.id, type="claim", **claim.model_dump(exclude={"id"}))
        for relation in self.relations:
            graph.add_node(relation.id, type="relation", kind=relation.kind.value, scheme=relation.scheme)
            graph.add_edges_from((source, relation.id, {"role": "source"}) for source in relation.sources)
            graph.add_edge(relation.id, relation.target, role="target")
        return graph


def _around(ring: list[str], verb: str) -> str:
    return verb.join([*(f"{{{place}}}" for place in range(len(ring))), "{0}"])


def _ring(edges: Iterable[tuple[str, str]]) -> list[str]:
    """Return the nodes of one cycle in their order; none if there is no cycle. Without recursion: maps may be long."""
    after: dict[str, list[str]] = {}
    for start, end in edges:
        after.setdefault(start, []).append(end)
    done: set[str] = set()
    for root, ends_of_root in after.items():
        path: dict[str, None] = {root: None}
        stack = [(root, iter(ends_of_root))] if root not in done else []
        while stack:
            node, ends = stack[-1]
            following = next((name for name in ends if name not in done), None)
            if following is None:
                stack.pop()
                path.pop(node, None)
                done.add(node)
            elif following in path:
                ring = list(path)
                return ring[ring.index(following) :]
            else:
                path[following] = None
                stack.append((following, iter(after.get(following, ()))))
    return []
