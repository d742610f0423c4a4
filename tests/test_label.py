import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.corpus.documents import find_segment
from course.exercises import Status
from course.exercises.kinds import Item, LabelItem
from course.exercises.kinds.label import LabelKey, macro_f1
from tests.content import each_item, refusal

LABELS = ["claim", "premise", "none"]
SEGMENTS = ["s1", "s2", "s3", "s4", "s5", "s6"]
ITEM = LabelItem.model_validate(
    {
        "id": "mark",
        "kind": "label",
        "title": "Mark",
        "objectives": ["mark"],
        "points": 2,
        "text": "Label each.",
        "hints": ["One.", "Two."],
        "labels": [{"id": name, "text": name.title(), "help": "…"} for name in LABELS],
        "segments": [{"id": name, "text": f"Words of {name}"} for name in SEGMENTS],
    }
)
GOLD = dict(zip(SEGMENTS, ["claim", "claim", "premise", "premise", "none", "none"], strict=True))


def key(confusions: list[dict[str, Any]] | None = None, **accept: list[str]) -> LabelKey:
    general = [{"chosen": name, "misconception": f"over-{name}", "why": f"Not {name}."} for name in LABELS]
    accepted = {name: [label] for name, label in GOLD.items()} | accept
    return LabelKey.model_validate(
        {
            "reason": "Well read.",
            "segments": {name: {"accept": labels, "why": f"Why {name}."} for name, labels in accepted.items()},
            "confusions": [*(confusions or []), *general],
            "hints": ["Three.", "Four."],
            "samples": {"accept": [{}] * 3, "reject": [{"answer": {}, "explains": "x"}] * 3},
        }
    )


def score(labels: dict[str, str], **accept: list[str]) -> Any:
    return ITEM.score(ITEM.parse({"labels": labels}), key(**accept))


is_label = each_item(lambda item: isinstance(item, LabelItem))


@is_label
def test_one_label_for_everything_scores_at_most_chance(item: LabelItem, key: LabelKey) -> None:
    for label in item.labels:
        answer = item.parse({"labels": {passage.id: label.id for passage in item.segments}})
        assert item.score(answer, key).fraction <= 1 / len(item.labels)


@is_label
def test_nothing_labelled_scores_nothing(item: LabelItem, key: LabelKey) -> None:
    assert item.score(item.parse({"labels": {}}), key).fraction == 0


@is_label
def test_one_segment_labelled_scores_at_most_chance(item: LabelItem, key: LabelKey) -> None:
    for passage in item.segments:
        for label in item.labels:
            answer = item.parse({"labels": {passage.id: label.id}})
            assert item.score(answer, key).fraction <= 1 / len(item.labels)


@is_label
def test_random_labels_score_at_most_chance_on_average(item: LabelItem, key: LabelKey) -> None:
    generator = random.Random(20240724)
    labels = [label.id for label in item.labels]
    total = 0.0
    for _ in range(200):
        answer = item.parse({"labels": {passage.id: generator.choice(labels) for passage in item.segments}})
        total += item.score(answer, key).fraction
    assert total / 200 <= 1 / len(labels)


@is_label
def test_labels_in_turn_score_at_most_chance_on_average(item: LabelItem, key: LabelKey) -> None:
    labels = [label.id for label in item.labels]
    total = 0.0
    for start in range(len(labels)):
        given = {p.id: labels[(start + place) % len(labels)] for place, p in enumerate(item.segments)}
        total += item.score(item.parse({"labels": given}), key).fraction
    assert total / len(labels) <= 1 / len(labels)


@is_label
def test_a_prompt_shows_the_words_of_the_corpus(item: LabelItem, key: LabelKey) -> None:
    for shown, passage in zip(item.prompt()["segments"], item.segments, strict=True):
        assert shown["text"] == (passage.text or find_segment(passage.id).text)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            {"labels": {"s9": "claim"}},
            "answer: mark: labels: 's9' is not a segment of this item. Use s1, s2, s3, s4, s5, s6.",
        ),
        ({"labels": {"s1": "clam"}}, "answer: mark: labels.s1: 'clam' is not a label. Use claim, premise, none."),
        ({"labels": {"s1": None}}, "answer: mark: labels.s1: input should be a valid string, not None."),
        ({"labels": ["s1"]}, "answer: mark: labels: input should be a valid dictionary, not ['s1']."),
        ({"score": 1}, "answer: mark: score: is not a known field."),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_what_does(answer: Any, message: str) -> None:
    assert refusal(lambda: ITEM.parse(answer)).startswith(message)


