"""Compare grading by stock nbgrader with grading by this course's engine, on the same simulated class.

Run ``.venv/bin/python benchmarks/grading.py [--stock N] [--sizes N …] [--units U …] [--json FILE]``. It prints Markdown
tables; ``docs/benchmarks.md`` holds those of one run. Whole commands are timed, start-up included.

Stock is nbgrader as it comes, in a copy of the course folder with a gradebook and a configuration of its own. So that
``check()`` can score in its kernel, that copy has the key as ``.key.yaml``, which nbgrader copies beside each
submission, as in a self-study edition; and every submission has its ``answers.json``.
"""

import argparse
import contextlib
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import yaml
from nbgrader.api import Gradebook

from course.exercises import load_key, load_unit
from course.exercises.lint import checked_items
from course.exercises.mirror import harvest
from course.exercises.store import ANSWERS, Book
from course.grading.demo import simulate
from course.paths import source_dir

FORMS = "02-claims-forms"
UNITS = (FORMS, "01-sources", "02-claims")
JOBS = 2
AT = 200  # the class size at which our seconds per submission are compared
WORKED = {"count-values", "agreement-worked"}  # code cells of 02-claims that lead to its table items
SECONDS = 0.1  # between two looks at memory
STEPS = ("grade", "feedback", "export")
STOCK_CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "stock"\n'


@dataclass
class Run:
    """One command: how long it took, and the most memory that it and its children held together."""

    seconds: float
    megabytes: float
    output: str = ""


@dataclass
class Grading:
    """Grading one unit of one class, by one of the two.

    Attributes:
        students: How many submissions.
        grade: Grading alone.
        feedback: Writing the feedback pages.
        export: ``nbgrader export``.
        inside: What the engine itself says that grading took, without start-up.
        rows: Automatic points by student and check cell.
    """

    students: int
    grade: Run
    feedback: Run
    export: Run
    inside: float | None = None
    rows: dict[str, dict[str, float | None]] = field(default_factory=dict, repr=False)


def run(*command: str, folder: Path) -> Run:
    """Run a command in a folder, time it, and watch its memory."""
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=errors)
        with most_memory(process.pid) as most:
            code = process.wait()
        seconds = time.perf_counter() - began
        output.seek(0)
        errors.seek(0)
        if code:
            raise SystemExit(f"{' '.join(command)} failed:\n{errors.read()[-3000:]}")
        return Run(seconds, most[0] / 1e6, output.read())


@contextlib.contextmanager
def most_memory(pid: int) -> Iterator[list[float]]:
    """Yield a list whose one entry is the most bytes that a process and its children hold (sum of RSS)."""
    most, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(SECONDS):
            with contextlib.suppress(psutil.Error):
                root = psutil.Process(pid)
                most[0] = max(most[0], sum(map(resident, [root, *root.children(recursive=True)])))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        over.set()
        watcher.join()


def resident(process: psutil.Process) -> int:
    """Return the resident bytes of a process, 0 if it has just ended."""
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def without_code(master: Path, target: Path) -> Path:
    """Derive a unit without code: no table items, no worked code, their cells and keys dropped."""
    target.mkdir(parents=True)
    unit = load_unit(master)
    tables = {item.id for item in unit.items if item.kind == "table"}
    points = {item.id: item.points for item in unit.items}
    items = yaml.safe_load((master / "items.yaml").read_text(encoding="utf-8"))
    items |= {"unit": target.name, "items": [item for item in items["items"] if item["id"] not in tables]}
    key = yaml.safe_load((master / "key.yaml").read_text(encoding="utf-8"))
    key |= {"unit": target.name, "keys": {name: of for name, of in key["keys"].items() if name not in tables}}
    for name, data in (("items.yaml", items), ("key.yaml", key)):
        (target / name).write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    notebook = json.loads((master / f"{master.name}.ipynb").read_bytes())
    cells = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        names = checked_items(source) if cell["cell_type"] == "code" else None
        left = [name for name in names or () if name not in tables]
        if cell["id"] in WORKED | {f"answer-{name}" for name in tables} or (names and not left):
            continue
        if names and left != names:
            cell["source"] = f"check({', '.join(json.dumps(name) for name in left)})"
            cell["metadata"]["nbgrader"]["points"] = sum(points[name] for name in left)
        cells.append(cell)
    text = json.dumps({**notebook, "cells": cells}, ensure_ascii=False, indent=1)
    (target / f"{target.name}.ipynb").write_text(text, encoding="utf-8")
    return target


