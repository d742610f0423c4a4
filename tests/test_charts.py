"""Charts that are tables at the same time."""

import re

import pandas as pd
import pytest

from course.corpus.charts import Chart, bars, grid, timeline
from course.errors import CourseError


def html(chart: Chart) -> str:
    return chart._repr_html_()


def widths(chart: Chart) -> list[float]:
    return [float(found) for found in re.findall(r"inline-size:([\d.]+)%'", html(chart))]


def numbers(*values: float) -> "pd.Series[float]":
    return pd.Series(list(values), index=pd.Index([f"year {n}" for n in range(len(values))], name="year"), name="rate")


def test_bars_are_as_long_as_their_numbers_and_the_numbers_stand_beside_them() -> None:
    chart = bars(numbers(4, 1, 0), "Rates")
    assert widths(chart) == [100, 25, 0]
    assert chart.rows == (("year 0", "4"), ("year 1", "1"), ("year 2", "0"))
    assert chart.head == ("year", "rate")


def test_bars_of_nothing_but_zeros_have_no_length() -> None:
    assert widths(bars(numbers(0, 0), "Rates")) == [0, 0]


@pytest.mark.parametrize("value", [-1, float("nan")])
def test_a_bar_that_cannot_be_drawn_is_refused(value: float) -> None:
    with pytest.raises(CourseError, match="negative or has no number"):
        bars(numbers(1, value), "Rates")


EVENTS = pd.DataFrame(
    {"date": ["2025-01-01", "not stated", "2024-01-01", "2024-07-02"], "what": ["last", "never", "first", "middle"]}
)


def test_a_timeline_is_in_the_order_of_dates_and_ends_with_what_has_none() -> None:
    assert [row[0] for row in timeline(EVENTS, "what", "Events").rows] == ["first", "middle", "last", "never"]


def test_points_stand_where_their_dates_are_between_the_first_and_the_last() -> None:
    places = re.findall(r"calc\(([\d.]+)%", html(timeline(EVENTS, "what", "Events")))
    assert places == ["0.0", "50.0", "100.0"]


def test_a_timeline_without_dates_has_no_points() -> None:
    undated = EVENTS.assign(date="not stated")
    assert "calc(" not in html(timeline(undated, "what", "Events"))


def test_a_column_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(CourseError, match="Use one of date, what"):
        timeline(EVENTS, "title", "Events")


RELEASES = pd.DataFrame({"step": ["closed", "open"]}, index=pd.Index(["A", "B"], name="release"))


def test_each_row_of_a_grid_has_one_mark_at_its_step_and_says_it_in_words() -> None:
    chart = grid(RELEASES, "step", ["closed", "gated", "open"], "Steps")
    assert chart.rows == (("A", "closed (1 of 3)"), ("B", "open (3 of 3)"))
    assert [re.findall(r"<i( class=here)?>", drawn).index(" class=here") for drawn in chart.drawn] == [0, 2]
    assert [drawn.count("<i") for drawn in chart.drawn] == [3, 3]


def test_a_step_that_is_not_on_the_scale_is_refused_with_its_row() -> None:
    with pytest.raises(CourseError, match="B: 'open' is not a step"):
        grid(RELEASES, "step", ["closed", "gated"], "Steps")


def test_texts_of_the_data_are_no_markup() -> None:
    wild = pd.DataFrame({"date": ["2024-01-01"], "what": ["<img src=x>"]})
    assert "<img" not in html(timeline(wild, "what", "<b>Events</b>"))
    assert "<b>" not in html(timeline(wild, "what", "<b>Events</b>"))


def test_a_terminal_shows_the_table() -> None:
    assert repr(bars(numbers(4), "Rates")) == "Rates\nyear | rate\nyear 0 | 4"
