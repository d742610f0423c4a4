from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.exercises import Status
from course.exercises.feedback import essay_to_html, rubric_to_html
from course.exercises.kinds.essay import MAX_LENGTH, EssayAnswer, EssayItem, EssayKey, citations, variety
from tests.content import assert_harmless, refusal

FIELDS: dict[str, Any] = {
    "id": "brief",
    "kind": "essay",
    "title": "A brief",
    "objectives": ["write"],
    "points": 3,
    "text": "Write it.",
    "hints": ["One.", "Two."],
    "parts": [
        {"id": "for", "text": "For", "help": "The case for.", "words": [6, 12]},
        {"id": "against", "text": "Against", "help": "The case against.", "words": [6, 12]},
    ],
    "sources": 2,
    "names": [{"what": "a condition", "any": ["if", "as long as"]}],
    "rubric": [{"id": "fair", "text": "Fairness", "levels": ["None.", "Little.", "Some.", "Full."]}],
}
CHECKS = ("part-words", "sources", "unknown-segment", "names")
FOR = "Many eyes find faults sooner, if they look [khan.2.1]."
AGAINST = "A copy that is out cannot be called back [brief.3.1]."
GOOD = {"for": FOR, "against": AGAINST}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def item(**fields: Any) -> EssayItem:
    return EssayItem.model_validate(FIELDS | fields)


def key(*checks: str, **fields: Any) -> EssayKey:
    return EssayKey.model_validate(
        {
            "reason": "In order.",
            "checks": {name: {"misconception": f"no-{name}", "why": f"Why {name}."} for name in checks or CHECKS},
            "marking": {"fair": ["Zero.", "One.", "Two.", "Three."]},
            "hints": ["Three.", "Four."],
            "samples": {"accept": [{}] * 3, "reject": [{"answer": {}, "explains": "x"}] * 3},
        }
        | fields
    )


def score(parts: dict[str, str], of: EssayItem | None = None, by: EssayKey | None = None) -> Any:
    of = of or item()
    return of.score(of.parse({"parts": parts}), by or key())


def found(parts: dict[str, str], **fields: Any) -> list[tuple[str | None, str | None]]:
    of = item(**fields)
    by = key(*(name for name in (*CHECKS, "words") if name in of.checks))
    return [(note.misconception, note.given) for note in score(parts, of, by).notes]


def test_an_essay_in_order_gets_full_points_and_the_reason():
    result = score(GOOD)
    assert (result.status, result.points, result.notes) == (Status.CORRECT, 3, ())
    assert result.summary == "In order. What the text is worth is marked by a person, with the rubric."


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"for": "Many eyes see, if they look [khan.2.1]. " + "And so on and on and on it goes."}, "no-part-words"),
        ({"for": "Eyes, if any [khan.2.1]."}, "no-part-words"),
        ({"for": "Many eyes find faults sooner, if they look [brief.3.1]."}, "no-sources"),
        ({"for": "Many eyes find faults sooner, if they look [khan.99.1]."}, "no-unknown-segment"),
        ({"for": "Many eyes find faults sooner when they look [khan.2.1]."}, "no-names"),
    ],
)
def test_each_check_that_fails_is_explained_and_costs_its_share(change: dict[str, str], note: str):
    result = score(GOOD | change)
    assert result.notes[0].misconception == note
    assert result.points == pytest.approx(2)
    assert result.status == Status.PARTLY


def test_a_note_says_what_was_found():
    assert found(GOOD | {"for": "Few eyes [khan.2.1]."}) == [
        ("no-part-words", "“For” has 2 words, where 6 to 12 are asked"),
        ("no-names", "does not name a condition"),
    ]
    assert found(GOOD | {"for": FOR.replace("khan.2.1", "khan.0.1")}) == [
        ("no-unknown-segment", "cites khan.0.1"),
        ("no-sources", "cites brief"),
    ]


def test_the_whole_may_have_limits_of_its_own():
    assert found(GOOD, words=[20, 40]) == [("no-words", "has, in all, 17 words, where 20 to 40 are asked")]
    assert found(GOOD, words=[10, 40]) == []


