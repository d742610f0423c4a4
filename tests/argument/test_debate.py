import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.argument.debate import Status, as_framework, deciding, standing, what_if
from course.argument.model import ArgumentMap, Claim, RelationKind
from course.errors import CourseError
from tests.argument.draw import draw
from tests.argument.maps import well_formed_maps

STANDS, FALLS, UNDECIDED = Status.STANDS, Status.FALLS, Status.UNDECIDED
_WORTH = {FALLS: 0, UNDECIDED: 1, STANDS: 2}


def least_fixpoint(debate: ArgumentMap, rejected: frozenset[str] = frozenset()) -> dict[str, Status]:
    """Return the status of each claim and relation, straight from the map: as little as possible is decided.

    This is Kleene's three-valued logic, with nothing of frameworks in it.
    """
    worth = {part.id: 1 for part in (*debate.claims, *debate.relations)}
    while True:
        now = {}
        for relation in debate.relations:
            cuts = [2 - worth[each.id] for each in debate.relations if each.target == relation.id]
            now[relation.id] = min([worth[source] for source in relation.sources] + cuts)
        for claim in debate.claims:
            into = [each for each in debate.relations if each.target == claim.id]
            reasons = [worth[each.id] for each in into if each.kind == RelationKind.SUPPORT]
            attacks = [2 - worth[each.id] for each in into if each.kind != RelationKind.SUPPORT]
            now[claim.id] = 0 if claim.id in rejected else min([max(reasons, default=2), *attacks])
        if now == worth:
            status = {value: name for name, value in _WORTH.items()}
            return {name: status[value] for name, value in worth.items()}
        worth = now


@st.composite
def debates_with_rejected(draw, **options):
    debate = draw(well_formed_maps(**options))
    names = [claim.id for claim in debate.claims]
    return debate, draw(st.frozensets(st.sampled_from(names)) if names else st.just(frozenset()))


class TestStanding:
    @pytest.mark.parametrize(
        ("line", "stand", "fall"),
        [
            ("a>b b>m", "abm", ""),
            ("a>b b>m x!a", "x", "abm"),  # a chain is as weak as its first link
            ("a+b>m x!b", "ax", "bm"),  # co-premises only count together
            ("a>m b>m x!b", "amx", "b"),  # independent reasons count for themselves
            ("a>m b>m x!a y!b", "xy", "abm"),
            ("x!m", "x", "m"),
            ("x!m y!x", "my", "x"),  # reinstatement
            ("x!m y!x z!y", "xz", "my"),
            ("a>m x!a y!x", "amy", "x"),
            ("a>m x?a", "x", "am"),
            ("a>m x!m", "ax", "m"),  # a reason does not outweigh an attack
            ("a>m u~r1", "au", "m"),  # an undercut leaves the premise alone
            ("a>m b>m u~r1", "abmu", ""),
            ("x!m u~r1", "xmu", ""),  # an attack can be undercut too
            ("a>m u~r1 v~r2", "auvm", ""),
            ("a>m u~r1 v~r2 w~r3", "auvw", "m"),
            ("x+y!m z!y", "xmz", "y"),  # nor do co-premises attack one by one
            ("a!b b!a", "", ""),
            ("a!b b!c c!a", "", ""),
            ("a!b b!c c!d d!a", "", ""),
            ("m!m", "", ""),
            ("m!m x!m", "x", "m"),
            ("m!m u~r1", "mu", ""),
            ("a!b b!a b>m", "", ""),
            ("a!b b!a b>m c>m", "cm", ""),
            ("a!b b!a a!m x!m", "x", "m"),
            ("a>m m!a", "", ""),  # a conclusion that attacks its own premise
        ],
    )
    def test_of_a_small_debate(self, line, stand, fall):
        found = standing(draw(line))
        assert {name for name in found if found[name] == STANDS} == set(stand)
        assert {name for name in found if found[name] == FALLS} == set(fall)

    @given(debates_with_rejected())
    def test_is_the_least_that_the_map_says(self, debate):
        expected = least_fixpoint(*debate)
        assert dict(what_if(*debate)) == {claim.id: expected[claim.id] for claim in debate[0].claims}

    @given(well_formed_maps())
    def test_lets_nothing_stand_that_an_attacker_that_stands_attacks(self, debate):
        found = standing(debate)
        undercut = {relation.target for relation in debate.relations if relation.kind == RelationKind.UNDERCUT}
        for relation in debate.relations:
            attacks = relation.kind in {RelationKind.REBUT, RelationKind.UNDERMINE}
            if attacks and relation.id not in undercut and all(found[each] == STANDS for each in relation.sources):
                assert found[relation.target] == FALLS

    @given(well_formed_maps())
    def test_lets_a_claim_with_reasons_stand_only_on_one_that_holds(self, debate):
        found, parts = standing(debate), least_fixpoint(debate)
        for claim in debate.conclusions():
            if found[claim] == STANDS:
                assert any(
                    all(found[source] == STANDS for source in relation.sources)
                    and not any(each.target == relation.id and parts[each.id] == STANDS for each in debate.relations)
                    for relation in debate.relations
                    if relation.target == claim and relation.kind == RelationKind.SUPPORT
                )

    @given(well_formed_maps(attacks=False))
    def test_lets_everything_stand_without_attacks(self, debate):
        assert all(status == STANDS for status in standing(debate).values())

    def test_refuses_a_map_that_is_not_well_formed(self):
        with pytest.raises(CourseError, match="support each other in a circle"):
            standing(draw("a>b b>a"))

    def test_follows_a_chain_of_any_length(self):
        assert standing(draw(" ".join(f"c{number}>c{number + 1}" for number in range(3000))))["c3000"] == STANDS


