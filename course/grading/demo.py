"""A simulated class to try grading on: its answers are the items' sample answers, blanks and mixtures of both."""

import datetime
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
from pydantic_core import to_json

from course.errors import CourseError
from course.exercises import Status, load_key, load_unit
from course.exercises.feedback import style, to_html, to_text
from course.exercises.kinds import Item, LabelItem, MapItem, TableItem
from course.exercises.kinds.table import TableAnswer
from course.exercises.lint import checked_items
from course.exercises.mirror import bundle
from course.exercises.store import ANSWERS, Activity, Book, Entry
from course.exercises.unit import MASTER_KEY
from course.grading.grade import TIMESTAMP
from course.grading.release import release
from course.paths import CLONE

CONFIG = "nbgrader_config.py"
COURSE_ID = "simulated-open-or-closed"

# Of every ten students one has everything right, one everything wrong, one nothing, and one left things out.
_HABITS = ("mixed", "right", "mixed", "blank", "mixed", "unfinished", "mixed", "wrong", "mixed", "mixed")
_NOTEBOOK_ONLY = 7  # every seventh hands in the notebook alone
_NO_TIMESTAMP = 5  # every fifth comes from a learning platform
_FIRST_DAY = datetime.datetime(2026, 1, 12, 8, tzinfo=datetime.UTC)
_MINUTES = 7 * 24 * 60
_SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)\n### END SOLUTION", re.DOTALL)

_README = """\
# A simulated class

Nobody stands behind the students in this folder. A program made their answers, by chance, from the items' sample
answers: right ones, wrong ones with a known cause, incomplete ones and none. Their ids begin with `simulated-`, and
the course id is `{course}`. Nothing here says how people answer, so publish no figures from it.

It was made by `course demo`, with seed {seed}: {students} students, {units}. The same options make the same files
again. Keys are in `source/`, as in every course folder.

Grade the class:

```
{commands}
```
"""

Cell = dict[str, Any]


def simulate(units: list[Path], students: int, seed: int, out: Path) -> list[str]:
    """Make a course folder with a simulated class, ready to be graded.

    Args:
        units: Folders of masters.
        students: How many students.
        seed: The same seed gives the same files, whatever the clock says (but for ``gradebook.db``).
        out: The new folder.

    Returns:
        Lines that say what was made and how to grade it.

    Raises:
        CourseError: The folder exists and is not empty or cannot be written, or a unit cannot be released.
    """
    names = [unit.name for unit in units]
    commands = [f"course grade {name} --course-dir {out}" for name in names]
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise CourseError("this folder is not empty", "Choose another with --out.", file=out)
        (out / "README.md").write_text(
            _README.format(
                course=COURSE_ID, students=students, seed=seed, units=", ".join(names), commands="\n".join(commands)
            ),
            encoding="utf-8",
        )
        config = (CLONE / CONFIG).read_text(encoding="utf-8")
        own = f'# This class is simulated.\nc.CourseDirectory.course_id = "{COURSE_ID}"\n'
        (out / CONFIG).write_text(f"{config}\n{own}", encoding="utf-8")
        for folder in units:
            shutil.copytree(folder, out / "source" / folder.name, ignore=shutil.ignore_patterns(".*", "__pycache__"))
            release(out.resolve(), folder.name)
            unit = _Unit(folder, out / "release" / folder.name)
            for number in range(1, students + 1):
                student = f"simulated-{number:04}"
                _hand_in(unit, number, Random(f"{seed} {student} {folder.name}"), out / "submitted" / student)  # noqa: S311  # no secret
    except OSError as error:
        raise CourseError(
            f"cannot be written ({error.strerror})", "Choose another folder with --out.", file=out
        ) from None
    return [f"{out}: {students} simulated students, {', '.join(names)}. Nobody stands behind them.", *commands]


def has_points(master: Path) -> bool:
    """Return whether a unit has check cells that are worth points.

    Args:
        master: The unit's folder.
    """
    return any(cell["metadata"].get("nbgrader", {}).get("points") for cell in _cells(master / f"{master.name}.ipynb"))


def _cells(notebook: Path) -> list[Cell]:
    cells: list[Cell] = json.loads(notebook.read_bytes())["cells"]
    for cell in cells:
        cell["source"] = "".join(cell["source"])
    return cells


