"""release/ is what nbgrader makes of source/, and holds nothing that belongs to teachers."""

import json
import re
import shutil
import sys
from pathlib import Path

import nbgrader.api
import pytest
from nbgrader.nbgraderformat import MetadataValidator
from traitlets.config.loader import PyFileConfigLoader

from course.errors import CourseError
from course.exercises import load_unit
from course.grading.release import TEACHERS_ONLY, release
from tests import gradebooks
from tests.classroom import KINDS, RELEASE, ROOT, SOURCE, UNITS, Class, checks, read, write
from tests.leaks import TEACHERS_FILES, leaks

CONFIG = ROOT / "nbgrader_config.py"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Class(tmp_path_factory.mktemp("again"), *(SOURCE / unit for unit in UNITS)).course / "release"


@pytest.mark.parametrize("unit", UNITS)
def test_a_release_is_byte_for_byte_what_nbgrader_makes_of_its_master(regenerated: Path, unit: str) -> None:
    assert files(RELEASE / unit) == files(regenerated / unit), "Run make masters."


def test_every_unit_is_released_and_nothing_else() -> None:
    assert sorted(path.name for path in RELEASE.iterdir()) == UNITS


def test_nothing_of_a_key_and_no_file_for_teachers_is_in_release() -> None:
    assert leaks(RELEASE, [SOURCE / unit for unit in UNITS]) == []


@pytest.mark.parametrize("name", ["items.yaml", "kinds.ipynb", "notes.md"])
@pytest.mark.parametrize(
    "leak",
    [
        "A square has four sides;\n  one shape here has more.",
        "A number that leaves one over is called even.",
        'model = {"choices": ["two", "four", "six"]}',
    ],
)
def test_the_search_for_leaks_finds_one(tmp_path: Path, name: str, leak: str) -> None:
    shutil.copy(KINDS / "items.yaml", tmp_path)
    shutil.copy(KINDS / "kinds.ipynb", tmp_path)
    assert leaks(tmp_path, [KINDS]) == []
    path = tmp_path / name
    if path.suffix == ".ipynb":
        write(path, read(path), {"start": leak})
    else:
        text = path.read_text() if path.exists() else ""
        path.write_text(text + ("leak: |\n  " if path.suffix == ".yaml" else "") + leak + "\n")
    assert leaks(tmp_path, [KINDS])


def test_the_search_for_leaks_finds_an_accepted_answer_as_data(tmp_path: Path) -> None:
    (tmp_path / "shown.yaml").write_text("items:\n- entries: [{id: inch}, {id: foot}, {id: yard}, {id: mile}]\n")
    (tmp_path / "some.json").write_text(json.dumps([{"labels": {"oval": "round"}, "choices": ["pentagon"]}]))
    found = leaks(tmp_path, [KINDS])
    assert any("shown.yaml" in line for line in found)
    assert any("some.json" in line and "pentagon" in line for line in found)


@pytest.mark.parametrize("unit", UNITS)
def test_a_released_folder_holds_a_notebook_and_items_that_load(unit: str) -> None:
    assert {"items.yaml", f"{unit}.ipynb"} <= set(files(RELEASE / unit))
    assert load_unit(RELEASE / unit).unit == unit


@pytest.mark.parametrize("unit", UNITS)
def test_a_released_notebook_has_no_outputs_and_no_solutions(unit: str) -> None:
    cells = read(RELEASE / unit / f"{unit}.ipynb").cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert not [cell.id for cell in code if cell.outputs or cell.execution_count is not None]
    assert not [cell.id for cell in cells if re.search("SOLUTION|HIDDEN TESTS|model_answer", cell.source)]


@pytest.mark.parametrize("unit", UNITS)
def test_a_solution_of_a_master_is_nowhere_in_its_release(unit: str) -> None:
    master = "\n".join(cell.source for cell in read(SOURCE / unit / f"{unit}.ipynb").cells)
    given = "\n".join(cell.source for cell in read(RELEASE / unit / f"{unit}.ipynb").cells)
    solutions = re.findall(r"(?s)### BEGIN SOLUTION\n(.*?)\n### END SOLUTION", master)
    assert solutions
    assert not [solution for solution in solutions if solution in given]


