"""Ten thousand damaged submissions: none stops grading, takes long, gains points or spoils what is written."""

import codecs
import json
import math
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NoReturn

import nbformat
import pytest

from course.exercises.store import ANSWERS
from course.grading.assignment import Assignment
from course.grading.grade import RECORD, Graded, Outcome, grade
from course.grading.plugin import open_course
from course.grading.submission import Submission, read_submission
from tests.grading.small import MOST, RIGHT, UNIT, WRONG, copy_of, hand_in

CASES = int(os.environ.get("CASES", "2000"))  # CONTRIBUTING.md says when more are tried
ON_DISK = 500  # of them go through files, with strange names and contents
SEED = 20260114
SECONDS = 2.0
LARGE = 600  # places in the data; what has more is not multiplied, or it would take all memory
NOTEBOOK = f"{UNIT}.ipynb"
CHECKS = {"check-most-sides": 1.0, "check-numbers-and-shapes": 4.0, "check-by-size": 2.0}

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def assignment(small_course: Path) -> Assignment:
    return open_course(small_course, UNIT)[0].load()


@pytest.fixture(scope="module")
def handed_in(small_course: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """Undamaged work: blank, wrong and right, in every form."""
    course = copy_of(small_course, tmp_path_factory.mktemp("fuzz") / "course")
    forms = {"blank": ({}, "both"), "wrong": (WRONG, "both")}
    forms |= {f"right-{how}": (RIGHT, how) for how in ("both", "file", "notebook", "typed")}
    return {
        name: read_submission(hand_in(course, name, answers, how=how), name).files
        for name, (answers, how) in forms.items()
    }


# --- damage --------------------------------------------------------------------------------------------------------

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, -1e308, 10**400, 2**63, math.nan, math.inf, -math.inf, "", "\0", "\ud800",
    "\udfff x", "é" * 300, "\x1b[2J", "</script><script>alert(1)</script>", "../../etc/passwd", "a" * 5_000, "NaN",
    "code", "markdown", "raw", "kinds", "check-by-size", "answer-by-size", "most-sides", "pentagon", "\u202e", "１",
    [], {}, [[]], [None], {"": None}, {"a": {"b": {}}}, [0] * 400, {str(n): n for n in range(300)},
    {"__proto__": 1, "constructor": {}}, {"nbgrader": {"grade_id": "check-by-size", "points": 1e9, "grade": True}},
    {"application/vnd.open-or-closed.answers+json": {"format": 1, "unit": "kinds", "answers": {"by-size": 7}}},
    {"at": "9999-12-31T23:59:59Z", "answer": {"choices": [{}]}}, {"at": 1e300, "answer": {}},
    "9999-12-31T23:59:59.999999+00:00", "0001-01-01T00:00:00-23:59", "2026-02-30T00:00:00Z", 253402300800,
)  # fmt: skip
JUNK = (
    b"\0", b"\xff\xfe", codecs.BOM_UTF8, b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\x80", b"{", b"}", b"[", b"]", b'"',
    b",", b"NaN", b"-Infinity", b"1e999", b"9" * 5_000, b"[" * 3_000, b'{"a":' * 3_000, b"\\", b"\n\n", b"null", b"/*",
    b'"cells": [], ', b'"cells": 7, ', b'"nbformat": 3, ', b'"format": 2, ', b'"unit": "other", ', b'"id": "goal", ',
)  # fmt: skip


