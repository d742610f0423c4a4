"""The view of a debate: what Python tells the front end when claims are rejected."""

from typing import Any

from course.widgets import DebateWidget
from tests.argument.draw import draw


def view(line: str, **notes: str) -> DebateWidget:
    return DebateWidget(draw(line), "What stands?", notes)


def reject(widget: DebateWidget, *claims: str) -> str:
    widget.set_state({"answer": {"rejected": list(claims)}, "seq": widget.seq + 1})
    return widget.status["text"]


def statuses(widget: DebateWidget) -> dict[str, Any]:
    return {name: shown["status"] for name, shown in widget.standing.items()}


def test_at_first_each_claim_has_the_status_that_the_debate_gives_it() -> None:
    widget = view("a>m b!a", b="khan.2.1")
    assert statuses(widget) == {"a": "falls", "m": "falls", "b": "stands"}
    assert widget.standing["b"] == {
        "status": "stands",
        "reason": "It stands, because nothing attacks it.",
        "changed": False,
    }
    assert [claim["note"] for claim in widget.prompt["claims"]] == ["", "", "khan.2.1"]


def test_rejecting_a_claim_changes_what_hangs_on_it() -> None:
    widget = view("a>m b!a")
    said = reject(widget, "b")
    assert statuses(widget) == {"a": "stands", "m": "stands", "b": "falls"}
    assert [name for name, shown in widget.standing.items() if shown["changed"]] == ["a", "m", "b"]
    assert said == "2 other claims changed: “Claim a”: stands; “Claim m”: stands."


def test_of_many_changes_the_first_are_named_and_the_others_counted() -> None:
    assert reject(view("a>b b>c c>d d>m"), "a").endswith("; and 1 more.")


def test_rejecting_what_nothing_hangs_on_says_so() -> None:
    assert reject(view("a>m"), "m") == "Nothing else changes."


def test_taking_everything_back_restores_the_debate() -> None:
    widget = view("a>m b!a")
    before = widget.standing
    reject(widget, "b")
    assert reject(widget) == "You reject nothing."
    assert widget.standing == before


def test_what_is_no_claim_of_the_debate_is_ignored() -> None:
    widget = view("a>m")
    assert reject(widget, "z") == "You reject nothing."
