"""Masters give their saved outputs again; released notebooks run from top to bottom before anything is answered."""

import configparser
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from course.exercises.lint import checked_items
from course.exercises.parts import AFTERWARDS
from course.workspace import prepare
from tests.classroom import ROOT, SOURCE, UNITS, checks, execute, read

SANITIZE = ROOT / "tests" / "nbval_sanitize.cfg"


def outputs(cell: Any) -> list[Any]:
    return cell.outputs if cell.cell_type == "code" else []


def nbval(*notebooks: Path) -> subprocess.CompletedProcess[str]:
    """Run nbval strictly: every output is compared."""
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-q"]
    command.append(f"--nbval-sanitize-with={SANITIZE}")
    return subprocess.run([*command, *map(str, notebooks)], cwd=ROOT, capture_output=True, text=True, check=False)


def test_when_the_masters_run_again_then_their_outputs_are_the_saved_ones() -> None:
    cells = [c for unit in UNITS for c in read(SOURCE / unit / f"{unit}.ipynb").cells if c.cell_type == "code"]
    done = nbval(*(SOURCE / unit / f"{unit}.ipynb" for unit in UNITS))
    assert done.returncode == 0, f"Run make masters.\n{done.stdout[-6000:]}{done.stderr}"
    assert f"{len(cells)} passed" in done.stdout


@pytest.mark.parametrize("unit", UNITS)
def test_a_master_skips_no_comparison(unit: str) -> None:
    book = read(SOURCE / unit / f"{unit}.ipynb")
    assert not [cell.id for cell in book.cells if re.search("NBVAL_|PYTEST_VALIDATE", cell.source)]
    assert {tag for cell in book.cells for tag in cell.metadata.get("tags", ())} <= {AFTERWARDS}


def test_sanitizing_touches_the_report_of_the_machine_alone() -> None:
    rules = configparser.RawConfigParser()
    rules.read(SANITIZE)
    touched = {name: set() for name in rules.sections()}
    for unit in UNITS:
        for cell in read(SOURCE / unit / f"{unit}.ipynb").cells:
            for name in rules.sections():
                texts = [text for out in outputs(cell) for text in (out.get("text", ""), *out.get("data", {}).values())]
                if any(re.search(rules[name]["regex"], str(text)) for text in texts):
                    touched[name].add((unit, cell.id))
    assert touched == {"report": {("00-start-here", "report")}}


@pytest.mark.parametrize("unit", UNITS)
def test_a_masters_checks_show_full_points(unit: str) -> None:
    book = read(SOURCE / unit / f"{unit}.ipynb")
    for cell in book.cells:
        if cell.id in checks(SOURCE / unit / f"{unit}.ipynb"):
            shown = [out.data["text/plain"] for out in cell.outputs if out.output_type == "execute_result"]
            assert [float(points) for points in shown] == [cell.metadata.nbgrader.points], cell.id


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Each unit of a fresh classroom copy, run from top to bottom without an answer."""
    folder = tmp_path_factory.mktemp("classroom")
    prepare(folder, "classroom")
    return {unit: execute(folder / unit / f"{unit}.ipynb") for unit in UNITS}


@pytest.mark.parametrize("unit", UNITS)
def test_an_unanswered_check_says_incomplete_and_gives_no_points(untouched: dict[str, Any], unit: str) -> None:
    typed = set()
    seen = 0
    for cell in untouched[unit].cells:
        typed |= set(re.findall(r"\banswer\(\s*\"([^\"]+)", cell.source))  # the text itself shows how to type one
        items = checked_items(cell.source) if cell.cell_type == "code" else None
        if not items or typed & set(items):
            continue
        seen += 1
        texts = [out.data["text/plain"] for out in outputs(cell)]
        assert len(re.findall(r"^Incomplete · ", texts[0], re.MULTILINE)) == len(items), cell.id
        assert texts[0].startswith("Incomplete · "), cell.id
        assert texts[1:] == ["0"], cell.id
        assert "<strong>Incomplete</strong>" in outputs(cell)[0].data["text/html"]
    assert seen


@pytest.mark.parametrize("unit", UNITS)
def test_an_unanswered_notebook_runs_without_an_error(untouched: dict[str, Any], unit: str) -> None:
    wrong = [
        (cell.id, out)
        for cell in untouched[unit].cells
        for out in outputs(cell)
        if out.output_type == "error" or out.get("name") == "stderr" or "Traceback" in str(out)
    ]
    assert wrong == []
