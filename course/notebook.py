"""What a notebook calls: show an item, answer it, check it, ask for a hint, hand in."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython import get_ipython
from IPython.display import display

from course.errors import CourseError
from course.exercises import Result, Status, Unit, UnitKey, load_key, load_unit
from course.exercises.feedback import points_text, rubric_to_html, style, to_html, to_text
from course.exercises.kinds import Answer, EssayItem, Item, TableItem
from course.exercises.kinds.essay import EssayKey
from course.exercises.mirror import bundle, harvest_file
from course.exercises.store import Store
from course.exercises.unit import MASTER_KEY, find_key

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from course.widgets import ItemWidget


class Points:
    """What a check cell ends in: a number that nbgrader reads as partial credit.

    Args:
        value: Points given.
        text: What the learner reads instead of the bare number.
    """

    def __init__(self, value: float, text: str) -> None:
        self.value = value
        self.text = text

    def __repr__(self) -> str:
        return f"{self.value:g}"

    def _repr_html_(self) -> str:
        return f"<small>{escape(self.text)}</small>"


class Session:
    """One unit in one kernel: its items, the stored answers, the key if there is one, and what is on screen.

    Args:
        folder: The unit's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.unit: Unit = load_unit(folder)
        path = find_key(folder)
        self.master = path is not None and path.name == MASTER_KEY
        self.key: UnitKey | None = load_key(path, self.unit) if path else None
        self.store = Store(folder, self.unit.unit, keep=not self.master)
        self.widgets: dict[str, list[tuple[ItemWidget, Item]]] = {}  # each with the form that it shows
        self.mirrors: dict[str, list[DisplayHandle]] = {}
        if not self.master:
            mirrored = harvest_file(folder / f"{self.unit.unit}.ipynb", self.unit.unit)
            taken = self.store.merge({name: e for name, e in mirrored.items() if self.unit.fits(name, e.answer)})
            if taken:
                self.store.news.append(
                    f"The notebook held newer answers than answers.json, so these were taken over: {', '.join(taken)}."
                )

    def answer(self, item: Item) -> Answer | None:
        """Return the stored answer of an item; None if there is none or it no longer fits the item."""
        entry = self.store.answers().get(item.id)
        if entry is None:
            return None
        try:
            return item.parse(entry.answer)
        except CourseError as error:
            self.store.news.append(f"A stored answer was left out. {error}")
            return None

    def save(self, item: Item, data: Any, form: Item | None = None) -> str:
        """Validate and store an answer, and bring everything on the screen up to date.

        Args:
            item: The item.
            data: The answer's plain data; of an item with several forms, what one of them gives.
            form: That form.

        Returns:
            What the answer still lacks; empty if it is complete.
        """
        answer = item.parse(item.merged(data, self.answer(item), form))
        plain = answer.model_dump(mode="json")
        self.store.put(item.id, plain)
        for widget, shown in self.widgets.get(item.id, ()):
            widget.answer = _on_screen(shown, item.shown_in(shown, answer))
        for handle in self.mirrors.get(item.id, ()):
            handle.update(self.mirror(item), raw=True)
        return item.missing(answer)

    def mirror(self, *items: Item) -> dict[str, Any]:
        """Return the notebook's own copy of the answers of some items."""
        entries = self.store.answers()
        kept = {item.id: entries[item.id] for item in items if item.id in entries}
        lines = []
        for item in items:
            answer = self.answer(item)
            words = item.describe(answer) if answer else []
            lines += words if len(items) == 1 else [f"{item.title}: {'; '.join(words) or 'no answer'}"]
        title = "Saved answer" if len(items) == 1 else f"Saved answers, {len(kept)} of {len(items)}"
        return bundle(self.unit.unit, kept, lines or ["none yet"], title)

    def result(self, item: Item) -> Result:
        """Check one item: against the key, or for completeness where there is none."""
        answer = self.answer(item)
        if answer is None:
            return item.blank(_NO_ANSWER)
        missing = item.missing(answer)
        if self.key:
            return item.score(answer, self.key.of(item))
        if missing:
            return item.blank(missing)
        return item.blank("").model_copy(
            update={
                "status": Status.RECEIVED,
                "summary": "Your answer is complete and well formed. It is not scored here: "
                "scores and explanations come after you hand in.",
                "next_step": "",
            }
        )

    def tell(self) -> None:
        """Show what the learner has to know about the stored answers, once."""
        news, self.store.news[:] = list(dict.fromkeys(self.store.news)), []
        if news:
            _show("<br>".join(escape(line) for line in news), "\n".join(news), role="note")


_NO_ANSWER = "There is no answer yet."


def _on_screen(item: Item, answer: Answer | None) -> dict[str, Any]:
    """Return an answer as front ends have it: ``{}`` where nothing is answered."""
    return {} if answer is None or answer == item.answer_type() else answer.model_dump(mode="json")


@cache
def _session(folder: Path) -> Session:
    return Session(folder)


