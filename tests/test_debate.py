"""``debate()`` in a notebook: tables, the drawing, and the view."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from IPython.utils.capture import capture_output

import course
from course import notebook
from course.argument import ArgumentMap, Claim
from course.debates import Debate
from course.errors import CourseError
from tests.argument.draw import draw


def make(line: str, **notes: str) -> Debate:
    return Debate(draw(line), notes)


def test_standing_has_a_row_with_the_reason_for_each_claim() -> None:
    table = make("a>m b!a").standing()
    assert table[["claim", "status"]].to_numpy().tolist() == [["a", "falls"], ["m", "falls"], ["b", "stands"]]
    assert table["reason"][2] == "stands, because nothing attacks it"


def test_standing_has_the_whole_text_and_the_source_of_each_claim() -> None:
    made = Debate(
        ArgumentMap(claims=(Claim(id="m", text="Long " * 30), Claim(id="a", text="Short.")), main="m"),
        {"m": "khan.2.1, kapoor-2024"},
    )
    table = made.standing()
    assert table["text"].tolist() == [("Long " * 30).strip(), "Short."]
    assert table["source"].tolist() == ["khan.2.1, kapoor-2024", ""]


def test_what_if_lists_the_other_claims_that_change() -> None:
    table = make("a>m b!a").what_if("b")
    assert table[["claim", "before", "after"]].to_numpy().tolist() == [
        ["a", "falls", "stands"],
        ["m", "falls", "stands"],
    ]


def test_what_if_nothing_changes_the_table_is_empty_and_has_its_columns() -> None:
    table = make("a>m").what_if("m")
    assert (len(table), list(table)) == (0, ["claim", "text", "before", "after"])


def test_several_claims_can_be_rejected_at_once() -> None:
    assert make("a>m b>m").what_if("a", "b")["claim"].tolist() == ["m"]


def test_what_is_no_claim_cannot_be_rejected() -> None:
    with pytest.raises(CourseError, match="z is not a claim"):
        make("a>m").what_if("z")


def test_the_premise_that_most_depends_on_comes_first() -> None:
    table = make("b>m c>d d>m e!b").deciding()
    assert table[["premise", "changed"]].to_numpy().tolist()[0] == ["c", 2]
    assert table["conclusions"][0] == ["m", "d"]


def test_claims_that_attack_each_other_give_two_positions() -> None:
    table = make("a!b b!a").positions()
    assert list(table) == ["claim", "position 1", "position 2"]
    assert sorted(table[["position 1", "position 2"]].to_numpy().tolist()) == [[False, True], [True, False]]


def test_too_many_positions_are_refused_with_the_other_way() -> None:
    pairs = " ".join(f"a{n}!b{n} b{n}!a{n}" for n in range(5))
    with pytest.raises(CourseError, match=r"there are more.*standing"):
        make(pairs).positions()


def test_a_notebook_shows_drawing_and_table() -> None:
    html = make("a>m b!a")._repr_html_()
    assert html.count("<svg") == 1
    assert "<th scope='row'>a</th><td>Claim a.</td><td>falls</td>" in html
    assert "Of 3 claims: 1 stands, 2 fall, 0 undecided." in html


def test_a_picture_of_some_claims_has_what_leads_to_them_directly() -> None:
    part = make("a>m b>a c!m d>z").picture("m")
    assert {claim.id for claim in part.map.claims} == {"a", "m", "c"}
    assert [(step.sources, step.target) for step in part.map.relations] == [(("a",), "m"), (("c",), "m")]


def test_a_picture_has_every_step_among_its_claims() -> None:
    part = make("a>m b>m a!b").picture("m")
    assert len(part.map.relations) == 3


def test_what_stands_in_a_picture_is_what_stands_in_the_whole_debate() -> None:
    html = make("a>m b!a").picture("m")._repr_html_()
    assert "<th scope='row'>a</th><td>Claim a.</td><td>falls</td>" in html
    assert "Claims that are not drawn: 1." in html


def test_an_undercut_is_in_a_picture_if_its_claim_is() -> None:
    debate = course.debate()
    part = debate.picture("good", "enough")
    assert "vetted" in part.map.claim_by_id
    assert any(step.target == "tests" for step in part.map.relations)


def test_a_picture_of_what_is_no_claim_is_refused_with_those_that_are() -> None:
    with pytest.raises(CourseError, match=r"z is not a claim of this debate.*a, m"):
        make("a>m").picture("z")


def test_the_view_has_the_claims_with_where_they_come_from() -> None:
    view = make("a>m", a="khan.2.1").explore()
    assert [claim["note"] for claim in view.prompt["claims"]] == ["khan.2.1", ""]


def test_a_map_that_is_not_well_formed_is_refused() -> None:
    with pytest.raises(CourseError, match="circle"):
        make("a>b b>a")


def test_a_debate_of_ten_thousand_claims_is_refused_as_a_view_and_has_tables_all_the_same() -> None:
    large = make(" ".join(f"c{n}>m" for n in range(9_999)))
    with pytest.raises(CourseError, match=r"has 10000 claims, and a view holds 200.*standing\(\)"):
        large.explore()
    assert "are not drawn here" in large._repr_html_()
    assert len(large.standing()) == 10_000


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A learner's folder with a map item of four given claims."""
    item = {
        "id": "plan",
        "kind": "map",
        "title": "The plan",
        "objectives": ["draw"],
        "points": 1,
        "text": "Draw.",
        "claims": [{"id": name, "text": f"Claim {name}.", "implicit": True} for name in "abm"],
        "given": ["g1: b rebuts a"],
        "hints": ["One.", "Two."],
    }
    data = {"unit": "maps", "title": "Maps", "minutes": 5, "objectives": {"draw": "Draw"}, "items": [item]}
    folder = tmp_path / "maps"
    folder.mkdir()
    (folder / "items.yaml").write_text(yaml.safe_dump(data))
    monkeypatch.chdir(folder)
    yield folder
    notebook._session.cache_clear()


@pytest.mark.usefixtures("unit")
def test_a_map_that_a_learner_has_drawn_is_asked_by_its_item() -> None:
    with capture_output():
        course.answer("plan", {"relations": ["a supports m"], "main": "m"})
        made = course.debate("plan")
    assert made.standing()["status"].tolist() == ["falls", "stands", "falls"]


@pytest.mark.usefixtures("unit")
def test_before_a_map_is_drawn_what_is_given_is_asked_and_a_note_says_so() -> None:
    with capture_output() as captured:
        made = course.debate("plan")
    assert made.standing()["status"].tolist() == ["falls", "stands", "stands"]
    assert "You have not answered The plan yet." in captured.stdout


def test_without_an_item_the_course_s_own_debate_is_asked() -> None:
    assert course.debate().map.main == "open"
