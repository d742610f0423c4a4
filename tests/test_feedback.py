from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.exercises import Note, Result, Status
from course.exercises.feedback import points_text, style, to_html, to_text
from course.exercises.kinds import ChoiceItem, Item, Key, LabelItem, OrderItem, TableItem
from course.exercises.kinds.choice import ChoiceKey
from tests.content import HOSTILE, Page, assert_harmless, each_item


def result(**fields: Any) -> Result:
    plain = {
        "item": "pick",
        "title": "Pick one",
        "status": Status.PARTLY,
        "fraction": 0.5,
        "points": 1,
        "max_points": 2,
        "summary": "Half is right.",
        "notes": (),
        "next_step": "Try again.",
    }
    return Result.model_validate(plain | fields)


def notes(count: int) -> tuple[Note, ...]:
    return tuple(Note(text=f"Note number {number}.") for number in range(1, count + 1))


@pytest.mark.parametrize("status", Status)
def test_feedback_begins_with_the_status_word(status: Status) -> None:
    assert to_text(result(status=status)).startswith(f"{status.value} · Pick one")
    assert Page(to_html(result(status=status))).text.startswith(f"{status.value} · Pick one")
    assert ("aria-label", f"{status.value}: Pick one") in Page(to_html(result(status=status))).attributes


@each_item()
def test_feedback_on_every_sample_begins_with_the_status_and_says_why_and_what_next(item: Item, key: Key) -> None:
    for sample in [{}, *key.samples.accept, *(rejected.answer for rejected in key.samples.reject)]:
        outcome = item.score(item.parse(sample), key)
        for text in (to_text(outcome), Page(to_html(outcome)).text):
            assert text.startswith(f"{outcome.status.value} · {item.title} · ")
            places = [
                text.index(part) for part in (outcome.summary, *(n.text for n in outcome.notes), outcome.next_step)
            ]
            assert places == sorted(places)
            assert all((outcome.summary, outcome.next_step))


@each_item()
def test_every_rejected_sample_gets_its_explanation_in_words(item: Item, key: Key) -> None:
    for sample in key.samples.reject:
        outcome = item.score(item.parse(sample.answer), key)
        explained = [note.text for note in outcome.notes if note.misconception == sample.explains]
        assert explained
        assert all(text in to_text(outcome) and text in Page(to_html(outcome)).text for text in explained)


@pytest.mark.parametrize("field", ["title", "summary", "next_step"])
def test_markup_in_a_result_is_shown_and_not_obeyed(field: str) -> None:
    assert_harmless(to_html(result(**{field: HOSTILE})), HOSTILE)


@pytest.mark.parametrize("field", ["text", "given", "quote", "segment"])
def test_markup_in_a_note_is_shown_and_not_obeyed(field: str) -> None:
    note = Note.model_validate({"text": "Text.", field: HOSTILE})
    html = to_html(result(notes=(note,) * 5))
    assert_harmless(html, HOSTILE)
    assert Page(html).text.count(HOSTILE) == 5


@given(st.text(min_size=1))
def test_no_text_adds_markup_of_its_own(text: str) -> None:
    def tags(text: str) -> list[str]:
        note = Note(text=text, given=text, quote=text, segment=text)
        return Page(to_html(result(title=text, summary=text, notes=(note,), next_step=text))).tags

    assert tags(text) == tags("x")


HINTS = {"hints": ["One.", HOSTILE], "objectives": ["x"], "points": 1, "title": HOSTILE, "text": HOSTILE, "id": "x"}
SAMPLES = {"hints": ["3", "4"], "samples": {"accept": [{}] * 3, "reject": [{"answer": {}, "explains": "x"}] * 3}}


def test_markup_in_items_and_keys_reaches_the_page_as_text() -> None:
    options = [{"id": name, "text": HOSTILE} for name in "ab"]
    item = ChoiceItem.model_validate(HINTS | {"kind": "choice", "options": options})
    key = ChoiceKey.model_validate(
        SAMPLES
        | {
            "accept": [{"answer": {"choices": ["a"]}, "reason": HOSTILE}],
            "options": {"b": {"misconception": "m", "why": HOSTILE}},
        }
    )
    for choice in "ab":
        assert_harmless(to_html(item.score(item.parse({"choices": [choice]}), key)), HOSTILE)


