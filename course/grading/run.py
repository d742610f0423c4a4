"""Grade a class: several submissions at once, one writer, resumable."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import multiprocessing.forkserver
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from course.errors import CourseError
from course.grading.assignment import Assignment, load_assignment
from course.grading.grade import Graded, grade, regrade, ungraded
from course.grading.sandbox import Limits, Sandbox, available
from course.grading.submission import Submission, read_submission

Walls = Literal["bwrap", "none", "missing"]
MAX_NAME = 128  # characters of a student's id in nbgrader's gradebook
_AHEAD = 4  # submissions waiting for each worker; more would only take memory
_MOST_LOST = 3  # times that a cluster may lose a submission before a person has to look at it


@dataclass
class Report:
    """What a run did.

    Attributes:
        unit: The assignment's id.
        sandbox: How student code was run.
        graded: What was graded, in the order in which it was done.
        skipped: Students whose work was graded before and has not changed.
        seconds: How long it took.
        max_points: What the assignment is worth.
    """

    unit: str
    sandbox: Walls
    max_points: float
    graded: list[Graded] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Change:
    """One student's points before and after a regrade."""

    student: str
    before: float
    after: float


def walls(wanted: Literal["auto", "bwrap", "none"]) -> Walls:
    """Return how student code will be run.

    Args:
        wanted: "auto" and "bwrap" ask for bubblewrap, "none" for no walls.

    Raises:
        CourseError: bubblewrap was asked for by name and does not work here.
    """
    if wanted == "none":
        return "none"
    problem = available()
    if problem and wanted == "bwrap":
        raise CourseError(f"there is no sandbox here: {problem}", "Install bubblewrap.")
    return "missing" if problem else "bwrap"


