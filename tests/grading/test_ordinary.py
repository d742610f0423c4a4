"""nbgrader's own quickstart course: our engine and nbgrader's pipeline give the same rows."""

import datetime
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests.classroom import ROOT, Person, read

SQUARES = """def squares(n):
    if n < 1:
        raise ValueError("n must be at least 1")
    return [i**2 for i in range(1, n + 1)]
"""
SUM = "def sum_of_squares(n):\n    return sum(squares(n))\n"
LATE = "with_a_cell_of_their_own"
PARTIAL = "count_words"  # an added test that ends in a number

Work = Callable[[Path], None]


def fill(folder: Path, notebook: str, sources: dict[str, str]) -> None:
    path = folder / f"{notebook}.ipynb"
    book = read(path)
    for cell in book.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = sources.get(name, cell.source)
    nbformat.write(book, path)


def all_right(folder: Path) -> None:
    fill(folder, "problem1", {"squares": SQUARES, "sum_of_squares": SUM, "words": "words = 4"})
    fill(folder, "problem1", {"sum_of_squares_equation": "$\\sum i^2$", "sum_of_squares_application": "x = 1"})
    fill(folder, "problem2", {"part-a": "Fibonacci numbers.", "part-b": "Negative numbers."})


def half_right(folder: Path) -> None:
    fill(folder, "problem1", {"squares": SQUARES.replace("if n < 1", "if n < 0"), "words": "words = 2"})
    fill(folder, "problem1", {"sum_of_squares": "def sum_of_squares(n):\n    return n * (n + 1) * (2 * n + 1) // 6\n"})
    fill(folder, "problem2", {"part-b": "None."})


def blank(folder: Path) -> None:
    pass


def with_a_cell_of_their_own(folder: Path) -> None:
    all_right(folder)
    path = folder / "problem1.ipynb"
    book = read(path)
    place = next(n for n, cell in enumerate(book.cells) if cell.source == SQUARES)
    source = "def power(i):\n    return i * i\n\nimport sys\nprint('a note', file=sys.stderr)"
    helper = {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    book.cells.insert(place, type(book.cells[0])(helper))
    nbformat.write(book, path)
    fill(folder, "problem1", {"squares": SQUARES.replace("i**2", "power(i)")})


def broken(folder: Path) -> None:
    fill(folder, "problem1", {"squares": "def squares(n:", "sum_of_squares": "1 / 0"})


STUDENTS: dict[str, Work] = {
    work.__name__: work for work in (all_right, half_right, blank, with_a_cell_of_their_own, broken)
}


def add_partial_credit(source: Path) -> None:
    """The example has no test that gives part of its points, so one is added, with its answer cell."""
    path = source / "problem1.ipynb"
    book = read(path)
    marks = {"schema_version": 3, "task": False, "locked": False, "grade": False, "solution": True, "grade_id": "words"}
    empty = {"cell_type": "code", "outputs": [], "execution_count": None}
    answer = {**empty, "source": "### BEGIN SOLUTION\nwords = 4\n### END SOLUTION", "metadata": {"nbgrader": marks}}
    graded = {**marks, "grade": True, "solution": False, "locked": True, "points": 4, "grade_id": PARTIAL}
    test = {**empty, "source": "min(words, 4)", "metadata": {"nbgrader": graded}}
    book.cells += [type(book.cells[0])(answer), type(book.cells[0])(test)]
    nbformat.write(book, path)


def teacher(folder: Path, example: Path, config: str) -> Person:
    person = Person(folder / "course", folder)
    person.folder.mkdir(parents=True)
    (folder / ".jupyter").mkdir()
    shutil.copytree(example, person.folder / "source" / "ps1")
    add_partial_credit(person.folder / "source" / "ps1")
    (person.folder / "nbgrader_config.py").write_text(config)
    person.nbgrader("generate_assignment", "ps1")
    with Gradebook(f"sqlite:///{person.folder}/gradebook.db") as book:
        book.update_or_create_assignment("ps1", duedate=datetime.datetime(2026, 11, 20, 12))
        book.db.commit()
    for name, work in STUDENTS.items():
        submitted = person.folder / "submitted" / name / "ps1"
        shutil.copytree(person.folder / "release" / "ps1", submitted)
        work(submitted)
        (submitted / "timestamp.txt").write_text(f"2026-11-20 {14 if name == LATE else 10}:00:00 UTC")
    return person


def rows(person: Person) -> dict[tuple[str, ...], Any]:
    with Gradebook(f"sqlite:///{person.folder}/gradebook.db") as book:
        found: dict[tuple[str, ...], Any] = {}
        for submission in book.assignment_submissions("ps1"):
            found[submission.student.id,] = (submission.timestamp, submission.score, submission.needs_manual_grade)
            for notebook in submission.notebooks:
                found[submission.student.id, notebook.name] = notebook.late_submission_penalty
                for grade in notebook.grades:
                    key = (submission.student.id, notebook.name, grade.name)
                    found[key] = (grade.auto_score, grade.manual_score, grade.score, grade.needs_manual_grade)
                for comment in notebook.comments:
                    key = (submission.student.id, notebook.name, comment.name, "comment")
                    found[key] = (comment.auto_comment, comment.manual_comment)
        return found


def mark_by_hand(person: Person) -> None:
    with Gradebook(f"sqlite:///{person.folder}/gradebook.db") as book:
        for student in ("all_right", "half_right"):
            for name, score in (("sum_of_squares_equation", 0.5), ("cell-938593c4a215c6cc", 3)):
                grade = book.find_grade(name, "problem1", "ps1", student)
                grade.manual_score, grade.needs_manual_grade = score, False
            comment = book.find_comment("part-b", "problem2", "ps1", student)
            comment.manual_comment = "Think of large inputs, too."
        book.db.commit()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Person, Person]:
    folder = tmp_path_factory.mktemp("ordinary")
    home = Person(folder / "example", folder)
    home.folder.mkdir()
    home.nbgrader("quickstart", "example-course")
    example = home.folder / "example-course" / "source" / "ps1"
    late = "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
    stock = teacher(folder / "stock", example, f"c = get_config()\n{late}")
    ours = teacher(folder / "ours", example, (ROOT / "nbgrader_config.py").read_text() + late)
    for person in (stock, ours):
        person.nbgrader("autograde", "ps1")
    return stock, ours


