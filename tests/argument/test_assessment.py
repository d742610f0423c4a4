"""Feedback on structure: each mistake is recognised, and correct variants are not mistaken for one."""

from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from course.argument.assessment import AcceptedMap, Assessment, Mistake, assess, possible
from course.argument.model import ArgumentMap, Claim, Relation, RelationKind
from tests.argument.draw import draw
from tests.argument.maps import well_formed_maps
from tests.argument.mistaken import BACKGROUND, KEY, OPTIONAL, RIGHT, SPEAKERS, WRONG, WRONG_MAIN

ACCEPTED = AcceptedMap(map=draw(KEY), optional=OPTIONAL)


def check(line: str, main: str | None = "m") -> Assessment:
    return assess(draw(line, main, also="a b c d e f g h m"), [ACCEPTED], background=BACKGROUND, speakers=SPEAKERS)


def mistakes(line: str, main: str | None = "m") -> set[Mistake]:
    return {fault.mistake for fault in check(line, main).faults}


@pytest.mark.parametrize(("mistake", "line"), [(mistake, line) for mistake, lines in WRONG.items() for line in lines])
def test_a_wrong_structure_is_recognised_and_nothing_else_is_said(mistake: Mistake, line: str) -> None:
    assert mistakes(line) == {mistake}


@pytest.mark.parametrize("main", WRONG_MAIN)
def test_a_main_claim_that_is_missing_or_wrong_is_recognised(main: str | None) -> None:
    assert mistakes(KEY, main) == {Mistake.MAIN_CLAIM}


def test_there_are_three_wrong_maps_and_more_of_each_mistake() -> None:
    assert set(Mistake) - set(WRONG) == {Mistake.MAIN_CLAIM}
    assert min(map(len, WRONG.values())) >= 3
    assert len(RIGHT) >= 20


@pytest.mark.parametrize("line", RIGHT)
def test_a_correct_variant_gets_full_credit_and_no_explanation(line: str) -> None:
    found = check(line)
    assert found.faults == ()
    assert found.credit == found.agreement == 1


def test_an_optional_relation_may_be_left_out() -> None:
    accepted = AcceptedMap(map=draw("a>m b>m"), optional=("r2",))
    for line in ("a>m", "a>m b>m"):
        found = assess(draw(line), [accepted])
        assert (found.agreement, found.faults) == (1, ())


def test_of_several_accepted_maps_the_nearest_counts() -> None:
    both = [AcceptedMap(map=draw("a>m b>m")), AcceptedMap(map=draw("a>b b>m"))]
    assert assess(draw("a>b b>m"), both).agreement == assess(draw("a>m b>m"), both).agreement == 1


def test_the_relations_that_are_right_are_confirmed() -> None:
    assert check("a+b>m c>m a>d e!m f~r2 g>x x>c h?b").right == ("r1", "r2", "r4", "r5", "r6", "r7", "r8")


def test_a_fault_names_the_reason_its_target_and_the_learners_relation() -> None:
    (fault,) = check("a+b>m c>m a>d e!m f~r2 g>x x>c h?b").faults
    assert (fault.claims, fault.relation) == (("a", "d"), "r3")


def test_a_right_pair_with_wrong_polarity_counts_half() -> None:
    accepted = [AcceptedMap(map=draw("a>m b>m"))]
    assert assess(draw("a>m b!m"), accepted).agreement == pytest.approx(2 * 1.5 / 4)


def test_claims_that_rest_on_segments_are_matched_by_them() -> None:
    def made(names: dict[str, tuple[str, ...]]) -> ArgumentMap:
        first, last = names
        claims = tuple(Claim(id=name, text=name, segments=segments) for name, segments in names.items())
        step = Relation(id="r1", kind=RelationKind.SUPPORT, sources=(first,), target=last)
        return ArgumentMap(claims=claims, relations=(step,), main=last)

    accepted = [AcceptedMap(map=made({"a": ("khan.1.1", "khan.1.2"), "m": ("khan.3.1",)}))]
    assert assess(made({"c1": ("khan.1.2",), "c2": ("khan.3.1", "khan.3.2")}), accepted).agreement == 1
    assert assess(made({"c1": ("khan.7.1",), "c2": ("khan.3.1",)}), accepted).agreement == 0


def test_an_empty_map_gets_nothing() -> None:
    assert assess(ArgumentMap(), [ACCEPTED]).credit == 0


@pytest.mark.parametrize("names", ["abm", "abcm", "abcdem"])
def test_everything_linked_both_ways_gets_nothing(names: str) -> None:
    line = " ".join(f"{one}>{other}" for one, other in permutations(names, 2))
    accepted = [AcceptedMap(map=draw(" ".join(f"{one}>m" for one in names[:-1])))]
    assert assess(draw(line), accepted).credit == 0


