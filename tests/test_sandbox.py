import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import course.grading.sandbox as module
from course.grading.inside import main
from course.grading.sandbox import CellRun, Code, Given, Limits, Run, Sandbox, available
from course.grading.walls import WallError, command, confine, enter
from tests.classroom import ROOT

LIMITS = Limits(
    cell_seconds=2,
    total_seconds=10,
    memory=900_000_000,
    scratch=8_000_000,
    file=4_000_000,
    files=200,
    output=20_000,
    value=5_000,
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=LIMITS) as opened:
        yield opened


@pytest.fixture(scope="module")
def hasty() -> Iterator[Sandbox]:
    with Sandbox(limits=replace(LIMITS, cell_seconds=0.4, total_seconds=1)) as opened:
        yield opened


@pytest.fixture(scope="module")
def open_one() -> Iterator[Sandbox]:
    with Sandbox(walls=False, limits=replace(LIMITS, cell_seconds=0.4)) as opened:
        yield opened


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GRACE", 0.4)


def run(sandbox: Sandbox, *sources: str, files: dict[str, bytes] | None = None, **exports: str) -> Run:
    """Run cells; what is exported is read after the last one."""
    cells = [Code(source) for source in sources[:-1]]
    return sandbox.run([*cells, Code(sources[-1], exports)], files or {})


def one(sandbox: Sandbox, source: str, files: dict[str, bytes] | None = None, **exports: str) -> CellRun:
    done = run(sandbox, source, files=files, **exports)
    assert done.stopped == ""
    return done.cells[0]


def text(cell: CellRun) -> str:
    return "".join(output["text"] for output in cell.outputs if output["output_type"] == "stream")


def error(cell: CellRun) -> str:
    return next((output["ename"] for output in cell.outputs if output["output_type"] == "error"), "")


def value(sandbox: Sandbox, source: str) -> Any:
    """Return what the last line of a source is, as JSON."""
    lines = source.strip().splitlines()
    lines[-1] = f"import json; print(json.dumps({lines[-1]}))"
    cell = one(sandbox, "\n".join(lines))
    assert error(cell) == "", cell
    return json.loads(text(cell))


def below(process: int) -> set[int]:
    """Return the ids of all processes that descend from one."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, level = set(), {process}
    while level:
        level = {child for child, parent in parents.items() if parent in level}
        found |= level
    return found


# --- honest code ---------------------------------------------------------------------------------------------------


def test_bubblewrap_works_here() -> None:
    assert available() == ""


def test_the_last_expression_of_a_cell_is_its_result(sandbox: Sandbox) -> None:
    cell = one(sandbox, "print('a')\n1 + 1")
    assert cell.outputs == (
        {"output_type": "stream", "name": "stdout", "text": "a\n"},
        {"output_type": "execute_result", "metadata": {}, "data": {"text/plain": "2"}, "execution_count": 1},
    )


def test_cells_share_one_namespace(sandbox: Sandbox) -> None:
    assert text(run(sandbox, "a = 1", "a += 1", "print(a, _i, In[1])").cells[2]) == "2 a += 1 a = 1\n"


def test_a_semicolon_hides_the_result(sandbox: Sandbox) -> None:
    assert one(sandbox, "1;").outputs == ()


def test_an_error_is_an_output_and_the_next_cell_runs(sandbox: Sandbox) -> None:
    done = run(sandbox, "print(1)\n1 / 0", "print(2)")
    assert (error(done.cells[0]), text(done.cells[0]), text(done.cells[1])) == ("ZeroDivisionError", "1\n", "2\n")
    assert done.cells[0].outputs[1]["traceback"][-1] == "ZeroDivisionError: division by zero"


def test_printed_text_and_displays_stay_in_order(sandbox: Sandbox) -> None:
    source = """
