"""The engine holds: nobody gains, nobody else is touched, everybody has a row, nothing is left behind."""

import hashlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from tests.classroom import KINDS, Class
from tests.hostile import ATTACKS
from tests.hostile.attack import FULL_POINTS, NOTEBOOK, UNIT, Attack, submission
from tests.hostile.exhausting import GOT
from tests.hostile.gaming import CHANCE
from tests.hostile.reaching import MARK

QUIET = ("quiet-one", "quiet-two")
KEY_MARK = "mark-of-the-key-7c1fa2"
SECRET_MARK = "mark-of-a-secret-b93e10"
SECONDS = 2
each_attack = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)


def students(attack: Attack) -> tuple[str, str, str]:
    return f"{attack.id}-wrong", f"{attack.id}-right", f"{attack.id}-twin"


def hand_in(course: Path, *, attackers: bool) -> None:
    released = course / "release" / UNIT
    for name, right in zip(QUIET, (True, False), strict=True):
        submission(course / "submitted" / name / UNIT, released, right=right)
    for attack in ATTACKS if attackers else ():
        for name, right in zip(students(attack), (False, True, False), strict=True):
            folder = submission(course / "submitted" / name / UNIT, released, right=right)
            if not name.endswith("-twin"):
                attack.apply(folder)


@dataclass
class Graded:
    """One class after grading."""

    course: Path
    rows: dict[str, dict[str, tuple[float | None, float | None, bool]]]
    report: dict[str, Any] | None = None


