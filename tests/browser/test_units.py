"""Every unit of a classroom in a real browser: what travels, what axe finds, and a learner's whole path to points."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Browser

from course.exercises import Unit, UnitKey, load_key, load_unit
from course.exercises.kinds import EssayItem
from course.exercises.unit import LEARNER_KEY, MASTER_KEY
from course.grading.grade import Outcome
from course.grading.plugin import open_course
from course.grading.release import release
from course.grading.run import grade_class
from course.paths import CLONE
from tests.classroom import SOURCE, UNITS, checks, read
from tests.keytext import accepted_answers, key_sentences

from .axe import THEMES, keep_everything_in_the_page, set_theme, violations
from .conftest import WAIT, Notebook, Server, serve
from .learner import answer_all

OURS = [".ooc", ".course-reading", ".course-feedback", ".course-mirror", "[role=note]"]
LEARNER = "learner"
DARK_TOO = ("03-structure", "05-change", "08-position")  # between them they have every form and every drawing


@dataclass
class Desk:
    """One unit on a learner's screen."""

    notebook: Notebook
    folder: Path
    unit: Unit
    key: UnitKey
    received: list[str]  # what the kernel has sent to the browser

    @property
    def name(self) -> str:
        return self.unit.unit


def run_all(notebook: Notebook) -> str:
    """Run all cells; return the last line of the receipt."""
    notebook.page.get_by_role("menuitem", name="Run", exact=True).click()
    notebook.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    # The last cell is hand_in(); its receipt says that all the others have run.
    receipt = notebook.page.get_by_text(re.compile("Receipt [0-9a-f]{10}")).first
    receipt.wait_for(state="attached", timeout=60_000)
    notebook.wait_idle()
    return receipt.inner_text()


@pytest.fixture(scope="module")
def learners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from serve(tmp_path_factory.mktemp("classroom") / "my-work", "classroom")


@pytest.fixture(scope="module")
def frames() -> list[str]:
    """What the kernel of the open unit has sent to the browser."""
    return []


@pytest.fixture(scope="module")
def lab(browser: Browser, learners: Server, frames: list[str]) -> Iterator[Notebook]:
    """One page for all units, as learners have it: JupyterLab is loaded once."""
    keep_everything_in_the_page(learners)
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    notebook = Notebook(context.new_page())

    def keep(frame: str | bytes) -> None:
        frames.append(frame if isinstance(frame, str) else frame.decode("utf-8", errors="replace"))

    notebook.page.on("websocket", lambda socket: socket.on("framereceived", keep))
    notebook.open(learners.page(UNITS[0]))
    notebook.close()  # each unit is alone on the screen, also if only one of them is tested
    yield notebook
    context.close()


@pytest.fixture(scope="module", params=UNITS)
def desk(request: pytest.FixtureRequest, learners: Server, lab: Notebook, frames: list[str]) -> Iterator[Desk]:
    """A unit with all its cells run, and one wrong answer."""
    name = request.param
    unit = load_unit(SOURCE / name)
    key = load_key(SOURCE / name / MASTER_KEY, unit)
    frames.clear()
    lab.show(f"{name}/{name}.ipynb")
    choice = next(item for item in unit.items if item.kind == "choice")
    wrong = next(place for place, option in enumerate(choice.options) if option.id in key.of(choice).options)
    lab.run("from course import")
    form = lab.run(f'choose("{choice.id}")').locator(".ooc")
    form.locator(".ooc-option").nth(wrong).click(timeout=WAIT)
    form.get_by_text("Saved").first.wait_for(timeout=WAIT)
    run_all(lab)
    yield Desk(lab, learners.folder / name, unit, key, frames)
    lab.close()


def test_no_message_to_the_browser_holds_anything_of_a_key(desk: Desk):
    traffic = " ".join(desk.received)
    shown = next(item for item in desk.unit.items if item.kind == "choice").options[0].text
    assert json.dumps(shown, ensure_ascii=False)[1:-1] in traffic or json.dumps(shown)[1:-1] in traffic
    assert not list(desk.folder.parent.glob(f"*/{LEARNER_KEY}"))
    for sentence in key_sentences(desk.key):
        assert json.dumps(sentence)[1:-1] not in traffic
        assert json.dumps(sentence, ensure_ascii=False)[1:-1] not in traffic
    # What a notebook's own cell types, as the introduction does once and openly, comes back to it.
    typed = re.findall(r'\banswer\(\\"([\w-]+)', (CLONE / "release" / desk.name / f"{desk.name}.ipynb").read_text())
    compact = traffic.replace(" ", "")
    for answer in accepted_answers(desk.unit, desk.key, without=typed):
        assert answer.replace(" ", "") not in compact


def test_axe_finds_no_violation(desk: Desk):
    there = [name for name in OURS if desk.notebook.page.locator(name).count()]
    assert len(there) >= 3
    assert violations(desk.notebook, there) == []
    if desk.name in DARK_TOO:
        set_theme(desk.notebook, THEMES[1])
        assert violations(desk.notebook, there) == []
        set_theme(desk.notebook, THEMES[0])


@pytest.fixture(scope="module")
def handed_in(desk: Desk) -> tuple[Desk, str]:
    """The same unit with every answer given through its form, run again and saved; and its receipt."""
    cells = enumerate(read(SOURCE / desk.name / f"{desk.name}.ipynb").cells)
    solutions = {cell.id.removeprefix("answer-"): (place, cell.source) for place, cell in cells}
    answer_all(desk.notebook, desk.unit, desk.key, solutions)
    receipt = run_all(desk.notebook)
    desk.notebook.save()
    return desk, receipt


def test_all_answers_go_in_through_the_forms(handed_in: tuple[Desk, str]):
    desk, receipt = handed_in
    total = len(desk.unit.items)
    assert receipt.startswith(f"{total} of {total} items are complete.")


def test_what_was_handed_in_is_graded_to_full_points_and_an_essay_waits(handed_in: tuple[Desk, str], tmp_path: Path):
    desk, _ = handed_in
    name = desk.name
    shutil.copyfile(CLONE / "nbgrader_config.py", (course := tmp_path) / "nbgrader_config.py")
    shutil.copytree(SOURCE / name, course / "source" / name)
    release(course, name)
    shutil.copytree(desk.folder, course / "submitted" / LEARNER / name)
    assert [graded.outcome for graded in grade_class(open_course(course, name)[0], jobs=1).graded] == [Outcome.GRADED]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        grades = book.find_submission_notebook(name, name, LEARNER).grades
        rows = {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in grades}
    points = {item.id: item.points for item in desk.unit.items}
    full = {
        cell: (sum(points[i] for i in items), False) for cell, items in checks(SOURCE / name / f"{name}.ipynb").items()
    }
    essays = {f"answer-{item.id}": (None, True) for item in desk.unit.items if isinstance(item, EssayItem)}
    assert rows == full | essays