import sys
print("one")
display({"text/html": "<b>two</b>", "text/plain": "two", "application/x-other": "no"}, raw=True)
print("three", file=sys.stderr)
print("four")
"""
    assert [output.get("text") or output["data"] for output in one(sandbox, source).outputs] == [
        "one\n",
        {"text/plain": "two", "text/html": "<b>two</b>"},
        "three\n",
        "four\n",
    ]


def test_a_display_can_be_updated_and_cleared(sandbox: Sandbox) -> None:
    shown = one(sandbox, "h = display(1, display_id=True)\nh.update(2)").outputs
    assert [output["data"]["text/plain"] for output in shown] == ["2"]
    assert text(one(sandbox, "from IPython.display import clear_output\nprint(1)\nclear_output()\nprint(2)")) == "2\n"


def test_an_image_is_kept(sandbox: Sandbox) -> None:
    source = "from IPython.display import Image\nImage(data=b'\\x89PNG\\r\\n\\x1a\\n', format='png')"
    assert one(sandbox, source).outputs[0]["data"]["image/png"].strip() == "iVBORw0KGgo="


def test_pandas_does_what_lessons_need(sandbox: Sandbox) -> None:
    source = """
import pandas as pd
table = pd.read_csv("data/words.csv")
counts = table.groupby("source")["words"].sum().reset_index().merge(table.drop_duplicates("source"), on="source")
counts.describe()
counts.to_csv("out.csv", index=False)
print(open("out.csv").read())
counts
"""
    cell = one(sandbox, source, {"data/words.csv": b"source,words\na,1\na,2\nb,3\n"})
    assert text(cell) == "source,words_x,words_y\na,3,1\nb,3,3\n\n"
    assert "<table" in cell.outputs[1]["data"]["text/html"]


def test_numpy_calculates_without_threads(sandbox: Sandbox) -> None:
    source = "import numpy as np\na = np.ones((300, 300))\nfloat((a @ a).sum()), round(float(np.linalg.det(a)), 3)"
    assert value(sandbox, source) == [300.0**3, 0.0]


def test_the_corpus_is_there(sandbox: Sandbox) -> None:
    source = "from course import *\nlen(sources()) > 0, len(segments()) > len(paragraphs()) > 0, len(readings()) > 0"
    assert value(sandbox, source) == [True, True, True]


def test_what_shows_an_item_does_nothing(sandbox: Sandbox) -> None:
    source = """
from course import *
from course.notebook import check as other
[f("a") for f in (read, choose, label, order, check, hint, model_answer, other)] + [progress(), hand_in()]
"""
    assert value(sandbox, source) == [None] * 10


def test_asynchronous_code_runs(sandbox: Sandbox) -> None:
    assert text(one(sandbox, "import asyncio\nawait asyncio.sleep(0)\nprint('done')")) == "done\n"


def test_a_module_beside_the_notebook_can_be_imported(sandbox: Sandbox) -> None:
    assert text(one(sandbox, "import helper", {"helper.py": b"print('here')"})) == "here\n"


def test_a_run_twice_gives_the_same(sandbox: Sandbox) -> None:
    source = """
