"""A class of a small unit without code, and ``course grade`` as a process group: for tests that break things."""

import contextlib
import datetime
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import yaml
from nbgrader.api import BaseCell, Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import create_engine, select

from course import cli
from course.exercises.mirror import bundle
from course.exercises.store import ANSWERS, Book, Entry
from course.grading import record
from tests.classroom import _FORKS, KINDS, Class

# Every child is forked from one process that has imported what `course grade` needs.
_FORKS.set_forkserver_preload(["nbgrader.apps.nbgraderapp", "course.grading.plugin", "tests.grading.small"])

UNIT = "kinds"
MOST = 7.0
LIMIT = 60  # seconds for anything that is waited for
_WITH_CODE = {"corners", "squares", "tables"}
_START = datetime.datetime(2026, 1, 12, 8, tzinfo=datetime.UTC)

RIGHT: dict[str, Any] = {
    "most-sides": {"choices": ["pentagon"], "confidence": "sure"},
    "even-numbers": {"choices": ["two", "four", "six"]},
    "round-or-straight": {
        "labels": {
            "circle": "round", "oval": "round", "ring": "round",
            "cube": "straight", "kite": "straight", "star": "straight",
        }
    },
    "by-size": {"order": ["inch", "foot", "yard", "mile"]},
}  # fmt: skip
WRONG: dict[str, Any] = {
    "most-sides": {"choices": ["triangle"], "confidence": None},
    "even-numbers": {"choices": ["three"]},
    "round-or-straight": {"labels": {"circle": "straight", "cube": "round"}},
    "by-size": {"order": ["mile", "yard", "foot", "inch"]},
}


def unit(folder: Path) -> Path:
    """The unit of all kinds without the items that run code."""
    target = folder / UNIT
    shutil.copytree(KINDS, target)
    items = yaml.safe_load((target / "items.yaml").read_text())
    items["items"] = [item for item in items["items"] if item["id"] not in _WITH_CODE]
    (target / "items.yaml").write_text(yaml.safe_dump(items))
    key = yaml.safe_load((target / "key.yaml").read_text())
    key["keys"] = {name: part for name, part in key["keys"].items() if name not in _WITH_CODE}
    (target / "key.yaml").write_text(yaml.safe_dump(key))
    notebook = json.loads((target / f"{UNIT}.ipynb").read_bytes())
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"].partition("-")[2] not in _WITH_CODE]
    (target / f"{UNIT}.ipynb").write_text(json.dumps(notebook))
    return target


def released(folder: Path, db_url: str | None = None) -> Path:
    """A course folder with that unit released and nothing handed in."""
    folder.mkdir(exist_ok=True)
    empty = Class(folder)
    if db_url:
        use_database(empty.course, db_url)
    unit(empty.course / "source")
    empty.teacher.nbgrader("generate_assignment", UNIT)
    return empty.course


def copy_of(course: Path, target: Path) -> Path:
    """Copy a course folder with its gradebook."""
    shutil.copytree(course, target)
    return target


def use_database(course: Path, db_url: str) -> None:
    """Write into the settings where the gradebook is."""
    config = (course / "nbgrader_config.py").read_text()
    (course / "nbgrader_config.py").write_text(f"{config}\nc.CourseDirectory.db_url = {db_url!r}\n")


def hand_in(course: Path, student: str, answers: dict[str, Any], *, how: str = "both", minutes: int | None = 0) -> Path:
    """Hand in answers: in ``answers.json``, saved in the notebook, both, or typed into its cells."""
    at = _START + datetime.timedelta(minutes=minutes or 0)
    entries = {name: Entry(answer=answer, at=at) for name, answer in answers.items()}
    notebook = json.loads((course / "release" / UNIT / f"{UNIT}.ipynb").read_bytes())
    for cell in notebook["cells"]:
        name = cell["id"].removeprefix("answer-")
        if name in answers and how in {"both", "notebook"}:
            data = bundle(UNIT, {name: entries[name]}, ["…"], "Saved answer")
            cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": data}]
        if name in answers and how == "typed":
            cell["source"] = f"answer({name!r}, {next(iter(answers[name].values()))!r})"
    folder = course / "submitted" / student / UNIT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{UNIT}.ipynb").write_text(json.dumps(notebook))
    if how in {"both", "file"}:
        (folder / ANSWERS).write_text(Book(unit=UNIT, answers=entries).model_dump_json())
    if minutes is not None:
        (folder / "timestamp.txt").write_text(f"{at:%Y-%m-%d %H:%M:%S.%f} UTC")
    return folder