def test_what_is_not_asked_for_is_not_checked():
    of = item(sources=0, names=[])
    assert of.checks == {"part-words"}
    assert (
        score({"for": "Many eyes find faults sooner than one.", "against": AGAINST}, of, key("part-words")).fraction
        == 1
    )


def test_less_than_half_of_the_words_gets_nothing_whatever_it_cites_and_names():
    result = score({"for": "If [khan.2.1, brief.3.1]."})
    assert (result.points, [note.misconception for note in result.notes]) == (0, ["no-part-words"])


def test_a_sentence_counts_once():
    of = item(words=[12, 40])
    twice = {"for": "Many eyes find faults sooner. Many eyes find faults sooner!", "against": AGAINST}
    assert of.missing(of.parse({"parts": twice})) == "For: 5 of at least 6 words."


def test_the_same_few_words_again_and_again_get_nothing():
    stuffed = {name: f"{text} " + "if open so open if so " * 2 for name, text in GOOD.items()}
    stuffed["against"] = "open if so " * 4 + AGAINST
    result = score({"for": "if so open [khan.2.1] so if open so if", "against": "so open if [brief.3.1] open so if so"})
    assert (result.points, result.status) == (0, Status.NOT_YET)
    assert result.summary == "The text says the same few words again and again."


def test_variety_is_the_mean_over_windows_of_fifty_words():
    assert variety("") == 0
    assert variety("one two three") == 1
    assert variety("one one two two") == 0.5
    words = [f"w{n % 30}" for n in range(200)]
    windows = [len(set(words[start : start + 50])) / 50 for start in range(151)]
    assert variety(" ".join(words)) == pytest.approx(sum(windows) / 151)


def test_a_citation_stands_in_brackets_alone_or_with_others():
    text = "[khan.2.1] [Brief.3.1; engadget.4.1 and khan.2.1], not khan.3.1, [sic], [2], [1.2] or [a.b.c]"
    assert list(citations(text)) == ["khan.2.1", "brief.3.1", "engadget.4.1"]


def test_a_phrase_counts_as_a_word_of_its_own_in_any_case():
    asked = [{"what": "a likeness", "any": ["like", "it's alike"]}]
    text = "Many eyes find faults sooner {} they look [khan.2.1]."
    assert found(GOOD | {"for": text.format("likely")}, names=asked) == [("no-names", "does not name a likeness")]
    assert found(GOOD | {"for": text.format("LIKE")}, names=asked) == []
    assert found(GOOD | {"for": text.format("It’s alike")}, names=asked) == []


def test_nothing_written_is_no_answer():
    of = item()
    assert of.parse({"parts": {"for": " \n "}}) == EssayAnswer()
    assert of.missing(EssayAnswer()) == "Nothing is written yet."
    assert score({}).status == Status.INCOMPLETE


def test_what_is_missing_is_said_for_each_part():
    of = item()
    assert of.missing(of.parse({"parts": {"for": FOR}})) == "Against: 0 of at least 6 words."
    assert of.missing(of.parse({"parts": GOOD})) == ""
    assert item(words=[30, 40]).missing(of.parse({"parts": GOOD})) == "17 of at least 30 words."


def test_one_text_or_a_mapping_can_be_typed():
    alone = item(parts=FIELDS["parts"][:1])
    assert alone.parse(alone.typed(FOR, None)) == EssayAnswer(parts={"for": FOR})
    of = item()
    assert of.parse(of.typed({"against": "B", "for": "A"}, None)) == EssayAnswer(parts={"for": "A", "against": "B"})
    assert list(of.parse({"parts": {"against": "B", "for": "A"}}).parts) == ["for", "against"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"parts": {"thesis": "x"}}, "answer: brief: parts: 'thesis' is not a part of this essay. Use for, against."),
        ({"parts": {"for": 1}}, "answer: brief: parts.for: input should be a valid string, not 1. Correct this value."),
        ({"parts": []}, "answer: brief: parts: input should be a valid dictionary, not []. Correct this value."),
        (
            "text",
            "answer: brief: input should be a valid dictionary or instance of EssayAnswer, not 'text'. "
            "Correct this value.",
        ),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_in_one_line(answer: Any, message: str):
    assert refusal(lambda: item().parse(answer)) == message


