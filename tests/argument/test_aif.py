import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.argument import ArgumentMap, Relation, RelationKind
from course.argument.aif import EXTENSION, Reading, read_aif, write_aif
from course.errors import CourseError
from tests.argument.aifdb.make import FOLDER, NUMBER, make
from tests.argument.draw import draw
from tests.argument.foreign import odd_maps
from tests.argument.maps import well_formed_maps

FIXTURES = sorted(FOLDER.glob("*.json"))
each_fixture = pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)


def graph_of(document: Any) -> Any:
    return document.get("AIF", document)


def written(reading: Reading, argument_map: ArgumentMap | None = None) -> Any:
    return json.loads(write_aif(argument_map or reading.map, reading.rest))


def read(document: Any) -> Reading:
    return read_aif(json.dumps(document).encode(), "map.json")


def foreign(line: str, **more: Any) -> dict[str, Any]:
    """Make a file of nodes, as in ``i1 i2 ra3 ca4 l5``, and edges, as in ``1>3``."""
    nodes = [word for word in line.split() if ">" not in word]
    edges = [word.split(">") for word in line.split() if ">" in word]
    return {
        "nodes": [
            {"nodeID": node.lstrip("ilracmyt"), "type": node.rstrip("0123456789").upper(), "text": f"Text of {node}."}
            for node in nodes
        ],
        "edges": [{"edgeID": f"e{start}{end}", "fromID": start, "toID": end} for start, end in edges],
        **more,
    }


def test_there_are_twenty_foreign_maps_as_the_script_makes_them():
    assert len(FIXTURES) == NUMBER == 20
    for number, path in enumerate(FIXTURES, 1):
        assert json.loads(path.read_text(encoding="utf-8")) == make(number)


@each_fixture
def test_a_foreign_map_is_written_back_with_the_same_nodes_and_edges(path: Path):
    document = json.loads(path.read_text(encoding="utf-8"))
    back = written(read_aif(path.read_bytes(), path))
    assert graph_of(back).pop(EXTENSION)["format"] == 1
    assert back == document


@each_fixture
def test_a_foreign_map_is_read_again_as_the_same_map(path: Path):
    reading = read_aif(path.read_bytes(), path)
    again = read(written(reading))
    assert len(reading.map.relations) >= 3
    assert reading.map.violations() == []
    assert (again.map, again.notes) == (reading.map, reading.notes)


@given(well_formed_maps() | odd_maps())
def test_a_map_is_read_as_it_was_written(argument_map: ArgumentMap):
    text = write_aif(argument_map)
    reading = read_aif(text.encode(), "map.json")
    assert reading.map == argument_map
    assert reading.notes == ()
    assert write_aif(reading.map, reading.rest) == text


@given(well_formed_maps())
def test_without_our_key_names_and_kinds_change_and_the_structure_stays(argument_map: ArgumentMap):
    document = json.loads(write_aif(argument_map))
    del document[EXTENSION]
    other = read(document).map
    assert [claim.text for claim in other.claims] == [claim.text for claim in argument_map.claims]
    name = {old.id: new.id for old, new in zip(argument_map.claims, other.claims, strict=True)}
    name |= {old.id: new.id for old, new in zip(argument_map.relations, other.relations, strict=True)}
    attacks = {RelationKind.REBUT, RelationKind.UNDERMINE}
    for old, new in zip(argument_map.relations, other.relations, strict=True):
        assert ([name[source] for source in old.sources], name[old.target]) == (list(new.sources), new.target)
        assert old.scheme == new.scheme
        assert new.kind == old.kind or {new.kind, old.kind} == attacks


@given(well_formed_maps(), st.sampled_from(FIXTURES))
def test_any_map_can_take_the_place_of_one_that_was_read(argument_map: ArgumentMap, path: Path):
    reading = read_aif(path.read_bytes(), path)
    assert read(written(reading, argument_map)).map == argument_map


def drop(argument_map: ArgumentMap, names: set[str]) -> ArgumentMap:
    """Take claims and relations out, and whatever would be left hanging."""
    while hanging := {
        step.id for step in argument_map.relations if step.id not in names and names & {*step.sources, step.target}
    }:
        names = names | hanging
    return ArgumentMap(
        claims=tuple(claim for claim in argument_map.claims if claim.id not in names),
        relations=tuple(step for step in argument_map.relations if step.id not in names),
    )


