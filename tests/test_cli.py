import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course.doctor import Finding, examine
from tests.content import MASTERS, ROOT


def course(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "course.cli", *arguments],
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_verify_prints_its_counts_as_json():
    done = course("verify", "--json")
    counts = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert counts["accept"]["total"] == counts["accept"]["passed"] >= 3 * counts["items"]
    assert counts["reject"]["total"] == counts["reject"]["rejected"] == counts["reject"]["explained"]
    assert counts["reject"]["total"] >= 3 * counts["items"]
    assert counts["blank_scoring"] == 0
    assert set(counts) == {"items", "accept", "reject", "blank_scoring"}


def test_lint_finds_nothing_in_the_masters():
    done = course("lint")
    assert (done.returncode, done.stderr) == (0, "")
    parts, *table, last = done.stdout.splitlines()
    assert parts.split() == ["sitting", "afterwards"]
    assert last == f"{len(MASTERS)} units, no problems."
    assert [line.split()[0] for line in table] == ["unit", *(master.name for master in MASTERS)]


def test_an_unknown_unit_is_one_line_with_the_known_ones():
    done = course("verify", "99-nowhere")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "00-start-here" in done.stderr


def test_a_wrong_option_gives_no_traceback():
    done = course("start", "--edition", "exam")
    assert done.returncode == 2
    assert done.stderr == "course: exam: there is no such edition. Use one of self-study, classroom.\n"


def test_the_doctor_finds_what_the_course_needs_here():
    done = course("doctor")
    assert done.returncode == 0, done.stdout
    for what in ("Python", "jupyterlab", "Browser", "Sandbox", "Saving", "Port"):
        assert f"{what}: " in done.stdout


def test_the_doctor_says_when_a_folder_cannot_be_written(tmp_path: Path):
    saving = next(finding for finding in examine(tmp_path / "nowhere") if finding.what == "Saving")
    assert not saving.good
    assert saving.line().endswith("Move your copy to a folder of your own.")


@pytest.mark.parametrize("finding", examine(ROOT), ids=lambda finding: finding.what)
def test_every_finding_has_a_remedy(finding: Finding):
    lacking = Finding(finding.what, good=False, detail="x", remedy=finding.remedy, needed=finding.needed)
    assert finding.remedy
    assert lacking.line().endswith(finding.remedy)
