"""The units that tests run on, strategies for answers, and a reader of HTML."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from course.errors import CourseError
from course.exercises import Unit, UnitKey
from course.exercises.kinds import ChoiceItem, EssayItem, Item, LabelItem, MapItem, OrderItem, TableItem
from course.exercises.unit import load_master

ROOT = Path(__file__).resolve().parents[1]
KINDS = ROOT / "tests" / "units" / "kinds"
MASTERS = sorted(path.parent for path in (ROOT / "source").glob("*/items.yaml"))

HOSTILE = """<script>alert("x")</script>'"><img src=x onerror='alert(1)'>&lt;&amp;</p></details>"""

each_master = pytest.mark.parametrize("folder", MASTERS, ids=lambda folder: folder.name)


@cache
def load(folder: Path) -> tuple[Unit, UnitKey]:
    return load_master(folder)


def each_item(wanted: Callable[[Item], bool] = lambda _: True) -> pytest.MarkDecorator:
    """Parametrise (item, key) over every unit that loads; test_verify reports those that do not."""
    found = [
        pytest.param(item, key.of(item), id=f"{unit.unit}-{item.id}")
        for unit, key in _units()
        for item in unit.items
        if wanted(item)
    ]
    return pytest.mark.parametrize(("item", "key"), found)


@cache
def _units() -> list[tuple[Unit, UnitKey]]:
    found = []
    for folder in [*MASTERS, KINDS]:
        with suppress(CourseError, AssertionError):
            found.append(load(folder))
    return found


def answers(item: Item) -> st.SearchStrategy[dict[str, Any]]:
    """Plain data of answers that fit an item."""
    match item:
        case ChoiceItem():
            return st.fixed_dictionaries(
                {"choices": st.lists(_one_of(item.options), unique=True, max_size=9 if item.multiple else 1)},
                optional={"confidence": st.sampled_from(["guess", "fairly", "sure", None])},
            )
        case EssayItem():
            words = st.sampled_from(
                ["open", "closed", "because", "risk", "[khan.2.1]", "[brief.3.1]", "[khan.0.0]", "."]
            )
            texts = st.lists(words, max_size=99).map(" ".join) | st.text(max_size=99)
            drawn = {"map": answers(item.board)} if item.board else {}
            return st.fixed_dictionaries({"parts": st.dictionaries(_one_of(item.parts), texts)}, optional=drawn)
        case LabelItem():
            return st.fixed_dictionaries(
                {"labels": st.dictionaries(_one_of(item.segments), _one_of(item.labels), max_size=len(item.segments))}
            )
        case MapItem():
            own = [{"id": f"c{n}", "text": f"Claim {n}."} for n in range(1, 4)] if item.free else []
            names = st.sampled_from([*(claim.id for claim in item.claims), *(claim["id"] for claim in own)])
            reasons = st.lists(names, min_size=1, max_size=3).map(" + ".join)
            at_claims = st.tuples(reasons, st.sampled_from(["supports", "rebuts", "undermines"]), names)
            at_steps = st.tuples(reasons, st.just("undercuts"), st.just("r1"))
            steps = st.lists((at_claims | at_steps).map(" ".join), max_size=12)
            return st.fixed_dictionaries({"claims": st.just(own), "relations": steps}, optional={"main": names})
        case OrderItem():
            return st.fixed_dictionaries({"order": st.permutations([entry.id for entry in item.entries]) | st.just([])})
        case TableItem(shape="number"):
            return st.fixed_dictionaries({"value": st.none() | st.integers(-(2**53), 2**53) | _floats})
        case _:
            assert isinstance(item, TableItem)
            width = len(item.columns)
            cell = st.none() | st.booleans() | st.integers(-9, 999) | _floats | st.text(max_size=9)
            rows = st.lists(st.lists(cell, min_size=width, max_size=width), max_size=12)
            return st.fixed_dictionaries({"columns": st.permutations(item.columns), "rows": rows})


_floats = st.floats(-(2**53), 2**53)


def _one_of(things: Any) -> st.SearchStrategy[str]:
    return st.sampled_from([thing.id for thing in things])


def refusal(call: Callable[[], object]) -> str:
    """What a call is refused with, in one line; empty if it is not refused."""
    try:
        call()
    except CourseError as error:
        message = str(error)
        assert message.isprintable()
        return message
    return ""


class Page(HTMLParser):
    """What a browser would make of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_harmless(html: str, *texts: str) -> None:
    """Assert that the texts are shown as they are, and that none of them became markup."""
    page = Page(html)
    assert not {"script", "img"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    for text in texts:
        assert text in page.text