import random, numpy, pandas
print(random.random(), numpy.random.rand(), object(), hash("a"), {"a", "b", "c"})
pandas.DataFrame({"a": [1]}).style
"""
    first = run(sandbox, source.replace(".style", ""))
    with Sandbox(limits=LIMITS) as another:
        assert first == run(sandbox, source.replace(".style", "")) == run(another, source.replace(".style", ""))
    assert "<object object at 0x…>" in text(first.cells[0])


def test_several_threads_may_run_at_once(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda n: one(sandbox, f"print({n})"), range(12)))
    assert [text(cell) for cell in runs] == [f"{n}\n" for n in range(12)]


# --- answers -------------------------------------------------------------------------------------------------------


def test_a_variable_is_read_right_after_its_cell(sandbox: Sandbox) -> None:
    done = sandbox.run([Code("n = 1", {"count": "n"}), Code("n = 2"), Code("", {"count": "n", "other": "m"})], {})
    assert [cell.given for cell in done.cells] == [
        (Given("count", {"value": 1}),),
        (),
        (Given("count", {"value": 2}),),
    ]


def test_a_table_comes_out_as_plain_data(sandbox: Sandbox) -> None:
    source = "import pandas as pd\nt = pd.DataFrame({'a': ['x', None], 'b': [1.5, float('nan')]})"
    table = {"columns": ["a", "b"], "rows": [["x", 1.5], [None, None]]}
    assert one(sandbox, source, item="t").given == (Given("item", table),)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("class Foo: pass\nn = Foo()", "n: a value of the type Foo is not a number"),
        ("class Foo(int): pass\nn = Foo(1)", "n: a value of the type Foo is not a number"),
        ("class Foo(float): pass\nn = Foo(1)", "n: a value of the type Foo is not a number"),
        ("n = 'x'", "n: a value of the type str is not a number"),
        ("n = True", "n: True is not a number"),
        ("n = float('nan')", "n: the result is not a finite number"),
        ("import pandas as pd\nclass T(pd.DataFrame): pass\nn = T({'a': [1]})", "n: a value of the type T is not"),
        (
            "import pandas as pd\nclass S(str): pass\nn = pd.DataFrame({'a': [S('x')]}, dtype=object)",
            "n: a value of the type S cannot be stored",
        ),
        ("import pandas as pd\nn = pd.DataFrame({'a': range(1001)})", "n: the table has 1001 rows"),
        ("n = {'columns': ['a'], 'rows': [['x' * 5000]]}", "n: the value is larger than 5000 bytes"),
        ("n = {'columns': ['\\ud800'], 'rows': []}", "n: the value cannot be stored"),
        ("n = {'value': float('inf')}", "n: the value cannot be stored"),
        ("n = {'value': object()}", "n: the value cannot be stored"),
        ("n = {'rows': []}\nn['rows'].append(n['rows'])", "n: the value cannot be stored"),
        ("n = {'rows': []}\nfor _ in range(30): n = {'rows': [n]}", "n: the value is nested too deeply"),
    ],
)
def test_what_is_no_plain_value_is_a_problem(sandbox: Sandbox, source: str, problem: str) -> None:
    cell = one(sandbox, source, item="n")
    assert cell.given == ()
    assert len(cell.problems) == 1
    assert cell.problems[0].startswith(problem)


def test_typed_answers_are_taken(sandbox: Sandbox) -> None:
    cell = one(sandbox, "from course import answer\nv = ['a']\nanswer('q', v, 'sure')\nv.append('b')\nanswer('r', {'a': 1})")
    assert cell.given == (Given("q", ["a"], "sure"), Given("r", {"a": 1}))


def test_a_typed_answer_of_a_strange_type_is_an_error(sandbox: Sandbox) -> None:
    cell = one(sandbox, "from course import answer\nclass L(list): pass\nanswer('q', L())")
    assert (error(cell), cell.given) == ("CourseError", ())


def test_typed_answers_are_limited(sandbox: Sandbox) -> None:
    done = run(sandbox, "from course import answer\nfor n in range(1000): answer(str(n), 'x' * 4000)", "print(1)")
    assert len(done.cells[0].given) < 3
    assert error(done.cells[0]) == "CourseError"
    assert text(done.cells[1]) == "1\n"


# --- walls ---------------------------------------------------------------------------------------------------------


def test_only_libraries_and_the_scratch_folder_are_visible(sandbox: Sandbox, tmp_path: Path) -> None:
    key = ROOT / "source" / "planted-by-a-test.txt"
    assert (ROOT / "source").is_dir()
    seen = value(
        sandbox,
        f"""
import os
[os.path.exists(p) for p in (
    {str(ROOT / "source")!r}, {str(ROOT / "tests")!r}, {str(key)!r}, {str(tmp_path)!r}, "/home", "/proc", "/sys",
    "/etc/passwd", "/root/.bashrc", "/usr/local/share", "/var", "/run", "/dev/shm", "/usr/bin/python3", "/bin/sh",
)] + [sorted(os.listdir({str(ROOT)!r}))]
""",
    )
    assert seen == [False] * 15 + [[".venv", "course", "data"]]