def test_too_long_a_text_and_half_a_character_are_refused():
    assert "at most 20000 characters" in refusal(lambda: item().parse({"parts": {"for": "x" * (MAX_LENGTH + 1)}}))
    assert refusal(lambda: item().parse({"parts": {"for": "\ud800"}}))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"words": [40, 20]}, "not a least and a most"),
        ({"words": [2, 11]}, "the parts' least words are more than the whole may have"),
        ({"parts": FIELDS["parts"] * 2}, "the id for is given twice"),
        ({"rubric": FIELDS["rubric"] * 2}, "the id fair is given twice"),
    ],
)
def test_an_item_that_contradicts_itself_is_refused(fields: dict[str, Any], problem: str):
    with pytest.raises(ValueError, match=problem):
        item(**fields)


def test_a_key_explains_every_check_and_has_samples_for_every_criterion():
    assert list(key().problems(item())) == []
    assert list(key("part-words", "words").problems(item(sources=0, names=[]))) == [("checks", "words is not checked")]
    assert ("checks", "no explanation for names") in list(key("part-words").problems(item()))
    assert list(key(marking={}).problems(item())) == [("marking", "no samples for fair")]
    other = {"fair": ["a"] * 4, "style": ["a"] * 4}
    assert list(key(marking=other).problems(item())) == [("marking", "style is not in the rubric")]


def test_each_criterion_is_worth_three_points():
    assert item().marks == 3
    assert item(rubric=[FIELDS["rubric"][0] | {"id": name} for name in ("a", "b")]).marks == 6


def test_the_prompt_has_the_lines_that_can_be_cited_only_if_sources_are_asked_for():
    assert "khan.2.1" in item().prompt()["passages"]
    assert item(sources=0).prompt()["passages"] == []


CLAIMS = [
    {"id": "c1", "text": "Many eyes find faults sooner."},
    {"id": "c2", "text": "Whoever looks can find one."},
    {"id": "c3", "text": "Few people look."},
]
MAP: dict[str, Any] = {"claims": CLAIMS, "relations": ["c2 supports c1", "c3 undercuts r1"], "main": "c1"}
OWN = {"text": "Draw it.", "claims": 3}
OF_MAP = ("map", "map-thesis", "map-objection")


def drawn(parts: dict[str, str], map_: dict[str, Any] | None = None) -> Any:
    of = item(map=OWN)
    return of.score(of.parse({"parts": parts} | ({"map": map_} if map_ else {})), key(*CHECKS, *OF_MAP))


def test_a_map_that_states_the_thesis_of_the_first_part_is_in_order():
    assert drawn(GOOD, MAP).points == 3


def test_an_essay_without_its_map_loses_all_three_checks_of_it_and_each_is_explained():
    result = drawn(GOOD)
    assert result.fraction == pytest.approx(3 / 6)
    assert [note.misconception for note in result.notes] == [f"no-{name}" for name in OF_MAP]


def test_a_main_claim_that_the_first_part_does_not_state_is_named():
    [note] = drawn(GOOD | {"for": FOR.replace("faults", "some faults")}, MAP).notes
    assert (note.misconception, note.given) == (
        "no-map-thesis",
        "has the main claim “Many eyes find faults sooner.” in its map only",
    )


def test_a_citation_capitals_and_signs_do_not_stand_between_text_and_map():
    assert drawn(GOOD | {"for": "MANY eyes, find faults [khan.2.1] sooner; if they look."}, MAP).points == 3


def test_the_thesis_has_to_stand_in_the_first_part_and_not_in_another():
    turned = {"for": AGAINST + " If so.", "against": FOR}
    assert [note.misconception for note in drawn(turned, MAP).notes] == ["no-map-thesis"]


def test_a_map_alone_gets_nothing():
    of = item(map=OWN)
    assert of.score(of.parse({"parts": {}, "map": MAP}), key(*CHECKS, *OF_MAP)).status == Status.INCOMPLETE