@pytest.mark.parametrize("path", FIXTURES[:6], ids=lambda path: path.stem)
@given(data=st.data())
def test_a_map_that_was_edited_is_read_as_it_was_edited(path: Path, data: st.DataObject):
    reading = read_aif(path.read_bytes(), path)
    names = [part.id for part in (*reading.map.claims, *reading.map.relations)]
    edited = drop(reading.map, data.draw(st.sets(st.sampled_from(names), max_size=4)))
    claims = [claim.id for claim in edited.claims]
    moved = data.draw(st.sets(st.sampled_from(names)))
    relations = tuple(
        step.model_copy(update={"target": data.draw(st.sampled_from(claims)), "scheme": "analogy"})
        if step.id in moved and step.kind != RelationKind.UNDERCUT
        else step
        for step in edited.relations
    )
    edited = edited.model_copy(update={"relations": relations, "main": data.draw(st.sampled_from(claims))})
    assert read(written(reading, edited)).map == edited


def test_only_what_changed_is_written_anew():
    document = foreign("i1 i2 i3 ra4 ca5 l6 1>4 4>2 3>5 5>1", locutions=["kept"])
    document["nodes"][0]["timestamp"] = "2020-02-02 02:02:02"
    reading = read(document)
    claims = tuple(each.model_copy(update={"text": "New."}) if each.id == "1" else each for each in reading.map.claims)
    new = Relation(id="mine", kind=RelationKind.REBUT, sources=("3",), target="2")
    edited = ArgumentMap(claims=claims, relations=(reading.map.relations[0], new))
    back = written(reading, edited)
    assert back["nodes"] == [
        {**document["nodes"][0], "text": "New."},
        *(node for node in document["nodes"][1:] if node["nodeID"] != "5"),
        {"nodeID": "7", "text": "Default Conflict", "type": "CA", "timestamp": ""},
    ]
    assert back["edges"] == [
        *document["edges"][:2],
        {"edgeID": "1", "fromID": "3", "toID": "7", "formEdgeID": None},
        {"edgeID": "2", "fromID": "7", "toID": "2", "formEdgeID": None},
    ]
    assert back["locutions"] == ["kept"]


def test_an_undercut_of_the_second_relation_of_a_node_stays_there():
    reading = read(foreign("i1 i2 i3 ra4 1>4 4>2 4>3"))
    undercut = Relation(id="mine", kind=RelationKind.UNDERCUT, sources=("2",), target="4.2")
    edited = reading.map.model_copy(update={"relations": (*reading.map.relations, undercut)})
    assert read(written(reading, edited)).map == edited


def test_a_changed_order_of_claims_and_relations_is_kept():
    reading = read(foreign("i1 i2 i3 ra4 ra5 1>4 4>3 2>5 5>3"))
    claims, relations = reading.map.claims[::-1], reading.map.relations[::-1]
    edited = reading.map.model_copy(update={"claims": claims, "relations": relations})
    assert read(written(reading, edited)).map == edited


def test_a_scheme_that_a_node_names_twice_is_changed_in_both_places():
    document = foreign("i1 i2 ra3 1>3 3>2")
    document["nodes"][2] |= {"scheme": "Text of ra3.", "schemeID": "72"}
    reading = read(document)
    step = reading.map.relations[0].model_copy(update={"scheme": "analogy"})
    back = written(reading, reading.map.model_copy(update={"relations": (step,)}))
    assert back["nodes"][2] == {"nodeID": "3", "type": "RA", "text": "analogy", "scheme": "analogy"}


def test_ids_that_are_numbers_stay_numbers():
    document = {
        "nodes": [{"nodeID": 1, "type": "I", "text": "One."}, {"nodeID": 2, "type": "I", "text": "Two."}],
        "edges": [],
    }
    reading = read(document)
    step = Relation(id="r", kind=RelationKind.SUPPORT, sources=("1",), target="2")
    back = written(reading, reading.map.model_copy(update={"relations": (step,)}))
    assert [node["nodeID"] for node in back["nodes"]] == [1, 2, 3]
    assert [(edge["fromID"], edge["toID"]) for edge in back["edges"]] == [(1, 3), (3, 2)]