class _Unit:
    """A released unit, and what its students see and write.

    Args:
        master: The master's folder.
        released: The folder of the students' version.
    """

    def __init__(self, master: Path, released: Path) -> None:
        self.unit = load_unit(master)
        self.key = load_key(master / MASTER_KEY, self.unit)
        self.items = {item.id: item for item in self.unit.items}
        self.masters = {cell["id"]: cell for cell in _cells(master / f"{master.name}.ipynb")}
        self.style = style()
        self.frame = json.loads((released / f"{released.name}.ipynb").read_bytes())
        self.cells = _cells(released / f"{released.name}.ipynb")
        for count, cell in enumerate((cell for cell in self.cells if cell["cell_type"] == "code"), 1):
            cell["execution_count"] = count
            cell["outputs"] = self._same_for_all(cell)
        self.personal = {place for place, cell in enumerate(self.cells) if self._is_own(cell)}

    def answers(self, habit: str, random: Random) -> dict[str, dict[str, Any]]:
        """Draw a student's answers, as they are stored."""
        drawn = {item.id: self._draw(item, habit, random) for item in self.unit.items}
        return {name: answer for name, answer in drawn.items() if answer}

    def _draw(self, item: Item, habit: str, random: Random) -> dict[str, Any] | None:
        key = self.key.of(item)
        part = habit == "unfinished" and isinstance(item, (LabelItem, MapItem))
        if part:
            habit = random.choice(("right", "wrong"))
        elif habit in {"mixed", "unfinished"}:
            habit = random.choice(("right", "wrong", "blank"))
        if habit == "blank":
            return None
        data = random.choice(key.samples.accept) if habit == "right" else random.choice(key.samples.reject).answer
        if habit == "right" and isinstance(item, TableItem):
            data = key.model_answer()  # what the master's own code gives
        answer: dict[str, Any] = item.parse(data).model_dump(mode="json")
        return item.parse(_part(answer, random)).model_dump(mode="json") if part else answer

    def _is_own(self, cell: Cell) -> bool:
        """Return whether a cell or what it shows depends on the student's answers."""
        return cell["cell_type"] == "code" and bool(
            cell["id"].removeprefix("answer-") in self.items
            or checked_items(cell["source"])
            or cell["source"].strip() == "hand_in()"
        )

    def _same_for_all(self, cell: Cell) -> list[Cell]:
        """Return the texts, tables and printed lines under a cell, as its master shows them."""
        outputs: list[Cell] = self.masters[cell["id"]]["outputs"]
        # What is displayed may come from the key: results, progress.
        return [] if any(output["output_type"] == "display_data" for output in outputs) else _counted(outputs, cell)

    def notebook(self, entries: Mapping[str, Entry]) -> bytes:
        """Return the notebook of a student who gave some answers and ran every cell."""
        cells = [self._own(cell, entries) if place in self.personal else cell for place, cell in enumerate(self.cells)]
        return to_json({**self.frame, "cells": cells}, indent=1) + b"\n"

    def _own(self, cell: Cell, entries: Mapping[str, Entry]) -> Cell:
        """Return one student's form of a cell."""
        item = self.items.get(cell["id"].removeprefix("answer-"))
        if isinstance(item, TableItem):
            return cell | self._computed(item, entries.get(item.id), cell)
        if item:
            form = [o for o in self.masters[cell["id"]]["outputs"] if o["output_type"] == "display_data"][:1]
            return cell | {"outputs": [*form, _display(self._mirror([item], entries))]}
        checked = checked_items(cell["source"])
        if checked:
            outputs = self._checked([self.items[name] for name in checked], entries)
            return cell | {"outputs": _counted(outputs, cell)}
        return cell | {"outputs": [_display(self._mirror(self.unit.items, entries))]}

    def _computed(self, item: TableItem, entry: Entry | None, cell: Cell) -> Cell:
        """Return source and outputs of a cell whose code computes an answer: the master's if it is right."""
        master = self.masters[cell["id"]]
        outputs = _counted(master["outputs"], cell)
        if entry is None:
            return {"outputs": [output for output in outputs if output["output_type"] != "execute_result"]}
        answer = item.parse(entry.answer)
        assert isinstance(answer, TableAnswer)  # noqa: S101  # the item is a table
        if answer == item.parse(self.key.of(item).model_answer()):
            return {"source": _SOLUTION.sub(r"\1", master["source"]), "outputs": outputs}
        for output in outputs:
            if output["output_type"] == "execute_result":
                output["data"] = _shown(answer)
        code = _code(item, answer)
        return {"source": _SOLUTION.sub(lambda _: code, master["source"]), "outputs": outputs}

    def _mirror(self, items: Sequence[Item], entries: Mapping[str, Entry]) -> Cell:
        kept = {item.id: entries[item.id] for item in items if item.id in entries}
        words = {item.id: item.describe(item.parse(kept[item.id].answer)) if item.id in kept else [] for item in items}
        if len(items) == 1:
            return bundle(self.unit.unit, kept, words[items[0].id] or ["none yet"], "Saved answer")
        lines = [f"{item.title}: {'; '.join(words[item.id]) or 'no answer'}" for item in items]
        return bundle(self.unit.unit, kept, lines, f"Saved answers, {len(kept)} of {len(items)}")

    def _checked(self, items: Sequence[Item], entries: Mapping[str, Entry]) -> list[Cell]:
        """Return what a check shows in a class, where there is no key."""
        results = []
        for item in items:
            entry = entries.get(item.id)
            missing = item.missing(item.parse(entry.answer)) if entry else "There is no answer yet."
            result = item.blank(missing)
            if not missing:
                said = "Your answer is complete and well formed. It is not scored here."
                result = result.model_copy(update={"status": Status.RECEIVED, "summary": said, "next_step": ""})
            results.append(result)
        data = self._mirror(items, entries)
        data["text/html"] = self.style + "".join(map(to_html, results))
        data["text/plain"] = "\n\n".join(map(to_text, results))
        points = {"text/html": "<small>Points come after you hand in.</small>", "text/plain": "0"}
        return [_display(data), {"output_type": "execute_result", "metadata": {}, "data": points}]


