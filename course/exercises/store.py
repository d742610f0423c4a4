"""The store of answers: ``answers.json`` beside the notebook, merged with the notebook's own copy."""

import datetime
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, Field, ValidationError, field_validator
from pydantic_core import to_json

from course.datafile import M, Model, explain, parse_json
from course.errors import CourseError

ANSWERS = "answers.json"
FORMAT = 1
EPOCH = datetime.datetime.fromtimestamp(0, datetime.UTC)  # for answers whose time must not vary
_LATEST = datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC)
MAX_BYTES = 5_000_000
MAX_ENTRY_BYTES = 500_000
_NAME = re.compile(r"[a-z0-9.-]{1,200}")


class Entry(Model):
    """One stored answer.

    Attributes:
        answer: The answer's plain data.
        at: When it was given.
    """

    answer: dict[str, Any]
    at: AwareDatetime

    @field_validator("answer")
    @classmethod
    def _storable(cls, answer: dict[str, Any]) -> dict[str, Any]:
        try:
            json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
        except ValueError:  # NaN, or half a character
            raise ValueError("holds what JSON cannot hold. Give plain text and numbers.") from None
        if len(to_json(answer, indent=6)) > MAX_ENTRY_BYTES:
            raise ValueError("is too large to be stored. Give a smaller one.")
        return answer


class Activity(Model):
    """What a learner did with an item, for the learner's own progress; never scored.

    Attributes:
        hints: How many hints were opened.
        checks: How often the answer was checked.
    """

    hints: int = Field(default=0, ge=0)
    checks: int = Field(default=0, ge=0)


class Book(Model):
    """Everything that the store holds of one unit."""

    format: int = FORMAT
    unit: str
    answers: dict[str, Entry] = Field(default_factory=dict)
    activity: dict[str, Activity] = Field(default_factory=dict)


def newer(one: Mapping[str, Entry], other: Mapping[str, Entry]) -> dict[str, Entry]:
    """Merge two sets of answers; for each item the newer one wins, and the first one if they are equally old."""
    merged = dict(one)
    for name, entry in other.items():
        if name not in merged or entry.at > merged[name].at:
            merged[name] = entry
    return merged


def parse_book(raw: bytes, unit: str) -> tuple[Book, list[str]]:
    """Read stored bytes, which may be anything.

    Args:
        raw: Content of ``answers.json``.
        unit: The unit's id.

    Returns:
        What could be read, and a line for each part that could not.

    Raises:
        CourseError: Nothing can be read of it.
    """
    data = parse_json(raw, ANSWERS, MAX_BYTES)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise CourseError("is not a file of answers", f'It must say "format": {FORMAT}.', file=ANSWERS)
    if data.get("unit") != unit:
        raise CourseError(f"belongs to {data.get('unit')!r}", f"This unit is {unit}.", file=ANSWERS, field="unit")
    answers, problems = parse_entries(data.get("answers"), ANSWERS)
    noted = data.get("activity")
    activity, others = _each(Activity, noted if isinstance(noted, dict) else {}, ANSWERS)
    return Book(unit=unit, answers=answers, activity=activity), [*problems, *others]


def parse_entries(data: Any, file: str) -> tuple[dict[str, Entry], list[str]]:
    """Read entries by item id; what is malformed is left out and reported."""
    if not isinstance(data, dict):
        return {}, [str(CourseError("is not a mapping", "It maps item ids to answers.", file=file, field="answers"))]
    return _each(Entry, data, file)


def _each(model: type[M], data: dict[str, Any], file: str) -> tuple[dict[str, M], list[str]]:
    good: dict[str, M] = {}
    problems: list[str] = []
    for name, entry in data.items():
        if not _NAME.fullmatch(name):
            refused = CourseError("is not an item's id", "It is left out.", file=file, item=name[:40])
            problems.append(str(refused))
            continue
        try:
            good[name] = model.model_validate(entry)
        except ValidationError as error:
            problems.append(str(explain(error, file, item=name)))
    return good, problems


