"""Compute a number or a DataFrame."""

from __future__ import annotations

import datetime
import math
import sys
from collections.abc import Iterable
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import BeforeValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from course.datafile import Model
from course.errors import CourseError
from course.exercises.kinds.base import Answer, Id, Item, Key, Text, status_of
from course.exercises.result import Note, Result, Status

MAX_ROWS = 1_000
MAX_NUMBER = 2**53  # beyond it, readers of JSON round


def _portable(value: Any) -> Any:
    if type(value) not in (str, bool, int, float, type(None)):  # a subclass can say anything of itself
        raise ValueError(f"a {type(value).__name__} cannot be stored. Use text and numbers.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("the result is not a finite number. Check the division.")
    if isinstance(value, (int, float)) and abs(value) > MAX_NUMBER:
        raise ValueError("the number is too large. Check the calculation.")
    if isinstance(value, str) and value != value.encode("utf-8", "replace").decode():
        raise ValueError("the text holds half a character. Write it again.")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r:.60} is not a number. Compute one number.")
    return _portable(value)


Cell = Annotated[StrictStr | StrictBool | StrictInt | StrictFloat | None, BeforeValidator(_portable)]
Number = Annotated[StrictInt | StrictFloat, BeforeValidator(_number)]


class TableAnswer(Answer):
    """A number, or a table as columns and rows of plain values."""

    value: Number | None = None
    columns: tuple[str, ...] | None = Field(default=None, strict=False)
    rows: tuple[tuple[Cell, ...], ...] | None = Field(default=None, strict=False, max_length=MAX_ROWS)

    @model_validator(mode="before")
    @classmethod
    def _tuples(cls, data: Any) -> Any:
        # JSON has lists only; strict tuples would refuse them.
        if isinstance(data, dict):
            data = dict(data)
            if isinstance(data.get("columns"), list):
                data["columns"] = tuple(data["columns"])
            if isinstance(data.get("rows"), list):
                data["rows"] = tuple(tuple(row) if isinstance(row, list) else row for row in data["rows"])
        return data


class AcceptedTable(Model):
    """A result that is right, and why."""

    answer: TableAnswer
    reason: Text


class WrongTable(Model):
    """A recognised mistake, and what it suggests."""

    answer: TableAnswer
    misconception: Id
    why: Text


class Otherwise(Model):
    """What to say of a result that is neither right nor a recognised mistake."""

    misconception: Id
    why: Text


class TableKey(Key):
    """Accepted results, recognised mistakes, and what to say otherwise.

    Attributes:
        tolerance: How far numbers may be from the accepted ones.
        ordered: Whether the order of rows matters.
    """

    accept: tuple[AcceptedTable, ...] = Field(min_length=1)
    tolerance: float = Field(default=1e-6, ge=0)
    ordered: bool = False
    wrong: tuple[WrongTable, ...] = ()
    otherwise: Otherwise

    def misconceptions(self) -> Iterable[str]:
        """Return the misconceptions of the recognised mistakes."""
        return [*(entry.misconception for entry in self.wrong), self.otherwise.misconception]

    def problems(self, item: TableItem) -> Iterable[tuple[str, str]]:
        """Yield what does not fit the item."""
        entries: list[tuple[str, TableAnswer]] = [
            *((f"accept.{number}", entry.answer) for number, entry in enumerate(self.accept)),
            *((f"wrong.{number}", entry.answer) for number, entry in enumerate(self.wrong)),
        ]
        for field, answer in entries:
            try:
                item.parse(answer.model_dump())
            except CourseError as error:
                yield field, error.problem