@pytest.mark.parametrize(
    "line",
    ["a>m a!m b>m b!m c>m c!m", "a+b>m a>m b>m c>m c+a>m c+b>m", "a+b+c>m a!m b!m c!m"],
    ids=["for and against", "in every group", "together for, singly against"],
)
def test_drawing_every_answer_at_once_gets_less_than_half(line: str) -> None:
    for key in ("a>m b>m c>m", "a!m b>m c!m", "a+b>m c>m", "a+b+c>m"):
        assert assess(draw(line), [AcceptedMap(map=draw(key))]).credit < 0.5


@given(st.permutations(list("abcdefghm")))
def test_everything_linked_in_one_direction_gets_less_than_half(order: list[str]) -> None:
    line = " ".join(f"{one}>{other}" for place, one in enumerate(order) for other in order[place + 1 :])
    assert check(line).credit < 0.5


@given(st.permutations(KEY.split()[:4] + KEY.split()[5:]))
def test_the_order_of_drawing_changes_nothing(steps: list[str]) -> None:
    assert check(" ".join(steps)).agreement == check(" ".join(KEY.split()[:4] + KEY.split()[5:])).agreement


@given(st.data(), well_formed_maps(max_claims=6, max_relations=7))
def test_a_map_that_is_accepted_is_found_right_whatever_it_is(data: st.DataObject, whole: ArgumentMap) -> None:
    at_claims = [
        (step.kind == RelationKind.SUPPORT, frozenset(step.sources), step.target)
        for step in whole.relations
        if step.kind != RelationKind.UNDERCUT
    ]
    at_steps = [name for step in whole.relations if step.kind == RelationKind.UNDERCUT for name in step.sources]
    for links in (at_claims, at_steps):
        assume(len(set(links)) == len(links))  # to rebut and to undermine a claim by one reason is to say it twice
    names = [part.id for part in (*whole.claims, *whole.relations)]
    optional = data.draw(st.sets(st.sampled_from(names))) if names else set()
    found = assess(whole, [AcceptedMap(map=whole, optional=frozenset(optional))])
    if not {fault.mistake for fault in found.faults} & {Mistake.EVERYTHING_LINKED}:
        assert found.faults == ()
        assert found.agreement == bool(whole.relations)


@given(st.data())
def test_every_mistake_was_announced_and_whatever_is_less_than_right_has_one(data: st.DataObject) -> None:
    """Both maps are drawn over the same claims, some of whose relations may be given."""
    names = "abcdefg"[: data.draw(st.integers(3, 7))]
    key, mine = (data.draw(maps_over(names)) for _ in range(2))
    number = data.draw(st.integers(0, 2))
    before = key.relations[:number]
    mine = mine.model_copy(update={"relations": (*before, *mine.relations)})
    assume(not mine.violations())
    optional = data.draw(st.sets(st.sampled_from([part.id for part in (*key.claims, *key.relations)])))
    accepted = [AcceptedMap(map=key, optional=frozenset(optional))]
    background = data.draw(st.sets(st.sampled_from(names)))
    speakers = data.draw(st.dictionaries(st.sampled_from(names), st.sampled_from(["Khan", "Meta"])))
    announced = possible(accepted, background=background, speakers=speakers)
    ids = [relation.id for relation in before]
    found = assess(mine, accepted, background=background, speakers=speakers, drawn_before=ids)
    assert {fault.mistake for fault in found.faults} <= set(announced)
    assert 0 <= found.agreement <= 1
    if len(mine.relations) > len(before):
        assert found.faults or found.agreement == 1
    else:
        assert found.agreement == 0
    turned = mine.model_copy(update={"relations": tuple(reversed(mine.relations))})
    other = assess(turned, accepted, background=background, speakers=speakers, drawn_before=ids)
    assert other.agreement == found.agreement
    assert [fault.mistake for fault in other.faults[:1]] == [fault.mistake for fault in found.faults[:1]]
    assert set(other.right) == set(found.right)


def maps_over(names: str) -> st.SearchStrategy[ArgumentMap]:
    """Well-formed maps of given claims, with relations between any of them."""
    some = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)

    def made(steps: list[tuple[RelationKind, list[str], str, int]], style: str, main: str | None) -> ArgumentMap:
        relations: list[Relation] = []
        for kind, sources, target, place in steps:
            name = f"{style}{len(relations) + 1}"
            end = target
            if kind == RelationKind.UNDERCUT:
                end = f"{style}{place % len(relations) + 1}" if relations else "none"
            step = Relation(id=name, kind=kind, sources=tuple(sources), target=end)
            grown = ArgumentMap(claims=claims, relations=(*relations, step))
            if not grown.violations():
                relations.append(step)
        return ArgumentMap(claims=claims, relations=tuple(relations), main=main)

    claims = tuple(Claim(id=name, text=f"Claim {name}.") for name in names)
    steps = st.lists(
        st.tuples(st.sampled_from(RelationKind), some, st.sampled_from(names), st.integers(0, 9)), max_size=9
    )
    main = st.none() | st.sampled_from(names)
    return st.builds(made, steps, st.sampled_from(["k", "r"]), main)