class TestFramework:
    def test_of_a_map_has_claims_relations_and_denials(self):
        found = as_framework(draw("a+b>m x!b u~r1"), rejected=["u"])
        assert found.arguments == (
            *("a", "b", "m", "x", "u", "r1", "r2", "r3"),
            *("not a", "not b", "no reason for m", "not x", "not u", "rejected u"),
        )
        assert set(found.attacks) == {
            *(("a", "not a"), ("b", "not b"), ("x", "not x"), ("u", "not u")),
            *(("not a", "r1"), ("not b", "r1"), ("not x", "r2"), ("not u", "r3")),
            *(("r1", "no reason for m"), ("no reason for m", "m")),
            *(("r2", "b"), ("r3", "r1"), ("rejected u", "u")),
        }


class TestWhatIf:
    def test_a_rejected_claim_falls_whatever_supports_it(self):
        found = what_if(draw("a>b b>m"), ["b"])
        assert dict(found) == {"a": STANDS, "b": FALLS, "m": FALLS}

    def test_rejecting_an_attacker_frees_what_it_attacks(self):
        assert what_if(draw("x!m"), ["x"])["m"] == STANDS

    def test_one_claim_may_be_named_alone(self):
        assert dict(what_if(draw("top!m", also="t o p"), "top")) == dict(what_if(draw("top!m", also="t o p"), ["top"]))

    def test_refuses_what_is_no_claim(self):
        with pytest.raises(CourseError, match="r1 is not a claim of the map"):
            what_if(draw("a>m"), ["r1"])

    @given(debates_with_rejected(attacks=False))
    def test_lets_no_claim_stand_that_did_not_without_attacks(self, debate):
        before, after = standing(debate[0]), what_if(*debate)
        assert all(before[name] == STANDS for name in after if after[name] == STANDS)
        assert all(after[name] == FALLS for name in debate[1])

    @given(debates_with_rejected())
    def test_gives_reasons_that_name_only_claims_of_the_map(self, debate):
        found = what_if(*debate)
        allowed = set(found.texts.values())
        for reason in found.reasons.values():
            assert set(re.findall(r"“[^”]*”(?: \([^()]*\d[^()]*\))?", reason)) <= allowed


