"""What a teacher prints: slides, handouts and guides, made of the units."""

import json
import re
from collections import Counter
from html import escape, unescape
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


def test_a_handout_has_the_passages_that_are_to_be_read() -> None:
    assert "khan.8.1" in text(handout(UNIT))


@each_master
def test_a_handout_has_a_place_for_each_answer(folder: Path) -> None:
    page = handout(folder)
    kinds = Counter(item.kind for item in load_unit(folder).items)
    assert page.count("<ul class='options'>") == kinds["choice"]
    assert page.count("<ul class='entries'>") == kinds["order"]
    assert page.count("<table class='tick'>") == kinds["label"]
    for kind in ("map", "essay", "table"):
        assert page.count(f"<div class='room {kind}'>") == kinds[kind]


def test_a_line_to_be_labelled_has_a_cell_for_each_label() -> None:
    item = next(item for item in load_unit(UNIT).items if item.kind == "label")
    line = f"<th scope='row'>1. {escape(item.prompt()['segments'][0]['text'])}"
    row = next(row for row in handout(UNIT).split("<tr>") if row.startswith(line))
    assert row.count("<td></td>") == len(item.prompt()["labels"])


def test_pictures_are_in_slides_and_handout_and_what_gives_answers_away_is_at_the_end_of_the_handout() -> None:
    folder = CLONE / "source" / "06-openness"
    table, picture = "training data", "How far six releases went"
    assert picture in slides(folder)
    before, after = handout(folder).split("<h2>Afterwards</h2>")
    assert f"<th>{table}</th>" in before
    assert picture not in before
    assert picture in after


def test_a_guide_begins_with_every_accepted_label() -> None:
    folder = CLONE / "source" / "06-openness"
    glance = text(guide(folder).split("<h2>At a glance</h2>")[1].split("</table>")[0])
    assert "Staged or Download: GPT-2, 2019" in glance


@each_master
def test_a_guide_says_of_no_answer_how_sure_it_is(folder: Path) -> None:
    assert "How sure" not in guide(folder)


@each_master
def test_what_a_masters_answer_cells_show_is_on_no_page_for_learners(folder: Path) -> None:
    notebook = json.loads((folder / f"{folder.name}.ipynb").read_text(encoding="utf-8"))
    solved = [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("solution")]
    shown = {"".join(output.get("data", {}).get("text/html", "")) for cell in solved for output in cell["outputs"]}
    for page in (slides(folder), handout(folder)):
        assert not [html for html in shown - {""} if html in page]


def test_pages_have_no_scripts_and_fetch_nothing() -> None:
    for page in (slides(UNIT), handout(UNIT), guide(UNIT)):
        assert not re.search(r"<script|<link|\bsrc=|@import|url\(", page)


def test_without_a_key_there_is_no_guide() -> None:
    with pytest.raises(CourseError, match="the file is missing"):
        guide(CLONE / "release" / "02-claims")
