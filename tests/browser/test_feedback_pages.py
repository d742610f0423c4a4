"""Feedback pages in a real browser: nothing of a student runs or is fetched, axe objects to nothing, all of it fits."""

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from course.grading.feedback import Marks
from tests.test_feedback_pages import ATTACKS, book, cell, display, error, everywhere, kinds, make, png, stream

from .axe import violations_of_document

WIDE = "<table><tr>" + "".join(f"<td>value_{number:08}</td>" for number in range(20)) + "</tr></table>"

# Each of these would say so in the page, or ask the listening server for something.
LOUD = [
    "<script>window.ran = 1</script>",
    "<img src=x onerror='window.ran = 1'>",
    "<img src='HOST/img.png'><p style='background:url(HOST/style.png)'>x</p>",
    "<svg onload='window.ran = 1'><image href='HOST/svg.png'/></svg>",
    "<iframe src='HOST/frame'></iframe><iframe srcdoc='<script>parent.ran = 1</script>'></iframe>",
    "<link rel=stylesheet href='HOST/x.css'><link rel=prefetch href='HOST/p'><style>@import 'HOST/i.css'</style>",
    "<meta http-equiv=refresh content='0;url=HOST/refresh'>",
    "<base href='HOST/'><form action='HOST/form'><input autofocus onfocus='window.ran = 1'></form>",
    "<video src='HOST/v' poster='HOST/poster'></video><audio src='HOST/a'></audio><object data='HOST/o'></object>",
    "<details open ontoggle='window.ran = 1'>x</details>",
    "![x](HOST/md.png) <HOST/auto>",
    '[x](HOST/link "\ue0000\ue001")',
    "<a class=loud href='javascript:window.ran=1'>press</a> [press](javascript:window.ran=1)",
]


class Listener(http.server.BaseHTTPRequestHandler):
    """Remembers what is asked for."""

    def __init__(self, asked: list[str], *arguments: object) -> None:
        self.asked = asked
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def listening() -> Iterator[tuple[str, list[str]]]:
    """The address of a server, and what was asked of it."""
    asked: list[str] = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Listener, asked))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def hostile(tmp_path: Path, listening: tuple[str, list[str]]) -> Path:
    host, _ = listening
    (tmp_path / "hostile.html").write_text(hostile_page("\n\n".join(LOUD).replace("HOST", host)))
    return tmp_path / "hostile.html"


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    notebook, released, marks = kinds()
    test = cell("test-f", "assert f(1) == 2", locked=True, grade=True, points=2)
    notebook["cells"] += [
        cell(
            "added-1", "x = 1\n" + "y" * 500, "code", stream("word " * 500), display(html=WIDE), display(png=png(900))
        ),
        {**test, "outputs": [error("AssertionError " * 80)]},
        cell("added-2", "**Bold**\n\n# Mine\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n" + "z" * 500, "markdown"),
    ]
    released["cells"].append(test)
    marks = Marks(marks.cells, {**marks.comments, "added-1": "A comment.\nOf two lines."}, 0.5)
    (tmp_path / "honest.html").write_text(make(notebook, released, marks))
    return tmp_path / "honest.html"


def hostile_page(attack: str) -> str:
    notebook, released, marks, names = everywhere(attack)
    return make(notebook, released, marks, **names)


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(**getattr(request, "param", {}))
    yield context.new_page()
    context.close()


def visit(page: Page, path: Path) -> list[str]:
    """Open a file; return what the page asks for from then on."""
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    return requests


def test_no_script_runs_and_nothing_is_asked_for(page: Page, hostile: Path, listening: tuple[str, list[str]]):
    requests = visit(page, hostile)
    page.wait_for_load_state("networkidle")
    for link in page.get_by_text("press").all():
        link.click(timeout=2_000)
    assert page.evaluate("window.ran") is None
    assert [address for address in requests if not address.startswith("data:image/png") and "#" not in address] == [
        hostile.as_uri()
    ]
    assert listening[1] == []
    assert page.url.split("#")[0] == hostile.as_uri()