def damage_bytes(raw: bytes, random: Random) -> bytes:
    """Damage bytes without regard to what they mean."""
    start, end = sorted(random.randrange(len(raw) + 1) for _ in range(2))
    if random.random() < 0.7:
        end = min(end, start + random.randrange(1, 60))
    done: Callable[[], bytes] = random.choice(
        (
            lambda: raw[:start],
            lambda: raw[start:],
            lambda: raw[:start] + raw[end:],
            lambda: raw[:end] + raw[start:],
            lambda: raw[:start] + random.choice(JUNK) + raw[start:],
            lambda: raw[:start] + random.choice(JUNK) + raw[end:],
            lambda: raw[:start] + random.randbytes(end - start) + raw[end:],
            lambda: raw[:start] + raw[start:end][::-1] + raw[end:],
            lambda: random.choice(JUNK) * random.randrange(1, 40),
            lambda: raw.decode("utf-8", "replace").encode(
                random.choice(("utf-16", "utf-32", "cp037", "utf-7")), "replace"
            ),
            lambda: raw.replace(b"kinds", b"KINDS"),
            lambda: b"",
        )
    )
    return done()


def damage_data(data: Any, random: Random) -> None:
    """Damage one place in JSON data: drop, double, retype, move, swap, rename, bury."""
    places = _places(data)
    # A walk from the top finds few cells and many letters, so half of the time a place near the top is taken.
    parent, key = random.choice(places if random.random() < 0.5 else places[: 4 + len(places) // 8])
    other_parent, other_key = random.choice(places)
    copies = random.choice((1, 2, 30 if len(places) < LARGE else 1))
    names = ("", "id", "source", "metadata", "cells", "answers", "\ud800", str(key).upper())
    what = random.randrange(9)
    if what == 0:
        del parent[key]
    elif what <= 3:
        parent[key] = _copy(random.choice(NASTY))
    elif what == 4 and isinstance(parent, list):
        parent[random.randrange(len(parent) + 1) : 0] = [_copy(parent[key]) for _ in range(copies)]
    elif what == 5 and isinstance(parent, list):
        parent.insert(random.randrange(len(parent)), parent.pop(key))
    elif what == 6 and isinstance(parent, dict) and len(places) < 5 * LARGE:
        parent[random.choice(names)] = _copy(parent[key])
    elif what == 7 and len(places) < 5 * LARGE:
        parent[key], other_parent[other_key] = _copy(other_parent[other_key]), _copy(parent[key])
    else:
        for _ in range(random.choice((1, 3, 30, 300))):
            parent[key] = [parent[key]] if random.random() < 0.5 else {"cells": parent[key]}


def _places(data: Any) -> list[tuple[Any, Any]]:
    """Every place in JSON data, as container and key, those near the top first."""
    found: list[tuple[Any, Any]] = []
    level = [data]
    while level:
        here = [
            (node, key)
            for node in level
            if isinstance(node, (dict, list))
            for key in (list(node) if isinstance(node, dict) else range(len(node)))
        ]
        found += here
        level = [node[key] for node, key in here]
    return found


def _copy(data: Any) -> Any:
    """A copy, so that no part ever holds itself, and no case changes another."""
    return json.loads(json.dumps(data))


def damaged(files: Files, random: Random) -> Files:
    """Damage a submission in one or several ways."""
    files = dict(files)
    for _ in range(random.choice((1, 1, 2, 4))):
        name = random.choice([name for name in files if name != "timestamp.txt"] or [NOTEBOOK])
        how = random.random()
        try:
            if how < 0.62:
                data = json.loads(files[name])
                for _ in range(random.choice((1, 2, 4))):
                    if not isinstance(data, (dict, list)) or not data:
                        break
                    damage_data(data, random)
                files[name] = json.dumps(data).encode()
            elif how < 0.95:
                files[name] = damage_bytes(files[name], random)
            elif how < 0.98:
                files[random.choice((NOTEBOOK, ANSWERS, "other.ipynb", "data.csv"))] = files[name]
            else:
                del files[name]
        except (ValueError, KeyError, RecursionError):  # it is so damaged that it is not JSON any more
            files[name] = damage_bytes(files.get(name, b""), random)
    return files


# --- what must hold ------------------------------------------------------------------------------------------------


def refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def faults(graded: Graded, most: float) -> list[str]:
    """What is wrong with a graded submission, whatever was handed in."""
    found = [note for note in graded.notes if note.startswith("Grading failed")]
    rows = graded.rows[UNIT]
    if set(rows) != set(CHECKS) or not all(p is None or 0 <= p <= CHECKS[name] for name, p in rows.items()):
        found.append(f"rows {rows}")
    if not 0 <= graded.points <= most or graded.points != round(sum(p or 0 for p in rows.values()), 2):
        found.append(f"{graded.points} points of {most}")
    if (graded.outcome == Outcome.GRADED) != (not graded.notes) or not all(graded.notes):
        found.append(f"{graded.outcome} with the notes {graded.notes}")
    if any(points is None for points in rows.values()) and graded.outcome != Outcome.REVIEW:
        found.append("undecided rows, but no review")
    for name in (NOTEBOOK, RECORD, ANSWERS):
        if name in graded.files:
            json.loads(graded.files[name].decode("utf-8"), parse_constant=refuse)
    notebook = json.loads(graded.files[NOTEBOOK])
    nbformat.validate(notebook)
    names = [cell["id"] for cell in notebook["cells"]]
    if len(names) != len(set(names)):
        found.append("cells with the same id")
    return found


def check(graded: Graded, name: str, number: int) -> str:
    """See that nothing is wrong with a graded submission; return how it ended."""
    problems = faults(graded, 0 if name == "blank" else MOST)
    assert problems == [], f"seed {SEED}, case {number}, {name}: {problems}"
    return f"{graded.outcome} {'with' if graded.points else 'without'} points"


@pytest.mark.parametrize("part", range(4))
def test_damaged_submissions_are_graded_quickly_and_get_no_points_for_nothing(
    assignment: Assignment, handed_in: dict[str, Files], part: int
) -> None:
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for number in range(part, CASES - ON_DISK, 4):
        name = list(handed_in)[number % len(handed_in)]
        submission = Submission("student", damaged(handed_in[name], Random(f"{SEED} {number}")))
        began = time.process_time()
        graded = grade(submission, assignment, None)
        slowest = max(slowest, time.process_time() - began)
        outcomes[check(graded, name, number)] += 1
    assert slowest < SECONDS
    assert len(outcomes) == 5, outcomes  # the damage is neither so light nor so heavy that it always ends alike


def strange_name(random: Random) -> bytes:
    """A file name that no other file has, of any bytes that a disk takes."""
    name = random.randbytes(random.randrange(1, 60)).replace(b"/", b"\n").replace(b"\0", b" ")
    return b"." + name if name in {b".", b".."} else name


def test_damaged_folders_are_read_and_graded(
    assignment: Assignment, handed_in: dict[str, Files], tmp_path: Path
) -> None:
    for number in range(CASES - ON_DISK, CASES):
        name, random = list(handed_in)[number % len(handed_in)], Random(f"{SEED} {number}")
        folder = tmp_path / str(number)
        folder.mkdir()
        for file, content in damaged(handed_in[name], random).items():
            (folder / file).write_bytes(content)
        for _ in range(random.randrange(5)):
            path = Path(os.fsdecode(os.fsencode(folder) + b"/" + strange_name(random)))
            if random.random() < 0.3:
                path.symlink_to(folder / NOTEBOOK)
            elif random.random() < 0.3:
                path.mkdir()
            else:
                path.write_bytes(random.randbytes(random.randrange(200)))
        began = time.process_time()
        graded = grade(read_submission(folder, "student"), assignment, None)
        assert time.process_time() - began < SECONDS
        check(graded, name, number)
        for file in graded.files:
            assert not file.startswith("/")
            assert ".." not in file.split("/")
            assert file.encode()


def test_the_same_submission_is_graded_to_the_same_bytes(assignment: Assignment, handed_in: dict[str, Files]) -> None:
    for number in range(200):
        submissions = [
            Submission("student", damaged(handed_in["right-both"], Random(f"{SEED} {number}"))) for _ in range(2)
        ]
        assert grade(submissions[0], assignment, None) == grade(submissions[1], assignment, None)
