"""The instructor's page in a real browser: autograde by its button, read the result, mark an essay, give it back."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Page, expect

from course.exercises.store import Store
from tests.classroom import KINDS, Class

from .conftest import unused_port

WAIT = 60_000
SCRIPT = "<script>document.title = 'stolen'</script>"
PICTURE = "<img src=x onerror=\"document.title = 'stolen'\">"
ESSAY = "My view is that both sides are right."
COMMENT = "Say which side you mean."
# What the student wrote in whatever place a student can write to.
CODE = {
    "answer-corners": f"from IPython.display import HTML, display\ndisplay(HTML({SCRIPT + PICTURE!r}))\ncorners = 7",
    "answer-squares": f"import pandas as pd\nsquares = pd.DataFrame({{'number': [1, {SCRIPT!r}], 'square': [1, 4]}})",
}


def with_essay(folder: Path) -> Path:
    """The unit of all kinds, and a text that the instructor marks."""
    unit = shutil.copytree(KINDS, folder / "kinds")
    marks = {"grade_id": "essay", "grade": True, "solution": True, "locked": False, "task": False, "points": 3}
    essay = {"cell_type": "markdown", "id": "essay", "metadata": {"nbgrader": {**marks, "schema_version": 3}}}
    notebook = json.loads((unit / "kinds.ipynb").read_text())
    notebook["cells"].append({**essay, "source": "Write your view here."})
    (unit / "kinds.ipynb").write_text(json.dumps(notebook))
    return unit


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Class:
    folder = tmp_path_factory.mktemp("formgrader")
    school = Class(folder, with_essay(folder))
    submitted = shutil.copytree(school.course / "release" / "kinds", school.course / "submitted" / "ada" / "kinds")
    notebook = json.loads((submitted / "kinds.ipynb").read_text())
    for cell in notebook["cells"]:
        cell["source"] = CODE.get(cell["id"], cell["source"])
    notebook["cells"][-1]["source"] = f"{ESSAY}\n\n{SCRIPT}\n\n{PICTURE}"
    notebook["cells"].append({"cell_type": "markdown", "id": "mine", "metadata": {}, "source": SCRIPT + PICTURE})
    (submitted / "kinds.ipynb").write_text(json.dumps(notebook))
    (submitted / PICTURE).symlink_to("nowhere")  # its name is told in the notes
    store = Store(submitted, "kinds")
    store.put("most-sides", {"choices": ["square"], "confidence": "sure"})
    store.put("even-numbers", {"choices": ["two", "four"]})
    return school


@pytest.fixture(scope="module")
def address(school: Class) -> Iterator[str]:
    port = unused_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTEST"))}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    with (school.course.parent / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"),
                f"--ServerApp.root_dir={school.course}",
                "--IdentityProvider.token=for-the-test",
            ],
            cwd=school.course,
            env={**environment, "HOME": str(school.teacher.home)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 60
        while "is running at" not in (school.course.parent / "server.log").read_text():
            if time.monotonic() > deadline or server.poll() is not None:
                pytest.fail("the server did not start:\n" + (school.course.parent / "server.log").read_text())
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/formgrader"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def page(browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.goto(f"{address.removesuffix('/formgrader')}/login?token=for-the-test")  # signs this browser in
    yield page
    context.close()


@pytest.fixture(scope="module")
def graded(page: Page, address: str) -> Page:
    press(page, address, "flash")
    return page


def press(page: Page, address: str, icon: str) -> None:
    """Press a button in the student's row, and wait until it has done its work."""
    page.goto(f"{address}/manage_submissions/kinds")
    page.get_by_role("row").filter(has_text="ada").locator(f".glyphicon-{icon}").click()
    page.get_by_text(re.compile("Success|successfully", re.IGNORECASE)).first.wait_for(timeout=WAIT)


def open_submission(page: Page, address: str, school: Class) -> None:
    with Gradebook(f"sqlite:///{school.course}/gradebook.db") as book:
        name = book.find_submission_notebook("kinds", "kinds", "ada").id
    page.goto(f"{address}/submissions/{name}/")
    page.locator(".course-feedback").first.wait_for(timeout=WAIT)


def test_autograding_by_the_button_gives_the_rows_of_saved_and_computed_answers(graded: Page, school: Class):
    saved = school.scored("kinds", school.course / "submitted" / "ada" / "kinds")
    computed = {"check-tables": 1.0, "essay": 0.0}  # one row of the squares is right, and the essay waits
    assert school.rows("kinds", "ada") == {**saved, **computed}
    assert sum(saved.values()) == pytest.approx(1.33)


def test_the_graded_notebook_shows_points_and_explanations(graded: Page, address: str, school: Class):
    open_submission(graded, address, school)
    shown = graded.locator("body").inner_text()
    assert "A square has four sides; one shape here has more." in shown
    assert "Partly" in shown
    expect(graded.locator("#check-numbers-and-shapes")).to_have_attribute("placeholder", "1.33")


def test_nothing_that_a_student_wrote_runs(graded: Page, address: str, school: Class):
    open_submission(graded, address, school)
    notebook = graded.locator("#notebook-container").first
    assert ESSAY in notebook.inner_text()
    assert "‹img src=x onerror=" in notebook.inner_text()  # the name of a file that was left out
    assert graded.title() != "stolen"
    active = "(all) => all.filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).map(e => e.outerHTML)"
    assert notebook.locator("*").evaluate_all(active) == []
    assert "stolen" not in "".join(notebook.locator("script").all_text_contents())


def saved(page: Page, name: str, field: str, value: str) -> Any:
    """Type something into a field, leave it by Tab, and return what formgrader sent."""
    with page.expect_response(lambda answer: f"/api/{name}/" in answer.url and answer.request.method == "PUT") as sent:
        page.locator(field).click()
        page.keyboard.type(value)
        page.keyboard.press("Tab")
    assert sent.value.ok
    return sent.value.request.post_data_json


def test_an_essay_is_marked_by_typing_points_and_a_comment(graded: Page, address: str, school: Class):
    open_submission(graded, address, school)
    graded.locator("#essay.needs_manual_grade").wait_for(timeout=WAIT)
    assert saved(graded, "grade", "#essay", "2")["manual_score"] == "2"
    assert saved(graded, "comment", "#essay-comment", COMMENT)["manual_comment"] == COMMENT
    with Gradebook(f"sqlite:///{school.course}/gradebook.db") as book:
        grade = book.find_grade("essay", "kinds", "kinds", "ada")
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (None, 2, False)
        assert book.find_comment("essay", "kinds", "kinds", "ada").manual_comment == COMMENT


def test_the_mark_stays_when_the_button_is_pressed_again(graded: Page, address: str, school: Class):
    before = school.rows("kinds", "ada")
    press(graded, address, "flash")
    assert school.rows("kinds", "ada") == before
    assert before["essay"] == 2


def test_the_feedback_button_writes_a_page_with_mark_and_comment(graded: Page, address: str, school: Class):
    press(graded, address, "comment")
    written = school.course / "feedback" / "ada" / "kinds" / "kinds.html"
    graded.goto(written.as_uri())
    shown = graded.locator("body").inner_text()
    for text in (ESSAY, COMMENT, "2 of 3 points", "4.33 of 14 points"):
        assert text in shown
    assert "A square has four sides" not in shown  # there is no due date
    assert graded.title() != "stolen"
