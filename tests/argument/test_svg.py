import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.argument import ArgumentMap, Claim
from course.argument.debate import Status
from course.argument.svg import MAX_DRAWN, svg
from course.errors import CourseError
from tests.argument.draw import draw
from tests.argument.foreign import NASTY
from tests.argument.maps import well_formed_maps

_SVG = "{http://www.w3.org/2000/svg}"


def parts(argument_map: ArgumentMap, **statuses: Status) -> Any:
    return ElementTree.fromstring(svg(argument_map, statuses))


def texts(argument_map: ArgumentMap, **statuses: Status) -> list[str]:
    return [text.text or "" for text in parts(argument_map, **statuses).iter(f"{_SVG}text")]


@given(well_formed_maps())
def test_each_claim_has_one_box_and_each_relation_one_circle(argument_map: ArgumentMap) -> None:
    drawn = parts(argument_map)
    boxes = len(argument_map.claims) + (argument_map.main is not None)
    assert len(list(drawn.iter(f"{_SVG}rect"))) == boxes
    assert len(list(drawn.iter(f"{_SVG}circle"))) == len(argument_map.relations)


@given(well_formed_maps())
def test_each_relation_has_a_line_from_each_of_its_reasons_and_an_arrow(argument_map: ArgumentMap) -> None:
    drawn = parts(argument_map)
    lines = sum(len(step.sources) + 1 for step in argument_map.relations)
    assert len(list(drawn.iter(f"{_SVG}path"))) == lines
    assert len(list(drawn.iter(f"{_SVG}polygon"))) == len(argument_map.relations)


@given(well_formed_maps())
def test_no_box_covers_another(argument_map: ArgumentMap) -> None:
    boxes = []
    for box in parts(argument_map).iter(f"{_SVG}rect"):
        x, y, width, height = (float(box.get(name)) for name in ("x", "y", "width", "height"))
        if width == 224:  # the inner frame of the main claim lies in its box
            boxes.append((x, y, x + width, y + height))
    for place, (left, top, right, bottom) in enumerate(boxes):
        for other_left, other_top, other_right, other_bottom in boxes[place + 1 :]:
            assert right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top


@given(st.lists(st.sampled_from(NASTY) | st.characters(), min_size=1).map("".join).filter(str.strip))
def test_any_text_gives_well_formed_xml_without_markup_of_its_own(text: str) -> None:
    drawn = parts(ArgumentMap(claims=(Claim(id="a", text=text),), main="a"))
    known = {"svg", "title", "desc", "style", "rect", "text"}
    assert {part.tag.removeprefix(_SVG) for part in drawn.iter()} <= known


def test_a_claim_that_is_a_reason_twice_is_repeated_by_its_text() -> None:
    assert texts(draw("a>m a>n n>m")).count("↪ Claim a.") == 1


def test_claims_that_attack_each_other_end_the_drawing_at_a_repetition() -> None:
    assert texts(draw("a!m m!a")) == ["Claim m.", "Claim a.", "↪ Claim m.", "−", "−"]


def test_statuses_are_written_in_words() -> None:
    assert "✗ falls" in texts(draw("a>m"), a=Status.FALLS)


def test_without_statuses_none_is_written() -> None:
    assert texts(draw("a>m")) == ["Claim m.", "Claim a.", "+"]


def test_the_drawing_is_described_in_words() -> None:
    drawn = parts(draw("a+b>m c~r1"))
    assert drawn.findtext(f"{_SVG}title") == "Argument map: Claim m."
    assert drawn.findtext(f"{_SVG}desc") == (
        "“Claim a” and “Claim b” together support “Claim m”. "
        "“Claim c” undercuts r1, the step from “Claim a” and “Claim b” to “Claim m”."
    )


def test_an_undercut_stands_below_the_step_that_it_attacks() -> None:
    first, second = parts(draw("a>m b~r1")).iter(f"{_SVG}circle")
    assert first.get("cx") == second.get("cx")
    assert float(first.get("cy")) < float(second.get("cy"))


def test_what_leads_to_nothing_that_is_there_has_no_arrow() -> None:
    unfinished = draw("a>m").model_copy(update={"claims": (Claim(id="a", text="Claim a."),), "main": None})
    assert not list(parts(unfinished).iter(f"{_SVG}polygon"))


def test_a_map_that_is_too_large_is_refused_with_the_other_way() -> None:
    many = tuple(Claim(id=f"c{n}", text="x") for n in range(MAX_DRAWN + 1))
    with pytest.raises(CourseError, match=re.escape("Write DOT and draw it with Graphviz.")):
        svg(ArgumentMap(claims=many))


def test_the_longest_chain_that_is_drawn_at_all_is_drawn() -> None:
    chain = draw(" ".join(f"c{n}>c{n + 1}" for n in range(MAX_DRAWN // 2 - 1)))
    assert len(list(parts(chain).iter(f"{_SVG}circle"))) == MAX_DRAWN // 2 - 1
