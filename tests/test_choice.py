from typing import Any

import pytest

from course.exercises import Status
from course.exercises.kinds.choice import ChoiceItem, ChoiceKey
from tests.content import refusal

ITEM: dict[str, Any] = {
    "id": "pick",
    "kind": "choice",
    "title": "Pick",
    "objectives": ["pick"],
    "points": 2,
    "text": "Which?",
    "hints": ["One.", "Two."],
    "options": [{"id": name, "text": f"Option {name.upper()}"} for name in "abcde"],
}
ONE = ChoiceItem.model_validate(ITEM | {"confidence": True})
SEVERAL = ChoiceItem.model_validate(ITEM | {"multiple": True})


def key(accept: list[list[str]]) -> ChoiceKey:
    right = {option for options in accept for option in options}
    return ChoiceKey.model_validate(
        {
            "accept": [{"answer": {"choices": options}, "reason": f"Reason {options}"} for options in accept],
            "options": {
                name: {"misconception": f"m-{name}", "why": f"Why not {name}"} for name in set("abcde") - right
            },
            "hints": ["Three.", "Four."],
            "samples": {"accept": [{}] * 3, "reject": [{"answer": {}, "explains": "x"}] * 3},
        }
    )


def fraction(item: ChoiceItem, choices: list[str], accept: list[list[str]]) -> float:
    return item.score(item.parse({"choices": choices}), key(accept)).fraction


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"choices": ["z"]}, "answer: pick: choices: 'z' is not an option. Use a, b, c, d, e."),
        ({"choices": ["a", "b"]}, "answer: pick: choices: only one option can be chosen. Use a, b, c, d, e."),
        (
            {"choices": ["a"], "confidence": "very"},
            "answer: pick: confidence: input should be 'guess', 'fairly' or 'sure', not 'very'. Correct this value.",
        ),
        ({"choices": "a"}, "answer: pick: choices: input should be a valid tuple, not 'a'. Correct this value."),
        ({"choices": [1]}, "answer: pick: choices.0: input should be a valid string, not 1. Correct this value."),
        ({"points": 2}, "answer: pick: points: is not a known field. Remove it or correct its spelling."),
        (7, "answer: pick: input should be a valid dictionary or instance of ChoiceAnswer, not 7. Correct this value."),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_what_does(answer: Any, message: str) -> None:
    assert refusal(lambda: ONE.parse(answer)) == message


def test_choices_are_stored_in_the_items_order_and_once() -> None:
    assert SEVERAL.parse({"choices": ["c", "a", "c"]}).model_dump() == {"choices": ("a", "c"), "confidence": None}


def test_one_option_named_twice_is_one_choice() -> None:
    assert ONE.parse({"choices": ["b", "b"]}).model_dump()["choices"] == ("b",)


def test_confidence_is_dropped_where_it_was_not_asked() -> None:
    assert SEVERAL.parse({"choices": ["a"], "confidence": "sure"}).model_dump()["confidence"] is None


@pytest.mark.parametrize("value", ["b", ["b"], ("b",)])
def test_one_option_can_be_typed_bare_or_in_a_list(value: Any) -> None:
    typed = ONE.typed(value, "sure")
    assert ONE.parse(typed) == ONE.parse({"choices": ["b"], "confidence": "sure"})


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ({}, "No option is chosen yet."),
        ({"confidence": "sure"}, "No option is chosen yet."),
        ({"choices": ["a"]}, "Say also how sure you are."),
        ({"choices": ["a"], "confidence": "guess"}, ""),
    ],
)
def test_what_is_missing_is_said(answer: Any, missing: str) -> None:
    assert ONE.missing(ONE.parse(answer)) == missing


def test_nothing_is_missing_without_confidence_where_it_is_not_asked() -> None:
    assert SEVERAL.missing(SEVERAL.parse({"choices": ["a"]})) == ""


def test_an_answer_is_described_in_words() -> None:
    answer = ONE.parse({"choices": ["b"], "confidence": "fairly"})
    assert ONE.describe(answer) == ["Option B", "How sure: Fairly sure"]


def test_one_option_is_all_or_nothing() -> None:
    assert [fraction(ONE, [name], [["a"], ["b"]]) for name in "abc"] == [1, 1, 0]


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (["a", "b"], 1),
        (["a"], 1 / 2),
        (["a", "b", "c"], 1 / 2),
        (["a", "c"], 0),
        (["c", "d", "e"], 0),
        (["a", "b", "c", "d", "e"], 0),
    ],
)
def test_several_options_score_hits_less_false_alarms(choices: list[str], expected: float) -> None:
    assert fraction(SEVERAL, choices, [["a", "b"]]) == expected


def test_the_nearest_accepted_set_counts() -> None:
    assert fraction(SEVERAL, ["a", "b"], [["a", "b", "c"], ["b"]]) == pytest.approx(2 / 3)


def test_of_equally_near_sets_the_first_one_counts() -> None:
    result = SEVERAL.score(SEVERAL.parse({"choices": ["c"]}), key([["c", "a", "b"], ["c", "d", "e"], ["a", "b"]]))
    assert result.summary == "1 of 3 right options chosen."
    result = SEVERAL.score(SEVERAL.parse({"choices": ["e"]}), key([["a", "b", "c"], ["d"]]))
    assert result.summary == "0 of 3 right options chosen, and 1 that do not belong."


def test_confidence_changes_the_words_and_never_the_points() -> None:
    results = [ONE.score(ONE.parse({"choices": ["b"], "confidence": c}), key([["a"]])) for c in ("guess", "sure")]
    assert [result.points for result in results] == [0, 0]
    assert "You were sure" not in results[0].summary
    assert "You were sure" in results[1].summary


def test_a_right_answer_gets_its_own_reason_and_no_notes() -> None:
    result = ONE.score(ONE.parse({"choices": ["b"]}), key([["a"], ["b"]]))
    assert (result.status, result.points, result.summary, result.notes) == (Status.CORRECT, 2, "Reason ['b']", ())


def test_every_wrong_option_chosen_is_explained() -> None:
    result = SEVERAL.score(SEVERAL.parse({"choices": ["a", "c", "d"]}), key([["a", "b", "e"]]))
    assert [(note.given, note.text, note.misconception) for note in result.notes] == [
        ("Option C", "Why not c", "m-c"),
        ("Option D", "Why not d", "m-d"),
    ]
    assert result.summary == "1 of 3 right options chosen, and 2 that do not belong."
    assert result.status == Status.NOT_YET


def test_a_part_of_the_right_options_is_partly_right() -> None:
    result = SEVERAL.score(SEVERAL.parse({"choices": ["a"]}), key([["a", "b", "e"]]))
    assert (result.status, result.points, result.summary) == (Status.PARTLY, 0.67, "1 of 3 right options chosen.")


def test_the_next_step_names_the_hint() -> None:
    result = ONE.score(ONE.parse({"choices": ["b"]}), key([["a"]]))
    assert result.next_step == 'Change your answer and check again. hint("pick") gives help.'


def test_a_prompt_holds_the_options_and_what_is_asked() -> None:
    assert ONE.prompt() == {
        "item": "pick",
        "kind": "choice",
        "text": "Which?",
        "multiple": False,
        "confidence": True,
        "options": [{"id": name, "text": f"Option {name.upper()}"} for name in "abcde"],
    }
