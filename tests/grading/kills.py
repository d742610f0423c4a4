"""Kill ``course grade`` at random moments, run it again, and compare with a grading that nobody disturbed."""

import shutil
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from nbgrader.api import Gradebook

from tests.grading.small import LIMIT, RIGHT, UNIT, WRONG, Grading, ended, grade, hand_in, hand_in_all, rows, snapshot

STUDENTS = 200
MARKED = ("s000", "s001", "s002", "s007")  # s000 is graded and unchanged, s007 needs review
NOTE = "We have talked about this."
JOBS = ("1", "1", "1", "1", "1", "2")  # starting workers takes longer than the work

Rows = dict[str, list[tuple[Any, ...]]]


class Trials:
    """A class that was partly graded and marked by hand before, and how it looks once all of it is graded.

    Args:
        course: A released course folder. Students hand in here.
        copy: Makes a copy of the course's folder and gradebook; gives the copy's folder and database.
        db_url: The course's own database.
    """

    def __init__(self, course: Path, copy: Callable[[], tuple[Path, str]], db_url: str) -> None:
        self._copy = copy
        hand_in_all(course, STUDENTS)
        hand_in(course, "s001", RIGHT)
        hand_in(course, "s002", RIGHT)
        grade(course, "--jobs", "1", *(part for name in MARKED for part in ("--student", name)))
        with Gradebook(db_url) as book:
            for name in MARKED:
                mark = book.find_grade("check-by-size", UNIT, UNIT, name)
                mark.manual_score, mark.needs_manual_grade = 1.5, False
                book.find_comment("answer-by-size", UNIT, UNIT, name).manual_comment = NOTE
            book.db.commit()
        hand_in(course, "s001", WRONG, minutes=60)  # again, so that the mark has to be looked at once more
        shutil.rmtree(course / "autograded" / "s002")  # graded again, to the same points
        self.before: Rows = rows(db_url)
        self._files_before = snapshot(course / "autograded")
        undisturbed, url = copy()
        with ended(run := Grading(undisturbed, "--jobs", "1")):
            _wait_for_first(run, undisturbed)
            began = time.monotonic()
            run.finish()
        self.seconds = time.monotonic() - began  # from the first student to the end
        self.after: Rows = rows(url)
        self.files = snapshot(undisturbed / "autograded")

    def run(self, kills: int, seed: int) -> list[str]:
        """Kill a number of gradings, one after the other on the same class until it is graded; then start anew.

        Returns:
            What was ever wrong.
        """
        random = Random(seed)
        course, url = self._copy()
        wrong: list[str] = []
        killed = 0
        while killed < kills:
            left = STUDENTS - len(list((course / "autograded").glob(f"*/{UNIT}")))
            options = {"commit_seconds": random.choice((None, 0.02))}  # often, so that kills hit commits as well
            with ended(run := Grading(course, "--jobs", random.choice(JOBS), **options)):
                if not _wait_for_first(run, course):
                    run.finish()
                    wrong += self.differences(course, url)
                    course, url = self._copy()
                    continue
                time.sleep(random.uniform(0, self.seconds * left / STUDENTS))
                killed += run.kill()
            wrong += self.half_done(course, url)
        grade(course)
        return wrong + self.differences(course, url)

    def half_done(self, course: Path, url: str) -> list[str]:
        """Return which students' rows or folders are neither as before nor as after."""
        now = rows(url)
        known = set(now) | set(self.before)
        halves = [
            f"{name}: rows half written: {now.get(name)}"
            for name in known
            if now.get(name) not in (self.before.get(name), self.after[name])
        ]
        folders = {path.parent.name for path in (course / "autograded").glob(f"*/{UNIT}")}
        files, new, old = map(_by_student, (snapshot(course / "autograded"), self.files, self._files_before))
        for name in sorted(folders):
            if files[name] != old.get(name) and (now[name] != self.after[name] or files[name] != new[name]):
                halves.append(f"{name}: a folder without its rows, or a half one")
        return halves

    def differences(self, course: Path, url: str) -> list[str]:
        """Return what differs from the grading that nobody disturbed."""
        now, files = rows(url), snapshot(course / "autograded")
        names = sorted(set(now) | set(self.after))
        paths = sorted(set(files) | set(self.files))
        return [f"{n}: {now.get(n)} is not {self.after.get(n)}" for n in names if now.get(n) != self.after.get(n)] + [
            f"{path}: differs" for path in paths if files.get(path) != self.files.get(path)
        ]


def _by_student(files: dict[str, bytes]) -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    for path, data in files.items():
        student, unit, _ = path.split("/", 2)
        if unit == UNIT:
            found[student][path] = data
    return found


def _wait_for_first(run: Grading, course: Path) -> bool:
    """Wait until a run has recorded its first student; return whether there was one before its end."""
    known = _folders(course)
    end = time.monotonic() + LIMIT
    while run.running:
        if _folders(course) - known:
            return True
        assert time.monotonic() < end
        time.sleep(0.01)
    return False


def _folders(course: Path) -> set[str]:
    return {str(path) for path in (course / "autograded").glob("*/*")}