def rows(course: Path) -> dict[str, dict[str, tuple[float | None, float | None, bool]]]:
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        return {
            submission.student.id: {
                grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in book.assignment_submissions(UNIT)
        }


def tree(folder: Path) -> dict[str, str]:
    """What stands in a folder, by path: digests of files, targets of links."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = "folder" if path.is_dir() else "special"
    return found


def outside(school: Class) -> dict[str, str]:
    """Everything that grading has no business to change."""
    ours = ("autograded", "gradebook.db", f".grading-{UNIT}.lock")
    everything = {**tree(school.course), **{f"~/{name}": mark for name, mark in tree(school.teacher.home).items()}}
    return {name: mark for name, mark in everything.items() if not any(part in name for part in ours)}


def processes(*, of_stock: bool = False) -> set[str]:
    """Command lines of processes that only an attack starts; stock nbgrader's have another home."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            theirs = b"/stock" in (path.parent / "environ").read_bytes()
        except OSError:
            continue
        if "ooc-daemon" in line and theirs == of_stock:
            found.add(f"{path.parent.name} {line[:200]}")
    return found


@dataclass
class Evening:
    """One class graded by both commands, and what was around it before and after."""

    by_nbgrader: Graded
    by_course: Graded
    changed: list[str]
    left_over: list[str]
    alone: dict[str, Any]


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    folder = tmp_path_factory.mktemp("hostile")
    schools = [school(folder / name) for name in ("nbgrader", "course", "quiet")]
    by_nbgrader, by_course, quiet = schools
    (folder / "secret.txt").write_text(SECRET_MARK)
    scratch = folder / "scratch"
    scratch.mkdir()
    hand_in(by_nbgrader.course, attackers=True)
    shutil.copytree(by_nbgrader.course / "submitted", by_course.course / "submitted", symlinks=True, copy_function=copy)
    hand_in(quiet.course, attackers=False)
    before = [outside(each) for each in schools[:2]]
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor() as pool:
        patch.setenv("TMPDIR", str(scratch))
        patch.setenv("GRADERS_SECRET", SECRET_MARK)
        first = pool.submit(by_nbgrader.teacher.nbgrader, "autograde", UNIT)
        second = pool.submit(by_course.teacher.course_command, "grade", UNIT, "--json", "--jobs", "1")
        quiet.teacher.nbgrader("autograde", UNIT)
        first.result()
        report = json.loads(second.result().splitlines()[-1])
    after = [outside(each) for each in schools[:2]]
    changed = [
        name
        for old, new in zip(before, after, strict=True)
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
    return Evening(
        Graded(by_nbgrader.course, rows(by_nbgrader.course)),
        Graded(by_course.course, rows(by_course.course), report),
        changed,
        sorted(str(path) for path in scratch.iterdir()),
        rows(quiet.course),
    )


def copy(source: str, target: str) -> None:
    if Path(source).is_fifo():
        os.mkfifo(target)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def school(folder: Path) -> Class:
    folder.mkdir()
    made = Class(folder, KINDS)
    with (made.course / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.Execute.timeout = {SECONDS}\n")
    key = made.course / "source" / UNIT / "key.yaml"
    key.write_text(f"# {KEY_MARK}\n{key.read_text()}")
    return made


def points(graded: Graded, student: str) -> dict[str, float]:
    return {name: auto or 0.0 for name, (auto, _, _) in graded.rows[student].items()}


def outputs(graded: Graded, student: str) -> str:
    """What a student's code has shown, of all that stands in the graded notebook."""
    book = json.loads((graded.course / "autograded" / student / UNIT / NOTEBOOK).read_bytes())
    shown = [output for cell in book["cells"] for output in cell.get("outputs", ())]
    return json.dumps([output for output in shown if output["output_type"] in ("stream", "execute_result")])


def cut_off(graded: Graded, student: str) -> bool:
    """Return whether the clock ended a student's code, which on a busy machine may happen to one of two gradings."""
    record = json.loads((graded.course / "autograded" / student / UNIT / "grading.json").read_bytes())
    return any("seconds" in note for note in record["notes"])


@pytest.mark.parametrize("name", ["neighbours-work", "keys-of-other-units", "key-by-relative-path", "key-from-gc"])
def test_a_thief_finds_nothing(name: str, evening: Evening):
    assert "LOOT []" in outputs(evening.by_course, f"stealing-{name}-wrong")


def test_there_are_forty_attacks_and_more_and_no_name_twice():
    assert len(ATTACKS) >= 40
    assert len({attack.id for attack in ATTACKS}) == len(ATTACKS)


def test_every_kind_of_the_threat_table_has_attacks():
    assert {attack.kind for attack in ATTACKS} == {
        *("tampering", "stealing", "forging", "exhausting"),
        *("breaking", "reaching", "injecting", "gaming"),
    }


@each_attack
def test_a_wrong_answer_gains_nothing(attack: Attack, evening: Evening):
    wrong, _, twin = students(attack)
    most = {**points(evening.by_course, twin), **(CHANCE if attack.kind == "gaming" else {})}
    for name, given in points(evening.by_course, wrong).items():
        assert given <= most[name] + 0.01, name


@each_attack
def test_a_right_answer_gets_no_more_than_full_marks(attack: Attack, evening: Evening):
    _, right, _ = students(attack)
    assert sum(points(evening.by_course, right).values()) <= FULL_POINTS


@each_attack
def test_the_honest_twin_is_graded_as_if_alone(attack: Attack, evening: Evening):
    assert evening.by_course.rows[students(attack)[2]] == evening.alone["quiet-two"]


@each_attack
def test_everybody_has_a_row_a_notebook_and_an_outcome(attack: Attack, evening: Evening):
    assert evening.by_course.report
    outcomes = {each["student"]: each["outcome"] for each in evening.by_course.report["submissions"]}
    for student in students(attack):
        assert len(evening.by_course.rows[student]) == 4
        assert (evening.by_course.course / "autograded" / student / UNIT / NOTEBOOK).is_file()
        assert outcomes[student] in ("graded", "repaired", "needs review")


@each_attack
def test_both_commands_give_the_same_rows(attack: Attack, evening: Evening):
    for student in students(attack):
        one, other = evening.by_nbgrader.rows[student], evening.by_course.rows[student]
        if any(cut_off(graded, student) for graded in (evening.by_nbgrader, evening.by_course)):
            late = {name for rows in (one, other) for name, (auto, _, _) in rows.items() if auto is None}
            one, other = ({name: row for name, row in rows.items() if name not in late} for rows in (one, other))
        assert one == other


@each_attack
def test_no_attack_gets_what_a_limit_or_wall_denies(attack: Attack, evening: Evening):
    for student in students(attack):
        shown = outputs(evening.by_course, student)
        assert GOT not in shown
        assert KEY_MARK not in shown
        assert SECRET_MARK not in shown


@each_attack
def test_nobody_has_a_mark_by_hand(attack: Attack, evening: Evening):
    for student in students(attack):
        assert all(manual is None for _, manual, _ in evening.by_course.rows[student].values())


@pytest.mark.parametrize("student", QUIET)
def test_neighbours_get_what_they_get_without_attackers(student: str, evening: Evening):
    assert evening.by_course.rows[student] == evening.alone[student]
    assert evening.by_nbgrader.rows[student] == evening.alone[student]


def test_the_neighbours_are_worth_comparing(evening: Evening):
    assert sum(points(evening.by_course, "quiet-one").values()) == FULL_POINTS


def test_no_file_outside_changes(evening: Evening):
    assert evening.changed == []


def test_nothing_is_left_in_the_temporary_folder(evening: Evening):
    assert evening.left_over == []
    assert not (Path("/tmp") / MARK).exists()
    assert not (Path("/tmp") / "ooc-pickle-was-here").exists()


def test_no_process_survives(evening: Evening):
    assert processes() == set()


def test_nothing_of_the_key_file_reaches_a_graded_folder(evening: Evening):
    for graded in (evening.by_course, evening.by_nbgrader):
        for path in (graded.course / "autograded").rglob("*"):
            if path.is_file():
                assert KEY_MARK.encode() not in path.read_bytes(), path


def test_nothing_active_reaches_a_graded_folder_as_a_file(evening: Evening):
    kinds = {path.suffix for path in (evening.by_course.course / "autograded").rglob("*") if path.is_file()}
    assert kinds <= {".ipynb", ".json", ".csv", ".txt", ".py", ".png"}
