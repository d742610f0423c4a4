"""Collect a submission's answers: ``answers.json`` and the notebook's own copy, the newer one of each."""

from pathlib import Path

from course.errors import CourseError
from course.exercises import Result, Unit, UnitKey
from course.exercises.kinds import Item
from course.exercises.mirror import harvest_file
from course.exercises.store import ANSWERS, MAX_BYTES, Entry, newer, parse_book


def collect(folder: Path, unit: Unit) -> dict[str, Entry]:
    """Read the answers of one submission, the newer one of each item; a damaged part counts as absent.

    Args:
        folder: The submission's folder.
        unit: The unit.

    Returns:
        Answers by item id. One that does not fit its item is there only if there is no other.
    """
    copies = stored(folder, unit.unit), harvest_file(folder / f"{unit.unit}.ipynb", unit.unit)
    fitting = [{name: e for name, e in copy.items() if unit.fits(name, e.answer)} for copy in copies]
    return {**newer(*copies), **newer(*fitting)}


def stored(folder: Path, unit: str) -> dict[str, Entry]:
    """Read the answers in a submission's ``answers.json``; none if it is damaged or missing.

    Args:
        folder: The submission's folder.
        unit: The unit's id.
    """
    path = folder / ANSWERS
    if path.is_symlink() or not path.is_file():
        return {}
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    try:
        return parse_book(raw, unit)[0].answers
    except CourseError:
        return {}


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
