import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from course.exercises import Status
from course.exercises.kinds import OrderItem
from course.exercises.verify import Report, verify
from tests.content import KINDS, MASTERS, each_master, refusal


@each_master
def test_every_item_of_the_course_proves_itself(folder: Path) -> None:
    report = verify([folder])
    assert report.problems == []
    assert report.accepted["passed"] == report.accepted["total"] >= 3 * report.items
    assert report.rejected["explained"] == report.rejected["rejected"] == report.rejected["total"] >= 3 * report.items
    assert report.blank_scoring == 0


def test_the_course_has_units() -> None:
    assert "00-start-here" in [folder.name for folder in MASTERS]


def test_the_counts_are_added_up_over_units() -> None:
    one, two = verify([KINDS]), verify([KINDS, KINDS])
    assert one.as_json() == {
        "items": 6,
        "accept": {"total": 18, "passed": 18},
        "reject": {"total": 18, "rejected": 18, "explained": 18},
        "blank_scoring": 0,
    }
    assert (two.items, two.accepted["passed"], two.rejected["explained"]) == (12, 36, 36)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(KINDS, tmp_path / "kinds"))


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> Report:
    path = folder / "key.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data["keys"])
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return verify([folder])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda keys: keys["most-sides"]["samples"]["accept"].append({"choices": ["square"]}),
            "most-sides: accepted sample 4 scores 0.00.",
        ),
        (
            lambda keys: keys["by-size"]["samples"]["accept"].insert(1, {"order": ["foot", "inch", "yard", "mile"]}),
            "by-size: accepted sample 2 scores 0.67.",
        ),
        (
            lambda keys: keys["corners"]["samples"]["reject"][0].update(explains="doubles"),
            "corners: rejected sample 1 does not get the explanation doubles.",
        ),
        (
            lambda keys: keys["most-sides"]["samples"]["accept"].append({"choices": ["hexagon"]}),
            "most-sides: accepted sample 4 is no answer to the item: 'hexagon' is not an option.",
        ),
        (
            lambda keys: keys["corners"]["samples"]["reject"][1].update(answer={"rows": [[1]]}),
            "corners: rejected sample 2 is no answer to the item: a table was given.",
        ),
    ],
)
def test_a_sample_that_does_not_do_as_announced_is_named(
    folder: Path, change: Callable[[dict[str, Any]], object], problem: str
) -> None:
    assert changed(folder, change).problems == [f"{folder / 'key.yaml'}: {problem} Correct key or sample."]


def test_a_rejected_sample_that_scores_full_is_named_and_so_is_its_missing_explanation(folder: Path) -> None:
    report = changed(folder, lambda keys: keys["corners"]["samples"]["reject"][2].update(answer={"value": 10}))
    assert [problem.split(": ")[2] for problem in report.problems] == [
        "rejected sample 3 scores full. Correct key or sample.",
        "rejected sample 3 does not get the explanation one-for-all. Correct key or sample.",
    ]
    assert report.rejected == {"total": 18, "rejected": 17, "explained": 17}


def test_a_kind_that_scores_blank_answers_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OrderItem, "blank", lambda item, missing: item._result(Status.CORRECT, 1.0, missing))
    report = verify([KINDS])
    assert report.blank_scoring == 1
    assert report.problems == [f"{KINDS / 'key.yaml'}: by-size: a blank answer scores. Correct key or sample."]


def test_a_problem_in_one_item_does_not_hide_those_in_others(folder: Path) -> None:
    def break_all(keys: dict[str, Any]) -> None:
        for key in keys.values():
            key["samples"]["accept"].append({"nonsense": 1})

    assert len(changed(folder, break_all).problems) == 6


def test_when_there_is_no_key_then_the_author_is_sent_to_the_masters(folder: Path) -> None:
    (folder / "key.yaml").unlink()
    message = "the file is missing. Write the key, or name a master: a folder in source/."
    assert refusal(lambda: verify([folder])) == f"{folder / 'key.yaml'}: {message}"
