"""Work that goes through nbgrader's exchange, from release to export, is worth what its answers score."""

import csv
import datetime
import html
import json
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_output
from nbgrader.api import Gradebook

from course.exercises import Status, load_key, load_unit
from course.exercises.feedback import points_text
from course.exercises.kinds import Item, Key
from tests.classroom import COURSE_ID, KINDS, SOURCE, UNITS, Class, checks, execute, fill_forms, read, write
from tests.keytext import key_sentences

# What a student does with the fetched folder; the second folder is that of the one who is half right.
Work = Callable[[Path, Path], None]

RIGHT = {"check-most-sides": 1, "check-numbers-and-shapes": 4, "check-by-size": 2, "check-tables": 4}
RIGHT_CODE = {
    "answer-most-sides": 'answer("most-sides", "pentagon", "sure")',
    "answer-even-numbers": 'answer("even-numbers", ["two", "four", "six"])',
    "answer-round-or-straight": 'shapes = dict.fromkeys(["circle", "oval", "ring"], "round")\n'
    'answer("round-or-straight", {**shapes, **dict.fromkeys(["cube", "kite", "star"], "straight")})',
    "answer-by-size": 'answer("by-size", ["inch", "foot", "yard", "mile"])',
    "answer-corners": "corners = 10",
    "answer-squares": 'import pandas as pd\nsquares = pd.DataFrame({"square": [1, 4, 9], "number": [1, 2, 3]})',
}
HALF = {"check-most-sides": 0, "check-numbers-and-shapes": 2.66, "check-by-size": 1.33, "check-tables": 2}
HALF_FORMS = {
    "most-sides": {"choices": ["square"], "confidence": "sure"},
    "even-numbers": {"choices": ["two", "four"]},
    "round-or-straight": {
        "labels": dict.fromkeys(["circle", "cube", "oval"], "round")
        | dict.fromkeys(["kite", "ring", "star"], "straight")
    },
    "by-size": {"order": ["foot", "inch", "yard", "mile"]},
}
HALF_CODE = {
    "answer-corners": "corners = 7",
    "answer-squares": 'import pandas as pd\nsquares = pd.DataFrame({"number": [1, 2, 3], "square": [1, 4, 6]})',
}
ZERO = dict.fromkeys(RIGHT, 0)
UPLOADED = "ana"  # first by name; handed in one notebook through a learning platform, so without a time stamp
DUE = datetime.datetime(2026, 1, 12)  # before anybody of this class hands in


def right(folder: Path, _: Path) -> None:
    execute(folder / "kinds.ipynb", RIGHT_CODE)


def half(folder: Path, _: Path) -> None:
    fill_forms(folder, HALF_FORMS)
    execute(folder / "kinds.ipynb", HALF_CODE)


def nothing(folder: Path, half: Path) -> None:
    pass


def notebook_alone(folder: Path, half: Path) -> None:
    shutil.copy(half / "kinds.ipynb", folder)


def file_alone(folder: Path, half: Path) -> None:
    shutil.copy(half / "answers.json", folder)
    # Typed at first, changed in the form later: what was saved last counts, not what running the cell again gives.
    typed = {"answer-most-sides": RIGHT_CODE["answer-most-sides"]}
    write(folder / "kinds.ipynb", read(folder / "kinds.ipynb"), HALF_CODE | typed)


def changed_code(folder: Path, half: Path) -> None:
    """Correct the code after the last check, and hand in without running it."""
    shutil.copy(half / "answers.json", folder)
    write(folder / "kinds.ipynb", read(half / "kinds.ipynb"), {"answer-corners": RIGHT_CODE["answer-corners"]})


def never_run(folder: Path, _: Path) -> None:
    """Type everything and run nothing. What takes code to be known, such as the labels here, is then no answer."""
    write(folder / "kinds.ipynb", read(folder / "kinds.ipynb"), RIGHT_CODE)


def damaged_file(folder: Path, half: Path) -> None:
    shutil.copy(half / "kinds.ipynb", folder)
    (folder / "answers.json").write_bytes((half / "answers.json").read_bytes()[:200])