class Store:
    """The answers of one unit.

    Args:
        folder: The unit's folder.
        unit: The unit's id.
        keep: Whether to write to disk. A master's answers stay in memory, so that running a master leaves
            nothing behind that could reach a student.
    """

    def __init__(self, folder: Path, unit: str, *, keep: bool = True) -> None:
        self.path = folder / ANSWERS
        self.unit = unit
        self.news: list[str] = []  # what the learner has to be told, once
        self._keep = keep
        self._book = Book(unit=unit)
        self._stamp: tuple[int, ...] | None = None
        self._lock = FileLock(str(folder / ".answers.lock"), timeout=10)

    def answers(self) -> dict[str, Entry]:
        """Return all stored answers by item id, including those that another kernel has just saved."""
        self._refresh()
        return dict(self._book.answers)

    def activity(self, item: str) -> Activity:
        """Return what was done with an item."""
        self._refresh()
        return self._book.activity.get(item, Activity())

    def put(self, item: str, answer: Mapping[str, Any]) -> Entry:
        """Save an answer now.

        Raises:
            CourseError: The answer is too large, or the folder cannot be written.
        """
        with self._writing() as book:
            try:
                entry = Entry(answer=dict(answer), at=self._time(book.answers.get(item)))
            except ValidationError as error:
                raise explain(error, self.path, item=item) from None
            self._book = book.model_copy(update={"answers": {**book.answers, item: entry}})
        return entry

    def _time(self, old: Entry | None) -> datetime.datetime:
        """Return the time of a new answer: later than the one it replaces, also after the clock was put back."""
        if not self._keep:
            return EPOCH  # a master's outputs are committed and compared
        now = datetime.datetime.now(datetime.UTC)
        return now if old is None else max(now, min(old.at, _LATEST) + datetime.timedelta(microseconds=1))

    def merge(self, other: Mapping[str, Entry]) -> list[str]:
        """Take over answers that are newer than the stored ones; return their item ids."""
        known = self.answers()
        taken = [name for name, entry in newer(known, other).items() if known.get(name) != entry]
        if taken:
            with self._writing() as book:
                self._book = book.model_copy(update={"answers": newer(book.answers, other)})
        return taken

    def count(self, item: str, *, hints: int = 0, checks: int = 0) -> None:
        """Note that hints were opened or an answer checked."""
        try:
            with self._writing() as book:
                old = book.activity.get(item, Activity())
                now = Activity(hints=old.hints + hints, checks=old.checks + checks)
                self._book = book.model_copy(update={"activity": {**book.activity, item: now}})
        except CourseError as error:
            self.news.append(str(error))  # nothing of this is scored, so it stops nobody

    @contextmanager
    def _writing(self) -> Iterator[Book]:
        """Hold the lock, give the newest book, and save what the caller has made of it."""
        if not self._keep:
            yield self._book
            return
        with self._locked():
            self._refresh()
            yield self._book
            self._save()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except Timeout:
            raise CourseError(
                "another program keeps this file locked",
                "Close other copies of this notebook.",
                file=self.path,
            ) from None
        except OSError as error:
            raise CourseError(
                f"cannot be written ({error.strerror})",
                "Move the unit to a folder in which you may write; your choice is still on the screen.",
                file=self.path,
            ) from None

    def _save(self) -> None:
        text = self._book.model_dump_json(indent=1) + "\n"
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".answers-", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._stamp = self._now()

    def _now(self) -> tuple[int, ...] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _refresh(self) -> None:
        """Read the file if it has changed since; set a damaged one aside, never overwrite it."""
        stamp = self._now() if self._keep else None
        if stamp is None or stamp == self._stamp:
            return
        book, problems = self._read()
        if problems and not self._lock.is_locked:
            with self._locked():
                self._refresh()  # again: another kernel may have put it right meanwhile
            return
        self._stamp = stamp  # from before reading: what was written since is read next time
        if book is None:
            self.news += [*problems, f"The damaged file is kept as {self._aside()}."]
            return
        self._book = book
        if problems:
            self.news += [*problems, f"The file as it was is kept as {self._aside(copy=True)}."]

    def _read(self) -> tuple[Book | None, list[str]]:
        try:
            return parse_book(self.path.read_bytes(), self.unit)
        except FileNotFoundError:
            return self._book, []  # another kernel has just set it aside
        except OSError as error:
            problem = f"cannot be read ({error.strerror})"
            raise CourseError(problem, "Check what stands under this name.", file=self.path) from None
        except CourseError as error:
            return None, [str(error)]

    def _aside(self, *, copy: bool = False) -> str:
        when = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
        number, aside = 1, self.path.with_name(f"answers.damaged-{when}.json")
        while aside.exists():
            number += 1
            aside = self.path.with_name(f"answers.damaged-{when}-{number}.json")
        if copy:
            aside.write_bytes(self.path.read_bytes())
            self._save()  # the readable part; without this every later read would report it again
        else:
            self.path.replace(aside)
        return aside.name