def test_markup_in_a_passage_reaches_the_page_as_text() -> None:
    labels = [{"id": name, "text": HOSTILE, "help": HOSTILE} for name in "ab"]
    segments = [{"id": name, "text": f"{name} {HOSTILE}"} for name in "cd"]
    item = LabelItem.model_validate(HINTS | {"kind": "label", "labels": labels, "segments": segments})
    key = item.key_type.model_validate(
        SAMPLES
        | {
            "reason": HOSTILE,
            "segments": {name: {"accept": ["a"], "why": HOSTILE} for name in "cd"},
            "confusions": [{"chosen": "b", "misconception": "m", "why": HOSTILE}],
        }
    )
    html = to_html(item.score(item.parse({"labels": {"c": "b"}}), key))
    assert_harmless(html, f"c {HOSTILE}", f"d {HOSTILE}", f"Your answer: {HOSTILE}.")


def test_markup_in_an_entry_reaches_the_page_as_text() -> None:
    entries = [{"id": name, "text": f"{name} {HOSTILE}"} for name in "abc"]
    item = OrderItem.model_validate(HINTS | {"kind": "order", "first": "f", "last": "l", "entries": entries})
    pairs = [{"before": b, "after": a, "misconception": "m", "why": HOSTILE} for b, a in ("ab", "bc")]
    key = item.key_type.model_validate(
        SAMPLES | {"accept": [{"answer": {"order": list("abc")}, "reason": HOSTILE}], "pairs": pairs}
    )
    html = to_html(item.score(item.parse({"order": list("cba")}), key))
    assert_harmless(html, f"“b {HOSTILE}” before “a {HOSTILE}”")


def test_markup_in_a_table_reaches_the_page_as_text() -> None:
    item = TableItem.model_validate(
        HINTS | {"kind": "table", "variable": "x", "shape": "table", "columns": [HOSTILE, "n"]}
    )
    key = item.key_type.model_validate(
        SAMPLES
        | {
            "accept": [{"answer": {"columns": [HOSTILE, "n"], "rows": [[HOSTILE, 1]]}, "reason": HOSTILE}],
            "otherwise": {"misconception": "m", "why": HOSTILE},
        }
    )
    for number in (1, 2):
        answer = item.parse({"columns": ["n", HOSTILE], "rows": [[number, HOSTILE]]})
        assert_harmless(to_html(item.score(answer, key)), HOSTILE)


def test_the_first_explanations_are_shown_and_the_rest_open_on_demand() -> None:
    html = to_html(result(notes=notes(5)))
    shown, more = html.split("<details>")
    assert [shown.count("<li>"), more.count("<li>")] == [3, 2]
    assert "2 more to look at" in more
    assert "<ol start='4'>" in more
    assert "<details>" not in to_html(result(notes=notes(3)))


def test_text_shows_every_explanation() -> None:
    lines = to_text(result(notes=notes(5))).split("\n")
    assert lines == [
        "Partly · Pick one · 1 of 2 points",
        "Half is right.",
        *(f"{n}. Note number {n}." for n in range(1, 6)),
        "Try again.",
    ]


def test_a_note_names_its_passage_quotes_it_and_repeats_the_answer() -> None:
    note = Note(text="Because.", given="Premise", segment="khan.2.1", quote="Ali Khan")
    shown = "khan.2.1 Ali KhanYour answer: Premise. Because."
    assert shown in Page(to_html(result(notes=(note,)))).text
    assert "1. [khan.2.1] “Ali Khan” Your answer: Premise. Because." in to_text(result(notes=(note,)))


def test_when_there_is_no_key_then_no_points_are_named() -> None:
    received = result(status=Status.RECEIVED, fraction=0, points=0)
    assert "point" not in to_text(received)
    assert "point" not in Page(to_html(received)).text


@pytest.mark.parametrize(
    ("points", "most", "text"),
    [(1, 1, "1 of 1 point"), (0, 2, "0 of 2 points"), (0.67, 1, "0.67 of 1 point"), (1.5, 2.5, "1.5 of 2.5 points")],
)
def test_points_are_counted_in_words(points: float, most: float, text: str) -> None:
    assert points_text(points, most) == text


def test_the_style_sheet_is_one_element() -> None:
    assert Page(style()).tags == ["style"]
