"""The widgets: they show a prompt and report answers. They hold no key and compute no points."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from course.errors import CourseError
from course.exercises.kinds import Item

STATIC = Path(__file__).parent / "static"


class ItemWidget(anywidget.AnyWidget):
    """A front end that shows a prompt and reports answers.

    Args:
        prompt: What to show, as the front end of this kind expects it.
        answer: The stored answer's plain data, ``{}`` for none.
        save: Called with each new answer's plain data; raises CourseError to refuse it, otherwise returns
            what the learner should read.

    Attributes:
        prompt: What is shown.
        answer: The answer on the screen.
        seq: Counts the changes that came from the front end.
        status: What became of the latest change: its number, "saved" or "refused", and a text.
    """

    _css = STATIC / "widget.css"

    prompt = traitlets.Dict().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    seq = traitlets.Int(0).tag(sync=True)
    status = traitlets.Dict().tag(sync=True)

    def __init__(self, prompt: dict[str, Any], answer: dict[str, Any], save: Callable[[dict[str, Any]], str]) -> None:
        super().__init__(prompt=prompt, answer=answer, status={"seq": 0, "state": "", "text": ""})
        self._save = save
        self.observe(self._changed, names="seq")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.prompt['item']!r})"

    def _changed(self, change: dict[str, Any]) -> None:
        try:
            text, state = self._save(self.answer), "saved"
        except CourseError as error:
            text, state = str(error), "refused"
        if state == "saved":
            text = self._saved(text)
        self.status = {"seq": change["new"], "state": state, "text": text}

    def _saved(self, text: str) -> str:
        """Return what the learner reads when an answer is saved."""
        return f"Saved {datetime.datetime.now():%H:%M}. {text}".rstrip()


class ChoiceWidget(ItemWidget):
    """Radio buttons or checkboxes, with confidence."""

    _esm = STATIC / "choice.js"


class EssayWidget(ItemWidget):
    """Text areas, one for each part of an essay."""

    _esm = STATIC / "essay.js"


class LabelWidget(ItemWidget):
    """A list of segments to be labelled."""

    _esm = STATIC / "label.js"


class MapWidget(ItemWidget):
    """An argument map to be drawn, as a picture and as an outline."""

    _esm = STATIC / "map.js"


class OrderWidget(ItemWidget):
    """A list of entries to be put in order."""

    _esm = STATIC / "order.js"


_WIDGETS = {
    "choice": ChoiceWidget,
    "essay": EssayWidget,
    "label": LabelWidget,
    "map": MapWidget,
    "order": OrderWidget,
}


def widget_for(item: Item, answer: dict[str, Any], save: Callable[[dict[str, Any]], str]) -> ItemWidget:
    """Return the front end of an item; its kind must be one that has a front end."""
    return _WIDGETS[item.kind](item.prompt(), answer, save)
