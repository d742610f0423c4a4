import re
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.argument import ArgumentMap, Claim
from course.argument.argdown import read_argdown, write_argdown
from course.errors import CourseError
from course.paths import CLONE
from tests.argument.draw import draw
from tests.argument.foreign import NASTY, ask, odd_maps
from tests.argument.maps import well_formed_maps

KINDS = {"support": "support", "rebut": "attack", "undermine": "attack", "undercut": "undercut"}


def relations_of(argument_map: ArgumentMap) -> Counter[Any]:
    return Counter((KINDS[step.kind], frozenset(step.sources), step.target) for step in argument_map.relations)


def relations_found(found: dict[str, Any], claims: set[str]) -> Counter[Any]:
    """Return what Argdown's own reader found, with the premises in the place of what they conclude against a target."""
    premises = {step["conclusion"]: step["premises"] for step in found["steps"] if step["conclusion"] not in claims}
    supports = [
        ("support", frozenset(step["premises"]), step["conclusion"])
        for step in found["steps"]
        if step["conclusion"] in claims
    ]
    attacks = [
        (each["kind"], frozenset(premises.get(each["from"], [each["from"]])), each["to"]) for each in found["relations"]
    ]
    return Counter([*supports, *attacks])


@pytest.fixture(scope="module")
def odd() -> list[tuple[ArgumentMap, dict[str, Any]]]:
    """Maps with odd characters, and what Argdown's own reader makes of them."""
    drawn: list[ArgumentMap] = []

    @settings(max_examples=150)
    @given(odd_maps())
    def collect(argument_map: ArgumentMap) -> None:
        drawn.append(argument_map)

    collect()
    claims = tuple(Claim(id=f"c{number}", text=f"a{text}b") for number, text in enumerate(NASTY))
    drawn = [each for each in drawn if each.claims] + [ArgumentMap(claims=claims)]
    return list(zip(drawn, ask("argdown", [write_argdown(each) for each in drawn]), strict=True))


def test_argdown_finds_the_relations_of_the_map_whatever_its_texts_are(odd: list[Any]):
    assert sum(len(argument_map.relations) for argument_map, _ in odd) > 100  # how many there are is chance
    for argument_map, found in odd:
        assert found["errors"] == []
        assert relations_found(found, set(argument_map.claim_by_id)) == relations_of(argument_map)


def test_argdown_finds_the_claims_of_the_map_with_their_texts(odd: list[Any]):
    for argument_map, found in odd:
        said = {each["title"]: each for each in found["statements"]}
        for claim in argument_map.claims:
            shown, data = said[claim.id]["texts"], said[claim.id]["data"]
            assert len(shown) == 1
            assert data.get("text", shown[0].strip(" ")) == claim.text
            assert tuple(data.get("segments", ())) == claim.segments
            assert data.get("implicit", False) == claim.implicit
            assert data.get("main", False) == (claim.id == argument_map.main)


def test_argdown_finds_no_statement_or_markup_that_is_not_meant(odd: list[Any]):
    for argument_map, found in odd:
        titles = {each["title"] for each in found["statements"]}
        assert {title for title in titles if " against " not in title} == set(argument_map.claim_by_id)
        assert sum(each["marks"] for each in found["statements"]) == 0
        assert found["sections"] == 0


def test_argdown_finds_the_schemes_and_kinds_of_steps(odd: list[Any]):
    for argument_map, found in odd:
        bare = {name: each for said in found["statements"] for name, each in said["data"].get("relations", {}).items()}
        steps = {each["title"]: each for each in found["steps"]}
        for relation in argument_map.relations:
            if relation.id in steps:
                step = steps[relation.id]
                assert step["data"].get("scheme", "".join(step["rules"])) == relation.scheme
                assert step["data"].get("kind", "support") == relation.kind
            elif relation.kind != "undercut":  # Argdown hangs these data on the step that is hit
                assert bare[relation.id].get("scheme", "") == relation.scheme
                assert bare[relation.id]["kind"] == relation.kind


def test_undercuts_reach_the_inference_in_argdown():
    argument_map = draw("a+b>m c~r1 d~r1 a+d~r1 e~r2")
    (found,) = ask("argdown", [write_argdown(argument_map)])
    assert [each["at"] for each in found["relations"]] == ["inference"] * 4
    assert relations_found(found, set(argument_map.claim_by_id)) == relations_of(argument_map)


def test_two_attacks_between_the_same_ends_stay_two():
    argument_map = draw("m>n a!m a?m")
    (found,) = ask("argdown", [write_argdown(argument_map)])
    assert relations_found(found, set(argument_map.claim_by_id)) == relations_of(argument_map)