def test_edges_may_name_numbers_as_text():
    document = foreign("i1 i2 ra3 1>3 3>2")
    document["nodes"] = [{**node, "nodeID": int(node["nodeID"])} for node in document["nodes"]]
    reading = read(document)
    assert [(step.sources, step.target) for step in reading.map.relations] == [(("1",), "2")]
    assert written(reading)["edges"] == document["edges"]


def test_the_text_of_a_step_is_its_scheme_unless_it_is_the_default():
    document = foreign("i1 i2 ra3 ra4 ca5 1>3 2>3 3>2 1>4 4>2 1>5 5>2")
    document["nodes"][3]["text"] = "Default Inference"
    document["nodes"][4]["text"] = "Default Conflict"
    assert [step.scheme for step in read(document).map.relations] == ["Text of ra3.", "", ""]


def test_several_premises_of_one_step_are_co_premises():
    (step,) = read(foreign("i1 i2 i3 ra4 1>4 2>4 4>3")).map.relations
    assert (step.kind, step.sources, step.target) == (RelationKind.SUPPORT, ("1", "2"), "3")


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("i1 i2 i3 ra4 ca5 1>4 4>2 3>5 5>1", ["support", "undermine"]),
        ("i1 i2 i3 ra4 ca5 1>4 4>2 3>5 5>2", ["support", "rebut"]),
        ("i1 i2 ca3 ca4 1>3 3>2 2>4 4>1", ["rebut", "rebut"]),
        ("i1 i2 i3 ra4 ca5 1>4 4>2 3>5 5>4", ["support", "undercut"]),
        ("i1 i2 i3 ca4 ca5 1>4 4>2 3>5 5>4", ["rebut", "undercut"]),
    ],
)
def test_what_a_conflict_hits_says_what_kind_it_is(line: str, kinds: list[str]):
    assert [step.kind for step in read(foreign(line)).map.relations] == kinds


@pytest.mark.parametrize(
    ("line", "relations", "note"),
    [
        ("i1 i2 ra3 3>2", 0, "Node 3 has no premise; it is no part of the map."),
        ("i1 i2 ca3 1>3", 0, "Node 3 has no target; it is no part of the map."),
        ("i1 i2 ra3 ra4 1>3 3>2 1>4 4>3", 1, "The step from node 4 to node 3 is no part of the map."),
        ("i1 i2 ra3 ca4 1>3 1>4 4>3", 0, "Node 4 attacks node 3; it is no part of the map."),
        ("i1 i2 ma3 1>3 3>2", 0, "Node 3 is of type MA; it is no part of the map."),
        ("i1 i2 ma3 ca4 1>3 3>2 2>4 4>3 4>1", 1, "The step from node 4 to node 3 is no part of the map."),
        ("i1 i2 1>2", 0, "The edge from node 1 to node 2 is no part of the map: it is no step."),
        ("i1 i2 i3 ra4 ca5 1>4 4>2 4>3 3>5 5>4", 3, "Node 5 attacks node 4, which is several steps: only 4 is hit."),
        ("i1 l2 ya3 l4 ta5 2>3 3>1 2>5 5>4", 0, "4 nodes say who said what (L, TA, YA); they are no part of the map."),
    ],
)
def test_what_the_map_cannot_hold_is_noted_and_written_back(line: str, relations: int, note: str):
    document = foreign(line)
    reading = read(document)
    back = written(reading)
    assert len(reading.map.relations) == relations
    assert note in reading.notes
    assert (back["nodes"], back["edges"]) == (document["nodes"], document["edges"])


def test_a_claim_without_text_takes_its_steps_with_it():
    document = foreign("i1 i2 i3 ra4 1>4 2>4 4>3")
    document["nodes"][0]["text"] = " "
    reading = read(document)
    assert [claim.id for claim in reading.map.claims] == ["2", "3"]
    assert reading.map.relations == ()
    assert len(reading.notes) == 2
    assert written(reading)["nodes"] == document["nodes"]


