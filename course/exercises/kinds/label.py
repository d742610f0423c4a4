"""Give each segment a label."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from course.corpus.documents import find_segment
from course.datafile import Model
from course.errors import CourseError
from course.exercises.kinds.base import Answer, Id, Item, Key, Text, status_of, unique
from course.exercises.result import Note, Result, Status

FULL_FROM, NOTHING_TO = 0.8, 0.4  # macro-F1 for full credit, and below which there is none; linear between


class LabelAnswer(Answer):
    """Label ids by segment id; segments without a label are absent."""

    labels: dict[str, str] = Field(default_factory=dict)


class Label(Model):
    """One label that can be given."""

    id: Id
    text: Text
    help: Text


class Passage(Model):
    """What gets a label: a segment of the corpus, or a snippet of the item's own.

    Attributes:
        id: The segment's id, or any id for a snippet.
        starts: The segment's first words, so that a shifted id is noticed.
        text: The snippet's words.
        note: Where it stands, if that helps.
    """

    id: Id
    starts: Text | None = None
    text: Text | None = None
    note: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.starts is None) == (self.text is None):
            raise ValueError(f"{self.id} needs either starts or text. Give starts for a segment of the corpus.")
        if self.starts is not None:
            try:
                words = find_segment(self.id).text
            except CourseError as error:
                raise ValueError(f"{error.item}: {error.problem}. {error.remedy}") from None
            if not words.startswith(self.starts):
                raise ValueError(f"{self.id} does not start with {self.starts!r}. It starts with {words[:40]!r}.")
        return self

    @property
    def words(self) -> str:
        """The words to be labelled."""
        return self.text if self.text is not None else find_segment(self.id).text

    @property
    def segment(self) -> str | None:
        """Id of the segment of the corpus, None for a snippet."""
        return self.id if self.text is None else None


class SegmentKey(Model):
    """Accepted labels of one segment, best first, and what decides it."""

    accept: tuple[Id, ...] = Field(min_length=1)
    why: Text


class Confusion(Model):
    """What it suggests to choose one label where another is accepted (any other, if not given)."""

    chosen: Id
    accepted: Id | None = None
    misconception: Id
    why: Text


class LabelKey(Key):
    """Accepted labels by segment; explanations of confusions between labels.

    Attributes:
        reason: Shown when all is right.
        segments: The accepted labels by segment.
        confusions: What it suggests to choose a wrong label.
        groups: Labels that are close to each other, by the name of their group. A wrong one of the right group is half
            a hit.
    """

    reason: Text
    segments: dict[Id, SegmentKey]
    confusions: tuple[Confusion, ...]
    groups: dict[Text, tuple[Id, ...]] = Field(default_factory=dict)

    def misconceptions(self) -> Iterable[str]:
        """Return the misconceptions of the confusions."""
        return [confusion.misconception for confusion in self.confusions]

    def confusion(self, chosen: str, accepted: Iterable[str]) -> Confusion | None:
        """Return the explanation for a chosen label; a specific one comes before a general one."""
        found = [entry for entry in self.confusions if entry.chosen == chosen]
        for label in accepted:
            for entry in found:
                if entry.accepted == label:
                    return entry
        return next((entry for entry in found if entry.accepted is None), None)

    def group_of(self, label: str | None) -> str | None:
        """Return the name of a label's group, None if it is in none."""
        return next((name for name, labels in self.groups.items() if label in labels), None)

    def near(self, given: str | None, accepted: Collection[str]) -> str | None:
        """Return the first accepted label of a wrong label's group, None if there is none."""
        group = self.group_of(given)
        same = [label for label in accepted if group is not None and self.group_of(label) == group]
        return same[0] if same and given not in accepted else None

    def problems(self, item: "LabelItem") -> Iterable[tuple[str, str]]:
        """Yield what does not fit the item."""
        labels = {label.id for label in item.labels}
        grouped = [label for group in self.groups.values() for label in group]
        for label in sorted(set(grouped) - labels):
            yield "groups", f"{label} is not a label"
        for label in sorted({label for label in grouped if grouped.count(label) > 1}):
            yield "groups", f"{label} is in more than one"
        passages = {passage.id for passage in item.segments}
        for name in sorted(set(self.segments) ^ passages):
            yield f"segments.{name}", "is not in the item" if name in self.segments else "has no key"
        for name, entry in self.segments.items():
            for label in entry.accept:
                if label not in labels:
                    yield f"segments.{name}", f"{label} is not a label"
            for chosen in sorted(labels - set(entry.accept)):
                if self.confusion(chosen, entry.accept) is None:
                    yield "confusions", f"no explanation for {chosen} where {entry.accept[0]} is accepted"


