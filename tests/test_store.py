import datetime
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from course.datafile import MAX_DEPTH, parse_json
from course.errors import CourseError
from course.exercises.store import (
    MAX_BYTES,
    MAX_ENTRY_BYTES,
    Activity,
    Entry,
    Store,
    newer,
    parse_book,
)
from tests.content import HOSTILE, refusal

UNIT = "kinds"
EARLY = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
LATE = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)


def entry(value: Any = 1, at: datetime.datetime = EARLY) -> Entry:
    return Entry(answer={"value": value}, at=at)


def book(answers: dict[str, Any] | None = None, **fields: Any) -> bytes:
    return json.dumps({"format": 1, "unit": UNIT, "answers": answers or {}} | fields).encode()


GOOD = {"answer": {"value": 1}, "at": "2026-01-01T00:00:00Z"}


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".answers.lock")


def test_an_answer_is_on_disk_the_moment_it_is_put(tmp_path: Path) -> None:
    Store(tmp_path, UNIT).put("corners", {"value": 3})
    data = json.loads((tmp_path / "answers.json").read_text())
    assert (data["format"], data["unit"]) == (1, UNIT)
    assert data["answers"]["corners"]["answer"] == {"value": 3}


def test_an_answer_is_there_tomorrow(tmp_path: Path) -> None:
    put = Store(tmp_path, UNIT).put("corners", {"value": 3})
    assert Store(tmp_path, UNIT).answers() == {"corners": put}


def test_a_later_answer_replaces_an_earlier_one(tmp_path: Path) -> None:
    store = Store(tmp_path, UNIT)
    for value in (1, 2):
        store.put("corners", {"value": value})
    assert Store(tmp_path, UNIT).answers()["corners"].answer == {"value": 2}


def test_the_time_of_an_answer_is_kept(tmp_path: Path) -> None:
    before = datetime.datetime.now(datetime.UTC)
    put = Store(tmp_path, UNIT).put("corners", {})
    assert before <= put.at <= datetime.datetime.now(datetime.UTC)


def test_nothing_is_written_before_the_first_answer(tmp_path: Path) -> None:
    store = Store(tmp_path, UNIT)
    assert (store.answers(), store.activity("corners"), files(tmp_path)) == ({}, Activity(), [])


def test_only_the_answers_remain_in_the_folder(tmp_path: Path) -> None:
    Store(tmp_path, UNIT).put("corners", {"value": 3})
    assert files(tmp_path) == ["answers.json"]


def test_a_masters_answers_stay_in_memory_and_bear_no_time(tmp_path: Path) -> None:
    store = Store(tmp_path, UNIT, keep=False)
    store.put("corners", {"value": 3})
    store.count("corners", hints=1)
    assert store.answers() == {
        "corners": Entry(answer={"value": 3}, at=datetime.datetime.fromtimestamp(0, datetime.UTC))
    }
    assert list(tmp_path.iterdir()) == []


def test_a_master_does_not_read_answers_either(tmp_path: Path) -> None:
    Store(tmp_path, UNIT).put("corners", {"value": 3})
    assert Store(tmp_path, UNIT, keep=False).answers() == {}


def test_what_was_returned_does_not_change_what_is_stored(tmp_path: Path) -> None:
    store = Store(tmp_path, UNIT)
    store.put("corners", {"value": 3})
    store.answers().clear()
    assert list(store.answers()) == ["corners"]


def test_hints_and_checks_are_counted_apart(tmp_path: Path) -> None:
    store = Store(tmp_path, UNIT)
    store.count("corners", hints=1)
    store.count("corners", checks=1)
    store.count("corners", checks=1)
    assert Store(tmp_path, UNIT).activity("corners") == Activity(hints=1, checks=2)


# Two kernels on one folder


def test_two_stores_see_each_others_answers(tmp_path: Path) -> None:
    one, other = Store(tmp_path, UNIT), Store(tmp_path, UNIT)
    one.put("corners", {"value": 1})
    other.put("squares", {"value": 2})
    one.put("by-size", {"value": 3})
    assert set(one.answers()) == set(other.answers()) == {"corners", "squares", "by-size"}


def test_counting_does_not_lose_another_stores_answer(tmp_path: Path) -> None:
    one, other = Store(tmp_path, UNIT), Store(tmp_path, UNIT)
    one.answers()
    other.put("corners", {"value": 1})
    one.count("corners", checks=1)
    assert set(other.answers()) == {"corners"}


