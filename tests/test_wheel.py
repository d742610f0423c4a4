"""The wheel and the source archive carry what a student needs, and nothing that belongs to teachers."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.classroom import RELEASE, ROOT, SOURCE, UNITS
from tests.leaks import leaks


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--sdist",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(built / "wheel")
    return built / "wheel"


@pytest.fixture(scope="module")
def sdist(built: Path) -> Path:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        archive.extractall(built / "sdist", filter="data")
    return built / "sdist"


@pytest.mark.parametrize("archive", ["wheel", "sdist"])
def test_nothing_of_a_key_and_no_file_for_teachers_is_inside(archive: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(archive)
    assert list(folder.rglob("*.ipynb"))
    assert leaks(folder, [SOURCE / unit for unit in UNITS]) == []


def test_the_wheel_holds_the_package_alone(wheel: Path) -> None:
    assert {path.name.split("-")[0] for path in wheel.iterdir()} == {"course", "open_or_closed"}


@pytest.mark.parametrize("name", ["data", "release"])
def test_the_wheel_holds_data_and_release_as_they_are(wheel: Path, name: str) -> None:
    there = {p.relative_to(ROOT / name): p.read_bytes() for p in (ROOT / name).rglob("*") if p.is_file()}
    inside = wheel / "course" / name
    assert {p.relative_to(inside): p.read_bytes() for p in inside.rglob("*") if p.is_file()} == there


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    package = ROOT / "course"
    ours = {
        path.relative_to(package)
        for path in package.rglob("*")
        if path.suffix in {".py", ".js", ".css", ".j2", ".typed"}
    }
    assert not [path for path in ours if not (wheel / "course" / path).is_file()]


def from_wheel(wheel: Path, folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(wheel)}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_an_installed_wheel_prepares_the_classroom_edition_unless_told_otherwise(wheel: Path, tmp_path: Path) -> None:
    code = "import course, course.workspace as w, pathlib; w.prepare(pathlib.Path('work'))\n"
    done = from_wheel(wheel, tmp_path, code + "print(course.__file__, len(course.segments()))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(wheel))
    for unit in UNITS:
        for path in (RELEASE / unit).iterdir():
            assert (tmp_path / "work" / unit / path.name).read_bytes() == path.read_bytes()


def test_an_installed_wheel_says_in_one_line_why_it_has_no_self_study_edition(wheel: Path, tmp_path: Path) -> None:
    arguments = ["start", "--no-browser", "--edition", "self-study"]
    done = from_wheel(wheel, tmp_path, f"import sys, course.cli; sys.argv[1:] = {arguments}; course.cli.main()")
    assert done.returncode == 2
    assert done.stdout + done.stderr == (
        "course: the self-study edition needs the keys, which are only in the repository. "
        "Clone the repository, or use --edition classroom.\n"
    )
    assert not list(tmp_path.iterdir())