def test_labels_are_stored_in_reading_order() -> None:
    answer = ITEM.parse({"labels": {"s3": "claim", "s1": "none"}})
    assert list(answer.model_dump()["labels"].items()) == [("s1", "none"), ("s3", "claim")]


def test_labels_can_be_typed_as_a_plain_mapping() -> None:
    assert ITEM.parse(ITEM.typed({"s1": "none"}, None)) == ITEM.parse({"labels": {"s1": "none"}})


@pytest.mark.parametrize(
    ("count", "missing"),
    [(0, "No segment has a label yet."), (2, "4 of 6 segments have no label yet."), (6, "")],
)
def test_what_is_missing_is_counted(count: int, missing: str) -> None:
    assert ITEM.missing(ITEM.parse({"labels": dict(list(GOLD.items())[:count])})) == missing


def test_an_answer_is_described_in_words() -> None:
    assert ITEM.describe(ITEM.parse({"labels": {"s2": "claim"}})) == ["Words of s2: Claim"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (GOLD, 1),
        ({}, 0),
        # claim: 2 hits of 6 given and 2 gold = 4/8; the two others 0
        (dict.fromkeys(SEGMENTS, "claim"), (4 / 8) / 3),
        # claim 1: 2/3, premise: 4/5, none: 4/4
        (GOLD | {"s1": "premise"}, (2 / 3 + 4 / 5 + 1) / 3),
        # claim missing once: 2/3, the others 1
        ({name: label for name, label in GOLD.items() if name != "s1"}, (2 / 3 + 1 + 1) / 3),
    ],
)
def test_macro_f1_agrees_with_a_count_by_hand(given: dict[str, str], expected: float) -> None:
    assert macro_f1(given, {name: (label,) for name, label in GOLD.items()}) == pytest.approx(expected)


@given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=30))
def test_macro_f1_agrees_with_the_textbook(pairs: list[tuple[str, str]]) -> None:
    gold = {str(number): one for number, (one, _) in enumerate(pairs)}
    given = {str(number): other for number, (_, other) in enumerate(pairs)}
    scores = []
    for label in set(gold.values()) | set(given.values()):
        hits = sum(one == other == label for one, other in pairs)
        chosen, right = list(given.values()).count(label), list(gold.values()).count(label)
        precision, recall = hits / chosen if chosen else 0, hits / right if right else 0
        scores.append(2 * precision * recall / (precision + recall) if hits else 0)
    expected = sum(scores) / len(scores)
    assert macro_f1(given, {name: (label,) for name, label in gold.items()}) == pytest.approx(expected)


def test_a_second_accepted_label_counts_as_much_as_the_first() -> None:
    labels = GOLD | {"s1": "premise"}
    assert score(labels, s1=["claim", "premise"]).status == Status.CORRECT
    labels |= {"s3": "none", "s4": "none"}
    # hits, given and gold: claim 1, 1, 1; premise 1, 1, 3 (s1 counts as gold); none 2, 4, 2
    f1 = (2 * 1 / 2 + 2 * 1 / 4 + 2 * 2 / 6) / 3
    assert score(labels, s1=["claim", "premise"]).fraction == pytest.approx((f1 - 0.4) / 0.4)


@pytest.mark.parametrize(("f1", "fraction"), [(0.3, 0), (0.4, 0), (0.5, 0.25), (0.6, 0.5), (0.8, 1), (0.9, 1)])
def test_credit_is_linear_from_f1_4_tenths_to_8_tenths(
    monkeypatch: pytest.MonkeyPatch, f1: float, fraction: float
) -> None:
    monkeypatch.setattr("course.exercises.kinds.label.macro_f1", lambda *_: f1)
    assert score(GOLD | {"s1": "none"}).fraction == pytest.approx(fraction)


def test_full_points_from_f1_8_tenths_still_explain_what_differs() -> None:
    result = score(GOLD | {"s1": "premise"})
    assert (result.status, result.points) == (Status.CORRECT, 2)
    assert result.summary.startswith("5 of 6 labels are accepted. That is enough for full points")
    assert [note.quote for note in result.notes] == ["Words of s1"]


def test_when_all_labels_are_accepted_then_the_reason_is_given() -> None:
    result = score(GOLD)
    assert (result.summary, result.notes) == ("Well read.", ())


def test_when_labels_are_no_better_than_guesses_then_the_summary_says_so() -> None:
    result = score(dict.fromkeys(SEGMENTS, "claim"))
    assert (result.status, result.points) == (Status.NOT_YET, 0)
    assert "no better than guessing" in result.summary