def test_the_same_attacks_do_work_on_a_page_without_protection(
    page: Page, tmp_path: Path, listening: tuple[str, list[str]]
):
    host, asked = listening
    (tmp_path / "open.html").write_text("\n".join(LOUD[:6]).replace("HOST", host))
    visit(page, tmp_path / "open.html")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.ran") == 1
    assert {"/img.png", "/style.png", "/frame", "/x.css"} <= set(asked)


def test_the_policy_alone_stops_scripts_requests_and_strange_styles(
    page: Page, tmp_path: Path, listening: tuple[str, list[str]]
):
    host, asked = listening
    attack = "".join(LOUD[:6]).replace("HOST", host) + "<b id=b style='position: fixed'>x</b>"
    html = make(book(cell("a", "Hello", "markdown"))).replace("<p>Hello</p>", attack)
    (tmp_path / "policy.html").write_text(html)
    visit(page, tmp_path / "policy.html")
    page.wait_for_load_state("networkidle")
    assert page.locator("#b").evaluate("b => getComputedStyle(b).position") == "static"
    assert page.evaluate("window.ran") is None
    assert asked == []


def test_the_pages_own_style_is_allowed_by_its_policy(page: Page, honest: Path):
    visit(page, honest)
    assert page.locator(".course-feedback").first.evaluate("box => getComputedStyle(box).borderLeftWidth") == "5px"
    assert page.locator("body").evaluate("body => getComputedStyle(body).overflowWrap") == "anywhere"


OUTLINE = """() => [...document.querySelectorAll("html, body, header, nav, main, h1, section:not(.output *), main > *")]
  .map(part => `${part.parentElement?.localName} > ${part.localName}.${part.className}`)"""


def test_no_attack_changes_the_outline_of_the_page(page: Page, tmp_path: Path):
    path = tmp_path / "page.html"
    path.write_text(hostile_page("harmless"))
    visit(page, path)
    expected = page.evaluate(OUTLINE)
    for attack in ATTACKS:
        path.write_text(hostile_page(attack))
        page.reload()
        assert page.evaluate(OUTLINE) == expected, attack


@pytest.mark.parametrize(
    "page", [{"color_scheme": "light"}, {"color_scheme": "dark"}], ids=["light", "dark"], indirect=True
)
@pytest.mark.parametrize("which", ["honest", "hostile"])
def test_axe_finds_no_violation(page: Page, which: str, request: pytest.FixtureRequest):
    path = request.getfixturevalue(which)
    visit(page, path)
    assert violations_of_document(page) == []


@pytest.mark.parametrize("page", [{"viewport": {"width": 320, "height": 600}}], ids=["320"], indirect=True)
@pytest.mark.parametrize("letters", ["100%", "200%"])
def test_a_narrow_page_never_scrolls_sideways(page: Page, honest: Path, letters: str):
    visit(page, honest)
    page.evaluate("size => document.documentElement.style.fontSize = size", letters)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_words_in_a_wide_table_are_not_broken_up(page: Page, honest: Path):
    visit(page, honest)
    box = page.locator("td", has_text="value_00000001").first.bounding_box()
    assert box
    assert box["height"] < 45


def test_on_paper_everything_is_dark_on_white_and_nothing_is_cut_off(page: Page, honest: Path):
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 680, "height": 900})  # A4 with margins
    visit(page, honest)
    colours = page.evaluate(
        """() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"""
    )
    light = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours]
    assert light[0] < 150
    assert light[1] > 700
    hidden = page.evaluate(
        """() => [...document.querySelectorAll("pre, div")].filter(box => box.scrollHeight > box.clientHeight + 2
             && getComputedStyle(box).overflowY !== "visible").length"""
    )
    assert hidden == 0
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_a_keyboard_reaches_the_feedback_and_each_part(page: Page, honest: Path):
    visit(page, honest)
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert skip.evaluate("link => document.activeElement === link")
    box = skip.bounding_box()
    assert box
    assert box["x"] >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#work")
    page.get_by_role("link", name="From small to large").press("Enter")
    target = page.get_by_role("region", name="From small to large")
    assert target.get_attribute("id") == page.url.split("#")[1]
