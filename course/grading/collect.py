"""Collect a submission's answers: ``answers.json`` and the notebook's own copy, the newer one of each."""

from pathlib import Path

from course.errors import CourseError
from course.exercises import Result, Unit, UnitKey
from course.exercises.kinds import Item
from course.exercises.mirror import harvest_file
from course.exercises.store import ANSWERS, MAX_BYTES, Entry, newer, parse_book


def collect(folder: Path, unit: str) -> dict[str, Entry]:
    """Read the answers of one submission; a damaged part counts as absent.

    Args:
        folder: The submission's folder.
        unit: The unit's id.

    Returns:
        Answers by item id, not yet validated against the items.
    """
    answers: dict[str, Entry] = {}
    path = folder / ANSWERS
    if path.is_file() and not path.is_symlink():
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        try:
            answers = parse_book(raw, unit)[0].answers
        except CourseError:
            answers = {}
    return newer(answers, harvest_file(folder / f"{unit}.ipynb", unit))


def score(unit: Unit, key: UnitKey, answers: dict[str, Entry]) -> dict[str, Result]:
    """Score a submission.

    Args:
        unit: The unit's items.
        key: Their keys.
        answers: What was collected.

    Returns:
        One result per item, by item id; an answer that does not fit its item gets 0 and the reason.
    """
    results = {}
    items: tuple[Item, ...] = unit.items
    for item in items:
        entry = answers.get(item.id)
        if entry is None:
            results[item.id] = item.blank("There is no answer.")
            continue
        try:
            results[item.id] = item.score(item.parse(entry.answer), key.of(item))
        except CourseError as error:
            results[item.id] = item.blank(f"The answer cannot be read: {error.problem}.")
    return results
