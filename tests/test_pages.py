"""What a teacher prints: slides, handouts and guides, made of the units."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from course.errors import CourseError
from course.exercises import load_unit
from course.paths import CLONE
from course.teaching.pages import guide, handout, slides
from tests.content import each_master, load

UNIT = CLONE / "source" / "02-claims"


class Text(HTMLParser):
    """The text of a page, without markup, in one line."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.feed(page)
        self.text = " ".join(" ".join(self.said).split())

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def text(page: str) -> str:
    return Text(page).text


@each_master
def test_slides_have_a_screen_for_each_item_and_no_answer(folder: Path) -> None:
    page = slides(folder)
    for item in load_unit(folder).items:
        if item.kind != "table":
            assert f"<section><h2>{item.title}" in unescape(page)
    assert page.count("<section>") > len(load_unit(folder).items)


@each_master
def test_nothing_of_the_key_is_in_slides_and_handout(folder: Path) -> None:
    unit, keys = load(folder)
    for page in (text(slides(folder)), text(handout(folder))):
        for item in unit.items:
            assert not [hint for hint in keys.of(item).hints if " ".join(hint.split()) in page]


@each_master
def test_a_guide_has_every_explanation_that_the_samples_bring_out(folder: Path) -> None:
    unit, keys = load(folder)
    page = text(guide(folder))
    for item in unit.items:
        key = keys.of(item)
        for sample in key.samples.reject:
            for note in item.score(item.parse(sample.answer), key).notes:
                assert " ".join(note.text.split()) in page


def test_a_handout_has_the_passages_that_are_to_be_read_and_room_for_each_item() -> None:
    page = handout(UNIT)
    assert "khan.8.1" in text(page)
    shown = [item for item in load_unit(UNIT).items if item.kind != "table"]
    assert page.count("class='room'") >= len(shown)


def test_pages_have_no_scripts_and_fetch_nothing() -> None:
    for page in (slides(UNIT), handout(UNIT), guide(UNIT)):
        assert not re.search(r"<script|<link|\bsrc=|@import|url\(", page)


def test_without_a_key_there_is_no_guide() -> None:
    with pytest.raises(CourseError, match="there is no key here"):
        guide(CLONE / "release" / "02-claims")
