"""A learner at work in a real JupyterLab, and in Notebook 7, by keyboard alone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.exercises import load_key, load_unit
from course.exercises.unit import find_key
from course.grading.collect import collect, score
from course.grading.submission import read_submission

from .axe import THEMES, set_theme, violations
from .conftest import UNIT, WAIT, Notebook, Server, serve

CHOOSE, LABEL, ORDER = 'choose("heaviest")', 'label("sort-things")', 'order("soup")'
LABELS = {"animal": "1", "kitchen": "2", "weather": "3"}


def label_all(notebook: Notebook, key: object) -> None:
    notebook.enter_form(LABEL)
    notebook.page.keyboard.press("Home")
    for entry in key.segments.values():
        notebook.page.keyboard.press(LABELS[entry.accept[0]])
        notebook.page.keyboard.press("ArrowDown")


def put_in_order(notebook: Notebook, wanted: tuple[str, ...], shown: list[str]) -> None:
    notebook.enter_form(ORDER)
    for place, name in enumerate(wanted):
        notebook.page.keyboard.press("Home")
        at = shown.index(name)
        for _ in range(at):
            notebook.page.keyboard.press("ArrowDown")
        for _ in range(at - place):
            notebook.page.keyboard.press("Alt+ArrowUp")
        shown.insert(place, shown.pop(at))


def restart_kernel(notebook: Notebook) -> None:
    notebook.page.keyboard.press("Escape")
    notebook.page.keyboard.press("0")
    notebook.page.keyboard.press("0")
    notebook.page.locator(".jp-Dialog").wait_for(timeout=WAIT)
    notebook.page.keyboard.press("Enter")
    notebook.page.locator(".jp-Dialog").wait_for(state="detached", timeout=WAIT)
    notebook.wait_idle()


@pytest.fixture(scope="module", params=["lab/tree", "notebooks"])
def app(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def server(app, tmp_path_factory) -> Iterator[Server]:
    yield from serve(tmp_path_factory.mktemp("learner") / "my-work", "self-study")


@pytest.fixture(scope="module")
def unit(server: Server):
    return load_unit(server.folder / UNIT)


@pytest.fixture(scope="module")
def key(server: Server, unit):
    return load_key(find_key(server.folder / UNIT), unit)


@pytest.fixture(scope="module")
def session(browser, app, server: Server, key, tmp_path_factory):
    """The whole path once; the tests look at what it left."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    notebook = Notebook(context.new_page())
    seen, file = {}, server.folder / UNIT / f"{UNIT}.ipynb"
    unit = load_unit(file.parent)
    notebook.open(server.page(UNIT, app))
    notebook.run("from course import")

    notebook.run(CHOOSE)
    notebook.enter_form(CHOOSE)
    notebook.page.keyboard.press("1")
    notebook.page.keyboard.press("s")
    seen["wrong"] = notebook.run('check("heaviest")').locator(".course-feedback").inner_text()
    for theme in reversed(THEMES):
        set_theme(notebook, theme)
        seen[theme] = violations(notebook, [".ooc", ".course-feedback", ".course-mirror"])
    notebook.cell(CHOOSE).locator(".jp-InputArea-prompt").click()  # the menu had the focus
    notebook.enter_form(CHOOSE)
    notebook.page.keyboard.press("4")
    seen["right"] = notebook.run('check("heaviest")').locator(".course-feedback").inner_text()

    notebook.run(LABEL)
    label_all(notebook, key.of(unit.item("sort-things")))
    notebook.run(ORDER)
    soup = unit.item("soup")
    wanted = key.of(soup).accept[0].answer.order
    put_in_order(notebook, wanted, [entry.id for entry in soup.entries])
    notebook.save()

    restart_kernel(notebook)
    notebook.open(server.page(UNIT, app))
    notebook.run("from course import")
    seen["restored"] = {source: notebook.run(source).locator(".ooc").inner_text() for source in (CHOOSE, LABEL, ORDER)}
    form = notebook.cell(CHOOSE).locator(".ooc")
    seen["checked"] = form.locator("[role=radio][aria-checked=true]").all_text_contents()
    seen["receipt"] = notebook.run("hand_in()").locator(".jp-OutputArea").inner_text()
    notebook.save()
    context.close()

    alone = tmp_path_factory.mktemp("alone")
    shutil.copy(file, alone)
    seen["alone"] = alone
    return seen


def test_a_deliberate_error_is_explained(session):
    assert session["wrong"].startswith("Not yet")
    assert "strong for its size" in session["wrong"]


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_no_violation_in_an_explained_mistake(session, theme: str):
    assert session[theme] == []


def test_the_corrected_answer_is_correct(session):
    assert session["right"].startswith("Correct")


def test_after_restart_and_reload_the_choice_is_there(session):
    assert any("elephant" in text for text in session["checked"])


def test_after_restart_and_reload_all_labels_are_there(session):
    assert "9 of 9 labelled" in session["restored"][LABEL]


def test_after_restart_and_reload_the_order_is_there(session, unit, key):
    soup = unit.item("soup")
    texts = {entry.id: entry.text for entry in soup.entries}
    shown = session["restored"][ORDER]
    places = [shown.index(texts[name]) for name in key.of(soup).accept[0].answer.order]
    assert places == sorted(places)


def test_handing_in_gives_a_receipt_and_names_what_is_missing(session):
    assert "3 of 4 items are complete. Receipt " in session["receipt"]
    assert "legs" in session["receipt"].lower()


def test_the_saved_notebook_alone_scores_the_same_as_the_folder(session, server: Server, unit, key):
    whole = score(unit, key, collect(read_submission(server.folder / UNIT, "").files, unit)[0])
    alone = score(unit, key, collect(read_submission(session["alone"], "").files, unit)[0])
    assert {path.name for path in Path(session["alone"]).iterdir()} == {f"{UNIT}.ipynb"}
    assert alone == whole
    assert [result.fraction for result in whole.values()].count(1.0) == 3