def test_a_step_with_two_targets_is_two_relations():
    first, second = read(foreign("i1 i2 i3 ra4 1>4 4>2 4>3")).map.relations
    assert (first.id, first.target, second.id, second.target) == ("4", "2", "4.2", "3")
    assert first.sources == second.sources == ("1",)


def test_a_step_with_very_many_targets_is_only_noted():
    line = " ".join(f"i{number} 9999>{number}" for number in range(1, 20))
    reading = read(foreign(f"{line} ra9999 1>9999"))
    assert reading.notes == ("Node 9999 has more than 10 targets; it is no part of the map.",)


def test_ids_that_are_no_names_become_names():
    document = {
        "nodes": [{"nodeID": name, "type": "I", "text": "A."} for name in ("a b", "a-b", "§", "x" * 300, "\x1b[31m")],
        "edges": [],
    }
    reading = read(document)
    assert [claim.id for claim in reading.map.claims] == ["a-b", "a-b.2", "node", "x" * 90, "31m"]
    assert written(reading)["nodes"] == document["nodes"]


def test_notes_hold_nothing_that_a_terminal_obeys():
    document = {"nodes": [{"nodeID": "\x1b[31m", "type": "MA"}], "edges": []}
    assert read(document).notes == ("Node \ufffd[31m is of type MA; it is no part of the map.",)


def test_a_wrapper_is_kept():
    document = {"AIF": foreign("i1 i2 ra3 1>3 3>2"), "text": "Words", "OVA": []}
    back = written(read(document))
    assert (set(back), back["text"]) == ({"AIF", "text", "OVA"}, "Words")
    assert EXTENSION in back["AIF"]


def broken(field: str, **changes: Any) -> dict[str, Any]:
    document = foreign("i1 i2 ra3 1>3 3>2")
    document[field][0].update(changes)
    return document


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "is neither AIF nor xAIF"),
        ({"edges": []}, "is neither AIF nor xAIF"),
        ({"AIF": []}, "AIF: is no object"),
        ({"nodes": {}, "edges": []}, "nodes: is no list"),
        ({"nodes": []}, "edges: is no list"),
        ({"nodes": [7], "edges": []}, "node number 1: is no object"),
        (broken("nodes", nodeID=None), "node number 1: nodeID: is neither"),
        (broken("nodes", nodeID=True), "node number 1: nodeID: is neither"),
        (broken("nodes", nodeID="2"), "node 2: is given twice"),
        (broken("nodes", type=None), "node 1: type: is no text"),
        (broken("nodes", text=["a"]), "node 1: text: is no text"),
        (broken("edges", toID="8"), "edge e13: toID: there is no node 8"),
        (broken("edges", fromID=1.0), "edge e13: fromID: is neither"),
        (broken("edges", edgeID=None, toID="8"), "edge number 1: toID: there is no node 8"),
        (foreign("i1", **{EXTENSION: []}), f"{EXTENSION}: input should be"),
        (foreign("i1", **{EXTENSION: {"format": 2}}), f"{EXTENSION}: format: "),
        (
            foreign("i1", **{EXTENSION: {"claims": [{"node": "1", "id": "a"}] * 2}}),
            f"{EXTENSION}: the name a is given twice",
        ),
    ],
)
def test_a_broken_file_is_one_line_that_names_the_place(document: Any, problem: str):
    with pytest.raises(CourseError) as refused:
        read(document)
    assert str(refused.value).startswith(f"map.json: {problem}")


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"{", "is not JSON"),
        (b'{"nodes": [], "edges": [], "x": NaN}', "is not JSON"),
        (b'{"nodes": [], "edges": [], "x": "\\ud800"}', "is not JSON"),
        (b"\xff\xfe\xff", "is not JSON"),
        (b'{"nodes": ' + b"[" * 30 + b"]" * 30 + b"}", "is nested too deeply"),
        (b"[" * 1_000_000, "is nested too deeply"),
        (b" " * 10_000_001, "has 10000001 bytes"),
    ],
    ids=["cut", "nan", "half a character", "bytes", "deep", "very deep", "large"],
)
def test_bytes_that_are_no_file_are_refused(raw: bytes, problem: str):
    with pytest.raises(CourseError, match=problem):
        read_aif(raw, "map.json")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["1", "2", "I", "RA", "CA", "", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["nodeID", "type", "text", "edgeID", "fromID", "toID", "id"]), inner)
    ),
    max_leaves=20,
)
_node = st.fixed_dictionaries(
    {"nodeID": st.integers(1, 6) | st.sampled_from("123456"), "type": st.sampled_from(["I", "RA", "CA", "MA", "L"])},
    optional={"text": st.sampled_from(["", "Words", "Default Conflict"])},
)
_edge = st.fixed_dictionaries({"fromID": st.sampled_from("123"), "toID": st.sampled_from("123")})