def session() -> Session:
    """Return the session of the folder that the kernel works in.

    Raises:
        CourseError: The folder holds no unit, or the unit's files are malformed.
    """
    return _session(Path.cwd())


def _item(name: str, kind: str | None = None) -> tuple[Session, Item]:
    current = session()
    item = current.unit.item(name)
    if kind and item.kind != kind:
        raise CourseError(f"is of the kind {item.kind}", f"Show it with {_SHOW[item.kind]}.", item=name)
    return current, item


_SHOW = {
    "choice": "choose()",
    "essay": "write()",
    "label": "label()",
    "map": "map_argument()",
    "order": "order()",
    "table": "a variable of your own",
}


def answered(item: str, kind: str) -> tuple[Item, Answer]:
    """Return an item and the stored answer to it; an empty one, with a note to the learner, if there is none.

    Args:
        item: Its id.
        kind: The kind that it must be of.

    Raises:
        CourseError: The unit has no such item, or it is of another kind.
    """
    current, found = _item(item, kind)
    answer = current.answer(found)
    current.tell()
    if answer is None:
        text = f"You have not answered {found.title} yet. Answer it with {_SHOW[kind]}, then run this cell again."
        _show(escape(text), text, role="note")
    return found, answer or found.answer_type()


def _show(html: str, text: str, *, role: str) -> None:
    display({"text/html": f"<div role='{role}'>{html}</div>", "text/plain": text}, raw=True)


def _display(name: str, kind: str) -> None:
    from course.widgets import widget_for

    current, item = _item(name, kind)
    answer = current.answer(item)
    current.tell()
    for form in item.forms():
        part = item.shown_in(form, answer) if answer else None
        widget = widget_for(form, _on_screen(form, part), partial(current.save, item, form=form))
        current.widgets.setdefault(item.id, []).append((widget, form))
        display(widget)
    handle = display(current.mirror(item), raw=True, display_id=True)
    if handle is not None:
        current.mirrors.setdefault(item.id, []).append(handle)


def _shows(name: str, kind: str) -> Callable[[str], None]:
    """Return what a notebook calls to show an item of one kind."""

    def show(item: str) -> None:
        _display(item, kind)

    show.__name__ = show.__qualname__ = name
    show.__doc__ = f"""Show an item of the kind ``{kind}``.

    Args:
        item: Its id.

    Raises:
        CourseError: The unit has no such item, or it is of another kind.
    """
    return show


choose = _shows("choose", "choice")
label = _shows("label", "label")
map_argument = _shows("map_argument", "map")
order = _shows("order", "order")
write = _shows("write", "essay")


def rubric(item: str) -> None:
    """Show how an essay is marked; with a sample paragraph for each level where the key is there.

    Args:
        item: Its id.

    Raises:
        CourseError: The unit has no such item, or it is of another kind.
    """
    current, found = _item(item, "essay")
    key = current.key.of(found) if current.key else None
    assert isinstance(found, EssayItem)  # noqa: S101  # it is of that kind
    assert key is None or isinstance(key, EssayKey)  # noqa: S101  # it has the key of its kind
    lines = [f"{each.text}, 0 to {len(each.levels) - 1}: {' / '.join(each.levels)}" for each in found.rubric]
    display({"text/html": style() + rubric_to_html(found, key), "text/plain": "\n".join(lines)}, raw=True)


def answer(item: str, value: Any, confidence: str | None = None) -> None:
    """Answer an item by typing; the same checks apply as to a click.

    Args:
        item: Its id.
        value: For ``choice`` an option's id or a list of them, for ``essay`` a text, a mapping from parts to texts, or
            a mapping with ``parts``, ``map`` or both (the other stays), for ``label`` a mapping from segment ids to
            label ids, for ``map`` a list of relations in words such as "a + b supports c" or a mapping with
            ``relations`` and ``main``, for ``order`` a list of entry ids, for ``table`` a number or a DataFrame.
        confidence: For ``choice``: "guess", "fairly" or "sure".

    Raises:
        CourseError: The answer does not fit the item; the message lists what does.
    """
    current, found = _item(item)
    missing = current.save(found, found.typed(value, confidence))
    current.tell()
    display(current.mirror(found), raw=True)
    if missing:
        _show(escape(missing), missing, role="note")


