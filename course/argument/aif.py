"""Read and write AIF, the Argument Interchange Format, in the JSON that AIFdb publishes; read xAIF, its wrapper.

Chesñevar et al., "Towards an argument interchange format", Knowledge Engineering Review 21 (2006); Lawrence et al.,
"AIFdb: Infrastructure for the argument web", COMMA 2012. ``docs/interchange.md`` says what becomes what.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from course.argument.model import ArgumentMap, Claim, Name, Relation, RelationKind
from course.datafile import Model, build, parse_json
from course.errors import CourseError

MAX_BYTES = 10_000_000
EXTENSION = "openOrClosed"
_DEFAULT = {"RA": "Default Inference", "CA": "Default Conflict"}
_DIALOGUE = {"L", "TA", "YA"}
_ILL_ENDS = {"id-twice", "dangling", "main-unknown", "source-is-relation", "undercut-at-claim", "not-at-claim"}
_ID = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*")
_MAX_SCHEME = 200  # as the model has it
_MAX_ID = 90  # a name may have 100 characters; the rest is for a number

_MAX_TARGETS = 10  # each is a relation with all premises

Pair = tuple[str, str]
_Ends = dict[str, dict[str, None]]  # the premises or targets of S-nodes; sets that keep their order


class _Mark(Model):
    node: str
    id: Name


class _ClaimMark(_Mark):
    """What AIF cannot say of a claim."""

    segments: tuple[Name, ...] = ()
    implicit: bool = False


class _RelationMark(_Mark):
    """What AIF cannot say of a relation, which is the step from an S-node to one of its targets."""

    to: str
    kind: RelationKind
    scheme: str | None = Field(default=None, max_length=_MAX_SCHEME)
    target: Name | None = None


class _Marks(Model):
    """Our extension: what AIF cannot say, in the order of the map."""

    format: Literal[1] = 1
    main: Name | None = None
    claims: tuple[_ClaimMark, ...] = ()
    relations: tuple[_RelationMark, ...] = ()


@dataclass(frozen=True)
class Rest:
    """The file that a map was read from, so that writing gives back what is no part of the map.

    Attributes:
        document: Its JSON.
        map: The map as it was read.
        nodes: The node of each claim and relation.
    """

    document: Mapping[str, Any]
    map: ArgumentMap
    nodes: Mapping[str, str]


@dataclass(frozen=True)
class Reading:
    """What was read of a file.

    Attributes:
        map: Its argument map, which may be ill-formed.
        rest: The file, for writing it back, if it is AIF.
        notes: What is no part of the map, a sentence each.
    """

    map: ArgumentMap
    rest: Rest | None = None
    notes: tuple[str, ...] = ()


def read_aif(raw: bytes, file: Path | str) -> Reading:
    """Read AIF or xAIF from bytes that nobody vouches for.

    Args:
        raw: The file's content.
        file: Its name, for errors.

    Raises:
        CourseError: It is too large, no AIF, or a node or an edge is broken.
    """
    document = _load(raw, file)
    return _Reader(document, file).reading()


def write_aif(argument_map: ArgumentMap, rest: Rest | None = None) -> str:
    """Write a map as AIF.

    Args:
        argument_map: The map; it may be unfinished, but its relations must lead from claims to what AIF lets them.
        rest: The file that the map was read from: what has not changed is written as it was there.

    Returns:
        JSON, the same for the same map.

    Raises:
        CourseError: A relation has an end that AIF cannot write.
    """
    for violation in argument_map.violations():
        if violation.code in _ILL_ENDS:
            raise CourseError(violation.problem.rstrip("."), violation.remedy, item=", ".join(violation.nodes))
    document = _Writer(argument_map, rest or _EMPTY).document()
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


_EMPTY = Rest({"nodes": [], "edges": [], "locutions": []}, ArgumentMap(), {})


def _load(raw: bytes, file: Path | str) -> dict[str, Any]:
    remedy = "Give a file as AIFdb exports it."
    document = parse_json(raw, file, MAX_BYTES, remedy)
    try:
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:  # NaN, or half a character
        raise CourseError(f"is not JSON ({error})", remedy, file=file) from None
    if not isinstance(document, dict) or not ("AIF" in document or "nodes" in document):
        raise CourseError("is neither AIF nor xAIF", remedy, file=file)
    return document


def _listed(graph: Mapping[str, Any], field: str, file: Path | str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each node or edge with what to call it in an error."""
    entries = graph.get(field)
    if not isinstance(entries, list):
        raise CourseError("is no list", f"AIF has a list of {field}.", file=file, field=field)
    for number, entry in enumerate(entries, 1):
        name = f"{field[:-1]} number {number}"
        if not isinstance(entry, dict):
            raise CourseError("is no object", "Correct this entry.", file=file, item=name)
        own = entry.get(f"{field[:-1]}ID")
        yield (f"{field[:-1]} {str(own)[:60]}" if _is_id(own) else name), entry


