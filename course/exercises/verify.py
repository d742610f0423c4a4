"""Prove every item: its accepted samples score full, its rejected ones less, each with its explanation."""

from collections.abc import Iterator
from pathlib import Path

from course.errors import CourseError
from course.exercises.kinds import Item, Key
from course.exercises.unit import MASTER_KEY, load_master


class Report:
    """What was tried and what failed.

    Attributes:
        items: Number of items.
        accepted: Samples to accept: tried, passed.
        rejected: Samples to reject: tried, scored under full, explained as announced.
        blank_scoring: Number of blank answers that scored anything.
        problems: One line for each failure.
    """

    def __init__(self) -> None:
        self.items = 0
        self.accepted = {"total": 0, "passed": 0}
        self.rejected = {"total": 0, "rejected": 0, "explained": 0}
        self.blank_scoring = 0
        self.problems: list[str] = []

    def as_json(self) -> dict[str, object]:
        """Return the counts as plain data."""
        return {
            "items": self.items,
            "accept": self.accepted,
            "reject": self.rejected,
            "blank_scoring": self.blank_scoring,
        }


def verify(folders: list[Path]) -> Report:
    """Run all samples of some units.

    Args:
        folders: The masters' folders.

    Returns:
        The counts and the failures.

    Raises:
        CourseError: A file is missing or malformed.
    """
    report = Report()
    for folder in folders:
        unit, key = load_master(folder)
        path = folder / MASTER_KEY
        for item in unit.items:
            report.items += 1
            for problem in _prove(item, key.of(item), report):
                report.problems.append(str(CourseError(problem, "Correct key or sample.", file=path, item=item.id)))
    return report


def _prove(item: Item, key: Key, report: Report) -> Iterator[str]:
    for number, data in enumerate(key.samples.accept, 1):
        report.accepted["total"] += 1
        try:
            result = item.score(item.parse(data), key)
        except CourseError as error:
            yield f"accepted sample {number} is no answer to the item: {error.problem}"
            continue
        if result.fraction == 1:
            report.accepted["passed"] += 1
        else:
            yield f"accepted sample {number} scores {result.fraction:.2f}"
    for number, sample in enumerate(key.samples.reject, 1):
        report.rejected["total"] += 1
        try:
            result = item.score(item.parse(sample.answer), key)
        except CourseError as error:
            yield f"rejected sample {number} is no answer to the item: {error.problem}"
            continue
        if result.fraction < 1:
            report.rejected["rejected"] += 1
        else:
            yield f"rejected sample {number} scores full"
        if sample.explains in {note.misconception for note in result.notes}:
            report.rejected["explained"] += 1
        else:
            yield f"rejected sample {number} does not get the explanation {sample.explains}"
    if item.score(item.answer_type(), key).points:
        report.blank_scoring += 1
        yield "a blank answer scores"
