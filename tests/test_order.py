from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.exercises import Status
from course.exercises.kinds.order import OrderItem, OrderKey, tau
from tests.content import refusal

ITEM = OrderItem.model_validate(
    {
        "id": "sort",
        "kind": "order",
        "title": "Sort",
        "objectives": ["sort"],
        "points": 3,
        "text": "Put in order.",
        "hints": ["One.", "Two."],
        "first": "first",
        "last": "last",
        "entries": [{"id": name, "text": f"Entry {name.upper()}"} for name in "cadb"],
    }
)


def key(*accept: str, ties: list[str] | None = None) -> OrderKey:
    first = accept[0]
    return OrderKey.model_validate(
        {
            "accept": [{"answer": {"order": list(order)}, "reason": f"Reason {order}."} for order in accept],
            "ties": [list(group) for group in ties or []],
            "pairs": [
                {"before": a, "after": b, "misconception": f"{a}-{b}", "why": f"{a} comes before {b}."}
                for a, b in pairwise(first)
            ],
            "hints": ["Three.", "Four."],
            "samples": {"accept": [{}] * 3, "reject": [{"answer": {}, "explains": "x"}] * 3},
        }
    )


def fraction(order: str, key: OrderKey) -> float:
    return ITEM.score(ITEM.parse({"order": list(order)}), key).fraction


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"order": list("abcz")}, "answer: sort: order: 'z' is not an entry. Use c, a, d, b."),
        ({"order": list("abc")}, "answer: sort: order: every entry must be named once. Use c, a, d, b."),
        ({"order": list("aabcd")}, "answer: sort: order: every entry must be named once. Use c, a, d, b."),
        ({"order": "abcd"}, "answer: sort: order: input should be a valid tuple, not 'abcd'. Correct this value."),
        ({"order": [1, 2, 3, 4]}, "answer: sort: order.0: input should be a valid string, not 1. Correct this value."),
        ({"rank": 1}, "answer: sort: rank: is not a known field. Remove it or correct its spelling."),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_what_does(answer: Any, message: str) -> None:
    assert refusal(lambda: ITEM.parse(answer)) == message


@pytest.mark.parametrize("value", [list("abcd"), tuple("abcd"), {"order": list("abcd")}])
def test_an_order_can_be_typed_as_a_list(value: Any) -> None:
    assert ITEM.parse(ITEM.typed(value, None)).model_dump() == {"order": tuple("abcd")}


def test_nothing_ordered_is_said_to_be_missing() -> None:
    assert ITEM.missing(ITEM.parse({})) == "Nothing is ordered yet."
    assert ITEM.missing(ITEM.parse({"order": list("abcd")})) == ""


def test_an_answer_is_described_in_words() -> None:
    described = ITEM.describe(ITEM.parse({"order": list("badc")}))
    assert described == ["1. Entry B", "2. Entry A", "3. Entry D", "4. Entry C"]


@pytest.mark.parametrize(
    ("order", "expected"), [("abcd", 1), ("bacd", 2 / 3), ("badc", 1 / 3), ("cdab", 0), ("dcba", 0), ("dabc", 0)]
)
def test_credit_is_kendalls_tau_and_never_below_0(order: str, expected: float) -> None:
    assert fraction(order, key("abcd")) == pytest.approx(expected)


def test_a_reversed_order_has_tau_minus_1_and_random_ones_0_on_average() -> None:
    assert tau("dcba", "abcd", key("abcd")) == -1
    assert sum(tau(order, "abcd", key("abcd")) for order in permutations("abcd")) == pytest.approx(0)


@given(st.permutations("abcd"), st.permutations("abcd"))
def test_tau_agrees_with_a_count_of_pairs(order: list[str], accepted: list[str]) -> None:
    pairs = [(a, b) for a in "abcd" for b in "abcd" if accepted.index(a) < accepted.index(b)]
    signs = [1 if order.index(a) < order.index(b) else -1 for a, b in pairs]
    assert tau(order, accepted, key("abcd")) == pytest.approx(sum(signs) / 6)


def test_the_order_within_a_tie_is_free_and_not_counted() -> None:
    tied = key("abcd", ties=["bc"])
    assert [fraction(order, tied) for order in ("abcd", "acbd")] == [1, 1]
    assert fraction("bacd", tied) == pytest.approx(1 - 2 * 1 / 5)


def test_when_everything_is_tied_then_every_order_is_right() -> None:
    assert {fraction("".join(order), key("abcd", ties=["abcd"])) for order in permutations("abcd")} == {1}


def test_the_nearest_accepted_order_counts_and_gives_its_reason() -> None:
    result = ITEM.score(ITEM.parse({"order": list("dcba")}), key("abcd", "dcba"))
    assert (result.status, result.points, result.summary) == (Status.CORRECT, 3, "Reason dcba.")


def test_each_reversed_pair_is_explained() -> None:
    result = ITEM.score(ITEM.parse({"order": list("badc")}), key("abcd"))
    assert [(note.given, note.text, note.misconception) for note in result.notes] == [
        ("“Entry B” before “Entry A”", "a comes before b.", "a-b"),
        ("“Entry D” before “Entry C”", "c comes before d.", "c-d"),
    ]
    assert (result.status, result.summary) == (Status.PARTLY, "4 of 6 pairs stand in an accepted order.")


def test_every_order_that_is_not_accepted_gets_an_explanation() -> None:
    for order in permutations("abcd"):
        result = ITEM.score(ITEM.parse({"order": list(order)}), key("abcd"))
        assert bool(result.notes) == (order != tuple("abcd"))


def test_a_pair_that_is_reversed_in_the_nearest_accepted_order_is_no_mistake() -> None:
    result = ITEM.score(ITEM.parse({"order": list("dcab")}), key("abcd", "dcba"))
    assert [note.misconception for note in result.notes] == []
    assert result.fraction == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("accept", "ties", "unexplained"),
    [
        (["abcd"], [], ["a before b", "b before c", "c before d"]),
        (["abcd"], ["bc"], ["a before b", "a before c", "b before d", "c before d"]),
        (["abcd", "abdc"], [], ["a before b", "b before c", "c before d", "a before b", "b before d", "d before c"]),
    ],
)
def test_a_key_must_explain_all_neighbours_of_every_accepted_order(
    accept: list[str], ties: list[str], unexplained: list[str]
) -> None:
    bare = key(*accept, ties=ties).model_copy(update={"pairs": ()})
    assert list(bare.problems(ITEM)) == [("pairs", f"no explanation for {pair}") for pair in unexplained]


def test_a_prompt_holds_the_entries_as_first_shown() -> None:
    assert ITEM.prompt() == {
        "item": "sort",
        "kind": "order",
        "text": "Put in order.",
        "first": "first",
        "last": "last",
        "entries": [{"id": name, "text": f"Entry {name.upper()}"} for name in "cadb"],
    }