def test_a_change_while_the_file_is_being_read_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Store(tmp_path, UNIT), Store(tmp_path, UNIT)
    other.put("corners", {"value": 1})

    def read_then_lose_the_race(path: Path) -> bytes:
        with path.open("rb") as file:
            raw = file.read()
        monkeypatch.undo()
        other.put("squares", {"value": 2})
        return raw

    monkeypatch.setattr(Path, "read_bytes", read_then_lose_the_race)
    assert set(one.answers()) == {"corners"}
    one.put("by-size", {"value": 3})
    assert set(other.answers()) == {"corners", "squares", "by-size"}


WRITER = """
import sys
from pathlib import Path
from course.exercises.store import Store
folder, name, count, size = sys.argv[1:]
store = Store(Path(folder), "kinds")
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(count)):
    store.put(f"{name}-{number % 50}", {"value": "x" * int(size)})
    store.count("corners", checks=1)
    store.answers()
"""


def writer(folder: Path, name: str, count: int, size: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), name, str(count), str(size)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def go(*writers: subprocess.Popen[str]) -> None:
    for process in writers:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in writers:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def test_when_two_processes_write_at_once_then_nothing_is_lost(tmp_path: Path) -> None:
    with writer(tmp_path, "one", 50, 10) as one, writer(tmp_path, "other", 50, 10) as other:
        go(one, other)
        one.communicate()
        other.communicate()
    store = Store(tmp_path, UNIT)
    assert set(store.answers()) == {f"{name}-{number}" for name in ("one", "other") for number in range(50)}
    assert store.activity("corners").checks == 100
    assert files(tmp_path) == ["answers.json"]


def test_when_a_process_is_killed_while_it_writes_then_no_reader_ever_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    seen = set()
    with writer(tmp_path, "one", 1_000_000, 20_000) as process:
        try:
            go(process)
            deadline = time.monotonic() + 1.5
            while time.monotonic() < deadline or (not seen and process.poll() is None):
                if path.exists():
                    seen.add(len(json.loads(path.read_bytes())["answers"]))
        finally:
            process.send_signal(signal.SIGKILL)
    assert len(seen) > 3
    store = Store(tmp_path, UNIT)
    store.put("corners", {"value": 1})  # the dead process holds no lock
    assert (len(store.answers()) > max(seen), store.news) == (True, [])


def test_when_the_new_file_cannot_be_completed_then_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path, UNIT)
    store.put("corners", {"value": 1})
    before = (tmp_path / "answers.json").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert refusal(lambda: store.put("corners", {"value": 2})) == (
        f"{tmp_path / 'answers.json'}: cannot be written (No space left on device). "
        "Move the unit to a folder in which you may write; your choice is still on the screen."
    )
    assert (tmp_path / "answers.json").read_bytes() == before
    assert files(tmp_path) == ["answers.json"]


def test_when_the_folder_cannot_be_written_then_the_message_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    message = refusal(lambda: Store(tmp_path / "file", UNIT).put("corners", {}))
    assert "answers.json: cannot be written (" in message
    assert "Move the unit to a folder in which you may write" in message


def test_when_another_program_holds_the_lock_then_the_message_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path, UNIT)
    store._lock.timeout = 0.05
    with FileLock(tmp_path / ".answers.lock"):
        message = refusal(lambda: store.put("corners", {}))
    assert message.endswith("another program keeps this file locked. Close other copies of this notebook.")


def test_an_answer_that_is_too_large_is_refused_and_the_others_stay(tmp_path: Path) -> None:
    store = Store(tmp_path, UNIT)
    store.put("corners", {"value": 1})
    message = refusal(lambda: store.put("squares", {"value": "x" * MAX_ENTRY_BYTES}))
    path = tmp_path / "answers.json"
    assert message == f"{path}: squares: answer: is too large to be stored. Give a smaller one."
    assert list(Store(tmp_path, UNIT).answers()) == ["corners"]