def _part(answer: dict[str, Any], random: Random) -> dict[str, Any]:
    """Leave something out of an answer: some labels, or a map's main claim and what was drawn last."""
    if "labels" in answer:
        names = sorted(answer["labels"])
        kept = random.sample(names, random.randrange(1, len(names)))
        return {"labels": {name: answer["labels"][name] for name in kept}}
    steps = [step for step in answer["relations"] if step["kind"] != "undercut"]  # which would lose what it leads to
    kept_steps = steps[: random.randint(1, len(steps))] if steps else answer["relations"]
    return answer | {"relations": kept_steps, "main": None}


def _code(item: TableItem, answer: TableAnswer) -> str:
    """Return code that sets the item's variable to an answer."""
    if answer.value is not None:
        return f"{item.variable} = {answer.value!r}"
    columns = {name: [row[place] for row in answer.rows or ()] for place, name in enumerate(answer.columns or ())}
    return f"import pandas as pd\n\n{item.variable} = pd.DataFrame({columns!r})"


@cache
def _shown(answer: TableAnswer) -> Cell:
    """Return what Jupyter shows of a value."""
    if answer.value is not None:
        return {"text/plain": repr(answer.value)}
    table = pd.DataFrame(answer.rows, columns=answer.columns)
    return {"text/html": table.to_html(), "text/plain": table.to_string()}


def _hand_in(unit: _Unit, number: int, random: Random, folder: Path) -> None:
    """Write one student's submission; the number decides on habit and way of handing in, chance on the rest."""
    at = _FIRST_DAY + datetime.timedelta(minutes=random.randrange(_MINUTES))
    entries = {}
    for name, answer in unit.answers(_HABITS[number % len(_HABITS)], random).items():
        at += datetime.timedelta(seconds=random.randrange(20, 240), milliseconds=random.randrange(1000))
        entries[name] = Entry(answer=answer, at=at)
    target = folder / unit.unit.unit
    target.mkdir(parents=True)
    (target / f"{target.name}.ipynb").write_bytes(unit.notebook(entries))
    if entries and number % _NOTEBOOK_ONLY:
        book = Book(unit=target.name, answers=entries, activity={name: Activity(checks=1) for name in entries})
        (target / ANSWERS).write_text(f"{book.model_dump_json(indent=1)}\n", encoding="utf-8")
    if number % _NO_TIMESTAMP:
        at += datetime.timedelta(minutes=random.randrange(1, 60))
        (target / TIMESTAMP).write_text(f"{at:%Y-%m-%d %H:%M:%S.%f} UTC", encoding="utf-8")


def _counted(outputs: list[Cell], cell: Cell) -> list[Cell]:
    """Return outputs with the number of their cell's run."""
    count = {"execution_count": cell["execution_count"]}
    return [output | (count if output["output_type"] == "execute_result" else {}) for output in outputs]


def _display(data: Cell) -> Cell:
    return {"output_type": "display_data", "metadata": {}, "data": data}