class TestReasons:
    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("m>x", "stands, because nothing attacks it"),
            ("a>m", "stands, because it rests on “A”, which stands, and nothing attacks it"),
            ("a+b>m", "stands, because it rests on “A” and “B” together, which stand, and nothing attacks it"),
            (
                "a+b>m c>m",
                "stands, because it rests on “A” and “B” together and independently on “C”, which stand, and nothing"
                " attacks it",
            ),
            ("a>m b>m x!b", "stands, because it rests on “A”, which stands, and nothing attacks it"),
            ("x!m y!x", "stands, because no attack on it holds (“X” falls)"),
            (
                "x!m y!x z+w!m u~r3",
                "stands, because no attack on it holds (“X” falls; “U” undercuts the step from “Z” and “W” together)",
            ),
            (
                "a>m x!m y!x",
                "stands, because it rests on “A”, which stands, and no attack on it holds (“X” falls)",
            ),
            ("a>m x!a", "falls, because it rests on “A” alone, and that falls"),
            ("a+b>m x!a", "falls, because it rests on “A” and “B” together, and “A” falls"),
            ("a+b>m x!a x!b", "falls, because it rests on “A” and “B” together, and “A” and “B” fall"),
            ("a>m u~r1", "falls, because it rests on “A” alone, and “U” undercuts the step from “A”"),
            ("a>m u+v~r1", "falls, because it rests on “A” alone, and “U” and “V” together undercut the step from “A”"),
            (
                "a>m u~r1 x!a",
                "falls, because it rests on “A” alone, and that falls and “U” undercuts the step from “A”",
            ),
            ("a>m b>m x!a x!b", "falls, because no reason for it holds (“A” falls; “B” falls)"),
            ("x!m", "falls, because “X” attacks it and stands"),
            ("x+y!m", "falls, because “X” and “Y” together attack it and stand"),
            ("x!m y!m", "falls, because “X” attacks it and stands, and “Y” attacks it and stands"),
            ("a>m x!m", "falls, because “X” attacks it and stands"),
            ("a>m x!m p!p p!a", "falls, because “X” attacks it and stands"),
            ("a>m b>m x!m x!a", "falls, because “X” attacks it and stands"),
            ("p!p p>m b>m x!b x!m", "falls, because “X” attacks it and stands"),
            ("a>m x!m x!a", "falls, because it rests on “A” alone, and that falls, and “X” attacks it and stands"),
            ("m!m", "is undecided, because it attacks itself"),
            ("m!x x!m", "is undecided, because “X” attacks it and is undecided"),
            ("a>m m!x x!m", "is undecided, because “X” attacks it and is undecided"),
            ("p!p p+x!m", "is undecided, because “P” and “X” together attack it, and “P” is undecided"),
            (
                "p!p x!m p~r2",
                "is undecided, because “X” attacks it, and it is undecided whether “P” undercuts the step from “X”",
            ),
            ("p!p p>m", "is undecided, because it rests on “P” alone, and that is undecided"),
            (
                "p!p a>m p~r2",
                "is undecided, because it rests on “A” alone, and it is undecided whether “P” undercuts the step from"
                " “A”",
            ),
            ("p!p p+a>m", "is undecided, because it rests on “P” and “A” together, and “P” is undecided"),
            (
                "p!p p>m b>m x!b",
                "is undecided, because it is undecided whether a reason for it holds (“P” is undecided)",
            ),
            (
                "p!p p>m p!m",
                "is undecided, because it rests on “P” alone, and that is undecided, and “P” attacks it and is"
                " undecided",
            ),
        ],
    )
    def test_say_why(self, line, reason):
        debate = draw(line)
        claims = tuple(Claim(id=claim.id, text=f"{claim.id.upper()}.") for claim in debate.claims)
        assert standing(debate.model_copy(update={"claims": claims})).reasons["m"] == reason

    def test_say_what_the_learner_rejects(self):
        assert what_if(draw("a>m"), ["m"]).reasons["m"] == "falls, because you reject it"

    def test_shorten_texts_between_words(self):
        claims = Claim(id="a", text="word " * 30), Claim(id="b", text="w" * 100)
        texts = standing(ArgumentMap(claims=claims)).texts
        assert texts["a"] == "“" + "word " * 10 + "word…”"
        assert texts["b"] == "“" + "w" * 59 + "…”"

    def test_tell_apart_claims_that_read_the_same(self):
        claims = Claim(id="a", text="It rained."), Claim(id="b", text="It rained."), Claim(id="c", text="Fog.")
        assert list(standing(ArgumentMap(claims=claims)).texts.values()) == [
            "“It rained” (a)",
            "“It rained” (b)",
            "“Fog”",
        ]

    def test_keep_to_one_line_whatever_a_text_holds(self):
        claims = (Claim(id="a", text="One “word”\nand \x1b[31mmore"),)
        assert repr(standing(ArgumentMap(claims=claims))).startswith("“One ‘word’ and \ufffd[31mmore” stands")

    @given(debates_with_rejected())
    def test_begin_with_the_status_and_give_a_reason_for_every_claim(self, debate):
        found = what_if(*debate)
        for name, reason in found.reasons.items():
            assert reason.removeprefix("is ").startswith(f"{found[name]}, because ")
            assert not reason.endswith("because ")
            assert "()" not in reason
            assert ", and ," not in reason