def test_as_many_of_the_largest_answers_as_a_unit_may_need_are_read_back(tmp_path: Path) -> None:
    store = Store(tmp_path, UNIT)
    rows = [[1]] * (MAX_ENTRY_BYTES // 50)
    assert refusal(lambda: store.put("item-0", {"rows": rows * 2}))
    for number in range(9):
        store.put(f"item-{number}", {"rows": rows})
    fresh = Store(tmp_path, UNIT)
    assert (len(fresh.answers()), fresh.news) == (9, [])


# Damaged files


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "answers.json: is not JSON (Expecting value: line 1 column 1 (char 0)). Restore the file"),
        (b'{"format": 1, "un', "answers.json: is not JSON (Unterminated string"),
        (b"\xff\xfe\x00", "answers.json: is not JSON ("),
        (b"[" * 100_000, "answers.json: is nested too deeply. Restore the file"),
        (b"[" * 99 + b"]" * 99, "answers.json: is nested too deeply. Restore the file"),
        (b"[]", 'answers.json: is not a file of answers. It must say "format": 1.'),
        (book(format=2), 'answers.json: is not a file of answers. It must say "format": 1.'),
        (book(unit="other"), "answers.json: unit: belongs to 'other'. This unit is kinds."),
        (b" " * (MAX_BYTES + 1), f"answers.json: has {MAX_BYTES + 1} bytes, more than {MAX_BYTES}. Restore the file"),
    ],
)
def test_a_damaged_file_is_reported_and_set_aside_and_never_overwritten(
    tmp_path: Path, raw: bytes, message: str
) -> None:
    (tmp_path / "answers.json").write_bytes(raw)
    store = Store(tmp_path, UNIT)
    assert store.answers() == {}
    (aside,) = files(tmp_path)
    assert aside.startswith("answers.damaged-")
    assert store.news[0].startswith(message)
    assert store.news[1:] == [f"The damaged file is kept as {aside}."]
    store.put("corners", {"value": 1})
    assert (tmp_path / aside).read_bytes() == raw
    assert list(Store(tmp_path, UNIT).answers()) == ["corners"]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"squares": 5}, "answers.json: squares: input should be a valid dictionary"),
        ({"squares": {"answer": {}}}, "answers.json: squares: at: is missing. Add this field."),
        ({"squares": GOOD | {"points": 3}}, "answers.json: squares: points: is not a known field."),
        (
            {"squares": GOOD | {"at": "2026-01-01T00:00:00"}},
            "answers.json: squares: at: input should have timezone info",
        ),
        ({"squares": GOOD | {"answer": [1]}}, "answers.json: squares: answer: input should be a valid dictionary"),
        (
            {"squares": GOOD | {"answer": {"value": float("nan")}}},
            "answers.json: squares: answer: holds what JSON cannot",
        ),
        ({"squares": GOOD | {"answer": {"value": "\ud800"}}}, "answers.json: squares: answer: holds what JSON cannot"),
        ({"squares": GOOD | {"answer": {"v": "x" * MAX_ENTRY_BYTES}}}, "answers.json: squares: answer: is too large"),
        ({"\ud800": GOOD}, "answers.json: �: is not an item's id. It is left out."),
        ({"<b>\n": GOOD}, "answers.json: <b> : is not an item's id. It is left out."),
    ],
)
def test_what_is_readable_of_a_damaged_file_is_kept_and_the_file_too(
    tmp_path: Path, broken: dict[str, Any], message: str
) -> None:
    raw = book({"corners": GOOD} | broken)
    (tmp_path / "answers.json").write_bytes(raw)
    store = Store(tmp_path, UNIT)
    assert list(store.answers()) == ["corners"]
    aside = files(tmp_path)[0]
    assert (tmp_path / aside).read_bytes() == raw
    assert store.news[0].startswith(message)
    assert store.news[1:] == [f"The file as it was is kept as {aside}."]
    fresh = Store(tmp_path, UNIT)
    assert (fresh.answers(), fresh.news) == (store.answers(), [])