def test_what_the_map_lacks_is_said_with_what_the_text_lacks():
    of = item(map=OWN)
    assert of.missing(of.parse({"parts": GOOD})) == "The map has no relation yet."
    assert of.missing(of.parse({"parts": GOOD, "map": MAP | {"main": None}})) == "The map has no main claim yet."
    assert of.missing(of.parse({"parts": GOOD, "map": MAP})) == ""


def test_a_map_is_told_in_words_with_the_words_of_the_text():
    of = item(map=OWN)
    lines = of.describe(of.parse({"parts": {"for": FOR}, "map": MAP}))
    assert lines[0] == "For: 8 words"
    assert "Own claim c3: “Few people look.”" in lines


def test_a_map_where_none_is_asked_for_is_refused():
    assert "this essay asks for none" in refusal(lambda: item().parse({"parts": GOOD, "map": MAP}))


@pytest.mark.parametrize(
    ("change", "message"),
    [({"main": "c9"}, "'c9' is not a claim"), ({"relations": ["c2 supports c9"]}, "'c9' is not on the board")],
)
def test_a_map_that_does_not_fit_is_refused_as_on_a_board(change: dict[str, Any], message: str):
    assert message in refusal(lambda: item(map=OWN).parse({"parts": GOOD, "map": MAP | change}))


def test_an_essay_without_a_map_is_stored_as_before():
    assert item().parse({"parts": GOOD}).model_dump(mode="json") == {"parts": GOOD}


def test_text_and_map_are_given_by_two_forms_and_each_keeps_the_other():
    of = item(map=OWN)
    text, board = of.forms()
    whole = of.parse({"parts": GOOD, "map": MAP})
    assert isinstance(whole, EssayAnswer)
    assert of.shown_in(text, whole) == EssayAnswer(parts=GOOD)
    assert of.shown_in(board, whole) == whole.map
    assert of.parse(of.merged({"parts": {"for": "x"}}, whole, text)) == EssayAnswer(parts={"for": "x"}, map=whole.map)
    assert of.parse(of.merged({}, whole, text)) == EssayAnswer(map=whole.map)
    assert of.parse(of.merged({}, whole, board)) == EssayAnswer(parts=GOOD)
    assert of.parse(of.merged(MAP, None, board)) == EssayAnswer(map=whole.map)


def test_what_is_typed_replaces_text_or_map_and_keeps_the_other():
    of = item(map=OWN)
    whole = of.parse({"parts": GOOD, "map": MAP})
    assert isinstance(whole, EssayAnswer)
    typed = of.merged(of.typed({"for": FOR}, None), whole)
    assert of.parse(typed) == EssayAnswer(parts={"for": FOR}, map=whole.map)
    assert of.parse(of.merged(of.typed({"map": MAP}, None), EssayAnswer(parts=GOOD))) == whole


def test_an_essay_is_shown_with_its_map_in_words():
    of = item(map=OWN)
    answer = of.parse({"parts": GOOD, "map": MAP | {"claims": [CLAIMS[0], CLAIMS[1], CLAIMS[2] | {"text": HOSTILE}]}})
    assert isinstance(answer, EssayAnswer)
    html = essay_to_html(of, answer)
    assert "The map in words" in html
    assert_harmless(html, HOSTILE)


@given(st.dictionaries(st.sampled_from(["for", "against"]), st.text(max_size=300)))
def test_any_text_scores_within_the_limits_and_the_same_again(parts: dict[str, str]):
    result = score(parts)
    assert 0 <= result.fraction <= 1
    assert (result.status == Status.INCOMPLETE) == (not any(text.strip() for text in parts.values()))
    assert score(parts) == result


def test_an_essay_is_shown_as_it_was_written_and_never_as_markup():
    of = item()
    html = essay_to_html(of, EssayAnswer(parts={"for": f"First.\n\n{HOSTILE}"}))
    assert_harmless(html, HOSTILE)
    assert html.count("<p>") == 3  # the part's name and two paragraphs


def test_the_rubric_shows_sample_paragraphs_only_with_the_key():
    assert "Three." not in rubric_to_html(item())
    shown = rubric_to_html(item(), key())
    assert all(text in shown for text in ("Full.", "Three.", "3 points at most"))
