"""In a class, nothing of a key travels from the kernel to the browser."""

import json
import re

import pytest

from course.exercises import load_key, load_unit
from course.exercises.unit import LEARNER_KEY, MASTER_KEY
from course.paths import CLONE
from tests.keytext import accepted_answers, key_sentences

from .conftest import Notebook, Server
from .test_accessibility import UNITS, run_all


@pytest.mark.parametrize("unit", UNITS)
def test_no_message_to_the_browser_holds_anything_of_a_key(unit: str, classroom: Server, notebook: Notebook):
    folder = CLONE / "source" / unit
    items = load_unit(folder)
    key = load_key(folder / MASTER_KEY, items)
    received: list[str] = []

    def keep(frame: str | bytes) -> None:
        received.append(frame if isinstance(frame, str) else frame.decode("utf-8", errors="replace"))

    notebook.page.on("websocket", lambda socket: socket.on("framereceived", keep))
    notebook.open(classroom.page(unit))
    run_all(notebook)
    choice = next(item for item in items.items if item.kind == "choice")
    wrong = next(option.id for option in choice.options if option.id in key.of(choice).options)
    source = f'choose("{choice.id}")'
    form = notebook.enter_form(source)
    notebook.page.keyboard.press(str([option.id for option in choice.options].index(wrong) + 1))
    form.get_by_text("Saved").first.wait_for()
    run_all(notebook)

    assert not list(classroom.folder.glob(f"*/{LEARNER_KEY}"))
    traffic = " ".join(received)
    assert json.dumps(choice.options[0].text, ensure_ascii=False)[1:-1] in traffic or choice.options[0].text in traffic
    compact = traffic.replace(" ", "")
    for sentence in key_sentences(key):
        assert json.dumps(sentence)[1:-1] not in traffic
        assert json.dumps(sentence, ensure_ascii=False)[1:-1] not in traffic
    # What a notebook's own cell types, as the introduction does once and openly, comes back to it.
    typed = re.findall(r'\banswer\(\\"([\w-]+)', (CLONE / "release" / unit / f"{unit}.ipynb").read_text())
    for answer in accepted_answers(items, key, without=typed):
        assert answer.replace(" ", "") not in compact
