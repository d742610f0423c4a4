"""Units with maps and essays, graded by nbgrader's command and by ours: rows are what ``score()`` gives."""

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

MAPS, ESSAY = "03-structure", "07-debate"
BY_HAND = "answer-weigh"
Rows = dict[str, dict[str, float | None]]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("school") / "class"
    simulate([ROOT / "source" / unit for unit in (MAPS, ESSAY)], 6, 3, folder)
    return folder


@pytest.fixture(scope="module")
def scored(school: Path) -> dict[str, Rows]:
    return {name: _scored(school, name) for name in (MAPS, ESSAY)}


def _scored(school: Path, name: str) -> Rows:
    unit, key = load(school / "source" / name)
    notebook = json.loads((school / "release" / name / f"{name}.ipynb").read_bytes())
    cells = {cell["id"]: checked_items("".join(cell["source"])) for cell in notebook["cells"]}
    found: Rows = {}
    for folder in sorted((school / "submitted").iterdir()):
        answers, _ = collect(read_submission(folder / name, folder.name).files, unit)
        points = {item: result.points for item, result in score(unit, key, answers).items()}
        found[folder.name] = {cell: round(sum(points[n] for n in names), 2) for cell, names in cells.items() if names}
        if name == ESSAY:
            found[folder.name][BY_HAND] = None if "weigh" in answers else 0.0
    return found


@pytest.fixture(scope="module", params=["nbgrader autograde", "course grade"])
def graded(request: pytest.FixtureRequest, school: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = shutil.copytree(school, tmp_path_factory.mktemp("graded") / "class")
    (home := course.parent / "home").mkdir()
    person = Person(course, home)
    command = person.nbgrader if request.param == "nbgrader autograde" else person.course_command
    for unit in (MAPS, ESSAY):
        command(request.param.split()[1], unit)
    return course


def rows(course: Path, unit: str) -> Rows:
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        return {
            submission.student_id: {grade.name: grade.auto_score for grade in submission.notebooks[0].grades}
            for submission in book.assignment_submissions(unit)
        }


@pytest.mark.parametrize("unit", [MAPS, ESSAY])
def test_the_rows_of_a_unit_are_what_the_answers_score(graded: Path, scored: dict[str, Rows], unit: str) -> None:
    assert rows(graded, unit) == scored[unit]


def test_an_essay_waits_for_a_person_and_one_that_nobody_wrote_does_not(graded: Path, scored: dict[str, Rows]) -> None:
    with Gradebook(f"sqlite:///{graded}/gradebook.db") as book:
        waiting = {
            submission.student_id: book.find_grade(BY_HAND, ESSAY, ESSAY, submission.student_id).needs_manual_grade
            for submission in book.assignment_submissions(ESSAY)
        }
    assert waiting == {student: row[BY_HAND] is None for student, row in scored[ESSAY].items()}
    assert len(set(waiting.values())) == 2


def test_maps_get_nothing_part_of_the_points_and_all_of_them(scored: dict[str, Rows]) -> None:
    points = {of[cell] for of in scored[MAPS].values() for cell in of if cell.endswith("-map")}
    assert 0 in points
    assert len(points) > 2