def test_a_mistake_is_explained_with_its_passage_and_its_misconception() -> None:
    specific = {"chosen": "premise", "accepted": "claim", "misconception": "swapped", "why": "Swapped."}
    result = ITEM.score(ITEM.parse({"labels": GOLD | {"s1": "premise", "s5": "premise"}}), key([specific]))
    assert [(n.text, n.misconception, n.given, n.quote, n.segment) for n in result.notes] == [
        ("Why s1. Swapped.", "swapped", "Premise", "Words of s1", None),
        ("Why s5. Not premise.", "over-premise", "Premise", "Words of s5", None),
    ]


def test_a_specific_explanation_comes_before_a_general_one_wherever_it_stands() -> None:
    specific = {"chosen": "premise", "accepted": "claim", "misconception": "swapped", "why": "Swapped."}
    found = key()
    found = found.model_copy(update={"confusions": (*found.confusions, *key([specific]).confusions[:1])})
    assert [found.confusion("premise", [label]).misconception for label in ("claim", "none")] == [  # type: ignore[union-attr]  # a missing one fails the test
        "swapped",
        "over-premise",
    ]


def test_a_segment_without_label_is_noted_without_a_misconception() -> None:
    labels = {name: label for name, label in GOLD.items() if name != "s4"}
    note = score(labels).notes[0]
    assert (note.text, note.misconception, note.given) == ("This one has no label yet.", None, None)


@each_item(lambda item: isinstance(item, LabelItem) and any(p.segment for p in item.segments))
def test_feedback_names_the_passage_of_the_corpus(item: Item, key: LabelKey) -> None:
    assert isinstance(item, LabelItem)
    for label in item.labels:
        answer = item.parse({"labels": {p.id: label.id for p in item.segments}})
        for note in item.score(answer, key).notes:
            if note.segment:
                assert find_segment(note.segment).text == note.quote


def test_a_prompt_holds_labels_and_passages() -> None:
    assert ITEM.prompt() == {
        "item": "mark",
        "kind": "label",
        "text": "Label each.",
        "labels": [{"id": name, "text": name.title(), "help": "…"} for name in LABELS],
        "segments": [{"id": name, "text": f"Words of {name}", "note": ""} for name in SEGMENTS],
    }


def test_a_wrong_label_of_the_right_group_counts_half_as_each() -> None:
    accepted = {"a": ("x",), "b": ("x",), "c": ("y",)}
    found = macro_f1({"a": "x", "b": "z", "c": "y"}, accepted, {"b": "x"})
    # x: 1.5 hits, 1.5 given, 2 right; y: all; z: half of one given, none right.
    assert found == pytest.approx((3 / 3.5 + 1 + 0) / 3)


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("xyz")), min_size=1, max_size=12))
def test_half_hits_lie_between_a_miss_and_a_hit_on_a_label_that_is_gold(pairs: list[tuple[str, str]]) -> None:
    accepted = {str(place): (gold,) for place, (gold, _) in enumerate(pairs)}
    given = {str(place): label for place, (_, label) in enumerate(pairs)}
    near = {name: accepted[name][0] for name in given if given[name] != accepted[name][0]}
    assert macro_f1(given, accepted) <= macro_f1(given, accepted, near) <= 1


def grouped(*labels: str, **accept: list[str]) -> LabelKey:
    return key(**accept).model_copy(update={"groups": {"arguing": labels}})


def test_a_slip_within_a_group_costs_half_and_says_so() -> None:
    slips = GOLD | {"s1": "premise", "s2": "premise", "s3": "claim"}
    result = ITEM.score(ITEM.parse({"labels": slips}), grouped("claim", "premise"))
    assert result.fraction > score(slips).fraction
    assert result.notes[0].text.startswith("Half right: of the same group (arguing). Why s1.")


def test_a_slip_into_another_group_is_no_half_hit() -> None:
    slips = GOLD | {"s1": "none", "s2": "none", "s3": "none"}
    result = ITEM.score(ITEM.parse({"labels": slips}), grouped("claim", "premise"))
    assert result.fraction == score(slips).fraction
    assert result.notes[0].text.startswith("Why s1.")


def test_an_accepted_label_is_not_half_right() -> None:
    assert grouped("claim", "premise").near("premise", ["claim", "premise"]) is None


def test_groups_with_unknown_labels_or_a_label_twice_do_not_fit() -> None:
    made = key().model_copy(update={"groups": {"a": ("claim", "other"), "b": ("claim",)}})
    assert list(made.problems(ITEM)) == [("groups", "other is not a label"), ("groups", "claim is in more than one")]
