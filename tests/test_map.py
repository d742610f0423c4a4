"""The item kind ``map``: what is accepted as an answer, what it is worth, and which mistake is explained."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.argument.words import notation, relation, relations, sentence
from course.errors import CourseError
from course.exercises import Status
from course.exercises.kinds.map import MapItem, MapKey
from tests.argument.maps import well_formed_maps
from tests.content import refusal

CLAIMS = {
    "a": "Drives are small.",
    "b": "Small things get stolen.",
    "c": "It leaks.",
    "d": "Copies age.",
    "m": "Open it.",
}
BASE: dict[str, Any] = {
    "id": "leak",
    "kind": "map",
    "title": "Leak",
    "objectives": ["map"],
    "points": 4,
    "text": "Draw.",
    "hints": ["One.", "Two."],
    "claims": [{"id": name, "text": text} for name, text in CLAIMS.items()],
}
RIGHT = ["a + b supports c", "c supports m", "d undercuts r2"]
MISTAKES = [
    "everything-linked",
    "main-claim",
    "reversed",
    "polarity",
    "rebut-for-undercut",
    "wrong-level",
    "co-premises-split",
    "independent-merged",
    "surplus",
    "missing",
]


def item(**fields: Any) -> MapItem:
    return MapItem.model_validate(BASE | fields)


def key(of: MapItem, *accept: dict[str, Any], **fields: Any) -> MapKey:
    data = {
        "accept": [{"relations": RIGHT, "main": "m", "reason": "As it is."} | each for each in accept or ({},)],
        "mistakes": {name: {"misconception": name, "why": f"{name}: {{source}} to {{target}}."} for name in MISTAKES},
        "hints": ["Three.", "Four."],
        "samples": {"accept": [{}] * 3, "reject": [{"answer": {}, "explains": "x"}] * 3},
    } | fields
    found = MapKey.model_validate(data)
    assert list(found.problems(of)) == []
    return found


def score(*drawn: str, main: str | None = "m", of: MapItem | None = None, by: MapKey | None = None) -> Any:
    of = of or item()
    return of.score(of.parse({"relations": list(drawn), "main": main}), by or key(of))


def test_the_accepted_map_gets_full_credit_and_its_reason():
    result = score(*RIGHT)
    assert (result.status, result.fraction, result.summary, result.notes) == (Status.CORRECT, 1.0, "As it is.", ())


def test_the_order_and_the_names_of_relations_do_not_count():
    assert score("x: d undercuts step", "step: c supports m", "b + a supports c").fraction == 1


def test_nothing_drawn_is_incomplete_and_worth_nothing():
    result = score()
    assert (result.status, result.fraction, result.summary) == (Status.INCOMPLETE, 0.0, "No relation is drawn yet.")


@pytest.mark.parametrize(
    ("drawn", "main", "mistake"),
    [
        (["a + b supports c", "m supports c"], "m", "reversed"),
        (["a + b supports c", "c rebuts m"], "m", "polarity"),
        (["a + b supports c", "c supports m", "d rebuts m"], "m", "rebut-for-undercut"),
        (["a + b supports m", "c supports m"], "m", "wrong-level"),
        (["a supports c", "b supports c", "c supports m"], "m", "co-premises-split"),
        (["d supports a", "c supports m"], "m", "surplus"),
        (["c supports m"], "m", "missing"),
        (["a + b supports c", "c supports m"], "c", "main-claim"),
        (
            [f"{one} supports {other}" for one, other in ("ab", "ac", "ad", "am", "bc", "bd", "bm", "cd", "cm")],
            "m",
            "everything-linked",
        ),
    ],
)
def test_the_first_mistake_alone_is_explained(drawn: list[str], main: str, mistake: str):
    notes = score(*drawn, main=main).notes
    assert [note.misconception for note in notes] == [mistake]


def test_an_explanation_speaks_of_the_learners_own_claims():
    note = score("a + b supports c", "m supports c").notes[0]
    assert note.text == "reversed: “Open it.” to “It leaks.”."
    assert note.given == "“Open it” supports “It leaks”"


def test_an_exact_explanation_comes_before_a_general_one():
    of = item()
    exact = {"mistake": "reversed", "claims": ["m", "c"], "misconception": "exact", "why": "This very one."}
    assert score("m supports c", of=of, by=key(of, passages=[exact])).notes[0].text == "This very one."


def test_a_note_names_the_passage_of_the_reason():
    of = item(claims=[{"id": n, "text": t, "segments": ["khan.2.1"] if n == "m" else []} for n, t in CLAIMS.items()])
    assert score("m supports c", of=of).notes[0].segment == "khan.2.1"


def test_what_is_right_is_confirmed_in_words():
    summary = score("c supports m", "a + b supports m").summary
    assert summary == "1 of your 2 relations is right: “It leaks” supports “Open it”."


def test_an_ill_formed_map_is_saved_explained_and_worth_nothing_until_it_is_repaired():
    result = score(*RIGHT, "m supports a")
    assert (result.status, result.fraction) == (Status.NOT_YET, 0.0)
    assert "support each other in a circle" in result.notes[0].text


@pytest.mark.parametrize("main", [None, "c"])
def test_without_the_right_main_claim_half_of_the_credit_is_left(main: str | None):
    assert score(*RIGHT, main=main).fraction == 0.5


def test_given_relations_do_not_count_and_completing_them_is_what_is_scored():
    of = item(given=["g1: a + b supports c"])
    rest = {"relations": ["r1: c supports m", "d undercuts r1"]}
    assert score("r1: c supports m", "d undercuts r1", of=of, by=key(of, rest)).fraction == 1
    assert score("d supports a", of=of, by=key(of, rest)).fraction == 0


def test_a_map_of_given_relations_alone_is_blank():
    of = item(given=["g1: a + b supports c"])
    assert score(of=of, by=key(of, {"relations": ["c supports m"]})).status == Status.INCOMPLETE


def test_the_nearest_accepted_map_counts_and_gives_its_reason():
    of = item()
    other = {"relations": ["a supports m", "b supports m", "d supports m"], "reason": "Another way."}
    by = key(of, {}, other)
    assert score("a supports m", "b supports m", "d supports m", of=of, by=by).summary == "Another way."


def test_claims_that_are_picked_from_the_text_are_recognised_by_their_passages():
    of = item(free=True, claims=[], segments=[{"id": n, "text": t} for n, t in CLAIMS.items()])
    own = [{"id": n, "text": t, "segments": [n]} for n, t in CLAIMS.items()]
    by = key(of, {"claims": own})
    mine = {"x": "c", "y": "m", "z": "a", "u": "b", "v": "d"}
    drawn = {
        "claims": [{"id": name, "text": "My own words.", "segments": [segment]} for name, segment in mine.items()],
        "relations": ["z + u supports x", "r2: x supports y", "v undercuts r2"],
        "main": "y",
    }
    assert of.score(of.parse(drawn), by).fraction == 1


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"relations": ["a supports z"]}, "'z' is not on the board. Use a, b, c, d, m, r1"),
        ({"relations": ["z supports a"]}, "'z' is not a claim"),
        ({"relations": ["a is c"]}, "'a is c' has no verb. Write it like"),
        ({"relations": ["x: a supports c", "x: b supports c"]}, "the name x is given twice"),
        ({"relations": ["a supports c"], "main": "z"}, "'z' is not a claim"),
        ({"claims": [{"id": "z", "text": "Mine."}]}, "has claims of its own"),
        ({"relations": ["a supports c"] * 301}, "has more than 200 claims or 300 relations"),
    ],
)
def test_an_answer_that_names_what_is_not_there_is_refused(answer: dict[str, Any], message: str):
    assert message in refusal(lambda: item().parse(answer))


def test_typed_relations_and_drawn_ones_are_stored_alike():
    of = item()
    drawn = {"relations": [{"id": "r1", "kind": "support", "sources": ["a", "b"], "target": "c"}], "main": None}
    assert of.parse(of.typed(["a + b supports c"], None)) == of.parse(drawn)


def test_a_stored_answer_has_the_form_that_the_front_end_sends():
    sent = {
        "claims": [],
        "relations": [
            {"id": "r1", "kind": "undercut", "sources": ["a"], "target": "r2"},
            {"id": "r2", "kind": "support", "sources": ["c"], "target": "m"},
        ],
        "main": "m",
    }
    assert item().parse(sent).model_dump(mode="json") == sent


def test_the_answer_is_told_in_words():
    of = item()
    assert of.describe(of.parse({"relations": RIGHT, "main": "m"})) == [
        "Main claim: “Open it”",
        "r1: “Drives are small” and “Small things get stolen” together support “It leaks”",
        "r2: “It leaks” supports “Open it”",
        "r3: “Copies age” undercuts the step from “It leaks” to “Open it”",
    ]


def test_a_map_without_its_main_claim_is_not_complete():
    of = item()
    assert of.missing(of.parse({"relations": RIGHT})) == "No main claim is named yet."
    assert item(main=False).missing(of.parse({"relations": RIGHT})) == ""


@pytest.mark.parametrize(
    "mistake", ["reversed", "main-claim", "wrong-level", "co-premises-split", "rebut-for-undercut"]
)
def test_a_key_must_explain_every_mistake_that_can_be_made(mistake: str):
    of = item()
    made = key(of)
    left = {name: each for name, each in made.mistakes.items() if name != mistake}
    assert list(made.model_copy(update={"mistakes": left}).problems(of)) == [
        ("mistakes", f"no explanation for {mistake}")
    ]


def test_a_key_must_hold_well_formed_maps():
    of = item()
    bad = key(of).model_copy(
        update={
            "accept": MapKey.model_validate(
                key(of).model_dump() | {"accept": [{"relations": [*RIGHT, "m supports a"], "main": "m", "reason": "x"}]}
            ).accept
        }
    )
    assert any("support each other in a circle" in problem for _, problem in bad.problems(of))


links = st.permutations(list(CLAIMS)).flatmap(
    lambda names: st.lists(
        st.tuples(st.sampled_from(names), st.sampled_from(["supports", "rebuts"]), st.sampled_from(names))
    )
)


@given(links)
def test_any_drawing_scores_between_nothing_and_everything_and_always_the_same(drawn: list[tuple[str, str, str]]):
    words = [" ".join(each) for each in drawn]
    assert 0 <= score(*words).fraction <= 1
    assert score(*words) == score(*words)


@pytest.mark.parametrize("verb", ["supports", "rebuts"])
def test_linking_everything_in_both_directions_is_worth_nothing(verb: str):
    names = list(CLAIMS)
    of = item()
    both = [f"{one} rebuts {other}" for one in names for other in names if one != other]
    assert score(*both).fraction == 0
    forward = [f"{one} {verb} {other}" for place, one in enumerate(names) for other in names[place + 1 :]]
    assert score(*forward, of=of).fraction < 0.5


@given(well_formed_maps())
def test_a_relation_in_words_reads_as_the_same_relation(drawn):
    for step in drawn.relations:
        assert relation(notation(step)) == step.model_copy(update={"scheme": ""})


def test_relations_without_a_name_are_numbered_past_names_in_use():
    found = relations(["a supports b", "r2: c supports b", "d supports b"], ["r1"])
    assert [each.id for each in found] == ["r3", "r2", "r4"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("a supports", "has 0 targets"),
        ("a supports b c", "has 2 targets"),
        ("a b supports c", "are not joined by +"),
        ("a + supports c", "are not joined by +"),
        ("supports c", "are not joined by +"),
        ("a supports b rebuts c", "more than one verb"),
        ("a supports <b>", "'<b>' in 'a supports <b>' is not a name"),
        ("r 1: a supports b", "'r 1' in"),
        ("", "has no verb"),
    ],
)
def test_words_that_are_no_relation_are_refused_with_the_word(words: str, message: str):
    with pytest.raises(CourseError) as caught:
        relation(words)
    assert message in str(caught.value)


def test_a_sentence_names_what_is_not_in_the_map_by_its_id():
    of = item()
    step = of.parse({"relations": ["a supports c"]}).relations[0].relation()
    assert (
        sentence(step.model_copy(update={"target": "gone"}), of.complete(of.parse({})))
        == "“Drives are small” supports gone"
    )
