"""The form of a map that learners draw of their own case."""

from typing import Any

import pytest

from course.argument import ArgumentMap
from course.argument.words import relations
from course.exercises.kinds.own_map import OwnMap

ASKED = OwnMap(text="Draw your case.", claims=4)
THESIS = "To the board: keep the lanes for two years, then count."
TEXTS = {
    "thesis": "Keep the lanes for two years",
    "safe": "On streets with lanes there are fewer accidents.",
    "count": "Nobody has counted the customers yet.",
    "shops": "The shops lose customers.",
}
STEPS = ["safe + count supports thesis", "shops rebuts thesis"]


def drawn(steps: list[str], main: str | None = "thesis", **change: str) -> ArgumentMap:
    claims = [{"id": name, "text": text} for name, text in (TEXTS | change).items()]
    return ArgumentMap.model_validate({"claims": claims, "relations": relations(steps), "main": main})


def failures(*args: Any, **change: str) -> dict[str, str]:
    return dict(ASKED.failures(drawn(*args, **change), THESIS))


def test_a_case_with_an_objection_fails_no_check():
    assert failures(STEPS) == {}


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([], "the map has no relation"),
        (["safe supports thesis", "shops rebuts thesis"], "nothing leads to or from “Nobody has counted"),
        (["safe supports count", "count supports safe", "shops rebuts thesis"], "support each other in a circle"),
        (["thesis supports safe", "count supports safe", "shops rebuts thesis"], "no reason supports the main claim"),
    ],
)
def test_a_map_that_is_not_finished_is_told_what_is_wrong(steps: list[str], problem: str):
    assert problem in failures(steps)["map"]


def test_a_claim_said_twice_counts_once():
    assert failures(STEPS, count="On streets with lanes, there are FEWER accidents!") == {
        "map": "the map has 3 different claims, where 4 are asked"
    }


def test_a_map_without_a_main_claim_states_no_thesis():
    assert failures(STEPS, None) == {
        "map": "the map has no main claim",
        "map-thesis": "names no main claim in its map",
        "map-objection": "has a map without an objection to its case",
    }


@pytest.mark.parametrize("words", ["Keep the lanes", "keep THE lanes, for two years!", THESIS])
def test_the_thesis_is_found_in_the_text_whatever_its_signs_and_capitals(words: str):
    assert failures(STEPS, thesis=words) == {}


@pytest.mark.parametrize("words", ["Keep the lane", "Keep lanes", "for two years Keep the lanes", "…"])
def test_a_thesis_in_other_words_is_not_found(words: str):
    assert list(failures(STEPS, thesis=words)) == ["map-thesis"]


@pytest.mark.parametrize(
    "attack", ["shops rebuts thesis", "shops undermines safe", "shops rebuts count", "shops undercuts r1"]
)
def test_an_objection_may_hit_the_thesis_a_reason_or_the_step(attack: str):
    assert failures(["safe + count supports thesis", attack]) == {}


def test_an_objection_may_hit_a_reason_for_a_reason():
    assert failures(["count supports thesis", "safe supports count", "shops rebuts safe"]) == {}


def test_an_attack_on_something_else_is_no_objection():
    steps = ["safe + count supports thesis", "shops supports thesis", "more rebuts extra", "extra supports more"]
    assert list(failures(steps, more="M.", extra="E.")) == ["map-objection"]


def test_reasons_alone_are_no_whole_case():
    assert list(failures(["safe + count supports thesis", "shops supports thesis"])) == ["map-objection"]