def damaged_file_alone(folder: Path, half: Path) -> None:
    (folder / "answers.json").write_bytes(b'{"format": 1, "unit": "kinds", "answers": {"most-sides": \xff')


def deleted_checks(folder: Path, half: Path) -> None:
    shutil.copy(half / "answers.json", folder)
    book = read(half / "kinds.ipynb")
    book.cells = [cell for cell in book.cells if not cell.metadata.get("nbgrader", {}).get("grade")]
    write(folder / "kinds.ipynb", book)


def forger(folder: Path, _: Path) -> None:
    """Claim points in every place that a student can write to."""
    fill_forms(folder, {"most-sides": {"choices": ["triangle"], "confidence": "sure"}})
    store = json.loads((folder / "answers.json").read_text())
    store["answers"]["most-sides"] |= {"points": 1, "score": 1}
    store["answers"]["by-size"] = {"answer": {"order": [], "points": 2}, "at": "2020-01-01T00:00:00Z"}
    (folder / "answers.json").write_text(json.dumps(store | {"points": 11}))
    book = read(folder / "kinds.ipynb")
    for cell in book.cells:
        if cell.id in RIGHT:
            points = RIGHT[cell.id]
            cell.outputs = [new_output("execute_result", data={"text/plain": str(points)}, execution_count=1)]
            cell.source = str(points)
            cell.metadata.nbgrader.points = 100
    write(folder / "kinds.ipynb", book)
    key = (KINDS / "key.yaml").read_text().replace("choices: [pentagon]", "choices: [triangle]")
    for name in ("key.yaml", ".key.yaml"):
        (folder / name).write_text(key)
    (folder / "items.yaml").write_text((KINDS / "items.yaml").read_text().replace("points: 1", "points: 20"))


# What each student's work is worth, and what the student does.
STUDENTS: dict[str, tuple[dict[str, float], Work]] = {
    "right": (RIGHT, right),
    "half": (HALF, half),
    "nothing": (ZERO, nothing),
    "notebook-alone": (HALF, notebook_alone),
    "file-alone": (HALF, file_alone),
    "never-run": (RIGHT | {"check-numbers-and-shapes": 2}, never_run),
    "changed-code": (HALF | {"check-tables": 3}, changed_code),
    "damaged-file": (HALF, damaged_file),
    "damaged-file-alone": (ZERO, damaged_file_alone),
    "deleted-checks": (HALF, deleted_checks),
    "forger": (ZERO, forger),
}


def words(page: str) -> str:
    """What is read in an HTML page."""
    page = re.sub(r"(?s)<(style|script)\b.*?</\1>|<[^>]*>", " ", page)
    return " ".join(html.unescape(page).split())