def test_all_rows_are_the_same(both: tuple[Person, Person]):
    stock, ours = map(rows, both)
    assert ours == stock
    assert len(stock) == len(STUDENTS) * (1 + 2 + 10 + 8)


def test_late_work_is_among_them(both: tuple[Person, Person]):
    penalties = {key: points for key, points in rows(both[1]).items() if len(key) == 2 and points}
    assert penalties == {(LATE, "problem1"): 7}


def test_partial_credit_and_errors_are_among_them(both: tuple[Person, Person]):
    _, ours = map(rows, both)
    assert ours["half_right", "problem1", PARTIAL][0] == 2
    assert ours["all_right", "problem1", PARTIAL][0] == 4
    assert ours["broken", "problem1", "correct_squares"][0] == 0
    assert ours["with_a_cell_of_their_own", "problem1", "correct_squares"][0] == 1


def test_points_of_the_instructors_own_tests_are_reported_as_in_kernel(both: tuple[Person, Person]):
    record = json.loads((both[1].folder / "autograded" / "all_right" / "ps1" / "grading.json").read_bytes())
    assert record["in_kernel"] == 1 + 1 + 0.5 + 0.5 + 4


def test_after_marking_by_hand_a_second_grading_keeps_the_marks(both: tuple[Person, Person]):
    for person in both:
        mark_by_hand(person)
        person.nbgrader("autograde", "ps1", "--force", "--student=*_right")
    stock, ours = map(rows, both)
    marked = {key for key, values in ours.items() if len(key) == 3 and values[1] is not None}
    assert len(marked) == 4
    assert {key: ours[key] for key in ours if key not in marked} == {key: stock[key] for key in stock.keys() - marked}
    for key in marked:
        assert ours[key][:3] == stock[key][:3]
        # nbgrader wants each mark of an essay looked at once more; we do only if the automatic points have changed.
        assert (ours[key][3], stock[key][3]) == (False, key[2] == "sum_of_squares_equation")
