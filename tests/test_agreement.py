"""The published agreement figures follow from the passes, and the rows that learners see are the passes' own."""

import csv
from itertools import groupby
from pathlib import Path
from statistics import mode

import pytest
import yaml
from nltk.metrics.agreement import AnnotationTask

from course.exercises import load_key, load_unit
from course.exercises.kinds import LabelItem, MapItem
from course.exercises.kinds.label import LabelKey
from course.exercises.kinds.map import MapKey

ROOT = Path(__file__).parent.parent
MERGED = {"cause": "fact", "prediction": "fact"}  # as most items count them

Row = dict[str, str]


def rows(path: str) -> list[Row]:
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def source_of(row: Row) -> str:
    """Phrases are snippets of engadget; all other ids begin with their source."""
    return "engadget" if row["task"] == "T3" else row["segment"].partition(".")[0]


def of_unit(unit: str) -> list[Row]:
    """In the later units the item is the task, and all its lines count as one source."""
    return [{**row, "task": row["item"], "source": unit} for row in rows(f"source/{unit}/passes.csv")]


LATER = sorted(path.parent.name for path in ROOT.glob("source/0[3-8]*/passes.csv"))
EARLIER = [{**row, "source": source_of(row)} for row in rows("source/02-claims/passes.csv")]
PASSES = EARLIER + [row for unit in LATER for row in of_unit(unit)]
PUBLISHED = rows("data/agreement.csv")
KEYED = [
    (path.parent.name, item, load_key(path, loaded).of(item))
    for path in sorted(ROOT.glob("source/0[3-8]*/key.yaml"))
    for loaded in [load_unit(path.parent)]
    for item in loaded.items
]
# Unit 07 asks for statuses, which are computed.
LABELLED = [each for each in KEYED if isinstance(each[1], LabelItem) and each[0] != "07-debate"]
DRAWN = [each for each in KEYED if isinstance(each[1], MapItem)]


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda row: f"{row['task']}-{row['source']}")
def test_agreement_can_be_recomputed(published: Row) -> None:
    task, merged = published["task"].removesuffix("-merged"), published["task"].endswith("-merged")
    data = [
        (row["reader"], row["segment"], MERGED.get(row["label"], row["label"]) if merged else row["label"])
        for row in PASSES
        if row["task"] == task and published["source"] in ("all", row["source"])
    ]
    by_segment = groupby(sorted(data, key=lambda entry: entry[1]), key=lambda entry: entry[1])
    same = [len({label for _, _, label in entries}) == 1 for _, entries in by_segment]
    agreement = AnnotationTask(data)

    assert len(same) == int(published["segments"])
    assert sum(same) / len(same) == pytest.approx(float(published["raw"]), abs=0.0005)
    assert agreement.kappa() == pytest.approx(float(published["kappa"]), abs=0.0005)
    assert agreement.alpha() == pytest.approx(float(published["alpha"]), abs=0.0005)


def test_every_task_and_source_is_published() -> None:
    found = {(row["task"], row["source"]) for row in PASSES}

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
        if row["task"] == "T1" and row["source"] in ("brief", "khan")
    }

    assert shown == passes


@pytest.mark.parametrize(("unit", "item", "key"), LABELLED, ids=lambda each: getattr(each, "id", ""))
def test_three_passes_labelled_every_line_of_the_later_units(unit: str, item: LabelItem, key: LabelKey) -> None:
    labels = {label.id for label in item.labels}
    given = {(row["segment"], row["reader"]) for row in of_unit(unit) if row["item"] == item.id}

    assert given == {(line.id, reader) for line in item.segments for reader in "ABC"}
    assert {row["label"] for row in of_unit(unit) if row["item"] == item.id} <= labels


@pytest.mark.parametrize(("unit", "item", "key"), LABELLED, ids=lambda each: getattr(each, "id", ""))
def test_what_most_passes_chose_is_the_first_answer_of_the_key(unit: str, item: LabelItem, key: LabelKey) -> None:
    for line in item.segments:
        chosen = [row["label"] for row in of_unit(unit) if (row["item"], row["segment"]) == (item.id, line.id)]
        assert key.segments[line.id].accept[0] == mode(chosen), line.id


@pytest.mark.parametrize(("unit", "item", "key"), DRAWN, ids=lambda each: getattr(each, "id", ""))
def test_what_three_passes_drew_without_the_key_gets_full_points(unit: str, item: MapItem, key: MapKey) -> None:
    drawings = yaml.safe_load((ROOT / "source" / unit / "drawings.yaml").read_text(encoding="utf-8"))[item.id]

    assert set(drawings) == set("ABC")
    for drawn in drawings.values():
        for relations in (drawn["relations"], *([drawn["second"]] if "second" in drawn else ())):
            answer = item.parse({"main": drawn["main"], "relations": relations})
            assert item.score(answer, key).fraction == 1
