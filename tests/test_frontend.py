import gzip
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from course.paths import CLONE
from course.widgets.item import STATIC

JS = CLONE / "js"
BUILT = ("choice.js", "debate.js", "essay.js", "label.js", "map.js", "order.js", "widget.css")
MOST_BYTES = 60_000  # gzipped, all front ends together


def run(*command: str) -> str:
    npm = shutil.which(command[0])
    assert npm, f"{command[0]} is not installed: install Node.js 20 or newer."
    environment = {**os.environ, "CI": "true", "NO_COLOR": "1"}
    done = subprocess.run([npm, *command[1:]], cwd=JS, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("static")
    run("node", "build.mjs", str(folder))
    return folder


@pytest.mark.parametrize("name", BUILT)
def test_the_committed_file_is_what_the_sources_build(name: str, rebuilt: Path):
    assert (STATIC / name).read_bytes() == (rebuilt / name).read_bytes()


def test_nothing_else_is_built_or_committed(rebuilt: Path):
    assert {path.name for path in rebuilt.iterdir()} == set(BUILT) == {path.name for path in STATIC.iterdir()}


def test_the_front_ends_together_are_small():
    assert sum(len(gzip.compress((STATIC / name).read_bytes())) for name in BUILT) < MOST_BYTES


def test_the_typescript_has_no_type_errors():
    run("npm", "run", "check")


def test_the_front_ends_pass_their_own_tests():
    assert "passed" in run("npm", "test")


def test_no_front_end_loads_anything_from_elsewhere():
    for name in BUILT:
        text = (STATIC / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text
        assert "https:" not in text
        assert "import(" not in text