def check(*items: str) -> Points:
    """Check one item or several: show feedback, and end in the points.

    With a key beside the unit, feedback explains what is wrong. Without one (in a class) it says only whether
    the answer is complete and well formed, and the points are 0.

    Args:
        items: Ids of the items.

    Returns:
        The points, which nbgrader reads from the cell's result.

    Raises:
        CourseError: The unit has no such item, or a variable holds what cannot be an answer.
    """
    found = [_item(name)[1] for name in items]
    current = session()
    if not found:
        raise CourseError("no item is named", 'Write check("…") with the id of an item.')
    for item in found:
        if isinstance(item, TableItem):
            _take_variable(current, item)
    results = [current.result(item) for item in found]
    if not current.master:
        for result in results:
            if result.status != Status.INCOMPLETE:
                current.store.count(result.item, checks=1)
    current.tell()
    data = current.mirror(*found)
    data["text/html"] = style() + "".join(to_html(result) for result in results)
    data["text/plain"] = "\n\n".join(to_text(result) for result in results)
    display(data, raw=True)
    total = sum(result.max_points for result in results)
    if current.key:
        value = round(sum(result.points for result in results), 2)
        return Points(value, points_text(value, total))
    # `nbgrader validate` asks whether the work is complete; grading never comes through here without a key.
    complete = all(result.status == Status.RECEIVED for result in results)
    validating = os.environ.get("NBGRADER_EXECUTION") == "validate"
    return Points(total if complete and validating else 0.0, "Points come after you hand in.")


def _take_variable(current: Session, item: TableItem) -> None:
    shell = get_ipython()
    value = shell.user_ns.get(item.variable) if shell else None
    if value is not None:
        current.save(item, item.typed(value, None))


def hint(item: str) -> None:
    """Open the next hint of an item; those opened before stay visible.

    Args:
        item: Its id.

    Raises:
        CourseError: The unit has no such item.
    """
    current, found = _item(item)
    ladder = [*found.hints, *(current.key.of(found).hints if current.key else ())]
    opened = min(current.store.activity(found.id).hints + 1, len(ladder))
    current.store.count(found.id, hints=opened - current.store.activity(found.id).hints)
    current.tell()
    left = len(ladder) - opened
    if left:
        more = f"{left} more: run the cell again."
    elif current.key:
        more = "That was the last hint."
    else:
        more = "There are no more hints here."
    shown = "".join(f"<li>{escape(text)}</li>" for text in ladder[:opened])
    text = "\n".join(f"{number}. {line}" for number, line in enumerate(ladder[:opened], 1))
    _show(
        f"<p><strong>Hints: {escape(found.title)}</strong></p><ol>{shown}</ol><p>{more}</p>",
        text,
        role="note",
    )


def progress() -> None:
    """Show what is answered and checked so far."""
    current = session()
    rows, done = [], 0
    for item in current.unit.items:
        result = current.result(item)
        checked = current.master or current.store.activity(item.id).checks > 0
        if result.status == Status.INCOMPLETE:
            state = "not answered yet"
        elif current.key is None:
            state, done = "complete", done + 1
        elif not checked:
            state = "answered, not checked yet"
        else:
            state = f"{result.status.value}, {result.points:g} of {result.max_points:g}"
            done += result.fraction == 1
        rows.append((item.title, state))
    current.tell()
    total = len(rows)
    head = f"{done} of {total} checks pass." if current.key else f"{done} of {total} items are complete."
    body = "".join(f"<tr><th scope='row'>{escape(title)}</th><td>{escape(state)}</td></tr>" for title, state in rows)
    _show(
        f"<p><strong>{head}</strong></p><table><thead><tr><th scope='col'>Item</th><th scope='col'>State</th></tr>"
        f"</thead><tbody>{body}</tbody></table>",
        "\n".join([head, *(f"- {title}: {state}" for title, state in rows)]),
        role="note",
    )


def hand_in() -> None:
    """Write all answers into this cell's output, say what is missing, and give a receipt.

    After this, save the notebook: the one file is then a complete submission.
    """
    current = session()
    items: tuple[Item, ...] = current.unit.items
    entries = current.store.answers()
    missing = []
    for item in items:
        given = current.answer(item)
        lack = item.missing(given) if given else _NO_ANSWER
        if lack:
            missing.append(f"{item.title}: {lack}")
    current.tell()
    data = current.mirror(*items)
    mark = receipt({name: entry.answer for name, entry in entries.items()})
    head = f"{len(items) - len(missing)} of {len(items)} items are complete. Receipt {mark}."
    last = "Save the notebook now (Ctrl+S, on a Mac Cmd+S). It holds all your answers: it is the one file to submit."
    lines = "".join(f"<li>{escape(line)}</li>" for line in missing)
    lacks = f"<p>Still missing:</p><ul>{lines}</ul>" if missing else ""
    data["text/html"] = (
        f"<div role='note'><p><strong>{escape(head)}</strong></p>{lacks}<p>{last}</p></div>{data['text/html']}"
    )
    data["text/plain"] = "\n".join([head, *(f"- {line}" for line in missing), last])
    display(data, raw=True)


def receipt(answers: dict[str, Any]) -> str:
    """Return a short fingerprint of answers: the same answers give the same one."""
    text = json.dumps(answers, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def model_answer(item: str) -> None:
    """Answer an item as its key does; only in a master notebook.

    Args:
        item: Its id.

    Raises:
        CourseError: This is not a master's folder.
    """
    current, found = _item(item)
    if not current.master or current.key is None:
        raise CourseError("the key is not here", f"Masters stand in source/ beside their {MASTER_KEY}.", item=item)
    current.save(found, current.key.of(found).model_answer())