def master(work: Path, name: str) -> Path:
    """Return a copy of a master that lets feedback explain everything at once, as stock feedback does."""
    source = source_dir()
    assert source is not None
    folder = work / "masters" / name
    if name == FORMS:
        without_code(source / "02-claims", folder)
    else:
        shutil.copytree(source / name, folder)
    items = folder / "items.yaml"
    text = yaml.safe_load(items.read_text(encoding="utf-8")) | {"reveal": "always"}
    items.write_text(yaml.safe_dump(text, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder


def simulated(unit: Path, students: int, folder: Path) -> Path:
    """Make a class in which every student has handed in ``answers.json``."""
    simulate([unit], students, 1, folder)
    for notebook in folder.glob(f"submitted/*/{unit.name}/{unit.name}.ipynb"):
        answers = notebook.with_name(ANSWERS)
        if not answers.exists():
            book = Book(unit=unit.name, answers=harvest(notebook.read_bytes(), unit.name))
            answers.write_text(book.model_dump_json(indent=1), encoding="utf-8")
    return folder


def stock_copy(demo: Path, unit: str, folder: Path) -> Path:
    """Make a course folder for stock nbgrader with the same submissions."""
    folder.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(STOCK_CONFIG)
    source = shutil.copytree(demo / "source" / unit, folder / "source" / unit)
    (source / "key.yaml").rename(source / ".key.yaml")
    shutil.copytree(demo / "submitted", folder / "submitted")
    run("nbgrader", "generate_assignment", unit, folder=folder)
    return folder


def rows(course: Path, unit: str) -> dict[str, dict[str, float | None]]:
    """Return the automatic points by student and check cell."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        return {
            submission.student_id: {
                grade.name: grade.auto_score for notebook in submission.notebooks for grade in notebook.grades
            }
            for submission in book.assignment_submissions(unit)
        }


def by_stock(course: Path, unit: str, students: int) -> Grading:
    """Grade with nbgrader's own converters."""
    grade = run("nbgrader", "autograde", unit, folder=course)
    feedback = run("nbgrader", "generate_feedback", unit, folder=course)
    return Grading(students, grade, feedback, run("nbgrader", "export", folder=course), rows=rows(course, unit))


def by_engine(course: Path, unit: str, students: int) -> Grading:
    """Grade with this course's engine."""
    jobs = ("--jobs", str(JOBS))
    grade = run("course", "grade", unit, *jobs, "--json", folder=course)
    feedback = run("course", "feedback", unit, *jobs, folder=course)
    export = run("nbgrader", "export", folder=course)
    said = json.loads(grade.output)
    if said["counts"]["graded"] != students:
        raise SystemExit(f"{unit}: not all were graded: {said['counts']}")
    return Grading(students, grade, feedback, export, said["seconds"], rows(course, unit))


def floor(course: Path, unit: str) -> float:
    """Return the seconds per submission of the bare work: read, parse, score, write, insert; no framework."""
    folder = course / "source" / unit
    items = load_unit(folder)
    key = load_key(folder / "key.yaml", items)
    cells = {name: checked_items("".join(cell["source"])) or [] for name, cell in check_cells(course, unit).items()}
    students = sorted(path.name for path in (course / "submitted").iterdir())
    # What the engine has written is what is written here; building it is not part of the floor.
    graded = {
        name: json.loads((course / "autograded" / name / unit / f"{unit}.ipynb").read_bytes()) for name in students
    }
    with tempfile.TemporaryDirectory(dir=course) as target:
        book = sqlite3.connect(Path(target) / "rows.db")
        book.execute("create table rows (student, cell, points)")
        began = time.perf_counter()
        for name in students:
            submitted = course / "submitted" / name / unit
            json.loads((submitted / f"{unit}.ipynb").read_bytes())
            answers = json.loads((submitted / ANSWERS).read_bytes())["answers"]
            points = {}
            for item in items.items:
                given = answers.get(item.id)
                points[item.id] = item.score(item.parse(given["answer"]), key.of(item)).points if given else 0.0
            (Path(target) / f"{name}.ipynb").write_text(json.dumps(graded[name]), encoding="utf-8")
            totals = [(name, cell, sum(points[item] for item in of)) for cell, of in cells.items()]
            book.executemany("insert into rows values (?, ?, ?)", totals)
        book.commit()
        seconds = time.perf_counter() - began
        book.close()
    return seconds / len(students)


def check_cells(course: Path, unit: str) -> dict[str, dict[str, Any]]:
    """Return the graded cells of a released notebook."""
    notebook = json.loads((course / "release" / unit / f"{unit}.ipynb").read_bytes())
    return {cell["id"]: cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")}


def compare(work: Path, unit: Path, students: int) -> dict[str, Any]:
    """Let both grade the same class, one after the other; every row has to be the same."""
    demo = simulated(unit, students, work / f"{unit.name}-engine")
    stock = by_stock(stock_copy(demo, unit.name, work / f"{unit.name}-stock"), unit.name, students)
    engine = by_engine(demo, unit.name, students)
    if stock.rows != engine.rows or not any(points for row in stock.rows.values() for points in row.values()):
        raise SystemExit(f"{unit.name}: the rows differ:\n{differences(stock.rows, engine.rows)}")
    return {"stock": asdict(stock), "engine": asdict(engine), "rows": sum(map(len, stock.rows.values()))}


def differences(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Name the rows that differ."""
    lines = [
        f"{student} {cell}: stock {one.get(student, {}).get(cell)}, engine {other.get(student, {}).get(cell)}"
        for student in sorted({*one, *other})
        for cell in sorted({*one.get(student, {}), *other.get(student, {})})
        if one.get(student, {}).get(cell) != other.get(student, {}).get(cell)
    ]
    return "\n".join(lines)


def alone(work: Path, unit: Path, sizes: list[int]) -> dict[int, Any]:
    """Let the engine grade classes of several sizes."""
    done: dict[int, Any] = {}
    for students in sizes:
        folder = simulated(unit, students, work / f"{unit.name}-{students}")
        done[students] = {**asdict(by_engine(folder, unit.name, students)), "floor": floor(folder, unit.name)}
        shutil.rmtree(folder)
    return done


def each(grading: dict[str, Any]) -> float:
    """Return the seconds per submission of grading, feedback and export together."""
    return sum(grading[step]["seconds"] for step in STEPS) / int(grading["students"])


def machine() -> str:
    """Say what this ran on."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("nbgrader", "nbconvert", "pydantic", "pandas"))
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {versions}, load before {os.getloadavg()[0]:.1f}"
    )


def table(head: list[str], lines: list[list[Any]]) -> None:
    """Print a Markdown table; all columns but the first are figures."""
    print("", f"| {' | '.join(head)} |", f"| --- {'| ---: ' * (len(head) - 1)}|", sep="\n")
    for line in lines:
        cells = [
            f"{x:.3g}" if isinstance(x, float) and x < 100 else f"{x:.0f}" if isinstance(x, float) else str(x)
            for x in line
        ]
        print(f"| {' | '.join(cells)} |")
    print(flush=True)


def show_comparison(name: str, found: dict[str, Any], large: dict[str, Any]) -> None:
    """Print what both took, and the ratios."""
    stock, engine = found["stock"], found["engine"]
    lines = [
        [who, of["students"], *(of[step]["seconds"] for step in STEPS), each(of) * 1000, of["grade"]["megabytes"]]
        for who, of in (("stock", stock), ("engine", engine), ("engine", large))
    ]
    print(f"{name}: {found['rows']} rows, all equal")
    table([name, "submissions", *(f"{step}, s" for step in STEPS), "ms per submission", "most memory, MB"], lines)
    grading = stock["grade"]["seconds"] / stock["students"]
    ratios = {
        f"the same {engine['students']} submissions, start-up included": (stock, engine, grading),
        f"per submission, engine at {large['students']}": (stock, large, grading),
    }
    for what, (slow, fast, seconds) in ratios.items():
        alone_ = seconds / (fast["grade"]["seconds"] / fast["students"])
        print(f"- {what}: {each(slow) / each(fast):.3g} times as fast ({alone_:.3g} times for grading alone)")
    print(flush=True)


def show_alone(name: str, found: dict[int, Any]) -> None:
    """Print what the engine takes as the class grows."""
    lines = []
    for students, of in found.items():
        times = [of["inside"] / students * 1000, of["floor"] * 1000]
        memory = [of[step]["megabytes"] for step in ("grade", "feedback")]
        lines.append([students, *(of[step]["seconds"] for step in STEPS), each(of) * 1000, *times, *memory])
    head = [*(f"{step}, s" for step in STEPS), "ms per submission", "of it the engine, ms", "floor, ms"]
    table([f"{name}, submissions", *head, "grade, MB", "feedback, MB"], lines)
    if {AT, max(found)} == {AT} or AT not in found:
        return
    small, large = found[AT], found[max(found)]
    growth = [
        f"{what} × {of(large) / of(small):.2f}"
        for what, of in (
            ("time per submission", each),
            ("grading alone", lambda x: x["grade"]["seconds"] / x["students"]),
            ("memory", lambda x: x["grade"]["megabytes"]),
        )
    ]
    print(f"From {AT} to {max(found)} submissions: {', '.join(growth)}.\n", flush=True)


def main() -> None:
    """Take all figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stock", type=int, default=10, help="students in the class that both grade; 0 for none")
    parser.add_argument("--sizes", type=int, nargs="*", default=[20, AT, 2000], help="class sizes for the engine alone")
    parser.add_argument("--units", nargs="*", default=UNITS, choices=UNITS, help="which units")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    wanted = parser.parse_args()
    sizes = sorted({*wanted.sizes, AT})
    print(f"{machine()}\n", flush=True)
    figures: dict[str, Any] = {"machine": machine(), "jobs": JOBS, "comparison": {}, "alone": {}}
    with tempfile.TemporaryDirectory() as scratch:
        for name in wanted.units:
            unit = master(Path(scratch), name)
            found = compare(Path(scratch), unit, wanted.stock) if wanted.stock else None
            figures["alone"][name] = alone(Path(scratch), unit, sizes)
            if found:
                figures["comparison"][name] = found
                show_comparison(name, found, figures["alone"][name][AT])
            show_alone(name, figures["alone"][name])
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