class Term:
    """A class after one unit has gone through the exchange."""

    def __init__(self, folder: Path, unit: Path, work: dict[str, Work]) -> None:
        self.unit = unit.name
        self.school = Class(folder, unit)
        self.teacher = self.school.teacher
        self.teacher.nbgrader("release_assignment", self.unit)
        self.students = {name: self.school.student(name) for name in work}
        self._hand_in("half", work["half"])
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self._hand_in, *zip(*((n, do) for n, do in work.items() if n != "half"), strict=True)))
        self.teacher.nbgrader("collect", self.unit)
        self.submitted(UPLOADED).mkdir(parents=True)
        shutil.copy(self.submitted("half") / f"{self.unit}.ipynb", self.submitted(UPLOADED))
        self.teacher.nbgrader("autograde", self.unit)
        self.told = self.teacher.nbgrader("generate_feedback", self.unit)
        self.before_due = {name: self.feedback(name) for name in work}
        with Gradebook(f"sqlite:///{self.school.course}/gradebook.db") as book:
            book.update_or_create_assignment(self.unit, duedate=DUE)
        self.teacher.nbgrader("generate_feedback", self.unit)
        self.teacher.nbgrader("release_feedback", self.unit)
        self.teacher.nbgrader("export", "--to=grades.csv")

    def _hand_in(self, name: str, do: Work) -> None:
        student = self.students[name]
        student.nbgrader("fetch_assignment", self.unit)
        do(student.folder / self.unit, self.students["half"].folder / self.unit)
        student.nbgrader("submit", self.unit)

    def submitted(self, student: str) -> Path:
        return self.school.course / "submitted" / student / self.unit

    def rows(self, student: str) -> dict[str, float]:
        return self.school.rows(self.unit, student)

    def scored(self, student: str) -> dict[str, float]:
        return self.school.scored(self.unit, self.submitted(student))

    def record(self, student: str) -> dict[str, Any]:
        """What the graded folder says of how grading ended."""
        folder = self.school.course / "autograded" / student / self.unit
        found: dict[str, Any] = json.loads((folder / "grading.json").read_bytes())
        return found

    def feedback(self, student: str) -> str:
        page = self.school.course / "feedback" / student / self.unit / f"{self.unit}.html"
        return words(page.read_text(encoding="utf-8"))

    def exported(self) -> dict[str, dict[str, str]]:
        with (self.school.course / "grades.csv").open(newline="") as file:
            return {row["student_id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def term(tmp_path_factory: pytest.TempPathFactory) -> Term:
    return Term(tmp_path_factory.mktemp("term"), KINDS, {name: do for name, (_, do) in STUDENTS.items()})


@pytest.mark.parametrize("student", STUDENTS)
def test_a_row_of_the_gradebook_holds_the_points_that_the_answers_deserve(term: Term, student: str) -> None:
    assert term.rows(student) == STUDENTS[student][0]


@pytest.mark.parametrize("student", sorted(set(STUDENTS) - {"never-run", "changed-code"}))
def test_a_row_of_the_gradebook_equals_the_score_of_the_collected_answers(term: Term, student: str) -> None:
    assert term.rows(student) == term.scored(student)


def test_when_code_was_changed_but_not_run_then_grading_runs_it(term: Term) -> None:
    assert term.scored("changed-code") == HALF
    assert term.rows("changed-code")["check-tables"] == 3


def test_when_answers_were_typed_but_never_run_then_those_count_that_are_written_out(term: Term) -> None:
    assert term.scored("never-run") == ZERO
    assert term.rows("never-run") == RIGHT | {"check-numbers-and-shapes": 2}


@pytest.mark.parametrize("student", STUDENTS)
def test_a_submission_in_which_something_was_put_right_is_called_repaired(term: Term, student: str) -> None:
    put_right = {"deleted-checks", "forger", "damaged-file", "damaged-file-alone"}
    outcome = "repaired" if student in put_right else "graded"
    assert term.record(student)["outcome"] == outcome


@pytest.mark.parametrize("student", STUDENTS)
def test_the_export_holds_the_sum_of_the_rows(term: Term, student: str) -> None:
    row = term.exported()[student]
    assert float(row["score"]) == pytest.approx(sum(STUDENTS[student][0].values()))
    assert float(row["max_score"]) == sum(RIGHT.values())


def test_a_student_sees_the_released_unit_in_the_list(term: Term) -> None:
    assert f"{COURSE_ID} kinds" in term.students["nothing"].nbgrader("list")


def test_a_fetched_unit_is_the_released_one(term: Term) -> None:
    fetched = term.students["nothing"].folder / "kinds"
    released = term.school.course / "release" / "kinds"
    assert {p.name: p.read_bytes() for p in fetched.iterdir() if p.is_file()} == {
        p.name: p.read_bytes() for p in released.iterdir()
    }


def test_feedback_shows_partial_points_and_every_explanation(term: Term) -> None:
    page = term.feedback("half")
    results = term.school.results("kinds", term.submitted("half")).values()
    notes = [note for result in results for note in result.notes]
    assert len(notes) >= 6
    for note in notes:
        assert note.text in page
    for result in results:
        assert f"{result.status.value} · {result.title} · {points_text(result.points, result.max_points)}" in page
    assert f"Even numbers, Round or straight · {points_text(2.66, 4)}" in page
    assert points_text(5.99, 11) in page


def test_feedback_gives_the_reason_of_a_right_answer(term: Term) -> None:
    assert "A pentagon has five sides & the others have fewer." in term.feedback("right")


def test_when_nothing_is_answered_then_feedback_tells_nothing_of_the_key(term: Term) -> None:
    page = term.feedback("nothing")
    assert "Incomplete · The most sides · 0 of 1 point There is no answer." in page
    assert not [text for text in key_sentences(term.school.unit("kinds")[1]) if text in page]


def test_without_a_due_date_feedback_tells_points_and_nothing_of_the_key(term: Term) -> None:
    assert "hold back explanations until the due date, and the gradebook has none" in " ".join(term.told.split())
    for student, page in term.before_due.items():
        assert not [text for text in key_sentences(term.school.unit("kinds")[1]) if text in page], student
    assert points_text(5.99, 11) in term.before_due["half"]


@pytest.mark.parametrize("student", ["right", "half"])
def test_a_student_fetches_the_feedback_that_was_generated(term: Term, student: str) -> None:
    person = term.students[student]
    person.nbgrader("fetch_feedback", "kinds")
    (page,) = (person.folder / "kinds" / "feedback").glob("*/kinds.html")
    assert words(page.read_text(encoding="utf-8")) == term.feedback(student)


def test_work_that_did_not_come_through_the_exchange_is_graded_and_stops_no_release(term: Term) -> None:
    assert term.rows(UPLOADED) == HALF
    assert points_text(5.99, 11) in term.feedback(UPLOADED)
    assert "Feedback released" in term.teacher.nbgrader("release_feedback", "kinds")


def test_the_name_of_a_page_in_the_exchange_cannot_be_guessed(term: Term) -> None:
    folders = (term.school.course / "feedback").glob("*/kinds")
    found = [(folder / "submission_secret.txt").read_text() for folder in folders]
    assert min(map(len, found)) >= 32
    assert len(set(found)) == len(found) == len(STUDENTS) + 1


def test_no_key_leaves_the_masters_folder(term: Term) -> None:
    places = [term.school.course, *(person.home for name, person in term.students.items() if name != "forger")]
    keys = [path for place in places for path in place.rglob("*key.yaml")]
    assert list(term.students["forger"].home.rglob("key.yaml"))
    assert keys == [term.school.course / "source" / "kinds" / "key.yaml"]


def test_when_an_item_was_answered_in_its_form_then_nbgrader_does_not_say_no_response(term: Term) -> None:
    assert term.school.comment("kinds", "file-alone", "answer-by-size") is None
    assert term.school.comment("kinds", "nothing", "answer-by-size") == "No response."


def test_the_points_in_an_autograded_notebook_are_the_ones_in_the_gradebook(term: Term) -> None:
    book = read(term.school.course / "autograded" / "forger" / "kinds" / "kinds.ipynb")
    cells = [cell for cell in book.cells if cell.id in RIGHT]
    assert [out.data["text/plain"] for cell in cells for out in cell.outputs if "execution_count" in out] == ["0"] * 4


def test_an_autograded_notebook_holds_no_state_of_widgets(term: Term) -> None:
    notebook = term.school.course / "autograded" / "half" / "kinds" / "kinds.ipynb"
    assert "application/vnd.jupyter.widget-state+json" not in notebook.read_text()


def test_when_a_submission_is_graded_again_then_its_rows_stay(term: Term) -> None:
    term.teacher.nbgrader("autograde", "kinds", "--student=half", "--force")
    assert term.rows("half") == HALF


def test_when_the_key_changes_then_a_regrade_changes_the_rows(term: Term) -> None:
    regrade = ("grade", "kinds", "--regrade", "--student", "notebook-alone")
    path = term.school.course / "source" / "kinds" / "key.yaml"
    text = path.read_text()
    try:
        text_now = text.replace("{value: 7}", "{value: 8}").replace("answer: {value: 10}", "answer: {value: 7}")
        path.write_text(text_now.replace("[{value: 10}", "[{value: 7}"))
        assert "notebook-alone: 5.99 → 6.99 (+1)" in term.teacher.course_command(*regrade)
        assert term.rows("notebook-alone") == HALF | {"check-tables": 3} == term.scored("notebook-alone")
    finally:
        path.write_text(text)
        term.teacher.course_command(*regrade)


def test_what_nbgrader_has_graded_is_not_graded_again(term: Term) -> None:
    report = json.loads(term.teacher.course_command("grade", "kinds", "--json"))
    assert report["counts"] == {"graded": 0, "repaired": 0, "needs review": 0, "skipped": len(STUDENTS) + 1}


def test_an_ordinary_assignment_is_graded_as_nbgrader_does(term: Term) -> None:
    cells = {"answer-corners": "### BEGIN SOLUTION\n### END SOLUTION", "check-by-size": "assert double(2) == 4"}
    book = read(KINDS / "kinds.ipynb")
    book.cells = sorted((cell for cell in book.cells if cell.id in cells), key=lambda cell: [*cells].index(cell.id))
    course = term.school.course
    (course / "source" / "ordinary").mkdir()
    write(course / "source" / "ordinary" / "ordinary.ipynb", book, cells)
    term.teacher.nbgrader("generate_assignment", "ordinary")
    for student, code in (("right", "def double(n): return 2 * n"), ("half", "def double(n): return n")):
        shutil.copytree(course / "release" / "ordinary", course / "submitted" / student / "ordinary")
        notebook = course / "submitted" / student / "ordinary" / "ordinary.ipynb"
        write(notebook, read(notebook), {"answer-corners": code})
    term.teacher.nbgrader("autograde", "ordinary")
    assert term.school.rows("ordinary", "right") == {"check-by-size": 2}
    assert term.school.rows("ordinary", "half") == {"check-by-size": 0}


def nearly(item: Item, key: Key) -> dict[str, object]:
    """The rejected sample that is worth the most."""
    return max((entry.answer for entry in key.samples.reject), key=lambda a: item.score(item.parse(a), key).points)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Term:
    folder = next(SOURCE / name for name in UNITS if checks(SOURCE / name / f"{name}.ipynb"))
    unit = load_unit(folder)
    key = load_key(folder / "key.yaml", unit)

    def best(folder: Path, _: Path) -> None:
        fill_forms(folder, {item.id: key.of(item).model_answer() for item in unit.items})

    def middling(folder: Path, _: Path) -> None:
        fill_forms(folder, {item.id: nearly(item, key.of(item)) for item in unit.items})
        execute(folder / f"{unit.unit}.ipynb")

    def alone(folder: Path, half: Path) -> None:
        shutil.copy(half / f"{unit.unit}.ipynb", folder)

    work = {"right": best, "half": middling, "notebook-alone": alone}
    return Term(tmp_path_factory.mktemp("real"), folder, work)


@pytest.mark.parametrize("student", ["right", "half", "notebook-alone"])
def test_in_a_real_unit_every_row_equals_the_score_of_the_collected_answers(real: Term, student: str) -> None:
    assert real.rows(student) == real.scored(student)


def test_in_a_real_unit_model_answers_get_full_points(real: Term) -> None:
    row = real.exported()["right"]
    assert float(row["score"]) == float(row["max_score"]) > 0


def test_in_a_real_unit_the_notebook_alone_gets_what_the_folder_gets(real: Term) -> None:
    assert real.rows("notebook-alone") == real.rows("half")


def test_in_a_real_unit_a_half_right_answer_gets_partial_points_and_explanations(real: Term) -> None:
    row, page = real.exported()["half"], real.feedback("half")
    assert 0 < float(row["score"]) < float(row["max_score"])
    partly = [r for r in real.school.results(real.unit, real.submitted("half")).values() if r.status == Status.PARTLY]
    assert partly
    for result in partly:
        assert f"Partly · {result.title} · {points_text(result.points, result.max_points)}" in page
        for note in result.notes:
            assert " ".join(note.text.split()) in page
