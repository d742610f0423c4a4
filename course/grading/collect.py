"""Collect a submission's answers: ``answers.json``, the notebook's own copy, and what was typed but never run."""

import ast
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from course.errors import CourseError
from course.exercises import Result, Unit, UnitKey
from course.exercises.kinds import Item
from course.exercises.mirror import harvest
from course.exercises.store import ANSWERS, EPOCH, MAX_BYTES, Entry, newer, parse_book

MAX_TYPED = 100_000  # characters of code in which typed answers are looked for

Answers = dict[str, Entry]


def collect(files: Mapping[str, bytes], unit: Unit) -> tuple[Answers, list[str]]:
    """Read the saved answers of one submission, the newer one of each item; a damaged part counts as absent.

    Args:
        files: The submission's files by relative path.
        unit: The unit.

    Returns:
        Answers by item id, and a sentence for each part of ``answers.json`` that cannot be read. An answer that does
        not fit its item is there only if there is no other.
    """
    kept, unread = stored(files[ANSWERS], unit.unit) if ANSWERS in files else ({}, [])
    copies = kept, harvest(files.get(f"{unit.unit}.ipynb", b""), unit.unit)
    fitting = [{name: e for name, e in copy.items() if unit.fits(name, e.answer)} for copy in copies]
    return {**newer(*copies), **newer(*fitting)}, unread


def stored(raw: bytes, unit: str) -> tuple[Answers, list[str]]:
    """Read the answers in the bytes of an ``answers.json``.

    Args:
        raw: The file's bytes.
        unit: The unit's id.

    Returns:
        The answers that can be read, and a sentence if something cannot.
    """
    try:
        book, problems = parse_book(raw[: MAX_BYTES + 1], unit)
    except CourseError as error:
        return {}, [f"{ANSWERS} {error.problem}, so only the notebook's own copy of its answers counts."]
    more = f" There are {len(problems) - 1} more such parts." if len(problems) > 1 else ""
    return book.answers, [f"A part of {ANSWERS} was left out. {problems[0]}{more}"] if problems else []


def typed(sources: Iterable[str], unit: Unit) -> Answers:
    """Read answers from calls such as ``answer("item", ["a", "b"])`` in code that is parsed and never run.

    Args:
        sources: The sources of the cells.
        unit: The unit.

    Returns:
        Answers by item id; only of calls that stand alone, hold nothing but literals and fit their item.
    """
    found: Answers = {}
    for source in sources:
        for statement in _parse(source):
            call = statement.value if isinstance(statement, ast.Expr) else None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "answer":
                try:
                    found |= answered(unit, *map(ast.literal_eval, call.args), **_literals(call.keywords))
                except (CourseError, ValueError, TypeError, RecursionError, MemoryError):
                    continue
    return found


def _parse(source: str) -> list[ast.stmt]:
    if len(source) > MAX_TYPED or "answer" not in source:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about strange code; it is not run
        try:
            return ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []


def _literals(keywords: list[ast.keyword]) -> dict[str, Any]:
    return {str(word.arg): ast.literal_eval(word.value) for word in keywords}


def answered(unit: Unit, item: str, value: Any, confidence: str | None = None) -> Answers:
    """Return what ``answer(item, value, confidence)`` would store.

    Raises:
        CourseError: There is no such item, or the answer does not fit it.
    """
    found = unit.item(item)
    given = found.parse(found.typed(value, confidence))
    # Nobody saved it, so it has no time; and two gradings must not differ by theirs.
    return {found.id: Entry(answer=given.model_dump(mode="json"), at=EPOCH)}


def score(unit: Unit, key: UnitKey, answers: Mapping[str, Entry]) -> dict[str, Result]:
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
