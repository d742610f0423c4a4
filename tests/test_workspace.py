import json
import shutil
import socket
from pathlib import Path

import pytest

from course.errors import CourseError
from course.exercises.store import Store
from course.exercises.unit import LEARNER_KEY, MASTER_KEY
from course.workspace import FIRST_UNIT, free_port, launch, port_is_free, prepare
from tests.content import ROOT

RELEASED = sorted(path.parent.name for path in (ROOT / "release").glob("*/items.yaml"))


def test_a_self_study_copy_holds_every_unit_with_its_key_out_of_sight(tmp_path: Path):
    prepare(tmp_path / "work")
    for unit in RELEASED:
        names = {path.name for path in (tmp_path / "work" / unit).iterdir()}
        assert names == {f"{unit}.ipynb", "items.yaml", LEARNER_KEY}


def test_a_classroom_copy_holds_no_key(tmp_path: Path):
    prepare(tmp_path / "work", "classroom")
    assert [path for path in (tmp_path / "work").rglob("*") if "key" in path.name] == []


def test_changing_to_the_classroom_edition_takes_the_keys_away(tmp_path: Path):
    prepare(tmp_path / "work", "self-study")
    prepare(tmp_path / "work", "classroom")
    assert list((tmp_path / "work").rglob(LEARNER_KEY)) == []


def test_a_copy_holds_the_released_notebook_and_never_the_master(tmp_path: Path):
    prepare(tmp_path / "work")
    for unit in RELEASED:
        copy = (tmp_path / "work" / unit / f"{unit}.ipynb").read_bytes()
        assert copy == (ROOT / "release" / unit / f"{unit}.ipynb").read_bytes()
        assert b"model_answer" not in copy


def test_a_second_start_changes_no_notebook_and_no_answer(tmp_path: Path):
    prepare(tmp_path / "work")
    notebook = tmp_path / "work" / FIRST_UNIT / f"{FIRST_UNIT}.ipynb"
    notebook.write_text(notebook.read_text() + " ")
    Store(notebook.parent, FIRST_UNIT).put("heaviest", {"choices": ["ant"]})
    before = {path: path.read_bytes() for path in (tmp_path / "work").rglob("*") if path.is_file()}
    assert prepare(tmp_path / "work") == []
    assert {path: path.read_bytes() for path in (tmp_path / "work").rglob("*") if path.is_file()} == before


def test_a_new_version_keeps_the_old_notebook_and_its_answers(tmp_path: Path):
    prepare(tmp_path / "work")
    folder = tmp_path / "work" / FIRST_UNIT
    state = tmp_path / "work" / ".course.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), FIRST_UNIT: "an older version"}))
    Store(folder, FIRST_UNIT).put("heaviest", {"choices": ["ant"]})
    (folder / f"{FIRST_UNIT}.ipynb").write_text('{"cells": []}')
    [line] = prepare(tmp_path / "work")
    [kept] = folder.glob(f"{FIRST_UNIT}.before-*.ipynb")
    assert kept.name in line
    assert kept.read_text() == '{"cells": []}'
    assert Store(folder, FIRST_UNIT).answers()["heaviest"].answer == {"choices": ["ant"]}
    assert (folder / f"{FIRST_UNIT}.ipynb").read_bytes() == (
        ROOT / "release" / FIRST_UNIT / f"{FIRST_UNIT}.ipynb"
    ).read_bytes()


def test_a_folder_with_masters_is_refused(tmp_path: Path):
    (tmp_path / "unit").mkdir()
    (tmp_path / "unit" / MASTER_KEY).write_text("unit: unit")
    with pytest.raises(CourseError, match="holds masters"):
        prepare(tmp_path)


def test_an_unknown_edition_is_refused_with_the_known_ones(tmp_path: Path):
    with pytest.raises(CourseError, match="self-study, classroom"):
        prepare(tmp_path / "work", "exam")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="Choose another folder with --folder"):
        prepare(tmp_path / "file")


def test_a_damaged_state_file_does_not_stop_the_start(tmp_path: Path):
    prepare(tmp_path / "work")
    (tmp_path / "work" / ".course.json").write_text("{")
    prepare(tmp_path / "work")
    assert set(json.loads((tmp_path / "work" / ".course.json").read_text())) == set(RELEASED)


def test_a_port_in_use_is_not_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not port_is_free(server.getsockname()[1])


def test_the_next_free_port_is_found():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert free_port(taken) > taken


def test_starting_on_a_port_in_use_names_a_free_one(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        with pytest.raises(CourseError, match=rf"port {taken} is in use\. Use --port \d+"):
            launch(tmp_path, port=taken)


def test_a_unit_that_the_learner_deleted_is_installed_again(tmp_path: Path):
    prepare(tmp_path / "work")
    shutil.rmtree(tmp_path / "work" / FIRST_UNIT)
    assert prepare(tmp_path / "work") == [f"{FIRST_UNIT}: installed in {tmp_path / 'work' / FIRST_UNIT}."]


@pytest.mark.parametrize("folder", ["release", "source", "release/00-start-here"])
def test_the_courses_own_folders_are_no_working_copy(folder: str):
    before = sorted((ROOT / folder).rglob("*"))
    with pytest.raises(CourseError, match="belongs to the course itself"):
        prepare(ROOT / folder)
    assert sorted((ROOT / folder).rglob("*")) == before