class TableItem(Item):
    """Compute a number or a table and leave it in a variable.

    Attributes:
        variable: Name of the Python variable that the learner's code sets.
        shape: Whether it is a number or a table.
        columns: Names of the table's columns, in any order.
    """

    answer_type: ClassVar[type[Answer]] = TableAnswer
    key_type: ClassVar[type[Key]] = TableKey

    kind: Literal["table"]
    variable: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    shape: Literal["number", "table"]
    columns: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.shape == "table") != bool(self.columns):
            raise ValueError("columns go with the shape table. Give them for a table, omit them for a number.")
        return self

    def _choices_shown(self) -> dict[str, Any]:
        return {"variable": self.variable}

    def typed(self, value: Any, confidence: str | None) -> Any:
        """Accept a number, a DataFrame or a Series."""
        del confidence
        table = type(value) is dict or _is_pandas(value, "DataFrame", "Series")
        if isinstance(value, type) or (self.shape == "table" and not table):
            what = f"a value of the type {type(value).__name__} was given"
            raise self._refuse(
                self.variable, what, [f"a DataFrame with {', '.join(self.columns)}" if self.columns else "one number"]
            )
        return plain(value, self.id)

    def _checked(self, answer: TableAnswer) -> TableAnswer:
        if self.shape == "number":
            if answer.columns or answer.rows:
                raise self._refuse(self.variable, "a table was given", ["one number"])
            return answer
        if answer.value is not None:
            raise self._refuse(self.variable, "a number was given", [f"a table with {', '.join(self.columns)}"])
        if answer.columns is None and answer.rows is None:
            return answer
        columns, rows = answer.columns or (), answer.rows or ()
        if sorted(columns) != sorted(self.columns):
            raise self._refuse(
                self.variable,
                f"the columns are {', '.join(columns) or 'missing'}",
                [f"the columns {', '.join(self.columns)}"],
            )
        if any(len(row) != len(self.columns) for row in rows):
            raise self._refuse(self.variable, "the rows differ in length", ["one value per column"])
        # One stored form: the columns in the item's order.
        places = [columns.index(name) for name in self.columns]
        return TableAnswer(columns=self.columns, rows=tuple(tuple(row[place] for place in places) for row in rows))

    def missing(self, answer: TableAnswer) -> str:
        """Say whether there is a result."""
        if answer.value is None and not answer.rows:
            return f"The variable {self.variable} has no result yet: run the cell that computes it."
        return ""

    def describe(self, answer: TableAnswer) -> list[str]:
        """Return the result in words."""
        if answer.value is not None:
            return [f"{self.variable} = {answer.value:.10g}"]
        rows = answer.rows or ()
        return [", ".join(answer.columns or ()), *(", ".join(map(str, row)) for row in rows[:20])]

    def score(self, answer: TableAnswer, key: TableKey) -> Result:
        """Score a number all or nothing, a table by (matching rows − surplus rows) / expected rows."""
        if self.missing(answer):
            return self.blank(self.missing(answer))
        best = max(key.accept, key=lambda accepted: _credit(answer, accepted.answer, key))
        fraction = _credit(answer, best.answer, key)
        if fraction == 1:
            return self._result(Status.CORRECT, 1.0, best.reason)
        mistake = next((w for w in key.wrong if _credit(answer, w.answer, key) == 1), None) or key.otherwise
        given = f"{answer.value:.10g}" if answer.value is not None else f"a table of {len(answer.rows or ())} rows"
        note = Note(text=mistake.why, misconception=mistake.misconception, given=f"{self.variable}: {given}")
        if answer.value is not None:
            summary = "The number is not the one that the steps above lead to."
        else:
            expected = len(best.answer.rows or ())
            summary = f"{round(fraction * expected)} of {expected} rows count as right."
        return self._result(status_of(fraction), fraction, summary, [note])


def _credit(answer: TableAnswer, accepted: TableAnswer, key: TableKey) -> float:
    if accepted.value is not None:
        return float(answer.value is not None and _same(answer.value, accepted.value, key.tolerance))
    if not accepted.rows or answer.rows is None or not accepted.columns or not answer.columns:
        return 0.0
    if sorted(accepted.columns) != sorted(answer.columns):
        return 0.0
    places = [answer.columns.index(name) for name in accepted.columns]
    given = [tuple(row[place] for place in places) for row in answer.rows]
    if key.ordered:
        pairs = zip(given, accepted.rows, strict=False)
        hits = sum(_row(one, other, key.tolerance) for one, other in pairs)
    else:
        left, hits = list(accepted.rows), 0
        for row in given:
            found = next((other for other in left if _row(row, other, key.tolerance)), None)
            if found is not None:
                left.remove(found)
                hits += 1
    surplus = max(0, len(given) - len(accepted.rows))
    return max(0.0, (hits - surplus) / len(accepted.rows))