@pytest.mark.parametrize("unit", UNITS)
def test_no_released_cell_answers_a_graded_item(unit: str) -> None:
    notebook = RELEASE / unit / f"{unit}.ipynb"
    graded = {item for items in checks(notebook).values() for item in items}
    code = "\n".join(cell.source for cell in read(notebook).cells if cell.cell_type == "code")
    assert not graded & set(re.findall(r"answer\(\s*[\"']([^\"']+)", code))


@pytest.mark.parametrize("folder", [SOURCE, RELEASE], ids=["source", "release"])
@pytest.mark.parametrize("unit", UNITS)
def test_the_nbgrader_metadata_are_valid(folder: Path, unit: str) -> None:
    book = read(folder / unit / f"{unit}.ipynb")
    MetadataValidator().validate_nb(book)
    marked = [cell.metadata.nbgrader for cell in book.cells if "nbgrader" in cell.metadata]
    assert {meta.schema_version for meta in marked} <= {MetadataValidator.schema_version}


@pytest.mark.parametrize("unit", UNITS)
def test_every_released_check_is_locked_and_every_answer_cell_is_open(unit: str) -> None:
    for cell in read(RELEASE / unit / f"{unit}.ipynb").cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("solution"):
            assert cell.metadata.get("editable", True), cell.id
        elif meta.get("grade"):
            assert cell.metadata.editable is False, cell.id


@pytest.fixture
def course(tmp_path: Path) -> Path:
    shutil.copytree(KINDS, tmp_path / "source" / "kinds")
    shutil.copyfile(CONFIG, tmp_path / "nbgrader_config.py")
    for name in (".key.yaml", "teaching.md", "passes.csv", "drawings.yaml"):
        (tmp_path / "source" / "kinds" / name).write_text("for teachers\n")
    return tmp_path


def test_release_writes_the_students_files_and_names_them(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # the environment is not activated
    monkeypatch.setattr(nbgrader.api, "get_alembic_version", gradebooks.by_subprocess)
    (course / "release" / "kinds").mkdir(parents=True)
    (course / "release" / "kinds" / "key.yaml").write_text("left over from a mistake\n")
    folder = course / "release" / "kinds"
    assert release(course, "kinds") == [folder / "items.yaml", folder / "kinds.ipynb"]
    assert sorted(files(folder)) == ["items.yaml", "kinds.ipynb"]
    assert leaks(folder, [KINDS]) == []


def test_nbgrader_leaves_out_every_file_for_teachers() -> None:
    ignored = PyFileConfigLoader(CONFIG.name, str(ROOT)).load_config().CourseDirectory.ignore
    assert set(TEACHERS_ONLY) == TEACHERS_FILES <= set(ignored)


def test_when_a_teachers_file_would_be_released_then_nothing_is(course: Path) -> None:
    name = "teaching.md"
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text().replace(f'    "{name}",\n', ""))
    with pytest.raises(CourseError, match="is for teachers only, so nothing was released") as caught:
        release(course, "kinds")
    assert caught.value.file == course / "release" / "kinds" / name
    assert not (course / "release" / "kinds").exists()


def test_when_nbgrader_refuses_a_master_then_one_line_says_why(course: Path) -> None:
    notebook = course / "source" / "kinds" / "kinds.ipynb"
    notebook.write_text(notebook.read_text().replace('"grade_id": "check-by-size"', '"grade_id": "check-tables"'))
    with pytest.raises(CourseError, match=r"nbgrader refused: .*Duplicate grade id: check-tables") as caught:
        release(course, "kinds")
    assert "\n" not in str(caught.value)
    assert caught.value.file == course / "source" / "kinds"


def test_when_nbgrader_is_not_installed_then_release_says_how_to_install_it(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    with pytest.raises(CourseError, match=r"nbgrader is not installed\. Run pip install -e"):
        release(course, "kinds")