def hand_in_all(course: Path, students: int) -> None:
    """Let a class hand in: right, wrong, mixed and blank work, in every form, some of it damaged."""
    names = list(RIGHT)
    for number in range(students):
        chosen = {name: (RIGHT, WRONG, {})[(number // 3**place) % 3].get(name) for place, name in enumerate(names)}
        answers = {name: answer for name, answer in chosen.items() if answer}
        how = ("both", "file", "notebook", "typed")[number % 4]
        folder = hand_in(course, f"s{number:03}", answers, how=how, minutes=number if number % 5 else None)
        notebook = folder / f"{UNIT}.ipynb"
        if number % 25 == 7:
            notebook.write_bytes(notebook.read_bytes()[:-100])
        if number % 25 == 12:
            notebook.write_text(notebook.read_text().replace("check(", "print("))


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(db_url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the gradebook has of each student's submission, without random ids; duplicates would show."""
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    submitted = SubmittedAssignment.__table__.c
    notebook = SubmittedNotebook.__table__.c
    grade, comment, cell = Grade.__table__.c, Comment.__table__.c, BaseCell.__table__.c
    of_student = SubmittedNotebook.__table__.join(SubmittedAssignment.__table__)
    queries = {
        "submission": select(submitted.student_id, submitted.timestamp, submitted.extension),
        "notebook": select(submitted.student_id, notebook.flagged, notebook.late_submission_penalty).select_from(
            of_student
        ),
        "grade": select(
            submitted.student_id, cell.name, grade.auto_score, grade.manual_score, grade.extra_credit,
            grade.needs_manual_grade,
        ).select_from(of_student.join(Grade.__table__).join(BaseCell.__table__)),
        "comment": select(submitted.student_id, cell.name, comment.auto_comment, comment.manual_comment).select_from(
            of_student.join(Comment.__table__).join(BaseCell.__table__)
        ),
    }  # fmt: skip
    engine = create_engine(db_url)
    with engine.connect() as db:
        for student in db.scalars(select(Student.__table__.c.id)):
            found[student] = []
        for kind, query in queries.items():
            for student, *values in db.execute(query):
                found[student].append((kind, *values))
    engine.dispose()
    return {student: sorted(lines, key=repr) for student, lines in sorted(found.items())}


class Grading:
    """``course grade`` at work in a process group of its own.

    Args:
        course: The course folder.
        options: Options of the command.
        commit_seconds: How often rows are saved; as in earnest by default.
        prepare: Called in the process before the command.
    """

    def __init__(
        self,
        course: Path,
        *options: str,
        commit_seconds: float | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        with tempfile.NamedTemporaryFile(prefix="grading-", delete=False) as file:
            self._output = Path(file.name)
        self.process = _FORKS.Process(
            target=_grade, args=(course, self._output, options, commit_seconds, prepare), daemon=False
        )
        self.process.start()

    @property
    def running(self) -> bool:
        return self.process.is_alive()

    def kill(self) -> bool:
        """Kill the whole group at once; return whether it was still at work."""
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()  # it may not have made its group yet
        self.process.join(LIMIT)
        self._output.unlink(missing_ok=True)
        return self.process.exitcode == -signal.SIGKILL

    def finish(self) -> dict[str, Any]:
        """Wait for the end; return the report."""
        self.process.join(LIMIT)
        printed = self._output.read_text()
        if self.process.exitcode is None:
            self.kill()
        self._output.unlink(missing_ok=True)
        assert self.process.exitcode == 0, printed
        report: dict[str, Any] = json.loads(printed.splitlines()[-1])
        return report


def _grade(
    course: Path,
    output: Path,
    options: tuple[str, ...],
    commit_seconds: float | None,
    prepare: Callable[[], None] | None,
) -> None:
    file = os.open(output, os.O_WRONLY | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    # Outside the group, so that it survives and takes away what the killed ones leave in /dev/shm.
    tracker = resource_tracker._resource_tracker
    tracker._fd = None
    tracker.ensure_running()
    os.setpgid(0, 0)
    os.environ["PATH"] = str(Path(sys.executable).parent)  # no bubblewrap: it would be started for nothing
    # Worker processes begin as those of a command do, not as those of tests.
    sys.modules["__main__"] = cli
    _FORKS.set_forkserver_preload(["__main__"])
    if commit_seconds is not None:
        record.COMMIT_SECONDS = commit_seconds
    if prepare is not None:
        prepare()
    sys.argv = ["course", "grade", UNIT, "--course-dir", str(course), "--json", *options]
    cli.main()


def grade(course: Path, *options: str) -> dict[str, Any]:
    """Grade a class to the end."""
    return Grading(course, *options).finish()


def wait_for(condition: Callable[[], Any], what: str) -> None:
    """Wait until something holds."""
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.001)


@contextlib.contextmanager
def ended(*runs: Any) -> Iterator[None]:
    """See to it that nothing that was started goes on after a test."""
    try:
        yield
    finally:
        for run in runs:
            if run.running:
                run.kill()
