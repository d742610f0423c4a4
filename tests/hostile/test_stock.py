"""What the same attacks do to stock nbgrader, so that we know that they are attacks.

Stock is nbgrader's own pipeline and configuration. So that ``check()`` gives points in its kernel, the key stands
beside the source as ``.key.yaml``, and nbgrader copies it beside each submission. To keep the suite fast, some attacks
of every kind are run here; what the others did when they were tried is written beside each one in its ``stock``.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.api import Gradebook, MissingEntry

from tests.classroom import KINDS, Person
from tests.hostile import ATTACKS
from tests.hostile.attack import NOTEBOOK, UNIT, submission
from tests.hostile.exhausting import GOT
from tests.hostile.gaming import CHANCE
from tests.hostile.test_engine import processes

NEIGHBOUR = "quiet-one"
TWIN = "honest-twin"
SECONDS = 60  # none of those shown here waits for ever


@dataclass
class Stock:
    """A class graded by stock nbgrader, one student after the other."""

    person: Person
    said: dict[str, str]
    survivors: dict[str, set[str]]

    def points(self, student: str) -> dict[str, float]:
        with Gradebook(f"sqlite:///{self.person.folder}/gradebook.db") as book:
            try:
                notebook = book.find_submission_notebook(UNIT, UNIT, student)
            except MissingEntry:
                return {}
            return {grade.name: grade.auto_score or 0.0 for grade in notebook.grades}

    def total(self, student: str) -> float:
        return sum(self.points(student).values())

    def graded(self, student: str) -> bool:
        return (self.person.folder / "autograded" / student / UNIT / NOTEBOOK).is_file()

    def outputs(self, student: str) -> str:
        path = self.person.folder / "autograded" / student / UNIT / NOTEBOOK
        cells = json.loads(path.read_bytes())["cells"] if path.is_file() else []
        return json.dumps([cell.get("outputs", []) for cell in cells])


def gains(stock: Stock, student: str) -> bool:
    return stock.total(student) > stock.total(TWIN)


def gains_nothing_by_guessing(stock: Stock, student: str) -> bool:
    return all(given <= CHANCE[name] + 0.01 for name, given in stock.points(student).items())


def gets(text: str) -> Callable[[Stock, str], bool]:
    return lambda stock, student: text in stock.outputs(student)


def stops_the_grading(stock: Stock, student: str) -> bool:
    return not stock.graded(student)


def has_no_row(stock: Stock, student: str) -> bool:
    return stock.points(student) == {}


def leaves_a_process(stock: Stock, student: str) -> bool:
    return stock.survivors[student] != set()


def gives_a_neighbour_points(stock: Stock, student: str) -> bool:
    with Gradebook(f"sqlite:///{stock.person.folder}/gradebook.db") as book:
        notebook = book.find_submission_notebook(UNIT, UNIT, NEIGHBOUR)
        return any(grade.manual_score == 11 for grade in notebook.grades)


def is_active_in_feedback(stock: Stock, student: str) -> bool:
    page = stock.person.folder / "feedback" / student / UNIT / f"{UNIT}.html"
    return "<script>document.title='STOLEN'</script>" in page.read_text()


PROOFS: dict[str, Callable[[Stock, str], bool]] = {
    "tampering-patched-checker": gains,
    "stealing-key-by-relative-path": gets("misconceptions"),
    "forging-skip-execution": gains,
    "exhausting-memory": gets(GOT),
    "exhausting-daemon": leaves_a_process,
    "breaking-copied-check": stops_the_grading,
    "breaking-no-notebook": has_no_row,
    "reaching-localhost": gets(GOT),
    "reaching-gradebook": gives_a_neighbour_points,
    "injecting-script-in-text": is_active_in_feedback,
    "gaming-label-everything-alike": gains_nothing_by_guessing,
}


def grade(person: Person, student: str) -> str:
    """What nbgrader says; it ends with an error where a submission stops it."""
    try:
        return person.nbgrader("autograde", UNIT, f"--student={student}")
    except AssertionError as error:
        return str(error)


def school(folder: Path, attacks: list[str]) -> Stock:
    person = Person(folder / "course", folder)
    person.folder.mkdir(parents=True)
    (folder / ".jupyter").mkdir()
    settings = ("c.CourseDirectory.course_id = 'stock'", f"c.Execute.timeout = {SECONDS}")
    (person.folder / "nbgrader_config.py").write_text("\n".join(["c = get_config()", *settings]))
    source = person.folder / "source" / UNIT
    shutil.copytree(KINDS, source)
    (source / "key.yaml").rename(source / ".key.yaml")
    person.nbgrader("generate_assignment", UNIT)
    released = person.folder / "release" / UNIT
    submission(person.folder / "submitted" / NEIGHBOUR / UNIT, released, right=False)
    submission(person.folder / "submitted" / TWIN / UNIT, released, right=False)
    for attack in ATTACKS:
        if attack.id in attacks:
            attack.apply(submission(person.folder / "submitted" / attack.id / UNIT, released, right=False))
    return Stock(person, {}, {})


def grade_all(stock: Stock, attacks: list[str]) -> None:
    # The gradebook is changed by one attack, so it comes after the others.
    order = [NEIGHBOUR, TWIN, *sorted(attacks, key=lambda name: name.startswith("reaching-gradebook"))]
    for student in order:
        stock.said[student] = grade(stock.person, student)
        stock.survivors[student] = processes(of_stock=True)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    made = school(tmp_path_factory.mktemp("stock"), list(PROOFS))
    grade_all(made, list(PROOFS))
    made.person.nbgrader("generate_feedback", UNIT, "--student=injecting-script-in-text")
    return made


@pytest.mark.parametrize("attack", PROOFS)
def test_on_stock_nbgrader(attack: str, stock: Stock):
    assert PROOFS[attack](stock, attack), stock.said[attack][-2000:]


def test_the_honest_twin_is_graded_by_stock_nbgrader(stock: Stock):
    assert stock.graded(TWIN)
    assert stock.total(NEIGHBOUR) == stock.total(TWIN)


def test_every_kind_is_tried():
    assert {name.split("-")[0] for name in PROOFS} == {attack.kind for attack in ATTACKS}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_every_attack_says_what_it_does_to_stock_nbgrader(attack):
    assert attack.stock.startswith(("works", "cannot: ", "unclear: "))
