import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from course.exercises import Status
from course.exercises.kinds.table import MAX_ROWS, TableItem, TableKey
from tests.content import refusal

ITEM: dict[str, Any] = {
    "id": "count",
    "kind": "table",
    "title": "Count",
    "objectives": ["count"],
    "points": 4,
    "text": "Count.",
    "hints": ["One.", "Two."],
    "variable": "result",
}
NUMBER = TableItem.model_validate(ITEM | {"shape": "number"})
TABLE = TableItem.model_validate(ITEM | {"shape": "table", "columns": ["source", "words"]})


class SneakyNumber(float):
    """Says that it equals everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class SneakyText(str):
    """Only its type is out of the ordinary."""


class SneakyFrame(pd.DataFrame):
    """Only its type is out of the ordinary."""


ROWS = [["khan", 10], ["brief", 20], ["engadget", 30], ["advocates", 40]]
FRAME = pd.DataFrame(ROWS, columns=["source", "words"])


def key(accept: list[dict[str, Any]], wrong: dict[str, Any] | None = None, **more: Any) -> TableKey:
    return TableKey.model_validate(
        {
            "accept": [{"answer": answer, "reason": f"Reason {place}."} for place, answer in enumerate(accept)],
            "wrong": [{"answer": wrong, "misconception": "known", "why": "A known slip."}] if wrong else [],
            "otherwise": {"misconception": "other", "why": "Something else."},
            "hints": ["Three.", "Four."],
            "samples": {"accept": [{}] * 3, "reject": [{"answer": {}, "explains": "x"}] * 3},
        }
        | more
    )


def rows(*rows: list[Any]) -> dict[str, Any]:
    return {"columns": ["source", "words"], "rows": list(rows)}


def fraction(answer: Any, key: TableKey) -> float:
    item = TABLE if key.accept[0].answer.columns else NUMBER
    return item.score(item.parse(item.typed(answer, None)), key).fraction


@pytest.mark.parametrize(
    "value", [3, 3.0, np.int64(3), np.float64(3), np.float32(3), np.array(3), {"value": 3}, FRAME["words"].size - 1]
)
def test_a_number_can_be_of_any_numeric_type(value: Any) -> None:
    answer = NUMBER.parse(NUMBER.typed(value, None))
    assert answer.model_dump()["value"] == 3
    assert type(answer.model_dump()["value"]) in (int, float)


@pytest.mark.parametrize(
    "value",
    [FRAME, FRAME[["words", "source"]], FRAME.set_index("source"), FRAME.set_index("source")["words"], rows(*ROWS)],
    ids=["frame", "other order of columns", "index", "series", "plain data"],
)
def test_a_table_has_one_stored_form(value: Any) -> None:
    answer = TABLE.parse(TABLE.typed(value, None))
    assert answer.model_dump(mode="json") == {"value": None, "columns": ["source", "words"], "rows": ROWS}


def test_cells_become_plain_values() -> None:
    frame = pd.DataFrame(
        {
            "source": ["a", None, "c", pd.Timestamp("2024-07-24"), pd.NA],
            "words": [np.float64(1.5), float("nan"), np.bool_(True), datetime.date(2024, 7, 24), pd.NaT],
        },
        dtype=object,
    )
    answer = TABLE.parse(TABLE.typed(frame, None))
    assert answer.model_dump()["rows"] == (
        ("a", 1.5),
        (None, None),
        ("c", True),
        ("2024-07-24 00:00:00", "2024-07-24"),
        (None, None),
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("3", "a value of the type str is not a number. Compute one number."),
        (True, "True is not a number. Compute one number."),
        (None, "None is not a number. Compute one number."),
        ([3], "a value of the type list is not a number. Compute one number."),
        (np.array([1, 2]), "a value of the type ndarray is not a number. Compute one number."),
        (float("nan"), "the result is not a finite number. Check the division."),
        (np.float64("inf"), "the result is not a finite number. Check the division."),
        (10**400, "value: the number is too large. Check the calculation."),
        ({"value": float("inf")}, "value: the result is not a finite number. Check the division."),
        ({"value": "3"}, "value: '3' is not a number. Compute one number."),
        ({"value": True}, "value: True is not a number. Compute one number."),
        (FRAME, "result: a table was given. Use one number."),
        ({"points": 4}, "a value of the type dict is not a number. Compute one number."),
        (SneakyNumber(3), "a value of the type SneakyNumber is not a number. Compute one number."),
        (SneakyFrame(FRAME), "a value of the type SneakyFrame is not a number. Compute one number."),
        (np.complex128(3), "a value of the type complex128 is not a number. Compute one number."),
        (np.datetime64("2024-07-24"), "a value of the type datetime64 is not a number. Compute one number."),
        ({"value": SneakyNumber(3)}, "value: a SneakyNumber cannot be stored. Use text and numbers."),
    ],
)
def test_what_is_no_number_is_refused(value: Any, message: str) -> None:
    assert refusal(lambda: NUMBER.parse(NUMBER.typed(value, None))) == f"answer: count: {message}"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, "result: a value of the type int was given. Use a DataFrame with source, words."),
        (
            FRAME.rename(columns={"words": "count"}),
            "result: the columns are source, count. Use the columns source, words.",
        ),
        (FRAME["words"], "result: the columns are words. Use the columns source, words."),
        ({"rows": [["khan", 1]]}, "result: the columns are missing. Use the columns source, words."),
        ({"columns": ["source"]}, "result: the columns are source. Use the columns source, words."),
        (rows(["khan"]), "result: the rows differ in length. Use one value per column."),
        (rows(["khan", 1, 2]), "result: the rows differ in length. Use one value per column."),
        (rows(["khan", float("inf")]), "rows.0.1: the result is not a finite number. Check the division."),
        (rows(["khan", 10**400]), "rows.0.1: the number is too large. Check the calculation."),
        (rows(["\ud800", 1]), "rows.0.0: the text holds half a character. Write it again."),
        (rows(["khan", [1]]), "rows.0.1: a list cannot be stored. Use text and numbers."),
        (rows([SneakyText("khan"), 1]), "rows.0.0: a SneakyText cannot be stored. Use text and numbers."),
        (SneakyFrame(FRAME), "result: a value of the type SneakyFrame was given. Use a DataFrame with source, words."),
        (
            pd.DataFrame({"source": [SneakyText("khan")], "words": [1]}, dtype=object),
            "a value of the type SneakyText cannot be stored. Use text and numbers.",
        ),
        (
            pd.DataFrame({"source": [["khan"]], "words": [1]}),
            "a value of the type list cannot be stored. Use text and numbers.",
        ),
        (
            FRAME.groupby("source")["source"].count(),
            "the index is named like a column (source). Rename one of them.",
        ),
        (
            pd.concat([FRAME] * 251),
            f"the table has 1004 rows. At most {MAX_ROWS} are expected.",
        ),
        (rows(*ROWS * 251), "rows: tuple should have at most 1000 items after validation, not"),
    ],
)
def test_what_is_no_such_table_is_refused(value: Any, message: str) -> None:
    assert refusal(lambda: TABLE.parse(TABLE.typed(value, None))).startswith(f"answer: count: {message}")


@pytest.mark.parametrize("item", [NUMBER, TABLE], ids=["number", "table"])
def test_without_a_result_the_variable_is_named(item: TableItem) -> None:
    missing = "The variable result has no result yet: run the cell that computes it."
    assert item.missing(item.parse({})) == missing
    assert TABLE.missing(TABLE.parse({"columns": ["source", "words"], "rows": []})) == missing


def test_zero_is_a_result() -> None:
    assert NUMBER.missing(NUMBER.parse({"value": 0})) == ""


def test_an_answer_is_described_in_words() -> None:
    assert NUMBER.describe(NUMBER.parse({"value": 0.25})) == ["result = 0.25"]
    assert TABLE.describe(TABLE.parse(rows(["khan", 10], [None, 2.5]))) == ["source, words", "khan, 10", "None, 2.5"]


def test_a_long_table_is_described_by_its_first_rows() -> None:
    assert len(TABLE.describe(TABLE.parse(rows(*ROWS * 100)))) == 21


@pytest.mark.parametrize(("value", "expected"), [(10, 1), (10.0, 1), (10.4, 1), (9.5, 1), (10.6, 0), (-10, 0), (7, 0)])
def test_a_number_is_all_or_nothing_within_its_tolerance(value: float, expected: float) -> None:
    assert fraction(value, key([{"value": 10}], tolerance=0.5)) == expected


def test_without_a_given_tolerance_numbers_may_differ_by_a_millionth() -> None:
    assert [fraction(10 + d, key([{"value": 10}])) for d in (9e-7, 2e-6)] == [1, 0]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (ROWS, 1),
        (ROWS[::-1], 1),
        (ROWS[:3], 3 / 4),
        ([*ROWS, ["extra", 1]], 3 / 4),
        ([*ROWS[:3], ["advocates", 41]], 3 / 4),
        ([ROWS[0]] * 4, 1 / 4),
        (ROWS * 2, 0),
        ([["x", 1]], 0),
        ([["khan", "10"]], 0),
        ([["khan", None]], 0),
    ],
)
def test_a_table_scores_its_matching_rows_less_its_surplus_rows(given: list[list[Any]], expected: float) -> None:
    assert fraction(rows(*given), key([rows(*ROWS)])) == expected


def test_where_the_order_of_rows_matters_only_rows_in_place_count() -> None:
    ordered = key([rows(*ROWS)], ordered=True)
    assert fraction(rows(*ROWS), ordered) == 1
    assert fraction(rows(ROWS[1], ROWS[0], *ROWS[2:]), ordered) == 1 / 2


def test_true_is_not_one() -> None:
    accepted = key([rows(["khan", True])])
    assert [fraction(rows(["khan", value]), accepted) for value in (True, 1, False)] == [1, 0, 0]


def test_the_nearest_accepted_table_counts() -> None:
    result = TABLE.score(TABLE.parse(rows(["b", 2])), key([rows(["a", 1]), rows(["b", 2])]))
    assert (result.status, result.points, result.summary) == (Status.CORRECT, 4, "Reason 1.")


def test_a_key_may_name_its_columns_in_another_order() -> None:
    assert fraction(FRAME, key([{"columns": ["words", "source"], "rows": [row[::-1] for row in ROWS]}])) == 1


@pytest.mark.parametrize(
    ("value", "text", "misconception"), [(7, "A known slip.", "known"), (8, "Something else.", "other")]
)
def test_a_recognised_mistake_has_its_own_explanation(value: int, text: str, misconception: str) -> None:
    result = NUMBER.score(NUMBER.parse({"value": value}), key([{"value": 10}], wrong={"value": 7}))
    assert [(n.text, n.misconception, n.given) for n in result.notes] == [(text, misconception, f"result: {value}")]
    assert result.status == Status.NOT_YET


def test_a_table_that_is_partly_right_says_how_many_rows_count() -> None:
    result = TABLE.score(TABLE.parse(rows(*ROWS[:3])), key([rows(*ROWS)]))
    assert (result.status, result.points, result.summary) == (Status.PARTLY, 3, "3 of 4 rows count as right.")
    assert result.notes[0].given == "result: a table of 3 rows"