def _row(one: tuple[Cell, ...], other: tuple[Cell, ...], tolerance: float) -> bool:
    return all(_same(a, b, tolerance) for a, b in zip(one, other, strict=True))


def _same(one: Cell, other: Cell, tolerance: float) -> bool:
    numbers = (int, float)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, numbers) and isinstance(other, numbers):
        return abs(one - other) <= tolerance
    return one == other


def plain(value: Any, item: str) -> dict[str, Any]:
    """Turn a number, a Series or a DataFrame into plain data.

    Args:
        value: What the learner's variable holds: exactly such an object, not one of a class derived from it.
        item: Id of the item, for errors.

    Returns:
        The plain data of a :class:`TableAnswer`.

    Raises:
        CourseError: It is something else, or holds what JSON cannot hold.
    """
    if type(value) is dict and all(type(name) is str for name in value) and set(value) <= _PLAIN:
        return value
    if _is_pandas(value, "Series"):  # its index is a column too
        value = value.to_frame(name=value.name if value.name is not None else "value")
    if not _is_pandas(value, "DataFrame"):
        return {"value": _number_of(value, item)}
    if len(value) > MAX_ROWS:
        raise _refusal(f"the table has {len(value)} rows", f"At most {MAX_ROWS} are expected.", item)
    if value.columns.nlevels > 1:
        remedy = "Make them plain names, for example with table.columns = […]."
        raise _refusal("the columns have several levels", remedy, item)
    if any(name is not None for name in value.index.names):
        try:
            value = value.reset_index()
        except ValueError:  # the index is named like a column, as after groupby("a")["a"]
            names = ", ".join(str(_cell(name, item)) for name in value.columns)
            raise _refusal(f"the index is named like a column ({names})", "Rename one of them.", item) from None
    rows = [[_cell(cell, item) for cell in row] for row in value.itertuples(index=False, name=None)]
    return {"columns": [str(_cell(name, item)) for name in value.columns], "rows": rows}


_PLAIN = {"value", "columns", "rows"}
_MISSING = ("api.typing.NAType", "api.typing.NaTType")
_TIMES = ("Timestamp", "Timedelta", "Period", "Interval")


def _number_of(value: Any, item: str) -> Cell:
    number = _scalar(value)
    if type(number) in (int, float):
        return _cell(number, item, missing=False)
    what = str(number) if type(number) in (bool, type(None)) else f"a value of the type {type(value).__name__}"
    raise _refusal(f"{what} is not a number", "Compute one number.", item)


def _cell(value: Any, item: str, *, missing: bool = True) -> Cell:
    value = _scalar(value)
    if type(value) in (str, bool, int, type(None)):
        return cast("Cell", value)
    if type(value) is float:
        if math.isfinite(value):
            return value
        if math.isnan(value) and missing:  # pandas writes missing values so
            return None
        raise _refusal("the result is not a finite number", "Check the division.", item)
    if _is_pandas(value, *_MISSING):
        return None
    if type(value) in (datetime.datetime, datetime.date) or _is_pandas(value, *_TIMES):
        return str(value)
    raise _refusal(f"a value of the type {type(value).__name__} cannot be stored", "Use text and numbers.", item)


def _scalar(value: Any) -> Any:
    """Return Python's own value of one of numpy's; anything else as it is."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return value
    if type(value) is numpy.ndarray and value.ndim == 0:
        value = value[()]
    own = isinstance(value, numpy.generic) and type(value) in numpy.sctypeDict.values()
    return value.item() if own else value


def _is_pandas(value: Any, *names: str) -> bool:
    """Say whether a value is exactly of one of pandas' types. While nobody has loaded pandas, no value is."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and type(value) in [attrgetter(name)(pandas) for name in names]


def _refusal(problem: str, remedy: str, item: str) -> CourseError:
    return CourseError(problem, remedy, file="answer", item=item)
