import pytest

from course.argument.model import ArgumentMap, Claim, Relation, RelationKind
from course.errors import CourseError
from tests.argument.draw import draw


def codes(line: str, **options) -> list[str]:
    return [violation.code for violation in draw(line, **options).violations()]


def test_a_map_of_every_kind_of_relation_is_well_formed() -> None:
    assert codes("a+b>m c>m d>a e!m f?b g~r2 h~r5") == []


def test_an_empty_map_is_well_formed() -> None:
    assert ArgumentMap().violations() == []


@pytest.mark.parametrize("line", ["a>b b>a", "a>b b>c c>a d>m", "a+x>b b+y>c c>a"])
def test_a_cycle_of_support_is_a_violation(line: str) -> None:
    assert codes(line) == ["support-cycle"]


def test_a_cycle_names_its_claims_in_their_order_and_a_remedy() -> None:
    (found,) = draw("x>a a>b b>c c>a").violations()
    assert found.nodes == ("a", "b", "c")
    assert "a supports b supports c supports a" in str(found)
    assert "take one of these supports out" in found.remedy


@pytest.mark.parametrize("line", ["a!b b!a", "a!a", "a>b b!a", "a>b c!b b!c"])
def test_cycles_of_attack_are_allowed(line: str) -> None:
    assert codes(line) == []


def test_steps_that_undercut_each_other_are_a_violation() -> None:
    assert codes("a~r2 b~r1") == ["undercut-cycle"]


def test_a_long_chain_is_no_cycle_and_no_recursion_error() -> None:
    assert codes(" ".join(f"c{number}>c{number + 1}" for number in range(5_000))) == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("a>a", "self-support"),
        ("a>m a>m", "relation-twice"),
        ("a+b>m b+a>m", "relation-twice"),
        ("a+a>m", "source-twice"),
        ("a?m", "undermine-no-premise"),
        ("a?a", "undermine-no-premise"),
        ("a>m b~r9", "dangling"),
    ],
)
def test_a_wrong_relation_is_a_violation_of_its_kind(line: str, code: str) -> None:
    assert codes(line) == [code]


def relation(kind: str, sources: list[str], target: str) -> ArgumentMap:
    claims = tuple(Claim(id=name, text=name) for name in "abm")
    step = Relation(id="r1", kind=RelationKind.SUPPORT, sources=("a",), target="m")
    return ArgumentMap(claims=claims, relations=(step, Relation(id="r2", kind=kind, sources=sources, target=target)))


@pytest.mark.parametrize(
    ("kind", "sources", "target", "code"),
    [
        ("undercut", ["b"], "m", "undercut-at-claim"),
        ("support", ["b"], "r1", "not-at-claim"),
        ("rebut", ["b"], "r1", "not-at-claim"),
        ("undermine", ["b"], "r1", "not-at-claim"),
        ("support", ["r1"], "b", "source-is-relation"),
        ("support", ["z"], "b", "dangling"),
        ("support", ["b"], "z", "dangling"),
    ],
)
def test_ends_that_do_not_fit_the_kind_are_named(kind: str, sources: list[str], target: str, code: str) -> None:
    (found,) = relation(kind, sources, target).violations()
    assert found.code == code
    assert "r2" in found.nodes
    assert found.problem.startswith("r2 ")


def test_a_main_claim_that_is_not_there_is_a_violation() -> None:
    claim = Claim(id="a", text="A.")
    assert [each.code for each in ArgumentMap(claims=(claim,), main="b").violations()] == ["main-unknown"]


def test_a_name_that_is_given_twice_is_the_one_thing_said() -> None:
    claim = Claim(id="r1", text="A.")
    step = Relation(id="r1", kind=RelationKind.SUPPORT, sources=("x",), target="y")
    assert [each.code for each in ArgumentMap(claims=(claim,), relations=(step,)).violations()] == ["id-twice"]


def test_checked_names_the_first_violation_and_counts_the_others() -> None:
    with pytest.raises(CourseError, match=r"r1: r1 names a reason twice\. Name each reason once\. There are 1 more\."):
        draw("a+a>m b>c c>b").checked()


def test_premises_and_conclusions() -> None:
    drawn = draw("a+b>c c>m e!m", also="z")
    assert drawn.premises() == ["a", "b", "e"]
    assert drawn.conclusions() == ["c", "m"]


def test_the_graph_has_relations_as_nodes() -> None:
    graph = draw("a+b>m c~r1").graph()
    assert set(graph.predecessors("r1")) == {"a", "b", "r2"}
    assert list(graph.successors("r1")) == ["m"]
    assert graph.nodes["r2"]["kind"] == "undercut"
    assert graph.nodes["a"] == {"type": "claim", "text": "Claim a.", "segments": (), "implicit": False}


def test_a_map_survives_json() -> None:
    drawn = draw("a+b>m c~r1 d?a")
    assert ArgumentMap.model_validate_json(drawn.model_dump_json()) == drawn