def _is_id(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)


def _key(entry: Mapping[str, Any], field: str, file: Path | str, item: str) -> str:
    """Return an id as text: some files have numbers, and some both."""
    value = entry.get(field)
    if not _is_id(value):
        raise CourseError("is neither text nor a whole number", "Correct this id.", file=file, item=item, field=field)
    return str(value)


def _pair(edge: Mapping[str, Any]) -> Pair:
    return str(edge["fromID"]), str(edge["toID"])


def _graph(document: Mapping[str, Any]) -> Any:
    return document.get("AIF", document)


def _printable(line: str) -> str:
    """Leave out what a terminal would obey: ids of nodes may hold anything."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in line)


class _Names:
    """Names for the parts of a map: a node's own id where that will do."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._numbers: dict[str, count[int]] = defaultdict(lambda: count(2))

    def new(self, key: str) -> str:
        fits = _ID.fullmatch(key) and len(key) <= _MAX_ID
        name = stem = key if fits else "-".join(re.findall(r"[A-Za-z0-9]+", key[:_MAX_ID])) or "node"
        while name in self._taken:
            name = f"{stem}.{next(self._numbers[stem])}"
        self._taken.add(name)
        return name


class _Reader:
    def __init__(self, document: dict[str, Any], file: Path | str) -> None:
        self.document, self.file = document, file
        self.notes: list[str] = []
        graph = _graph(document)
        if not isinstance(graph, dict):
            raise CourseError("is no object", "xAIF has the AIF graph here.", file=file, field="AIF")
        self.nodes = self._nodes(graph)
        self.edges = self._edges(graph)
        self.marks = build(_Marks, graph.get(EXTENSION, {}), Path(file), item=EXTENSION)
        self.order = {mark.id: number for number, mark in enumerate(self._all_marks())}
        twice = [name for name, number in Counter(mark.id for mark in self._all_marks()).items() if number > 1]
        if twice:
            raise CourseError(f"the name {twice[0]} is given twice", "Rename one.", file=file, item=EXTENSION)
        self.names = _Names(set(self.order))

    def _all_marks(self) -> Iterator[_Mark]:
        yield from self.marks.claims
        yield from self.marks.relations

    def _nodes(self, graph: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        nodes: dict[str, dict[str, Any]] = {}
        for item, node in _listed(graph, "nodes", self.file):
            key = _key(node, "nodeID", self.file, item)
            if key in nodes:
                raise CourseError("is given twice", "Give each node its own id.", file=self.file, item=item)
            if not isinstance(node.get("type"), str):
                raise CourseError("is no text", "Name the node's type.", file=self.file, item=item, field="type")
            if node["type"] in {"I", *_DEFAULT} and not isinstance(node.get("text", ""), str):
                raise CourseError("is no text", "Correct this value.", file=self.file, item=item, field="text")
            nodes[key] = node
        return nodes

    def _edges(self, graph: Mapping[str, Any]) -> list[Pair]:
        edges = []
        for item, edge in _listed(graph, "edges", self.file):
            start, end = (_key(edge, field, self.file, item) for field in ("fromID", "toID"))
            for field, key in (("fromID", start), ("toID", end)):
                if key not in self.nodes:
                    problem = f"there is no node {key}"
                    raise CourseError(problem, "Add it, or remove the edge.", file=self.file, item=item, field=field)
            edges.append((start, end))
        return edges

    def reading(self) -> Reading:
        claims = self._claims()
        relations = self._relations(claims)
        self._others()

        def place(part: Claim | Relation) -> int:
            return self.order.get(part.id, len(self.order))

        main = self.marks.main if self.marks.main in {claim.id for claim in claims.values()} else None
        argument_map = ArgumentMap(
            claims=tuple(sorted(claims.values(), key=place)),
            relations=tuple(sorted(relations.values(), key=place)),
            main=main,
        )
        nodes = {claim.id: key for key, claim in claims.items()}
        nodes |= {relation.id: key for (key, _), relation in relations.items()}
        return Reading(argument_map, Rest(self.document, argument_map, nodes), tuple(map(_printable, self.notes)))

    def _claims(self) -> dict[str, Claim]:
        marks = {mark.node: mark for mark in self.marks.claims}
        claims: dict[str, Claim] = {}
        for key, node in self.nodes.items():
            if node["type"] != "I":
                continue
            mark = marks.get(key)
            known = mark.model_dump(include={"id", "segments", "implicit"}) if mark else {"id": self.names.new(key)}
            try:
                claims[key] = Claim(text=node.get("text", ""), **known)
            except ValidationError:
                self._note(key, "has no text, or more than a claim may have")
        return claims

    def _relations(self, claims: Mapping[str, Claim]) -> dict[Pair, Relation]:
        sources, steps = self._steps(claims)
        marks = {(mark.node, mark.to): mark for mark in self.marks.relations}
        names: dict[Pair, str] = {}
        at: dict[str, list[str]] = defaultdict(list)  # the names of a node's relations
        for step in steps:
            names[step] = marks[step].id if step in marks else self.names.new(step[0])
            at[step[0]].append(names[step])
        inferences = {step[0] for step in steps if self.nodes[step[0]]["type"] == "RA"}
        premises = {source for node in inferences for source in sources[node]}
        relations: dict[Pair, Relation] = {}
        for step, name in names.items():
            node, end = step
            mark = marks.get(step)
            kind = RelationKind.SUPPORT
            if self.nodes[node]["type"] == "CA":
                kind = RelationKind.UNDERMINE if end in premises else RelationKind.REBUT
                if mark and mark.kind in {RelationKind.UNDERMINE, RelationKind.REBUT}:
                    kind = mark.kind
            if end in claims:
                target = claims[end].id
            else:
                kind = RelationKind.UNDERCUT
                target = mark.target if mark and mark.target in at[end] else at[end][0]
                if len(at[end]) > 1 and not mark:
                    self.notes.append(f"Node {node} attacks node {end}, which is several steps: only {target} is hit.")
            said = self.nodes[node].get("text", "")
            named = _scheme(self.nodes[node]["type"], said)
            scheme = named if mark is None or mark.scheme is None else mark.scheme
            if len(said) > _MAX_SCHEME:
                self.notes.append(
                    f"The scheme of node {node} is longer than a scheme may be; it is no part of the map."
                )
            reasons = tuple(claims[source].id for source in sources[node])
            relations[step] = Relation(id=name, kind=kind, sources=reasons, target=target, scheme=scheme)
        return relations

    def _steps(self, claims: Mapping[str, Claim]) -> tuple[_Ends, list[Pair]]:
        """Return the premises of each S-node, and the steps from S-nodes to targets that the map can hold."""
        sources: _Ends = {key: {} for key, node in self.nodes.items() if node["type"] in _DEFAULT}
        targets: _Ends = {key: {} for key in sources}
        flawed: dict[str, str] = {}
        for start, end in self.edges:
            match self.nodes[start]["type"], self.nodes[end]["type"]:
                case ("I", "RA" | "CA"):
                    sources[end][start] = None
                    if start not in claims:
                        flawed[end] = "has a premise that is no part of the map"
                case ("RA" | "CA", "I") if end in claims:
                    targets[start][end] = None
                case ("CA", "RA" | "CA"):
                    targets[start][end] = None
                case ("RA" | "CA", other) if other not in _DIALOGUE:
                    self.notes.append(f"The step from node {start} to node {end} is no part of the map.")
                case ("I", "I"):
                    self.notes.append(f"The edge from node {start} to node {end} is no part of the map: it is no step.")
        flawed |= {key: f"has more than {_MAX_TARGETS} targets" for key in targets if len(targets[key]) > _MAX_TARGETS}
        flawed |= {key: "has no premise" for key in sources if not sources[key]}
        flawed |= {key: "has no target" for key in targets if not targets[key]}
        return sources, self._held(targets, flawed)

    def _held(self, targets: _Ends, flawed: Mapping[str, str]) -> list[Pair]:
        """Drop flawed S-nodes, and then those that attack nothing else, until nothing changes."""
        attackers: dict[str, list[str]] = defaultdict(list)
        for key, ends in targets.items():
            for end in ends:
                attackers[end].append(key)
        left = {key: len(ends) for key, ends in targets.items()}
        gone = dict(flawed)
        waiting = list(flawed)
        for key in waiting:  # grows
            for attacker in attackers[key]:
                left[attacker] -= 1
                if not left[attacker] and attacker not in gone:
                    gone[attacker] = f"attacks node {key}"
                    waiting.append(attacker)
        for key, reason in gone.items():
            self._note(key, reason)
        return [(key, end) for key, ends in targets.items() if key not in gone for end in ends if end not in gone]

    def _others(self) -> None:
        layer = [key for key, node in self.nodes.items() if node["type"] in _DIALOGUE]
        if layer:
            self.notes.append(f"{len(layer)} nodes say who said what (L, TA, YA); they are no part of the map.")
        for key, node in self.nodes.items():
            if node["type"] not in {"I", *_DEFAULT, *_DIALOGUE}:
                self._note(key, f"is of type {node['type'] or 'none'}")

    def _note(self, key: str, reason: str) -> None:
        self.notes.append(f"Node {key} {reason}; it is no part of the map.")


class _Writer:
    def __init__(self, argument_map: ArgumentMap, rest: Rest) -> None:
        self.map, self.rest = argument_map, rest
        graph = _graph(rest.document)
        self.old_nodes = {str(node["nodeID"]): node for node in graph["nodes"]}
        self.old_edges = graph["edges"]
        self.fresh = _fresh(node["nodeID"] for node in graph["nodes"])
        self.keys: dict[str, str] = {}  # the node of each claim and relation
        self.contents: dict[str, tuple[str, str]] = {}  # type and text of each node
        self.first: dict[str, Relation] = {}  # the first relation of each S-node
        for claim in argument_map.claims:
            known = claim.id in rest.map.claim_by_id
            self._place(claim.id, rest.nodes[claim.id] if known else None, ("I", claim.text))
        for relation in argument_map.relations:
            key = self._old_step(relation)
            self._place(relation.id, key, _content(relation))
            self.first.setdefault(self.keys[relation.id], relation)

    def _place(self, name: str, key: str | None, content: tuple[str, str]) -> None:
        self.keys[name] = str(next(self.fresh)) if key is None else key
        self.contents[self.keys[name]] = content

    def _old_step(self, relation: Relation) -> str | None:
        """Return the node that the relation was read from, unless another relation has it and one of them changed."""
        if relation.id not in self.rest.map.relation_by_id:
            return None
        key = self.rest.nodes[relation.id]
        first = self.first.get(key)
        return key if first is None or (self._unchanged(first) and self._unchanged(relation)) else None

    def _unchanged(self, relation: Relation) -> bool:
        old = self.rest.map.relation_by_id[relation.id]
        same_ends = (old.sources, old.target) == (relation.sources, relation.target)
        return same_ends and _content(old) == _content(relation)

    def document(self) -> dict[str, Any]:
        old = self.rest.document
        graph = {**_graph(old), "nodes": self._nodes(), "edges": self._edges(), EXTENSION: self._marks()}
        return {**old, "AIF": graph} if "AIF" in old else graph

    def _nodes(self) -> list[dict[str, Any]]:
        was = dict(_contents(self.rest.map, self.rest.nodes))
        gone = set(was) - set(self.contents)
        nodes = []
        for key, node in self.old_nodes.items():
            if key in self.contents and self.contents[key] != was[key]:
                nodes.append(_changed(node, *self.contents[key]))
            elif key not in gone:
                nodes.append(node)
        is_number = _are_numbers(self.old_nodes.values(), "nodeID")
        for key, (kind, text) in self.contents.items():
            if key not in self.old_nodes:
                name = int(key) if is_number else key
                nodes.append({"nodeID": name, "text": text, "type": kind, "timestamp": ""})
        self.ids = {str(node["nodeID"]): node["nodeID"] for node in nodes}
        return nodes

    def _edges(self) -> list[dict[str, Any]]:
        wanted = dict.fromkeys(_pairs(self.map, self.keys))
        was = set(_pairs(self.rest.map, self.rest.nodes))
        edges = []
        for edge in self.old_edges:
            start, end = pair = _pair(edge)
            if start in self.ids and end in self.ids and (pair in wanted or pair not in was):
                edges.append(edge)
        written = {_pair(edge) for edge in edges}
        fresh = _fresh(edge.get("edgeID") for edge in self.old_edges)
        is_number = _are_numbers(self.old_edges, "edgeID")
        for start, end in wanted:
            if (start, end) not in written:
                name = next(fresh) if is_number else str(next(fresh))
                ends = {"fromID": self.ids[start], "toID": self.ids[end]}
                edges.append({"edgeID": name, **ends, "formEdgeID": None})
        return edges

    def _marks(self) -> dict[str, Any]:
        claims = tuple(
            _ClaimMark(node=self.keys[claim.id], **claim.model_dump(include={"id", "segments", "implicit"}))
            for claim in self.map.claims
        )
        relations = tuple(
            _RelationMark(
                node=self.keys[relation.id],
                to=self.keys[relation.target],
                id=relation.id,
                kind=relation.kind,
                scheme=None if _scheme(*_content(relation)) == relation.scheme else relation.scheme,
                target=relation.target if relation.kind == RelationKind.UNDERCUT else None,
            )
            for relation in self.map.relations
        )
        marks = _Marks(main=self.map.main, claims=claims, relations=relations)
        return {"format": marks.format, **marks.model_dump(mode="json", exclude_defaults=True)}


def _content(relation: Relation) -> tuple[str, str]:
    kind = "RA" if relation.kind == RelationKind.SUPPORT else "CA"
    return kind, relation.scheme or _DEFAULT[kind]


def _scheme(kind: str, text: str) -> str:
    return "" if text == _DEFAULT[kind] or len(text) > _MAX_SCHEME else text


def _contents(argument_map: ArgumentMap, keys: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    for claim in argument_map.claims:
        yield keys[claim.id], ("I", claim.text)
    for relation in argument_map.relations:
        yield keys[relation.id], _content(relation)


def _pairs(argument_map: ArgumentMap, keys: Mapping[str, str]) -> Iterator[Pair]:
    """Give the edges of a map."""
    for relation in argument_map.relations:
        for source in relation.sources:
            yield keys[source], keys[relation.id]
        yield keys[relation.id], keys[relation.target]


def _changed(node: Mapping[str, Any], kind: str, text: str) -> dict[str, Any]:
    changed = {**node, "type": kind, "text": text}
    if "scheme" in node:  # some files of AIFdb say it twice
        changed["scheme"] = text
        changed.pop("schemeID", None)
    return changed


def _fresh(ids: Iterable[Any]) -> Iterator[int]:
    """Count on from the highest number among the ids."""
    numbers = [int(key) for key in map(str, ids) if re.fullmatch(r"[0-9]{1,4000}", key)]
    return count(1 + max(numbers, default=0))


def _are_numbers(entries: Iterable[Mapping[str, Any]], field: str) -> bool:
    ids = [entry.get(field) for entry in entries]
    return bool(ids) and all(isinstance(name, int) for name in ids)
