import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.argument import ArgumentMap, Claim, Relation, RelationKind
from course.argument.drawing import dot
from tests.argument.draw import draw
from tests.argument.foreign import NASTY, ask
from tests.argument.maps import well_formed_maps

_SVG = "{http://www.w3.org/2000/svg}"
_texts = st.lists(
    st.sampled_from([text for text in NASTY if "\ufeff" not in text])
    | st.characters(categories=["L", "N", "P", "S"], max_codepoint=0x24FF),
    min_size=1,
    max_size=8,
).map("".join)


def words(text: str) -> str:
    """Drop spaces and control characters: lines are broken and those are not drawn."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]", "", text)


@pytest.fixture(scope="module")
def drawn() -> list[tuple[ArgumentMap, dict[str, str], set[tuple[str, str]]]]:
    """Maps with odd characters, and the nodes with their texts and the edges that Graphviz draws."""
    maps: list[ArgumentMap] = []

    @given(well_formed_maps(texts=_texts.filter(lambda text: text.strip() and words(text))))
    def collect(argument_map: ArgumentMap) -> None:
        maps.append(argument_map)

    collect()
    return [(each, *_picture(svg)) for each, svg in zip(maps, ask("dot", [dot(each) for each in maps]), strict=True)]


def _picture(svg: str) -> tuple[dict[str, str], set[tuple[str, str]]]:
    nodes: dict[str, str] = {}
    edges: set[tuple[str, str]] = set()
    for group in ElementTree.fromstring(svg).iter(f"{_SVG}g"):
        title = group.findtext(f"{_SVG}title") or ""
        if group.get("class") == "node":
            nodes[title] = "".join(line.text or "" for line in group.iter(f"{_SVG}text"))
        if group.get("class") == "edge":
            start, _, end = title.partition("->")
            edges.add((start, end))
    return nodes, edges


def test_graphviz_draws_each_claim_with_its_text(drawn: list[Any]):
    for argument_map, nodes, _ in drawn:
        assert {claim.id: words(claim.text) for claim in argument_map.claims} == {
            claim.id: words(nodes[claim.id]) for claim in argument_map.claims
        }


def test_graphviz_draws_relations_as_nodes_and_nothing_else(drawn: list[Any]):
    assert any(argument_map.relations for argument_map, _, _ in drawn)
    for argument_map, nodes, edges in drawn:
        assert set(nodes) == {part.id for part in (*argument_map.claims, *argument_map.relations)}
        ends = {(step.id, step.target) for step in argument_map.relations}
        assert edges == ends | {(source, step.id) for step in argument_map.relations for source in step.sources}


def test_an_undercut_ends_at_the_step():
    assert '"r2" -> "r1" [color="#8a4b00", style=dotted]' in dot(draw("a>m b~r1"))


def test_each_kind_has_its_own_sign_beside_its_colour():
    lines = dot(draw("a>m b!m c?a d~r1")).splitlines()
    signs = [line.rpartition("label=")[2] for line in lines if "ellipse" in line]
    assert signs == ['"+"]', '"−"]', '"− premise"]', '"− step"]']


def test_the_main_claim_and_implicit_claims_look_different():
    claims = (Claim(id="a", text="A."), Claim(id="b", text="B.", implicit=True))
    text = dot(ArgumentMap(claims=claims, main="a"))
    assert '"a" [shape=box, style=solid, peripheries=2, label="A."]' in text
    assert '"b" [shape=box, style=dashed, label="B."]' in text


def test_an_unfinished_map_is_drawn():
    step = Relation(id="r1", kind=RelationKind.SUPPORT, sources=("a",), target="nowhere", scheme='"x\\')
    (svg,) = ask("dot", [dot(ArgumentMap(relations=(step,)))])
    assert json.dumps(svg).count("nowhere") > 0
    assert _picture(svg)[1] == {("a", "r1"), ("r1", "nowhere")}
