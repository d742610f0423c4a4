"""The instructor's page in a real browser: autograde by its button, and read scores and explanations."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from course.exercises.store import Store
from tests.classroom import KINDS, Class

from .conftest import unused_port

WAIT = 60_000
HOSTILE = "<script>document.title = 'stolen'</script>"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Class:
    school = Class(tmp_path_factory.mktemp("formgrader"), KINDS)
    submitted = school.course / "submitted" / "ada" / "kinds"
    submitted.mkdir(parents=True)
    for path in (school.course / "release" / "kinds").iterdir():
        (submitted / path.name).write_bytes(path.read_bytes())
    notebook = json.loads((submitted / "kinds.ipynb").read_text())
    notebook["cells"].append({"cell_type": "markdown", "id": "mine", "metadata": {}, "source": [HOSTILE]})
    (submitted / "kinds.ipynb").write_text(json.dumps(notebook))
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
def graded(browser, address: str, school: Class) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.goto(f"{address.removesuffix('/formgrader')}/login?token=for-the-test")  # signs this browser in
    page.goto(f"{address}/manage_submissions/kinds")
    row = page.get_by_role("row").filter(has_text="ada")
    row.locator(".glyphicon-flash").click()
    page.get_by_text(re.compile("Success|successfully", re.IGNORECASE)).first.wait_for(timeout=WAIT)
    yield page
    context.close()


def test_autograding_by_the_button_gives_the_rows_that_score_gives(graded: Page, school: Class):
    expected = school.scored("kinds", school.course / "submitted" / "ada" / "kinds")
    assert school.rows("kinds", "ada") == expected
    assert sum(expected.values()) == pytest.approx(1.33)


def test_the_graded_notebook_shows_points_and_explanations(graded: Page, address: str, school: Class):
    open_submission(graded, address, school)
    shown = graded.locator("body").inner_text()
    assert "A square has four sides; one shape here has more." in shown
    assert "Partly" in shown


def test_no_script_of_a_student_runs(graded: Page, address: str, school: Class):
    open_submission(graded, address, school)
    assert graded.title() != "stolen"


def open_submission(page: Page, address: str, school: Class) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{school.course}/gradebook.db") as book:
        name = book.find_submission_notebook("kinds", "kinds", "ada").id
    page.goto(f"{address}/submissions/{name}/")
    page.locator(".course-feedback").first.wait_for(timeout=WAIT)
