"""Objectives and items over the course, and what is measured of a unit."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from course.corpus.reader import read
from course.exercises import load_unit
from course.exercises.measures import SPOKEN, Work, lix, measure
from course.exercises.objectives import assessed, gaps, matrix
from course.exercises.unit import Unit
from course.paths import CLONE
from tests.content import KINDS, MASTERS

UNITS = [load_unit(folder) for folder in MASTERS]


def item(name: str, *objectives: str) -> dict[str, Any]:
    options = [{"id": "a", "text": "A"}, {"id": "b", "text": "B"}]
    common = {"kind": "choice", "title": name, "points": 1, "text": "?", "hints": ["1", "2"], "options": options}
    return {"id": name, "objectives": list(objectives), **common}


def unit(name: str, objectives: dict[str, str], *items: dict[str, Any]) -> Unit:
    data = {"unit": name, "title": name, "minutes": 30, "objectives": objectives, "items": list(items)}
    return Unit.model_validate(data)


FIRST = unit("one", {"see": "See it", "say": "Say it"}, item("a", "see"), item("b", "see", "say"))


def test_an_item_of_a_later_unit_can_assess_an_earlier_objective() -> None:
    later = unit("two", {"draw": "Draw it"}, item("c", "draw", "one/say"), item("d", "draw"))
    assert assessed([FIRST, later])["one/say"] == ["one/b", "two/c"]
    assert list(gaps([FIRST, later])) == []


def test_an_objective_with_one_item_is_reported() -> None:
    assert list(gaps([FIRST])) == ["one/say: 1 items assess this objective. Have 2 at least."]


def test_an_objective_that_no_unit_has_is_reported_with_its_items() -> None:
    later = unit("two", {"draw": "Draw it"}, item("c", "draw", "one/say", "one/sing"), item("d", "draw"))
    assert list(gaps([FIRST, later])) == ["two/c: there is no objective one/sing. Correct its name."]


def test_every_objective_of_the_course_is_assessed_twice_at_least() -> None:
    assert list(gaps(UNITS)) == []


def test_the_page_of_objectives_is_the_one_that_the_units_give() -> None:
    page = CLONE / "docs" / "teaching" / "objectives.md"
    assert page.read_text(encoding="utf-8") == matrix(UNITS), (
        "write it anew: course objectives > docs/teaching/objectives.md"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("One two three.", 3),
        ("One two three. Four five six.", 3),
        ("Reading becomes harder.", 3 + 200 / 3),
        ("One two `not_counted_here = 1` three.", 3),
        ("- one two\n- three four\n", 2),
    ],
)
def test_lix_adds_words_per_sentence_and_the_percentage_of_long_words(text: str, expected: float) -> None:
    assert lix(text) == pytest.approx(expected)


def test_a_unit_is_measured_by_its_notebook_and_items() -> None:
    found = measure(MASTERS[1])
    assert (found.unit, found.items) == (UNITS[1].unit, len(UNITS[1].items))
    assert found.spoken == found.words / SPOKEN
    assert found.words > 500
    assert found.sitting.read > 3_000, "five sources are read in this unit"
    assert found.sitting.decisions == 32, "9 choices, 13 lines, 10 entries"


def test_what_comes_after_the_sitting_is_measured_by_itself() -> None:
    found = measure(MASTERS[1])
    assert (found.sitting.tables, found.sitting.shown) == (0, 0)
    assert (found.afterwards.tables, found.afterwards.shown) == (1, 2), "all cards, and the lines of each source"


def test_a_unit_without_the_heading_is_one_sitting() -> None:
    found = measure(MASTERS[0])
    assert found.sitting.tables == 1
    assert found.afterwards == Work(0, 0, 0, 0, 0, 0)


def test_links_that_are_given_do_not_count() -> None:
    found = measure(next(folder for folder in MASTERS if folder.name == "03-structure"))
    assert found.sitting.links == 5 + 4, "letter-map and advocates-map, without the three links that are given"
    assert found.afterwards.links == 7, "thumbdrive-map"


@pytest.mark.parametrize("right", [True, False])
def test_feedback_counts_as_often_as_the_samples_get_it(tmp_path: Path, right: bool) -> None:
    folder = Path(shutil.copytree(KINDS, tmp_path / "kinds"))
    key = yaml.safe_load((folder / "key.yaml").read_text())
    sides = key["keys"]["most-sides"]
    accept, reject = sides["samples"]["accept"], sides["samples"]["reject"]
    if right:
        sides["accept"][0]["reason"] += " word" * 1000
        getting = len(accept)
    else:
        wrong, told = next(iter(sides["options"].items()))
        told["why"] += " word" * 1000
        getting = sum(wrong in sample["answer"]["choices"] for sample in reject)
    (folder / "key.yaml").write_text(yaml.safe_dump(key))
    share = getting / len([*accept, *reject])
    assert 0 < share < 1
    assert measure(folder).sitting.read - measure(KINDS).sitting.read == pytest.approx(1000 * share, abs=1)


def test_passages_count_as_they_are_shown(tmp_path: Path) -> None:
    def words(source: str) -> int:
        folder = Path(shutil.copytree(KINDS, tmp_path / source[:9]))
        path = folder / "kinds.ipynb"
        book = json.loads(path.read_text())
        passage = {"cell_type": "code", "id": "passage", "metadata": {}, "outputs": [], "source": source}
        book["cells"].append(passage | {"execution_count": None})
        path.write_text(json.dumps(book))
        return measure(folder).sitting.read

    shown = sum(segment.words for segment in read("khan", paragraphs=8).segments())
    assert words('read("khan", paragraphs=8)') - words("'nothing'") == shown > 100


def test_a_text_is_counted_and_not_timed() -> None:
    found = measure(next(folder for folder in MASTERS if folder.name == "08-position"))
    assert found.afterwards.texts == 1
    assert found.afterwards.minutes < 10, "without the hour and more that the brief takes"


def test_minutes_follow_from_what_is_read_decided_drawn_coded_and_looked_at() -> None:
    assert Work(read=350, decisions=6, links=3, tables=2, shown=4, texts=1).minutes == 2 + 2 + 3 + 6 + 2