def test_names_that_every_javascript_object_has_are_no_titles_met_before():
    names = ["constructor", "toString", "valueOf", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"]
    names += ["toLocaleString"]
    argument_map = draw(" ".join(f"{name}>m" for name in names))
    (found,) = ask("argdown", [write_argdown(argument_map)])
    assert {step["conclusion"] for step in found["steps"]} == {"m"}
    assert {tuple(step["premises"]) for step in found["steps"]} == {(f"{name}.",) for name in names}
    assert read_argdown(write_argdown(argument_map), "map.argdown") == argument_map


@given(odd_maps() | well_formed_maps())
def test_reading_gives_back_what_was_written(argument_map: ArgumentMap):
    assert read_argdown(write_argdown(argument_map), "map.argdown") == argument_map


def test_a_map_is_written_as_people_write_argdown():
    argument_map = draw("a+b>m c!m d~r1")
    assert write_argdown(argument_map) == (
        '[a]: Claim a.\n\n[b]: Claim b.\n\n[m]: Claim m. {"main": true}\n\n[c]: Claim c.\n\n[d]: Claim d.\n\n'
        "<r1>\n\n(1) [a]\n(2) [b]\n----\n(3) [m]\n\n"
        '[c]\n  -> [m] {"relations": {"r2": {"kind": "rebut"}}}\n\n'
        '[d]\n  _> <r1> {"relations": {"r3": {"kind": "undercut"}}}\n\n'
    )


def test_the_example_of_the_documentation_is_what_is_written():
    document = (CLONE / "docs/interchange.md").read_text(encoding="utf-8")
    section = document.partition("## Argdown")[2].partition("\n- ")[0]
    example = "".join(f"{line[4:]}\n" for line in section.splitlines() if line.startswith("    ") or not line)
    argument_map = read_argdown(example, "interchange.md")
    assert len(argument_map.relations) == 3
    assert write_argdown(argument_map).strip() == example.strip()


def test_an_ill_formed_map_is_not_written():
    with pytest.raises(CourseError, match="r1 leads to nowhere"):
        write_argdown(draw("a>m").model_copy(update={"relations": draw("a>nowhere").relations}))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Plain words.", "line 1: neither"),
        ("[a]: One.\n\n[a] says two", "line 3: neither"),
        ("[a]: Very *loud*.", "line 1: there is markup in the text"),
        ("[a]: An [aside].", "line 1: there is markup in the text"),
        ("[a]: Words {segments: [s1]}", "line 1: what stands in braces is not JSON"),
        ('[a]: Words {"segment": ["s1"]}', "line 1: segment: is not a known field"),
        ('[a]: Words {"text": "Other words"}', "line 1: the text is another one"),
        ('[a]: A {"main": true}\n[b]: B {"main": true}', "line 2: b cannot be the main claim, a is"),
        ("[a]:", "line 1: neither"),
        ("[-a]: Words", "line 1: id"),
        ("[a]\n", "line 2: no attack"),
        ("[a]\n  +> [b]", "line 2: no attack"),
        ("[a]\n  -> [b]", "line 2: the braces name no relation"),
        ('[a]\n  -> [b] {"relations": {"r1": {"kind": "hint"}}}', "line 2: relations.r1.kind"),
        ("<r1>", "line 2: neither a premise"),
        ("<r1>\n\n----\n(1) [a]", "line 4: sources"),
        ("<r1>\n\n(1) [a]\n----", "line 5: no conclusion"),
        ("<r1>\n\n(1) [a]\n-- rule, rule --\n(2) [b]", "line 4: there is markup in the text"),
        ("<r1>\n\n(1) [a]\n----\n(2) [r1 against b]\n", "line 6: no attack"),
    ],
)
def test_what_is_not_of_the_subset_is_refused_with_its_line(text: str, problem: str):
    with pytest.raises(CourseError, match=re.escape(f"map.argdown: {problem}")):
        read_argdown(text, "map.argdown")


@given(
    st.text() | st.lists(st.sampled_from([*NASTY, "\n", "[c1]: ", "<r1>", "(1) [c1]", "----", "{", "}"])).map("".join)
)
def test_any_text_is_refused_or_gives_a_map(text: str):
    with suppress(CourseError):
        assert isinstance(read_argdown(text, "map.argdown"), ArgumentMap)


def test_deep_braces_are_refused():
    with pytest.raises(CourseError, match="line 1: what stands in braces"):
        read_argdown('[a]: Words {"text": ' + "[" * 200_000 + "}", "map.argdown")
