import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.exercises.kinds import Item, Key
from course.exercises.mirror import MAX_NOTEBOOK_BYTES, MIME, bundle, harvest, harvest_file
from course.exercises.store import Entry, Store
from course.notebook import Session
from tests.content import HOSTILE, KINDS, assert_harmless, each_item

UNIT = "kinds"
EARLY = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
LATE = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)


def entry(value: Any, at: datetime.datetime = EARLY) -> Entry:
    return Entry(answer={"value": value}, at=at)


def output(answers: dict[str, Entry], unit: str = UNIT) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": bundle(unit, answers, [], "Saved")}


def notebook(*outputs: Any) -> bytes:
    cells = [{"cell_type": "code", "id": f"c{n}", "outputs": [each]} for n, each in enumerate(outputs)]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


def test_what_was_mirrored_is_harvested() -> None:
    answers = {"corners": entry(1), "squares": entry(2, LATE)}
    assert harvest(notebook(output(answers)), UNIT) == answers


@each_item()
def test_the_answer_of_every_item_comes_back_as_it_was(item: Item, key: Key) -> None:
    for sample in key.samples.accept:
        plain = item.parse(sample).model_dump(mode="json")
        found = harvest(notebook(output({item.id: Entry(answer=plain, at=EARLY)})), UNIT)
        assert found[item.id].answer == plain


@pytest.mark.parametrize("turn", [1, -1])
def test_of_several_mirrors_the_newest_answer_counts_wherever_it_stands(turn: int) -> None:
    outputs = [output({"corners": entry(1, EARLY)}), output({"corners": entry(2, LATE)}), output({"squares": entry(3)})]
    assert harvest(notebook(*outputs[::turn]), UNIT) == {"corners": entry(2, LATE), "squares": entry(3)}


def test_the_answers_of_another_unit_are_left_alone() -> None:
    assert harvest(notebook(output({"corners": entry(1)}, unit="other")), UNIT) == {}


def test_a_malformed_answer_does_not_hide_the_others() -> None:
    data = output({"corners": entry(1)})
    data["data"][MIME]["answers"] |= {"squares": 5, "by-size": {"answer": {}}, "\ud800": {"answer": {}, "at": "now"}}
    assert harvest(notebook(data), UNIT) == {"corners": entry(1)}


def test_a_malformed_output_does_not_hide_the_others() -> None:
    raw = notebook(
        None, [], {"data": 5}, {"data": {MIME: []}}, {"data": {MIME: {"format": 2}}}, output({"corners": entry(1)})
    )
    assert harvest(raw, UNIT) == {"corners": entry(1)}


def test_a_notebook_that_is_too_large_is_not_read() -> None:
    raw = notebook(output({"corners": entry(1)}))
    assert harvest(raw + b" " * (MAX_NOTEBOOK_BYTES - len(raw)), UNIT) != {}
    assert harvest(raw + b" " * (MAX_NOTEBOOK_BYTES - len(raw) + 1), UNIT) == {}


def test_a_notebook_that_is_nested_too_deeply_is_not_read() -> None:
    deep: Any = 1
    for _ in range(50):
        deep = [deep]
    data = output({"corners": entry(1)})
    assert harvest(notebook(data, deep), UNIT) == {}
    assert harvest(b"[" * 1_000_000, UNIT) == {}


jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=6),
    lambda x: st.lists(x, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=4), x, max_size=4),
    max_leaves=10,
)
at = (
    st.sampled_from(["2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 1, -1, 1e300])
    | jsons
)
entries = st.dictionaries(
    st.text(st.characters(), max_size=3), jsons | st.fixed_dictionaries({"answer": jsons, "at": at})
)
mirrors = jsons | st.fixed_dictionaries(
    {"format": st.just(1) | jsons, "unit": st.just(UNIT), "answers": jsons | entries}
)
outputs = jsons | st.fixed_dictionaries({"data": jsons | st.fixed_dictionaries({MIME: mirrors})})
cells = jsons | st.fixed_dictionaries({"outputs": jsons | st.lists(outputs, max_size=3)})
notebooks = jsons | st.fixed_dictionaries({"cells": jsons | st.lists(cells, max_size=3)})


@given(st.binary() | notebooks.map(lambda data: json.dumps(data).encode()))
def test_any_notebook_is_harvested_without_an_error_and_what_comes_out_can_be_stored(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    found = harvest(raw, UNIT)
    folder = tmp_path_factory.mktemp("any")
    Store(folder, UNIT).merge(found)
    assert Store(folder, UNIT).answers() == found


@given(
    st.dictionaries(
        st.sampled_from("abc"), st.tuples(st.integers(-(2**53), 2**53), st.datetimes(timezones=st.just(datetime.UTC)))
    )
)
def test_any_answers_come_back_as_they_were(given: dict[str, tuple[int, datetime.datetime]]) -> None:
    answers = {name: entry(value, when) for name, (value, when) in given.items()}
    assert harvest(notebook(output(answers)), UNIT) == answers


def test_a_missing_notebook_holds_no_answers(tmp_path: Path) -> None:
    assert harvest_file(tmp_path / "kinds.ipynb", UNIT) == {}


def test_a_folder_is_no_notebook(tmp_path: Path) -> None:
    assert harvest_file(tmp_path, UNIT) == {}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real.ipynb").write_bytes(notebook(output({"corners": entry(1)})))
    (tmp_path / "kinds.ipynb").symlink_to(tmp_path / "real.ipynb")
    assert harvest_file(tmp_path / "real.ipynb", UNIT) != {}
    assert harvest_file(tmp_path / "kinds.ipynb", UNIT) == {}


def test_a_mirror_can_be_read_without_a_widget() -> None:
    data = bundle(UNIT, {}, ["An elephant", "How sure: Sure"], "Saved answer")
    assert data["text/plain"] == "Saved answer\n- An elephant\n- How sure: Sure"
    assert "Saved answer: An elephant · How sure: Sure" in data["text/html"]


def test_markup_in_an_answer_is_shown_and_not_obeyed() -> None:
    data = bundle(UNIT, {"corners": entry(HOSTILE)}, [HOSTILE], HOSTILE)
    assert_harmless(data["text/html"], f"{HOSTILE}: {HOSTILE}")


# A session on a folder with a mirror


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A student's folder whose notebook mirrors one answer."""
    copy = Path(shutil.copytree(KINDS, tmp_path / UNIT))
    (copy / "key.yaml").unlink()
    (copy / "kinds.ipynb").write_bytes(
        notebook(output({"corners": entry(3, LATE), "squares": entry("no table", LATE)}))
    )
    return copy


def stored(folder: Path) -> dict[str, Any]:
    return {name: entry.answer["value"] for name, entry in Store(folder, UNIT).answers().items()}


TAKEN = "The notebook held newer answers than answers.json, so these were taken over: corners."


def test_when_there_are_no_answers_then_the_mirrors_are_taken_and_the_student_is_told(folder: Path) -> None:
    assert Session(folder).store.news == [TAKEN]
    assert stored(folder) == {"corners": 3}


def test_when_the_file_is_damaged_then_it_is_kept_and_the_mirror_steps_in(folder: Path) -> None:
    (folder / "answers.json").write_text("{ damaged")
    news = Session(folder).store.news
    (aside,) = folder.glob("answers.damaged-*.json")
    assert aside.read_text() == "{ damaged"
    assert news[0].startswith("answers.json: is not JSON (")
    assert news[1:] == [f"The damaged file is kept as {aside.name}.", TAKEN]
    assert stored(folder) == {"corners": 3}


@pytest.mark.parametrize(("at", "value"), [("2026-01-01T12:00:00Z", 3), ("2026-01-03T00:00:00Z", 4)])
def test_when_file_and_mirror_differ_then_the_newer_wins(folder: Path, at: str, value: int) -> None:
    answers = {"corners": {"answer": {"value": 4, "columns": None, "rows": None}, "at": at}}
    (folder / "answers.json").write_text(json.dumps({"format": 1, "unit": UNIT, "answers": answers}))
    assert bool(Session(folder).store.news) == (value == 3)
    assert stored(folder) == {"corners": value}


def test_when_nothing_differs_then_nothing_is_said(folder: Path) -> None:
    Session(folder)
    assert Session(folder).store.news == []
