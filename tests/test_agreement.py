"""The published agreement figures follow from the passes, and the rows that learners see are the passes' own."""

import csv
from itertools import groupby
from pathlib import Path

import pytest
from nltk.metrics.agreement import AnnotationTask

ROOT = Path(__file__).parent.parent
MERGED = {"cause": "fact", "prediction": "fact"}  # as most items count them

Row = dict[str, str]


def rows(path: str) -> list[Row]:
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def source_of(row: Row) -> str:
    """Phrases are snippets of engadget; all other ids begin with their source."""
    return "engadget" if row["task"] == "T3" else row["segment"].partition(".")[0]


PASSES = rows("source/02-claims/passes.csv")
PUBLISHED = rows("data/agreement.csv")


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda row: f"{row['task']}-{row['source']}")
def test_agreement_can_be_recomputed(published: Row) -> None:
    task, _, merged = published["task"].partition("-")
    data = [
        (row["reader"], row["segment"], MERGED.get(row["label"], row["label"]) if merged else row["label"])
        for row in PASSES
        if row["task"] == task and published["source"] in ("all", source_of(row))
    ]
    by_segment = groupby(sorted(data, key=lambda entry: entry[1]), key=lambda entry: entry[1])
    same = [len({label for _, _, label in entries}) == 1 for _, entries in by_segment]
    agreement = AnnotationTask(data)

    assert len(same) == int(published["segments"])
    assert sum(same) / len(same) == pytest.approx(float(published["raw"]), abs=0.0005)
    assert agreement.kappa() == pytest.approx(float(published["kappa"]), abs=0.0005)
    assert agreement.alpha() == pytest.approx(float(published["alpha"]), abs=0.0005)


def test_every_task_and_source_is_published() -> None:
    found = {(row["task"], source_of(row)) for row in PASSES}

    assert found == {
        (row["task"], row["source"])
        for row in PUBLISHED
        if row["source"] != "all" and not row["task"].endswith("-merged")
    }


def test_readings_are_the_passes() -> None:
    shown = {(row["segment"], row["reader"], row["label"]) for row in rows("data/readings.csv")}
    passes = {
        (row["segment"], row["reader"], row["label"])
        for row in PASSES
        if row["task"] == "T1" and source_of(row) in ("brief", "khan")
    }

    assert shown == passes