class LabelItem(Item):
    """Give each segment one label.

    Attributes:
        labels: The labels, in the order of their digits.
        segments: The passages in reading order.
    """

    answer_type: ClassVar[type[Answer]] = LabelAnswer
    key_type: ClassVar[type[Key]] = LabelKey

    kind: Literal["label"]
    labels: tuple[Label, ...] = Field(min_length=2, max_length=9)
    segments: tuple[Passage, ...] = Field(min_length=2, max_length=500)

    @model_validator(mode="after")
    def _check(self) -> Self:
        unique((label.id for label in self.labels), "labels")
        unique((passage.id for passage in self.segments), "segments")
        return self

    def _choices_shown(self) -> dict[str, Any]:
        return {
            "labels": [label.model_dump() for label in self.labels],
            "segments": [{"id": p.id, "text": p.words, "note": p.note} for p in self.segments],
        }

    def typed(self, value: Any, confidence: str | None) -> Any:
        """Accept a mapping from segment ids to label ids."""
        del confidence
        if isinstance(value, Mapping) and "labels" not in value:
            return {"labels": dict(value)}
        return value

    def _checked(self, answer: LabelAnswer) -> LabelAnswer:
        known = [passage.id for passage in self.segments]
        labels = [label.id for label in self.labels]
        for name, label in answer.labels.items():
            if name not in known:
                raise self._refuse("labels", f"{name!r} is not a segment of this item", known)
            if label not in labels:
                raise self._refuse(f"labels.{name}", f"{label!r} is not a label", labels)
        return LabelAnswer(labels={name: answer.labels[name] for name in known if name in answer.labels})

    def missing(self, answer: LabelAnswer) -> str:
        """Say how many segments have no label."""
        left = len(self.segments) - len(answer.labels)
        if left == len(self.segments):
            return "No segment has a label yet."
        return f"{left} of {len(self.segments)} segments have no label yet." if left else ""

    def describe(self, answer: LabelAnswer) -> list[str]:
        """Return the labels in words."""
        names = {label.id: label.text for label in self.labels}
        return [f"{p.text or p.id}: {names[answer.labels[p.id]]}" for p in self.segments if p.id in answer.labels]

    def score(self, answer: LabelAnswer, key: LabelKey) -> Result:
        """Score macro-F1 over the labels, full from 0.8, linear from 0.4 (``docs/scoring.md``).

        An accepted label counts as the gold label where it was given; elsewhere gold is the first accepted one. Where
        the key has groups, a wrong label of an accepted label's group is half a hit.
        """
        if not answer.labels:
            return self.blank(self.missing(answer))
        names = {label.id: label.text for label in self.labels}
        accepted = {name: entry.accept for name, entry in key.segments.items()}
        near = {name: label for name, given in answer.labels.items() if (label := key.near(given, accepted[name]))}
        notes, right = [], 0
        for passage in self.segments:
            given = answer.labels.get(passage.id)
            entry = key.segments[passage.id]
            if given in entry.accept:
                right += 1
                continue
            confusion = key.confusion(given, entry.accept) if given else None
            half = f"Half right: of the same group ({key.group_of(given)}). " if passage.id in near else ""
            notes.append(
                Note(
                    text=f"{half}{entry.why} {confusion.why}" if confusion else "This one has no label yet.",
                    misconception=confusion.misconception if confusion else None,
                    given=names[given] if given else None,
                    segment=passage.segment,
                    quote=passage.words,
                )
            )
        f1 = macro_f1(answer.labels, accepted, near)
        fraction = min(1.0, max(0.0, (f1 - NOTHING_TO) / (FULL_FROM - NOTHING_TO)))
        total = len(self.segments)
        if right == total:
            return self._result(Status.CORRECT, 1.0, key.reason)
        summary = f"{right} of {total} labels {'is' if right == 1 else 'are'} accepted."
        if fraction == 1:
            summary += " That is enough for full points; careful readers differ on some sentences."
        elif fraction == 0:
            summary += " That is no better than guessing would do, so no points yet."
        return self._result(status_of(fraction), fraction, summary, notes)


def macro_f1(
    given: Mapping[str, str], accepted: Mapping[str, tuple[str, ...]], near: Mapping[str, str] | None = None
) -> float:
    """Return the mean of the labels' F1 scores, over labels that are given or gold.

    Args:
        given: Label by segment; segments may be absent.
        accepted: Accepted labels by segment, best first, for every segment.
        near: By segment, the accepted label to which the wrong one that is given is so close that it counts as half of
            each.

    Returns:
        A number from 0 to 1. One label for everything scores low, however common that label is.

    References:
        Manning, Raghavan & Schütze, Introduction to Information Retrieval (2008), section 13.6.
    """
    near = near or {}
    hits: dict[str, float] = defaultdict(float)
    both: dict[str, float] = defaultdict(float)
    for name, labels in accepted.items():
        chosen = given.get(name)
        gold = chosen if chosen in labels else near.get(name, labels[0])
        both[gold] += 1
        if chosen is None:
            continue
        share = 1.0 if chosen == gold else 0.5 if name in near else 0.0
        hits[gold] += share
        both[gold] += share
        both[chosen] += 1 - share
    scores = [2 * hits[label] / number for label, number in sorted(both.items()) if number]
    return sum(scores) / len(scores)