class TestPrinting:
    def test_has_a_line_for_each_claim(self):
        assert str(standing(draw("x!m"))).splitlines() == [
            "“Claim x” stands, because nothing attacks it",
            "“Claim m” falls, because “Claim x” attacks it and stands",
        ]

    def test_rows_make_a_data_frame(self):
        table = pd.DataFrame(standing(draw("x!m")).rows())
        assert list(table.columns) == ["claim", "text", "status", "reason"]
        assert list(table["status"]) == ["stands", "falls"]

    def test_statuses_make_a_series(self):
        assert pd.Series(standing(draw("x!m"))).to_dict() == {"x": "stands", "m": "falls"}


class TestDeciding:
    def test_ranks_premises_by_the_conclusions_that_change(self):
        found = deciding(draw("a>b b>m c>d e>d f+a>g"))
        assert [(each.premise, dict(each.changes)) for each in found] == [
            ("a", {"b": FALLS, "m": FALLS, "g": FALLS}),
            ("f", {"g": FALLS}),
            ("c", {}),
            ("e", {}),
        ]

    def test_counts_conclusions_that_stand_again(self):
        found = {each.premise: dict(each.changes) for each in deciding(draw("a>m x!a"))}
        assert found == {"a": {}, "x": {"m": STANDS}}

    def test_counts_the_main_claim_though_nothing_supports_it(self):
        [found] = deciding(draw("x!m"))
        assert dict(found.changes) == {"m": STANDS}

    def test_prints_what_changes(self):
        assert [str(each) for each in deciding(draw("a>m x!x x!y"))] == [
            "rejecting “Claim a” (a) changes 1 conclusion: m falls",
            "rejecting “Claim x” (x) changes nothing",
        ]

    def test_makes_a_data_frame(self):
        assert list(pd.DataFrame(deciding(draw("a>m"))).columns) == ["premise", "text", "changes"]

    @given(well_formed_maps(max_claims=5, max_relations=6))
    def test_agrees_with_what_if(self, debate):
        before = standing(debate)
        for each in deciding(debate):
            after = what_if(debate, [each.premise])
            wanted = {*debate.conclusions(), debate.main} - {None, each.premise}
            assert dict(each.changes) == {name: after[name] for name in wanted if after[name] != before[name]}
