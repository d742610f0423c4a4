"""Put entries in order."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from course.datafile import Model
from course.exercises.kinds.base import Answer, Id, Item, Key, Text, status_of, unique
from course.exercises.result import Note, Result, Status


class OrderAnswer(Answer):
    """All entry ids in the learner's order; empty before the learner has ordered anything."""

    order: tuple[str, ...] = Field(default=(), strict=False)


class Entry(Model):
    """One entry."""

    id: Id
    text: Text


class AcceptedOrder(Model):
    """An order that is right, and why."""

    answer: OrderAnswer
    reason: Text


class Pair(Model):
    """Why one entry comes before another, and what reversing them suggests."""

    before: Id
    after: Id
    misconception: Id
    why: Text


class OrderKey(Key):
    """Accepted orders, groups whose inner order is free, and an explanation for each reversed pair."""

    accept: tuple[AcceptedOrder, ...] = Field(min_length=1)
    ties: tuple[tuple[Id, ...], ...] = ()
    pairs: tuple[Pair, ...]

    def misconceptions(self) -> Iterable[str]:
        """Return the misconceptions of the pairs."""
        return [pair.misconception for pair in self.pairs]

    def tied(self, one: str, other: str) -> bool:
        """Return whether the order of two entries is free."""
        return any(one in group and other in group for group in self.ties)

    def problems(self, item: "OrderItem") -> Iterable[tuple[str, str]]:
        """Yield what does not fit the item."""
        known = {entry.id for entry in item.entries}
        explained = {(pair.before, pair.after) for pair in self.pairs}
        for number, accepted in enumerate(self.accept):
            order = accepted.answer.order
            if set(order) != known or len(order) != len(known):
                yield f"accept.{number}", "does not name every entry once"
        for pair in self.pairs:
            for name in (pair.before, pair.after):
                if name not in known:
                    yield "pairs", f"{name} is not an entry"
        # In any order that is not accepted, some neighbours of the nearest accepted order are reversed.
        for order in (accepted.answer.order for accepted in self.accept):
            for before, after in combinations(order, 2):
                between = order[order.index(before) + 1 : order.index(after)]
                neighbours = all(self.tied(before, name) or self.tied(name, after) for name in between)
                if neighbours and not self.tied(before, after) and (before, after) not in explained:
                    yield "pairs", f"no explanation for {before} before {after}"


class OrderItem(Item):
    """Put entries in order.

    Attributes:
        first: What the upper end of the list means.
        last: What the lower end means.
        entries: The entries in the order in which they are first shown.
    """

    answer_type: ClassVar[type[Answer]] = OrderAnswer
    key_type: ClassVar[type[Key]] = OrderKey

    kind: Literal["order"]
    first: Text
    last: Text
    entries: tuple[Entry, ...] = Field(min_length=3, max_length=20)

    @model_validator(mode="after")
    def _check(self) -> Self:
        unique((entry.id for entry in self.entries), "entries")
        return self

    def _choices_shown(self) -> dict[str, Any]:
        return {
            "first": self.first,
            "last": self.last,
            "entries": [entry.model_dump() for entry in self.entries],
        }

    def typed(self, value: Any, confidence: str | None) -> Any:
        """Accept a list of entry ids."""
        del confidence
        return {"order": list(value)} if isinstance(value, (list, tuple)) else value

    def _checked(self, answer: OrderAnswer) -> OrderAnswer:
        known = [entry.id for entry in self.entries]
        for name in answer.order:
            if name not in known:
                raise self._refuse("order", f"{name!r} is not an entry", known)
        if answer.order and sorted(answer.order) != sorted(known):
            raise self._refuse("order", "every entry must be named once", known)
        return answer

    def missing(self, answer: OrderAnswer) -> str:
        """Say whether anything was ordered."""
        return "" if answer.order else "Nothing is ordered yet."

    def describe(self, answer: OrderAnswer) -> list[str]:
        """Return the order in words."""
        texts = {entry.id: entry.text for entry in self.entries}
        return [f"{place}. {texts[name]}" for place, name in enumerate(answer.order, 1)]

    def score(self, answer: OrderAnswer, key: OrderKey) -> Result:
        """Score Kendall's tau to the nearest accepted order, at least 0; free pairs do not count."""
        if not answer.order:
            return self.blank(self.missing(answer))
        texts = {entry.id: entry.text for entry in self.entries}
        best = max(key.accept, key=lambda accepted: tau(answer.order, accepted.answer.order, key))
        fraction = max(0.0, tau(answer.order, best.answer.order, key))
        if fraction == 1:
            return self._result(Status.CORRECT, 1.0, best.reason)
        place = {name: index for index, name in enumerate(answer.order)}
        right = {name: index for index, name in enumerate(best.answer.order)}
        notes = [
            Note(
                text=pair.why,
                misconception=pair.misconception,
                given=f"“{texts[pair.after]}” before “{texts[pair.before]}”",
            )
            for pair in key.pairs
            if place[pair.after] < place[pair.before] and right[pair.before] < right[pair.after]
        ]
        total, wrong = _pairs(answer.order, best.answer.order, key)
        summary = f"{total - wrong} of {total} pairs stand in an accepted order."
        return self._result(status_of(fraction), fraction, summary, notes)


def tau(order: Sequence[str], accepted: Sequence[str], key: OrderKey) -> float:
    """Return Kendall's tau over the pairs whose order matters.

    Args:
        order: Entry ids.
        accepted: The same ids in an accepted order.
        key: Says which pairs are free.

    Returns:
        A number from −1 (reversed) to 1 (equal); 0 is what a random order gets on average.

    References:
        Kendall, M. G. (1938), A new measure of rank correlation, Biometrika 30.
    """
    total, wrong = _pairs(order, accepted, key)
    return 1 - 2 * wrong / total if total else 1.0


def _pairs(order: Sequence[str], accepted: Sequence[str], key: OrderKey) -> tuple[int, int]:
    place = {name: index for index, name in enumerate(order)}
    total = wrong = 0
    for before, after in combinations(accepted, 2):
        if not key.tied(before, after):
            total += 1
            wrong += place[after] < place[before]
    return total, wrong