class Course:
    """One assignment in nbgrader's course folder: where things stand, and who handed in.

    Args:
        coursedir: nbgrader's course directory.
        assignment: The assignment's id.
        config: nbgrader's configuration. Its course directory does not always have all of it.
    """

    def __init__(self, coursedir: Any, assignment: str, config: Any) -> None:
        self.coursedir = coursedir
        self.name = assignment
        self.config = config
        self.ignore = tuple(coursedir.ignore)

    def path(self, step: str, student: str = ".") -> Path:
        """Return the folder of a step such as "source" or "submitted"."""
        return Path(self.coursedir.format_path(getattr(self.coursedir, f"{step}_directory"), student, self.name))

    def load(self) -> Assignment:
        """Read what is trusted.

        Raises:
            CourseError: The assignment was not released, or its files are malformed.
        """
        from course.grading.record import saved_cells

        saved = saved_cells(self.coursedir, self.name)
        return load_assignment(self.name, self.path("source"), self.path("release"), saved, self.ignore)

    def students(self, step: str, wanted: tuple[str, ...] = ("*",)) -> list[str]:
        """Return the ids of students who have a folder at a step.

        Args:
            step: "submitted" or "autograded".
            wanted: Ids or patterns such as ``*``.
        """
        excluded = set(self.coursedir.student_id_exclude.split(","))
        found: set[str] = set()
        for pattern in wanted:
            here = self.path(step, pattern)
            depth = len(self.path(step, "x").parts)
            place = self.path(step, "\0").parts.index("\0")
            for folder in Path(here.anchor).glob(str(here.relative_to(here.anchor))):
                if len(folder.parts) == depth:
                    found.add(folder.parts[place])
        usable = {name for name in found if len(name) <= MAX_NAME and name.isprintable() and not name.startswith(".")}
        return sorted(usable - excluded)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep two runs on one assignment apart.

        Raises:
            CourseError: Another run is at work.
        """
        lock = FileLock(str(self.path("source").parent.parent / f".grading-{self.name}.lock"), timeout=0)
        try:
            with lock:
                yield
        except Timeout:
            raise CourseError("is being graded by another process", "Wait until it is done.", item=self.name) from None


def grade_class(
    course: Course,
    *,
    students: tuple[str, ...] = ("*",),
    jobs: int | None = None,
    scheduler: str | None = None,
    sandbox: Literal["auto", "bwrap", "none"] = "auto",
    limits: Limits | None = None,
    force: bool = False,
    tell: Callable[[int, int], None] | None = None,
) -> Report:
    """Grade all submissions that are new or have changed.

    Args:
        course: The assignment.
        students: Ids or patterns of the students.
        jobs: How many submissions at once; as many as there are processors by default.
        scheduler: Address of a Dask scheduler to run on instead of local processes.
        sandbox: How to run student code.
        limits: What one submission may use.
        force: Whether to grade again what is graded.
        tell: Called with the number of submissions done and the number of all.

    Returns:
        What was done. A run that is stopped at any moment can be started again and finishes the rest.

    Raises:
        CourseError: The assignment cannot be loaded, or the cluster cannot be reached.
    """
    from course.grading.record import Recorder

    began = time.monotonic()
    how = walls(sandbox)
    with course.locked():
        assignment = course.load()
        report = Report(course.name, how, sum(master.max_points for master in assignment.notebooks))
        recorder = Recorder(course.coursedir, course.name, course.config)
        try:
            names = course.students("submitted", students)
            waiting = _waiting(course, names, recorder, report, force=force)
            workers = _Workers(assignment, how, limits or Limits())
            one = jobs == 1 or len(names) <= 1
            results = (
                workers.on_cluster(waiting, scheduler)
                if scheduler
                else workers.here(waiting)
                if one
                else workers.side_by_side(waiting, jobs or os.cpu_count() or 1)
            )
            for graded in results:
                recorder.record(graded)
                report.graded.append(_light(graded))
                if tell:
                    tell(len(report.graded) + len(report.skipped), len(names))
            if tell:
                tell(len(names), len(names))
        finally:
            recorder.close()
    report.seconds = time.monotonic() - began
    return report


def regrade_class(course: Course, *, students: tuple[str, ...] = ("*",), dry_run: bool = False) -> list[Change]:
    """Score the stored answers of graded submissions again, after a key has changed. No student code runs.

    Args:
        course: The assignment.
        students: Ids or patterns of the students.
        dry_run: Whether to leave everything as it is.

    Returns:
        The students whose points change.

    Raises:
        CourseError: The assignment cannot be loaded, or has no items that could be rescored.
    """
    from course.grading.record import Recorder

    changes = []
    with course.locked():
        assignment = course.load()
        assignment.ours()  # or there are no answers to rescore
        recorder = Recorder(course.coursedir, course.name, course.config)
        try:
            for student in course.students("autograded", students):
                record = recorder.recorded(student)
                if record is None:
                    continue
                files = read_submission(recorder.folder(student), student).files
                graded = regrade(files, student, assignment)
                if graded.points != record["points"]:
                    changes.append(Change(student, record["points"], graded.points))
                if not dry_run and graded.files != files:
                    recorder.record(graded)
        finally:
            recorder.close()
    return changes


def _waiting(course: Course, names: list[str], recorder: Any, report: Report, *, force: bool) -> Iterator[Submission]:
    """Yield the submissions that have to be graded; note the others."""
    for name in names:
        submission = read_submission(course.path("submitted", name), name, course.ignore)
        record = None if force else recorder.done(name)
        now_runs = report.sandbox != "missing" and record is not None and record["unrun"]
        if record is not None and record["submission"] == submission.digest and not now_runs:
            report.skipped.append(name)
        else:
            yield submission


def _light(graded: Graded) -> Graded:
    """Return a result without its files, which are written: a class of thousands must not stay in memory."""
    return Graded(graded.student, graded.outcome, graded.notes, points=graded.points, in_kernel=graded.in_kernel)


class _Workers:
    """The three ways to grade submissions; all give the same results."""

    def __init__(self, assignment: Assignment, how: Walls, limits: Limits) -> None:
        self._setting = (assignment, how, limits)

    def here(self, waiting: Iterator[Submission]) -> Iterator[Graded]:
        """Grade in this process, one after the other."""
        assignment, how, limits = self._setting
        with _sandbox(assignment, how, limits) or nullcontext() as sandbox:
            for submission in waiting:
                yield grade(submission, assignment, sandbox)

    def side_by_side(self, waiting: Iterator[Submission], jobs: int) -> Iterator[Graded]:
        """Grade in several processes; if one of them dies, go on without what it was working on."""
        while True:
            under_way: dict[Future[Graded], Submission] = {}
            try:
                with self._pool(jobs) as pool:
                    for submission in waiting:
                        under_way[_submit(pool, submission)] = submission
                        if len(under_way) >= jobs * _AHEAD:
                            yield from _finished(under_way)
                    while under_way:
                        yield from _finished(under_way)
                return
            except BrokenProcessPool:
                for submission in under_way.values():
                    yield self._alone(submission)

    def _alone(self, submission: Submission) -> Graded:
        """Grade in a process of its own something that may have killed one."""
        try:
            with self._pool(1) as pool:
                return pool.submit(_grade_in_worker, submission).result()
        except BrokenProcessPool:
            return ungraded(submission, self._setting[0], "The process that graded it died.")

    def _pool(self, jobs: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(jobs, workers_context(), _begin_worker, self._setting)

    def on_cluster(self, waiting: Iterator[Submission], address: str) -> Iterator[Graded]:
        """Grade on a Dask cluster; each task carries its bytes."""
        try:
            from distributed import Client, KilledWorker, as_completed
        except ImportError:
            raise CourseError("Dask is not installed", 'Run pip install "open-or-closed[cluster]".') from None
        try:
            client = Client(address, timeout=10)
        except (OSError, ValueError) as error:
            raise CourseError(f"the scheduler cannot be reached ({error})", "Start it.", item=address) from None
        with client:
            setting = client.scatter(self._setting, broadcast=True, hash=False)
            ahead = _AHEAD * max(1, sum(client.nthreads().values()))
            running = as_completed()
            under_way: dict[str, Submission] = {}
            lost: Counter[str] = Counter()

            def hand_over(submission: Submission) -> None:
                task = client.submit(_grade_on_cluster, submission, setting, pure=False)
                under_way[str(task.key)] = submission
                running.add(task)

            def finished() -> Graded:
                nonlocal setting
                while True:
                    task = next(running)
                    submission = under_way.pop(str(task.key))
                    try:
                        return task.result()  # type: ignore[no-any-return]
                    except KilledWorker:  # it has killed every worker that it was given to
                        return ungraded(submission, self._setting[0], "The process that graded it died.")
                    except CancelledError:  # a worker that died had the only copy of something that the task needs
                        lost[submission.student] += 1
                        if lost[submission.student] > _MOST_LOST:
                            return ungraded(submission, self._setting[0], "The cluster lost it several times.")
                        setting = client.scatter(self._setting, broadcast=True, hash=False)
                        hand_over(submission)

            for submission in waiting:
                hand_over(submission)
                if len(under_way) >= ahead:
                    yield finished()
            while under_way:
                yield finished()


def workers_context() -> Any:
    """Return how worker processes are started: never by fork, because a caller such as JupyterLab has threads."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "course.grading.run"])  # imported once, for all of them
    return context


