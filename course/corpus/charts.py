"""Charts for the lessons that are tables at the same time: everything a picture shows stands in it as text."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from course.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd


@dataclass(frozen=True)
class Chart:
    """A table whose last column is drawn.

    Attributes:
        caption: What it shows, in a sentence.
        head: Names of the columns.
        rows: Texts of the cells.
        drawn: What is drawn in the last column of each row, as HTML of our own.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    drawn: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join([self.caption, *(" | ".join(row) for row in (self.head, *self.rows))])

    def _repr_html_(self) -> str:
        style = (files("course.corpus") / "charts.css").read_text(encoding="utf-8")
        head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in self.head)
        body = ""
        for row, drawn in zip(self.rows, self.drawn, strict=True):
            first, *middle, last = row
            cells = "".join(f"<td>{escape(cell)}</td>" for cell in middle)
            body += f"<tr><th scope='row'>{escape(first)}</th>{cells}<td>{drawn}{escape(last)}</td></tr>"
        return (
            f"<style>{style}</style><div class='course-chart' role='region' tabindex='0' "
            f"aria-label='{escape(self.caption, quote=True)}'><table><caption>{escape(self.caption)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def bars(numbers: pd.Series[float], caption: str) -> Chart:
    """Draw a bar for each number, from 0.

    Args:
        numbers: Not negative; their index names the bars, their name says what is measured.
        caption: What the chart shows.

    Raises:
        CourseError: A number is negative or missing.
    """
    if not (numbers >= 0).all():
        raise CourseError("a bar would be negative or has no number", "Give numbers from 0 upwards.")
    most = float(numbers.max()) if len(numbers) else 0
    rows = tuple((str(name), f"{value:.4g}") for name, value in numbers.items())
    drawn = tuple(
        f"<span class='course-bar' style='inline-size:{100 * value / most if most else 0:.1f}%'></span>"
        for value in numbers
    )
    return Chart(caption, (str(numbers.index.name or ""), str(numbers.name or "value")), rows, drawn)


def timeline(table: pd.DataFrame, text: str, caption: str, also: Sequence[str] = ()) -> Chart:
    """Draw each row as a point between the first and the last date. Rows without a date come last, without a point.

    Args:
        table: Has a column ``date`` with ISO dates.
        text: The column that says what happened.
        caption: What the chart shows.
        also: Columns to be shown besides.

    Raises:
        CourseError: There is no such column.
    """
    for name in ("date", text, *also):
        if name not in table:
            raise CourseError(f"there is no column {name!r}", f"Use one of {', '.join(map(str, table))}.")
    days = [_day(value) for value in table["date"]]
    known = [day for day in days if day is not None]
    first, span = min(known, default=0), max(known, default=0) - min(known, default=0)
    order = sorted(range(len(table)), key=lambda row: (days[row] is None, days[row] or 0))
    columns = [text, *also, "date"]
    rows = tuple(tuple(str(table[name].iloc[row]) for name in columns) for row in order)
    drawn = tuple(_point(days[row], first, span) for row in order)
    return Chart(caption, tuple(columns), rows, drawn)


def grid(table: pd.DataFrame, column: str, steps: Iterable[str], caption: str) -> Chart:
    """Draw where each row stands on a scale of steps.

    Args:
        table: Its index names the rows.
        column: The column that says at which step a row stands.
        steps: All steps, in their order.
        caption: What the chart shows.

    Raises:
        CourseError: There is no such column, or a row stands at none of the steps.
    """
    if column not in table:
        raise CourseError(f"there is no column {column!r}", f"Use one of {', '.join(map(str, table))}.")
    scale = list(steps)
    rows, drawn = [], []
    for name, step in table[column].items():
        if step not in scale:
            raise CourseError(f"{step!r} is not a step", f"Use one of {', '.join(scale)}.", item=str(name))
        place = scale.index(step)
        marks = "".join(f"<i{' class=here' if number == place else ''}></i>" for number in range(len(scale)))
        rows.append((str(name), f"{step} ({place + 1} of {len(scale)})"))
        drawn.append(f"<span class='course-steps' aria-hidden='true'>{marks}</span>")
    return Chart(caption, (str(table.index.name or ""), column), tuple(rows), tuple(drawn))


def _day(value: object) -> int | None:
    try:
        return datetime.date.fromisoformat(str(value)).toordinal()
    except ValueError:
        return None


def _point(day: int | None, first: int, span: int) -> str:
    if day is None:
        return "<span class='course-line' aria-hidden='true'></span>"
    share = 100 * (day - first) / span if span else 0
    place = f"margin-inline-start:calc({share:.1f}% - 0.4em)"
    return f"<span class='course-line' aria-hidden='true'><i style='{place}'></i></span>"
