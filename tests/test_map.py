"""The item kind ``map``: what is accepted as an answer, what it is worth, and which mistake is explained."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from course.argument.assessment import Mistake
from course.argument.words import notation, relation, relations, sentence
from course.corpus.documents import find_segment
from course.errors import CourseError
from course.exercises import Status
from course.exercises.kinds.map import MapItem, MapKey
from tests.argument.draw import draw
from tests.argument.maps import well_formed_maps
from tests.argument.mistaken import BACKGROUND, EVERYONE, KEY, OPTIONAL, SPEAKERS, WRONG, WRONG_MAIN
from tests.argument.mistaken import RIGHT as VARIANTS
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

OF_A_LINK = "From {source} to {target}."
WORDS = {"everything-linked": "Too much.", "main-claim": "All leads to {source}."}


def accepted(**fields: Any) -> dict[str, Any]:
    return {"relations": RIGHT, "main": "m", "reason": "As it is."} | fields


def explained(of_a_link: str = OF_A_LINK) -> dict[str, Any]:
    return {name: {"misconception": name, "why": WORDS.get(name, of_a_link)} for name in MISTAKES}


def at(mistake: str, source: str, target: str, why: str = "This very one.") -> dict[str, Any]:
    return {"mistake": mistake, "claims": [source, target], "misconception": "exact", "why": why}


def item(**fields: Any) -> MapItem:
    return MapItem.model_validate(BASE | fields)


def key(of: MapItem, *accept: dict[str, Any], **fields: Any) -> MapKey:
    data = {
        "accept": [accepted(**each) for each in accept or ({},)],
        "mistakes": explained(),
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
    assert note.text == "From “Open it” to “It leaks”."
    assert note.given == "“Open it” supports “It leaks”"


def test_an_exact_explanation_comes_before_a_general_one():
    of = item()
    by = key(of, passages=[at("reversed", "m", "c")])
    assert score("m supports c", of=of, by=by).notes[0].text == "This very one."


@pytest.mark.parametrize(("claims", "why"), [(("m", "c"), "reversed"), (("c", "m"), "as in the key")])
def test_a_reversed_link_may_be_named_either_way(claims: tuple[str, str], why: str):
    of = item()
    by = key(of, passages=[at("reversed", *claims, why)])
    assert score("m supports c", of=of, by=by).notes[0].text == why


def with_passage(claim: str) -> MapItem:
    return item(
        claims=[{"id": n, "text": t, "segments": ["khan.2.1"] if n == claim else []} for n, t in CLAIMS.items()]
    )


def test_a_note_quotes_the_passage_of_the_reason():
    (note,) = score("m supports c", of=with_passage("m")).notes
    assert (note.segment, note.quote) == ("khan.2.1", find_segment("khan.2.1").text)


def test_a_note_quotes_a_passage_that_is_the_items_own_without_an_id():
    of = item(free=True, segments=[{"id": "own-1", "text": "A line of ours."}])
    drawn = {"claims": [{"id": "c1", "text": "Mine.", "segments": ["own-1"]}], "relations": ["c1 supports m"]}
    (note,) = of.score(of.parse(drawn | {"main": "m"}), key(of)).notes
    assert (note.misconception, note.segment, note.quote) == ("surplus", None, "A line of ours.")


def test_a_wrong_main_claim_is_told_and_quoted_and_not_the_right_one():
    (note,) = score(*RIGHT, main="c", of=with_passage("m")).notes
    assert (note.given, note.segment) == ("“It leaks” as the main claim", None)
    assert score(*RIGHT, main="m").notes == ()


def test_what_a_learner_wrote_is_no_placeholder():
    of = item(free=True)
    drawn = {"claims": [{"id": "c1", "text": "{target} <b>"}], "relations": ["c1 supports m"], "main": "m"}
    assert of.score(of.parse(drawn), key(of)).notes[0].text == "From “{target} <b>” to “Open it”."


def test_a_long_claim_is_shortened_in_an_explanation():
    of = item(claims=[{"id": n, "text": "word " * 90 if n == "m" else t} for n, t in CLAIMS.items()])
    assert len(score("m supports c", of=of).notes[0].text) < 150


@pytest.mark.parametrize(
    ("drawn", "summary"),
    [
        (["c supports m", "a + b supports m"], "1 of your 2 relations is right: “It leaks” supports “Open it”."),
        (["c supports m"], "Your relation is right: “It leaks” supports “Open it”."),
        (["m supports c"], "Your relation is not right yet."),
        (["m supports c", "m supports a"], "None of your 2 relations is right yet."),
    ],
)
def test_what_is_right_is_confirmed_in_words(drawn: list[str], summary: str):
    assert score(*drawn).summary == summary


def test_full_credit_with_a_mistake_left_says_so():
    result = score("a + b supports c", "c supports m", "d rebuts m")
    assert (result.status, result.fraction) == (Status.CORRECT, 1)
    assert "That is enough for full points" in result.summary
    assert [note.misconception for note in result.notes] == ["rebut-for-undercut"]


def test_an_ill_formed_map_is_saved_explained_and_worth_nothing_until_it_is_repaired():
    result = score(*RIGHT, "m supports a")
    assert (result.status, result.fraction) == (Status.NOT_YET, 0.0)
    assert result.notes[0].text.startswith(
        "These claims support each other in a circle: “Drives are small” supports “It leaks” supports “Open it” "
        "supports “Drives are small”."
    )


def test_the_relations_concerned_are_named_where_a_map_is_ill_formed():
    (note,) = score(*RIGHT, "d undercuts m").notes
    assert note.text.startswith("r4 undercuts “Open it”, which is a claim. An undercut attacks the step")
    assert note.given == "r4: “Copies age” undercuts “Open it”"


def test_linking_everything_confirms_nothing():
    names = list(CLAIMS)
    result = score(*[f"{one} supports {other}" for place, one in enumerate(names) for other in names[place + 1 :]])
    assert (result.fraction, result.summary) == (0, "Nearly everything is linked, so nothing can be confirmed.")


@pytest.mark.parametrize("main", [None, "c"])
def test_without_the_right_main_claim_half_of_the_credit_is_left(main: str | None):
    assert score(*RIGHT, main=main).fraction == 0.5


def test_given_relations_do_not_count_and_completing_them_is_what_is_scored():
    of = item(given=["g1: a + b supports c"])
    rest = {"relations": ["r1: c supports m", "d undercuts r1"]}
    assert score("r1: c supports m", "d undercuts r1", of=of, by=key(of, rest)).fraction == 1
    assert score("d supports a", of=of, by=key(of, rest)).fraction == 0


def test_given_relations_have_names_that_typed_ones_do_not_take():
    of = item(given=["a + b supports c"])
    assert [step.id for step in of.given] == ["g1"]
    assert of.parse({"relations": ["c supports m", "d undercuts g1"]}).relations[1].target == "g1"


@pytest.mark.parametrize("again", ["a supports c", "c rebuts a", "a rebuts c"])
def test_to_draw_a_given_link_again_is_a_mistake(again: str):
    of = item(given=["a + b supports c"])
    by = key(of, {"relations": ["c supports m", "d undercuts r1"]})
    result = score("r1: c supports m", "d undercuts r1", again, of=of, by=by)
    assert result.notes
    assert "“It leaks”" in (result.notes[0].given or "")


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


def test_a_claim_of_the_learners_is_not_known_by_its_name():
    """The form calls own claims c1, c2, …; the key may call others so."""
    passages = [{"id": n, "text": f"Passage {n}."} for n in ("x", "y", "z")]
    of = item(free=True, claims=[], segments=passages, main=False)
    by = key(
        of,
        {
            "relations": ["c1 supports c2"],
            "claims": [{"id": n, "text": n, "segments": [s]} for n, s in (("c1", "x"), ("c2", "y"))],
            "main": None,
        },
    )

    def fraction(*segments: str) -> float:
        claims = [{"id": f"c{n}", "text": "Mine.", "segments": [s] if s else []} for n, s in enumerate(segments, 1)]
        return of.score(of.parse({"claims": claims, "relations": ["c1 supports c2"]}), by).fraction

    assert fraction("x", "y") == 1
    assert fraction("y", "x") == fraction("z", "y") == fraction("", "") == 0
    assert (
        of.score(
            of.parse(
                {"claims": [{"id": "c1", "text": "A."}, {"id": "c2", "text": "B."}], "relations": ["c1 supports c2"]}
            ),
            by,
        )
        .notes[0]
        .given
        == "“A” supports “B”"
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"relations": ["a supports z"]}, "'z' is not on the board. Use a, b, c, d, m, r1"),
        ({"relations": ["z supports a"]}, "'z' is not a claim"),
        ({"relations": ["a is c"]}, "'a is c' has no verb. Write it like"),
        ({"relations": ["x: a supports c", "x: b supports c"]}, "the name x is given twice"),
        ({"relations": ["a supports c"], "main": "z"}, "'z' is not a claim"),
        ({"claims": [{"id": "z", "text": "Mine."}]}, "has claims of its own"),
        (
            {"relations": ["a supports c"] * 301},
            "has more than 200 claims, 300 relations or 1,000 reasons in them. Draw a smaller map.",
        ),
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
        "r3: “Copies age” undercuts r2, the step from “It leaks” to “Open it”",
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


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"background": ["z"]}, ("background", "z is not a claim")),
        ({"speakers": {"z": "Khan"}}, ("speakers", "z is not a claim")),
        ({"passages": [at("reversed", "a", "z")]}, ("passages", "z is not a claim")),
        (
            {"passages": [at("main-claim", "a", "c")]},
            ("passages", "main-claim is not about one link; explain it under mistakes"),
        ),
        (
            {"passages": [at("missing", "a", "c", "Not {relation}.")]},
            ("passages", "{relation} stands for nothing here; there is {source}, {target}"),
        ),
        (
            {"mistakes": explained("From {sorce}.")},
            ("mistakes.reversed", "{sorce} stands for nothing here; there is {relation}, {source}, {target}"),
        ),
        ({"accept": [accepted(optional=["r9"])]}, ("accept.0.optional", "r9 is not a claim or relation of this map")),
        (
            {"accept": [accepted(main=None)]},
            ("accept.0.main", "is named exactly if the item asks for a main claim"),
        ),
        (
            {"accept": [accepted(claims=[{"id": "z", "text": "Z.", "segments": ["khan.2.1"]}])]},
            ("accept.0.claims", "are for free maps; this item's claims are given"),
        ),
        (
            {"accept": [accepted(relations=["c supports m", "a rebuts c", "a undermines c"])]},
            ("accept.0", "would itself be told that it is wrong: surplus"),
        ),
        (
            {"accept": [accepted(relations=["a supports z"])]},
            ("accept.0", "is no argument map: r1 leads to z, which is not in the map"),
        ),
    ],
)
def test_a_key_that_does_not_fit_is_told_where(fields: dict[str, Any], problem: tuple[str, str]):
    of = item()
    assert problem in list(MapKey.model_validate(key(of).model_dump() | fields).problems(of))


@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        ({"segments": []}, "z rests on no segment, so no learner's claim can match it; make it optional"),
        ({"segments": ["khan.99.1"]}, "z rests on khan.99.1, which is no segment"),
    ],
)
def test_a_claim_that_learners_have_to_find_rests_on_a_segment(claim: dict[str, Any], problem: str):
    of = item(free=True)
    fields = {"accept": [accepted(claims=[{"id": "z", "text": "Z."} | claim])]}
    assert ("accept.0.claims", problem) in list(MapKey.model_validate(key(of).model_dump() | fields).problems(of))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"claims": [{"id": "r1", "text": "A."}]}, "r1 is what a learner's relation is called"),
        ({"given": ["r7: a supports c"]}, "r7 is what a learner's relation is called"),
        ({"given": ["a: a supports c"]}, "the id a is given twice in claims and given"),
        ({"given": ["a supports a"]}, "g1 lets a support itself"),
        ({"given": ["a supports"]}, "'a supports' has 0 targets"),
        (
            {"claims": [{"id": "a", "text": "A.", "segments": ["khan.99.1"]}]},
            "a rests on khan.99.1, which is no segment",
        ),
        ({"claims": [{"id": "a", "text": "A."}]}, "Give at least three"),
        ({"segments": [{"id": "x", "text": "X."}]}, "segments are for free maps"),
    ],
)
def test_an_item_that_cannot_work_is_refused(fields: dict[str, Any], message: str):
    with pytest.raises(ValidationError) as caught:
        item(**fields)
    assert message in str(caught.value)


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
    step = of.parse({"relations": ["a supports c"]}).relations[0]
    assert (
        sentence(step.model_copy(update={"target": "gone"}), of.map_of(of.parse({})))
        == "“Drives are small” supports gone"
    )


BOARD = item(
    claims=[{"id": name, "text": f"Claim {name}.", "implicit": True} for name in EVERYONE], given=[], main=True
)


def in_words(line: str) -> list[str]:
    return [notation(step) for step in draw(line).relations]


@pytest.fixture(scope="module")
def whole() -> MapKey:
    """A key in which each mistake stands for itself."""
    accept = {"relations": in_words(KEY), "main": "m", "optional": list(OPTIONAL)}
    every = {name: {"misconception": name, "why": f"This is {name}."} for name in Mistake}
    return key(BOARD, accept, mistakes=every, background=list(BACKGROUND), speakers=SPEAKERS)


@pytest.mark.parametrize(("mistake", "line"), [(mistake, line) for mistake, lines in WRONG.items() for line in lines])
def test_each_mistake_of_structure_gets_exactly_its_explanation(mistake: Mistake, line: str, whole: MapKey):
    notes = score(*in_words(line), of=BOARD, by=whole).notes
    assert [(note.misconception, note.text) for note in notes] == [(mistake, f"This is {mistake}.")]


@pytest.mark.parametrize("main", WRONG_MAIN)
def test_a_missing_or_wrong_main_claim_gets_exactly_its_explanation(main: str | None, whole: MapKey):
    notes = score(*in_words(KEY), main=main, of=BOARD, by=whole).notes
    assert [note.misconception for note in notes] == [Mistake.MAIN_CLAIM]


@pytest.mark.parametrize("line", VARIANTS)
def test_a_correct_variant_gets_no_explanation_and_full_credit(line: str, whole: MapKey):
    result = score(*in_words(line), of=BOARD, by=whole)
    assert (result.status, result.fraction, result.notes) == (Status.CORRECT, 1, ())
