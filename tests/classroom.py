"""A class in a temporary folder: nbgrader's own commands, an exchange, and students with homes of their own."""

import multiprocessing
import multiprocessing.connection
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbgrader.api import Gradebook
from nbgrader.apps import nbgraderapp

from course import cli
from course.exercises import Result, Unit, UnitKey, load_key, load_unit
from course.exercises.lint import checked_items
from course.grading.collect import collect, score
from course.grading.submission import read_submission
from course.notebook import Session
from tests import gradebooks  # noqa: F401  # before the first gradebook is made

ROOT = Path(__file__).resolve().parents[1]
SOURCE, RELEASE = ROOT / "source", ROOT / "release"
KINDS = ROOT / "tests" / "units" / "kinds"
UNITS = sorted(path.parent.name for path in SOURCE.glob("*/items.yaml"))
COURSE_ID = "open-or-closed"

# nbgrader takes seconds to import. One process does it; each command is a process of its own, forked from that one.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["nbgrader.apps.nbgraderapp", "course.grading.plugin", "tests.gradebooks"])
# To start a process, multiprocessing asks all others whether they have ended. An end can be read once only: of two
# threads that ask together, one would find that its command failed.
_ONE_AT_A_TIME = threading.Lock()


def _command(do: Callable[..., None], *arguments: Any, folder: Path, home: Path) -> str:
    """Do something in a process of its own, in a folder, as the owner of a home; return what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTEST"))}
    environment |= {"HOME": str(home), "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    with tempfile.NamedTemporaryFile() as output:
        command = _FORKS.Process(target=_begin, args=(environment, folder, output.name, do, arguments))
        with _ONE_AT_A_TIME:
            command.start()
        multiprocessing.connection.wait([command.sentinel])
        with _ONE_AT_A_TIME:
            command.join()
        printed = Path(output.name).read_text(encoding="utf-8")
    assert command.exitcode == 0, f"{do.__name__}{arguments} failed in {folder}:\n{printed}"
    return printed


def _begin(environment: dict[str, str], folder: Path, output: str, do: Callable[..., None], arguments: Any) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    file = os.open(output, os.O_WRONLY | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    do(*arguments)


def _nbgrader(*arguments: str) -> None:
    sys.argv = ["nbgrader", *arguments]
    nbgraderapp.main()


def _course(*arguments: str) -> None:
    # Worker processes begin as those of the command do, not as those of tests.
    sys.modules["__main__"] = cli
    _FORKS.set_forkserver_preload(["__main__"])
    sys.argv = ["course", *arguments]
    cli.main()


def _execute(notebook: Path) -> None:
    book = read(notebook)
    settings = {"kernel_name": "python3", "allow_errors": True, "store_widget_state": False}
    NotebookClient(book, resources={"metadata": {"path": notebook.parent}}, **settings).execute()
    write(notebook, book)


@dataclass(frozen=True)
class Person:
    """Somebody with a home, who works in a folder."""

    folder: Path
    home: Path

    def nbgrader(self, *arguments: str) -> str:
        return _command(_nbgrader, *arguments, folder=self.folder, home=self.home)

    def course_command(self, *arguments: str) -> str:
        """Run the ``course`` command, such as ``course grade kinds``."""
        return _command(_course, *arguments, folder=self.folder, home=self.home)


class Class:
    """A course with the project's nbgrader_config.py, an exchange and students."""

    def __init__(self, folder: Path, *units: Path) -> None:
        self._folder = folder
        self.teacher = self._person("teacher", "c.CollectApp.check_owner = False")
        self.course = self.teacher.folder
        (folder / "exchange").mkdir()
        (folder / "exchange").chmod(0o777)
        shutil.copyfile(ROOT / "nbgrader_config.py", self.course / "nbgrader_config.py")
        for unit in units:
            shutil.copytree(unit, self.course / "source" / unit.name)
            self.teacher.nbgrader("generate_assignment", unit.name)

    def student(self, name: str) -> Person:
        return self._person(
            name, f"c.CourseDirectory.course_id = {COURSE_ID!r}\nc.CourseDirectory.student_id = {name!r}"
        )

    def _person(self, name: str, settings: str) -> Person:
        person = Person(self._folder / name / "work", self._folder / name)
        person.folder.mkdir(parents=True)
        (person.home / ".jupyter").mkdir()
        exchange = f"c.Exchange.root = {str(self._folder / 'exchange')!r}"
        (person.home / ".jupyter" / "nbgrader_config.py").write_text(f"c = get_config()\n{exchange}\n{settings}\n")
        return person

    def unit(self, name: str) -> tuple[Unit, UnitKey]:
        folder = self.course / "source" / name
        unit = load_unit(folder)
        return unit, load_key(folder / "key.yaml", unit)

    def rows(self, unit: str, student: str) -> dict[str, float]:
        """The gradebook's points by check cell."""
        with Gradebook(f"sqlite:///{self.course}/gradebook.db") as book:
            notebook = book.find_submission_notebook(unit, unit, student)
            return {grade.name: grade.score for grade in notebook.grades}

    def comment(self, unit: str, student: str, cell: str) -> str | None:
        """What nbgrader says of an answer cell."""
        with Gradebook(f"sqlite:///{self.course}/gradebook.db") as book:
            return book.find_comment(cell, unit, unit, student).auto_comment

    def results(self, unit: str, folder: Path) -> dict[str, Result]:
        """What the answers in a folder score."""
        items, key = self.unit(unit)
        return score(items, key, collect(read_submission(folder, "").files, items)[0])

    def scored(self, unit: str, folder: Path) -> dict[str, float]:
        """What the answers in a folder score, by check cell."""
        results = self.results(unit, folder)
        return {
            name: round(sum(results[item].points for item in items), 2)
            for name, items in checks(self.course / "source" / unit / f"{unit}.ipynb").items()
        }


def checks(notebook: Path) -> dict[str, list[str]]:
    """The items of each graded check cell, by the cell's name."""
    marked = [(cell, cell.metadata.get("nbgrader", {})) for cell in read(notebook).cells]
    cells = [cell for cell, meta in marked if meta.get("grade") and not meta.get("solution")]
    return {cell.metadata.nbgrader.grade_id: checked_items(cell.source) or [] for cell in cells}


def read(notebook: Path) -> Any:
    return nbformat.read(notebook, as_version=4)


def write(notebook: Path, book: Any, cells: dict[str, str] | None = None) -> None:
    """Save a notebook, with other code in some cells."""
    for cell in book.cells:
        cell.source = (cells or {}).get(cell.id, cell.source)
    nbformat.write(book, notebook)


def execute(notebook: Path, cells: dict[str, str] | None = None) -> Any:
    """Write code into some cells, run every cell as JupyterLab would, save and return the notebook."""
    write(notebook, read(notebook), cells)
    with tempfile.TemporaryDirectory() as home:
        _command(_execute, notebook, folder=notebook.parent, home=Path(home))
    return read(notebook)


def fill_forms(folder: Path, answers: dict[str, Any]) -> None:
    """Answer items as their forms do."""
    session = Session(folder)
    for name, answer in answers.items():
        session.save(session.unit.item(name), answer)