def test_a_damaged_file_is_reported_once(tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_bytes(book({"corners": GOOD, "squares": 5}))
    store = Store(tmp_path, UNIT)
    for _ in range(3):
        store.answers()
        store.count("corners", checks=1)
    assert len(store.news) == 2
    assert len(files(tmp_path)) == 2


def test_malformed_activity_is_reported_and_the_answers_stay(tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_bytes(book({"corners": GOOD}, activity={"corners": {"hints": -1}}))
    store = Store(tmp_path, UNIT)
    assert list(store.answers()) == ["corners"]
    assert store.news[0].startswith("answers.json: corners: hints: input should be greater than or equal to 0, not -1.")


def test_when_the_file_is_damaged_meanwhile_then_the_answers_in_memory_stay(tmp_path: Path) -> None:
    store = Store(tmp_path, UNIT)
    store.put("corners", {"value": 1})
    (tmp_path / "answers.json").write_text("{")
    store.put("squares", {"value": 2})
    assert set(Store(tmp_path, UNIT).answers()) == {"corners", "squares"}
    assert (tmp_path / files(tmp_path)[0]).read_text() == "{"


def test_two_damaged_files_in_one_second_are_both_kept(tmp_path: Path) -> None:
    store = Store(tmp_path, UNIT)
    for text in ("{1", "{2", "{3"):
        (tmp_path / "answers.json").write_text(text)
        store.answers()
    assert sorted((tmp_path / name).read_text() for name in files(tmp_path)) == ["{1", "{2", "{3"]


def test_when_another_kernel_puts_a_damaged_file_right_then_its_good_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answers.json"
    path.write_text("{")
    store = Store(tmp_path, UNIT)

    def read_then_lose_the_race(path: Path) -> bytes:
        monkeypatch.undo()
        Store(tmp_path, UNIT).put("corners", {"value": 1})
        return b"{"

    monkeypatch.setattr(Path, "read_bytes", read_then_lose_the_race)
    assert (list(store.answers()), store.news) == (["corners"], [])
    assert len(files(tmp_path)) == 2


def test_when_the_file_vanishes_while_it_is_read_then_nothing_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(tmp_path, UNIT).put("corners", {"value": 1})
    store = Store(tmp_path, UNIT)
    read = Path.read_bytes

    def vanish(path: Path) -> bytes:
        path.unlink()
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", vanish)
    assert (store.answers(), store.news) == ({}, [])


def test_when_a_folder_stands_under_the_files_name_then_the_message_says_so(tmp_path: Path) -> None:
    (tmp_path / "answers.json").mkdir()
    assert refusal(Store(tmp_path, UNIT).answers) == (
        f"{tmp_path / 'answers.json'}: cannot be read (Is a directory). Check what stands under this name."
    )


jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9),
    lambda x: st.lists(x, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=6), x, max_size=4),
    max_leaves=12,
)
nearly = st.fixed_dictionaries(
    {"format": st.just(1), "unit": st.just(UNIT), "answers": jsons},
    optional={"activity": jsons, "more": jsons},
) | st.fixed_dictionaries(
    {
        "format": st.just(1),
        "unit": st.just(UNIT),
        "answers": st.dictionaries(
            st.sampled_from(["corners", "squares", "\ud800", ""]),
            st.fixed_dictionaries({"answer": jsons, "at": st.datetimes().map(lambda t: f"{t.isoformat()}Z") | jsons}),
        ),
    },
)


@given(st.binary() | (jsons | nearly).map(lambda data: json.dumps(data).encode()))
def test_any_file_is_read_or_set_aside_and_then_written(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "answers.json").write_bytes(raw)
    store = Store(folder, UNIT)
    kept = store.answers()
    assert all(line.isprintable() for line in store.news)
    put = store.put("new", {"value": 1})
    assert Store(folder, UNIT).answers() == kept | {"new": put}
    assert bool(store.news) == (len(files(folder)) == 2)


def test_depth_is_counted_in_lists_and_mappings() -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":[' * (depth // 2) + b"1" + b"]}" * (depth // 2)

    assert parse_json(nested(MAX_DEPTH - 2), "f", 10_000)
    with pytest.raises(CourseError, match="nested too deeply"):
        parse_json(nested(MAX_DEPTH + 2), "f", 10_000)


def test_what_a_message_quotes_from_a_file_stays_on_its_line(tmp_path: Path) -> None:
    _, problems = parse_book(book({"corners": GOOD | {HOSTILE: 1}}), UNIT)
    assert problems == [f"answers.json: corners: {HOSTILE}: is not a known field. Remove it or correct its spelling."]


# The newer wins


def test_the_newer_answer_wins_for_each_item() -> None:
    one = {"a": entry(1, EARLY), "b": entry(1, LATE)}
    other = {"a": entry(2, LATE), "b": entry(2, EARLY), "c": entry(2)}
    assert newer(one, other) == {"a": entry(2, LATE), "b": entry(1, LATE), "c": entry(2)}


def test_of_equally_old_answers_the_first_one_stays() -> None:
    assert newer({"a": entry(1)}, {"a": entry(2)}) == {"a": entry(1)}


def test_merging_takes_what_is_newer_and_names_it(tmp_path: Path) -> None:
    store = Store(tmp_path, UNIT)
    store.put("corners", {"value": 1})
    far = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)
    assert store.merge({"corners": entry(2, EARLY), "squares": entry(2, EARLY)}) == ["squares"]
    assert store.merge({"corners": entry(2, far)}) == ["corners"]
    assert {name: e.answer["value"] for name, e in Store(tmp_path, UNIT).answers().items()} == {
        "corners": 2,
        "squares": 2,
    }


def test_when_nothing_is_newer_then_merging_writes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path, UNIT)
    assert store.merge({}) == []
    assert files(tmp_path) == []