@given(
    _json
    | st.fixed_dictionaries(
        {
            "nodes": st.lists(_node | _json, max_size=6, unique_by=str),
            "edges": st.lists(_edge, max_size=12) | _json,
        },
        optional={EXTENSION: _json},
    )
)
def test_any_json_is_refused_or_gives_a_map_that_is_written_back(document: Any):
    try:
        reading = read(document)
    except CourseError:
        return
    back = written(reading)
    assert (back["nodes"], back["edges"]) == (document["nodes"], document["edges"])
    assert read(back).map == reading.map


@given(
    st.permutations(["I", "I", "I", "RA", "RA", "CA", "CA", "CA"]),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=16),
)
def test_any_graph_is_written_back(types: list[str], pairs: list[tuple[int, int]]):
    nodes = [{"nodeID": number, "type": kind, "text": f"T{number}"} for number, kind in enumerate(types)]
    edges = [{"edgeID": number, "fromID": start, "toID": end} for number, (start, end) in enumerate(pairs)]
    reading = read({"nodes": nodes, "edges": edges})
    back = written(reading)
    assert (back["nodes"], back["edges"]) == (nodes, edges)
    assert read(back).map == reading.map
    ill_ends = {"dangling", "id-twice", "source-is-relation", "undercut-at-claim", "not-at-claim"}
    assert not ill_ends & {violation.code for violation in reading.map.violations()}


@pytest.mark.parametrize(
    ("kind", "source", "target"),
    [
        ("support", "a", "nowhere"),
        ("support", "nowhere", "a"),
        ("undercut", "a", "m"),
        ("rebut", "a", "r"),
        ("support", "r", "m"),
    ],
)
def test_relations_without_the_right_ends_are_not_written(kind: str, source: str, target: str):
    drawn = draw("a>m")
    step = Relation(id="wrong", kind=RelationKind(kind), sources=(source,), target=target)
    first = drawn.relations[0].model_copy(update={"id": "r"})
    with pytest.raises(CourseError, match="wrong"):
        write_aif(drawn.model_copy(update={"relations": (first, step)}))


@pytest.mark.parametrize(
    "argument_map",
    [draw("a+b>m c!m d?a e~r1 f~r4 g+h!m"), *[read_aif(path.read_bytes(), path).map for path in FIXTURES[:3]]],
    ids=["drawn", "map01", "map02", "map03"],
)
def test_arguebuf_reads_the_same_claims_and_relations(argument_map: ArgumentMap):
    arguebuf = pytest.importorskip("arguebuf", reason="arguebuf needs Python before 3.13")
    document = json.loads(write_aif(argument_map))
    name = {mark["node"]: mark["id"] for mark in (*document[EXTENSION]["claims"], *document[EXTENSION]["relations"])}
    graph = arguebuf.load.aif(document)
    assert {name[key]: atom.plain_text for key, atom in graph.atom_nodes.items()} == {
        claim.id: claim.text for claim in argument_map.claims
    }
    found = Counter(
        (
            type(scheme.scheme).__name__,
            frozenset(name[node.id] for node in graph.incoming_nodes(scheme)) & set(argument_map.claim_by_id),
            frozenset(name[node.id] for node in graph.outgoing_nodes(scheme)),
        )
        for scheme in graph.scheme_nodes.values()
    )
    assert found == Counter(
        ("Support" if step.kind == "support" else "Attack", frozenset(step.sources), frozenset({step.target}))
        for step in argument_map.relations
    )
