"""Items that are argument maps, graded by nbgrader's command and by ours: rows are what ``score()`` gives."""

import json
import shutil
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from course.exercises.lint import checked_items
from course.grading.collect import collect, score
from course.grading.demo import simulate
from course.grading.submission import read_submission
from tests.classroom import Person
from tests.content import ROOT, load

UNIT = "03-structure"
Rows = dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("school") / "class"
    simulate([ROOT / "source" / UNIT], 6, 3, folder)
    return folder


@pytest.fixture(scope="module")
def scored(school: Path) -> Rows:
    unit, key = load(school / "source" / UNIT)
    notebook = json.loads((school / "release" / UNIT / f"{UNIT}.ipynb").read_bytes())
    cells = {cell["id"]: checked_items("".join(cell["source"])) for cell in notebook["cells"]}
    found: Rows = {}
    for folder in sorted((school / "submitted").iterdir()):
        answers, _ = collect(read_submission(folder / UNIT, folder.name).files, unit)
        points = {name: result.points for name, result in score(unit, key, answers).items()}
        found[folder.name] = {cell: round(sum(points[n] for n in names), 2) for cell, names in cells.items() if names}
    return found


@pytest.fixture(scope="module", params=["nbgrader autograde", "course grade"])
def rows(request: pytest.FixtureRequest, school: Path, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    course = shutil.copytree(school, tmp_path_factory.mktemp("graded") / "class")
    (home := course.parent / "home").mkdir()
    person = Person(course, home)
    command = person.nbgrader if request.param == "nbgrader autograde" else person.course_command
    command(request.param.split()[1], UNIT)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        return {
            submission.student_id: {grade.name: grade.auto_score for grade in submission.notebooks[0].grades}
            for submission in book.assignment_submissions(UNIT)
        }


def test_the_rows_of_a_unit_with_maps_are_what_the_answers_score(rows: Rows, scored: Rows) -> None:
    assert rows == scored


def test_maps_get_nothing_part_of_the_points_and_all_of_them(scored: Rows) -> None:
    points = {of[cell] for of in scored.values() for cell in of if cell.endswith("-map")}
    assert 0 in points
    assert len(points) > 2
