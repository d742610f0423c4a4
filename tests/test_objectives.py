"""Objectives and items over the course, and what is measured of a unit."""

from typing import Any

import pytest

from course.exercises import load_unit
from course.exercises.measures import SPOKEN, lix, measure
from course.exercises.objectives import assessed, gaps, matrix
from course.exercises.unit import Unit
from course.paths import CLONE
from tests.content import MASTERS

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
    assert found.read > found.words + 2_000, "five sources are read in this unit"
    assert found.decisions == 42, "9 choices, 20 lines, 13 entries"
    assert found.estimate == pytest.approx(found.read / 238 + 14)