def start_workers_early() -> None:
    """Start what worker processes are forked from, beside the second or two in which this process imports nbgrader."""
    if workers_context().get_start_method() == "forkserver":
        multiprocessing.forkserver.ensure_running()


def _submit(pool: ProcessPoolExecutor, submission: Submission) -> Future[Graded]:
    """Hand a submission to a worker; if the workers have died, return what says so."""
    try:
        return pool.submit(_grade_in_worker, submission)
    except BrokenProcessPool as error:
        task: Future[Graded] = Future()
        task.set_exception(error)
        return task


def _finished(under_way: dict[Future[Graded], Submission]) -> Iterator[Graded]:
    """Yield the results of tasks that are done, at least one, and forget the tasks."""
    done, _ = wait(under_way, return_when=FIRST_COMPLETED)
    for task in done:
        result = task.result()
        del under_way[task]
        yield result


def _sandbox(assignment: Assignment, how: Walls, limits: Limits) -> Sandbox | None:
    """Return what student code runs in; nothing where there is none, or no code to run."""
    return Sandbox(walls=how == "bwrap", limits=limits) if assignment.runs_code and how != "missing" else None


# What a worker process keeps between submissions.
_worker: tuple[Assignment, Sandbox | None] | None = None
_setting: Any = None
_starting = threading.Lock()


def _begin_worker(assignment: Assignment, how: Walls, limits: Limits) -> None:
    global _worker  # noqa: PLW0603  # a worker process is started once and serves one run
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    _worker = assignment, _sandbox(assignment, how, limits)


def _end_with_the_parent() -> None:
    """End this worker when the process that gives it work is gone, which its queue would never tell."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _grade_in_worker(submission: Submission) -> Graded:
    assert _worker is not None  # noqa: S101  # _begin_worker has run
    return grade(submission, *_worker)


def _grade_on_cluster(submission: Submission, setting: tuple[Assignment, Walls, Limits]) -> Graded:
    global _setting  # noqa: PLW0603  # a cluster's worker may serve many runs, one setting at a time
    with _starting:
        if _setting is not setting:
            if _worker is not None and _worker[1] is not None:
                _worker[1].close()
            _begin_worker(*setting)
            _setting = setting
    return _grade_in_worker(submission)
