"""`course demo`: a simulated class that says so, made again by the same seed, whose answers score what they promise."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import parse_utc
from typer.testing import CliRunner

from course.cli import app
from course.errors import CourseError
from course.exercises import Result, Unit, UnitKey, load_key, load_unit
from course.exercises.kinds import Item, Key
from course.grading.collect import collect, score
from course.grading.demo import has_points, simulate
from course.grading.submission import read_submission
from tests.classroom import KINDS, SOURCE, Person, execute, read
from tests.keytext import key_sentences

UNITS = [KINDS, SOURCE / "01-sources", SOURCE / "02-claims"]
NAMES = [unit.name for unit in UNITS]
STUDENTS = 40


def files(folder: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if name != "gradebook.db"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "class"
    simulate(UNITS, STUDENTS, 1, out)
    return out


def unit_of(demo: Path, name: str) -> tuple[Unit, UnitKey]:
    unit = load_unit(demo / "source" / name)
    return unit, load_key(demo / "source" / name / "key.yaml", unit)


def submissions(demo: Path, name: str) -> Iterator[tuple[Path, dict[str, Any], dict[str, Result]]]:
    """Each submission with its answers and what they score."""
    unit, key = unit_of(demo, name)
    for folder in sorted((demo / "submitted").glob(f"*/{name}")):
        entries, _ = collect(read_submission(folder, "").files, unit)
        yield folder, {item: entry.answer for item, entry in entries.items()}, score(unit, key, entries)


def same(item: Item, answer: dict[str, Any], sample: dict[str, Any]) -> bool:
    return item.parse(answer) == item.parse(sample)


def part(answer: dict[str, Any], sample: dict[str, Any]) -> bool:
    if "relations" in answer:
        return answer["main"] is None and all(step in sample["relations"] for step in answer["relations"])
    return "labels" in answer and answer["labels"].items() < sample["labels"].items()


def near(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """Equal but for the last digits of a number."""
    if one and other and one["value"] is not None and other["value"] is not None:
        return bool(one["value"] == pytest.approx(other["value"]))
    return one == other


def explained(item: Item, answer: dict[str, Any], key: Key) -> set[str]:
    return {sample.explains for sample in key.samples.reject if same(item, answer, sample.answer)}


def test_the_same_seed_makes_the_same_bytes_and_a_larger_class_has_the_same_first_students(
    demo: Path, tmp_path: Path
) -> None:
    simulate([KINDS], STUDENTS + 1, 1, tmp_path / "again")
    before, again = files(demo), files(tmp_path / "again")
    kinds = {name for name in before if "/kinds/" in name}
    assert kinds
    assert {name: again[name] for name in kinds} == {name: before[name] for name in kinds}
    assert {name.split("/")[1] for name in set(again) - set(before)} == {f"simulated-{STUDENTS + 1:04}"}


def test_another_seed_makes_another_class(demo: Path, tmp_path: Path) -> None:
    simulate([KINDS], 3, 2, tmp_path / "other")
    before, other = files(demo), files(tmp_path / "other")
    notebooks = [name for name in other if name.startswith("submitted/") and name.endswith(".ipynb")]
    assert len(notebooks) == 3
    assert all(before[name] != other[name] for name in notebooks if "0003" not in name)  # 0003 answers nothing


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_a_sample_or_part_of_one_and_scores_what_that_promises(demo: Path, name: str) -> None:
    unit, key = unit_of(demo, name)
    seen = set()
    for _, answers, results in submissions(demo, name):
        for item in unit.items:
            samples, result = key.of(item).samples, results[item.id]
            answer = answers.get(item.id)
            if answer is None:
                promise, kept = "blank", result.points == 0
            elif any(same(item, answer, sample) for sample in samples.accept):
                promise, kept = "accept", result.fraction == 1
            elif explained(item, answer, key.of(item)):
                notes = {note.misconception for note in result.notes}
                promise, kept = "reject", result.fraction < 1 and explained(item, answer, key.of(item)) <= notes
            else:
                whole = [*samples.accept, *(sample.answer for sample in samples.reject)]
                promise, kept = (
                    "part",
                    any(part(answer, item.parse(sample).model_dump(mode="json")) for sample in whole)
                    and item.missing(item.parse(answer)).endswith(("no label yet.", "No main claim is named yet.")),
                )
            assert kept, (item.id, promise, answer)
            seen.add(promise)
    assert seen == {"blank", "accept", "reject", "part"}


@pytest.mark.parametrize("name", NAMES)
def test_some_students_have_everything_right_and_some_hand_in_nothing(demo: Path, name: str) -> None:
    points = [sum(result.points for result in results.values()) for _, _, results in submissions(demo, name)]
    assert len(points) == STUDENTS
    assert max(points) == sum(item.points for item in unit_of(demo, name)[0].items)
    assert min(points) == 0
    assert len(set(points)) > 10


@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_a_table_item_computes_the_stored_answer(demo: Path, name: str) -> None:
    unit, _ = unit_of(demo, name)
    tables = {f"answer-{item.id}": item for item in unit.items if item.kind == "table"}
    forms = {f"answer-{item.id}" for item in unit.items} - set(tables)
    for folder, answers, _ in submissions(demo, name):
        space: dict[str, Any] = {}
        for cell in read(folder / f"{name}.ipynb").cells:
            skipped = cell.id in forms or cell.source.startswith(("check(", "read(", "progress(", "hand_in("))
            if cell.cell_type == "code" and not skipped:
                exec(cell.source, space)
            if cell.id in tables:
                item = tables[cell.id]
                value = space.get(item.variable)
                computed = None if value is None else item.parse(item.typed(value, None)).model_dump(mode="json")
                assert near(computed, answers.get(item.id)), (folder, item.id)


@pytest.mark.parametrize("name", NAMES)
def test_a_right_table_comes_from_the_code_of_the_master(demo: Path, name: str) -> None:
    unit, _ = unit_of(demo, name)
    cells = {cell.id: cell.source for cell in read(demo / "source" / name / f"{name}.ipynb").cells}
    for folder, _, results in submissions(demo, name):
        written = {cell.id: cell.source for cell in read(folder / f"{name}.ipynb").cells}
        for cell, item in ((f"answer-{item.id}", item) for item in unit.items if item.kind == "table"):
            solution = cells[cell].partition("### BEGIN SOLUTION\n")[2].partition("\n### END SOLUTION")[0]
            assert (solution in written[cell]) == (results[item.id].fraction == 1), (folder, cell)


def test_a_kernel_would_save_the_same_answers_and_the_same_kinds_of_outputs(demo: Path, tmp_path: Path) -> None:
    name = "02-claims"
    ours = demo / "submitted" / "simulated-0017" / name
    folder = shutil.copytree(ours, tmp_path / name)
    shutil.copyfile(demo / "release" / name / "items.yaml", folder / "items.yaml")
    unit = load_unit(folder)
    run = execute(folder / f"{name}.ipynb")

    def answers(of: Path) -> dict[str, Any]:
        return {item: entry.answer for item, entry in collect(read_submission(of, "").files, unit)[0].items()}

    def outputs(book: Any) -> dict[str, list[tuple[str, list[str]]]]:
        return {
            cell.id: [(output.output_type, sorted(output.get("data", {}))) for output in cell.outputs]
            for cell in book.cells
            if cell.cell_type == "code" and cell.id != "progress"
        }

    assert len(answers(ours)) == len(unit.items)
    assert answers(folder) == answers(ours)
    assert outputs(run) == outputs(read(ours / f"{name}.ipynb"))


def test_one_notebook_is_enough_and_some_students_hand_in_nothing_else(demo: Path) -> None:
    alone = 0
    for folder, answers, _ in submissions(demo, "kinds"):
        from_notebook, _ = collect({"kinds.ipynb": (folder / "kinds.ipynb").read_bytes()}, load_unit(KINDS))
        assert {name: entry.answer for name, entry in from_notebook.items()} == answers
        alone += bool(answers) and not (folder / "answers.json").exists()
    assert 0 < alone < STUDENTS / 2


def test_timestamps_are_nbgraders_come_after_the_answers_and_some_are_missing(demo: Path) -> None:
    without = 0
    for folder, _, _ in submissions(demo, "kinds"):
        stamp, answers = folder / "timestamp.txt", folder / "answers.json"
        without += not stamp.exists()
        if stamp.exists() and answers.exists():
            handed_in = parse_utc(stamp.read_text())
            assert handed_in.year == 2026
            times = [entry["at"] for entry in json.loads(answers.read_bytes())["answers"].values()]
            assert all(parse_utc(time) < handed_in for time in times)
    assert 0 < without < STUDENTS / 2


def test_everything_says_that_the_class_is_simulated(demo: Path) -> None:
    students = {path.name for path in (demo / "submitted").iterdir()}
    assert students == {f"simulated-{number:04}" for number in range(1, STUDENTS + 1)}
    assert "Nobody stands behind the students" in (demo / "README.md").read_text()
    text = (demo / "nbgrader_config.py").read_text()
    assert text.rstrip().endswith('c.CourseDirectory.course_id = "simulated-open-or-closed"')


@pytest.mark.parametrize("name", NAMES)
def test_a_submission_holds_answers_and_nothing_else_of_a_key(demo: Path, name: str) -> None:
    _, key = unit_of(demo, name)
    sentences = key_sentences(key)
    for folder in sorted((demo / "submitted").glob(f"*/{name}")):
        assert {path.name for path in folder.iterdir()} <= {f"{name}.ipynb", "answers.json", "timestamp.txt"}
        shown = "\n".join(
            "".join(text)
            for cell in json.loads((folder / f"{name}.ipynb").read_bytes())["cells"]
            for text in [cell["source"], *(o.get("data", {}).get("text/plain", "") for o in cell.get("outputs", ()))]
        )
        assert "SOLUTION" not in shown
        assert "checks pass" not in shown, "progress() as the master shows it, with results"
        assert not [sentence for sentence in sentences if sentence in shown]


def test_nbgrader_knows_the_assignments(demo: Path) -> None:
    with Gradebook(f"sqlite:///{demo}/gradebook.db") as book:
        assert sorted(assignment.name for assignment in book.assignments) == sorted(NAMES)
        assert book.find_notebook("kinds", "kinds").max_score == 11


def test_nbgrader_grades_the_class_to_what_the_answers_score(demo: Path, tmp_path: Path) -> None:
    course = shutil.copytree(demo, tmp_path / "class")
    home = tmp_path / "home"
    home.mkdir()
    Person(course, home).nbgrader("autograde", "kinds")
    expected = {
        folder.parent.name: sum(result.points for result in results.values())
        for folder, _, results in submissions(demo, "kinds")
    }
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        graded = {row.student_id: row.score for row in book.assignment_submissions("kinds")}
    assert graded == pytest.approx(expected)


def test_a_folder_that_is_not_empty_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "work.txt").write_text("mine")
    with pytest.raises(CourseError, match=r"this folder is not empty\. Choose another with --out\."):
        simulate([KINDS], 1, 1, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["work.txt"]


def test_a_file_in_the_way_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(CourseError, match=r"cannot be written \(File exists\)\. Choose another folder with --out\."):
        simulate([KINDS], 1, 1, tmp_path / "demo")
    assert (tmp_path / "demo").read_text() == "mine"


def test_only_units_with_points_are_graded() -> None:
    graded = [folder.name for folder in sorted(SOURCE.iterdir()) if has_points(folder)]
    assert graded == sorted(folder.name for folder in SOURCE.iterdir() if folder.name != "00-start-here")


def test_the_command_says_what_it_made_and_how_to_grade_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke(app, ["demo", "--students", "2", "--units", "02-claims", "--out", "class"])
    assert run.exit_code == 0, run.output
    assert run.output.splitlines() == [
        "class: 2 simulated students, 02-claims. Nobody stands behind them.",
        "course grade 02-claims --course-dir class",
    ]
    assert sorted(path.name for path in tmp_path.glob("class/submitted/*/*")) == ["02-claims", "02-claims"]
    assert (tmp_path / "class" / "release" / "02-claims" / "items.yaml").is_file()
