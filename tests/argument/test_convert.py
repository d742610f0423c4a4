import json
import subprocess
import sys
from pathlib import Path

import pytest

from course.argument.aif import read_aif, write_aif
from course.argument.argdown import read_argdown, write_argdown
from course.argument.convert import convert
from course.argument.drawing import dot
from course.argument.svg import svg
from course.errors import CourseError
from tests.argument.aifdb.make import FOLDER
from tests.argument.draw import draw

MAP = draw("a+b>m c!m d~r1")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "map.aif.json"
    path.write_text(write_aif(MAP), encoding="utf-8")
    return path


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "course.cli", "argument", "convert", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("ending", [".argdown", ".ad", ".AD"])
def test_aif_becomes_argdown_and_comes_back(source: Path, ending: str):
    middle, back = source.with_name(f"map{ending}"), source.with_name("back.json")
    assert convert(source, middle) == convert(middle, back) == []
    assert read_argdown(middle.read_text(encoding="utf-8"), middle) == MAP
    assert back.read_text(encoding="utf-8") == source.read_text(encoding="utf-8")


def test_aif_becomes_dot(source: Path):
    target = source.with_name("map.dot")
    convert(source, target)
    assert target.read_text(encoding="utf-8") == dot(MAP)


def test_aif_becomes_svg(source: Path):
    target = source.with_name("map.svg")
    convert(source, target)
    assert target.read_text(encoding="utf-8") == svg(MAP)


def test_a_picture_is_not_read(source: Path):
    picture = source.with_name("map.svg")
    convert(source, picture)
    with pytest.raises(CourseError, match="is a picture and is not read"):
        convert(picture, source.with_name("back.json"))


def test_a_foreign_file_keeps_everything_as_aif_and_says_what_argdown_loses(tmp_path: Path):
    foreign = FOLDER / "map03.json"
    notes = convert(foreign, tmp_path / "out.json")
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert document["AIF"]["nodes"] == json.loads(foreign.read_text(encoding="utf-8"))["AIF"]["nodes"]
    assert notes == list(read_aif(foreign.read_bytes(), foreign).notes)
    target = tmp_path / "out.argdown"
    assert convert(foreign, target) == [*notes, f"{target} holds only the map."]


def test_a_file_is_overwritten_only_when_told(source: Path):
    target = source.with_name("map.ad")
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(CourseError, match="is there already"):
        convert(source, target)
    assert target.read_text(encoding="utf-8") == "mine"
    convert(source, target, force=True)
    assert target.read_text(encoding="utf-8") == write_argdown(MAP)


def test_windows_line_ends_are_read(tmp_path: Path):
    path = tmp_path / "map.ad"
    path.write_bytes(b"\xef\xbb\xbf" + write_argdown(MAP).replace("\n", "\r\n").encode())
    convert(path, tmp_path / "map.json")
    assert read_aif((tmp_path / "map.json").read_bytes(), "map.json").map == MAP


@pytest.mark.parametrize(
    ("start", "end", "problem"),
    [
        ("map.aif.json", "map.pdf", "map.pdf: its name ends in no format that is known. Use AIF or xAIF"),
        ("map.yaml", "map.json", "map.yaml: its name ends in no format that is known. Use AIF or xAIF"),
        ("map.dot", "map.json", "map.dot: is a picture and is not read"),
        ("none.json", "map.dot", "none.json: cannot be read"),
        ("folder.json", "map.dot", "folder.json: cannot be read"),
        ("latin.ad", "map.dot", "latin.ad: byte 5 is not UTF-8"),
        ("large.ad", "map.dot", "large.ad: has more than 10000000 bytes"),
        ("circle.json", "map.ad", "circle.json: a, b: These claims support each other in a circle"),
        ("map.aif.json", "none/map.dot", "map.dot: cannot be written"),
    ],
)
def test_what_cannot_be_converted_is_refused_and_nothing_is_written(source: Path, start: str, end: str, problem: str):
    folder = source.parent
    (folder / "folder.json").mkdir()
    (folder / "latin.ad").write_bytes("[a]: é".encode("latin-1"))
    with (folder / "large.ad").open("wb") as large:
        large.truncate(10_000_001)
    (folder / "circle.json").write_text(write_aif(draw("a>b b>a")), encoding="utf-8")
    with pytest.raises(CourseError) as refused:
        convert(folder / start, folder / end)
    assert problem in str(refused.value)
    assert not (folder / end).exists()


def test_the_command_prints_the_notes(tmp_path: Path):
    done = command(FOLDER / "map02.json", tmp_path / "map.dot")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Node 891359 has no premise; it is no part of the map.\n" in done.stdout
    assert (tmp_path / "map.dot").read_text(encoding="utf-8").startswith("digraph")


def test_the_command_says_what_is_wrong_in_one_line(source: Path):
    done = command(source, source)
    assert done.returncode == 2
    assert done.stderr == f"course: {source}: is there already. Choose another name, or add --force.\n"
    assert command(source, source, "--force").returncode == 0


def test_starting_the_command_loads_no_map_code():
    code = "import sys, course.cli; print([name for name in sys.modules if name.startswith('course.argument')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
