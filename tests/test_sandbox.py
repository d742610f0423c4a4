import ctypes
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import course.grading.sandbox as module
from course.grading.sandbox import CellRun, Code, Given, Limits, Run, Sandbox, available
from tests.classroom import ROOT

LIMITS = Limits(
    cell_seconds=10,
    total_seconds=30,
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
    with Sandbox(limits=replace(LIMITS, cell_seconds=0.7, total_seconds=2)) as opened:
        yield opened


@pytest.fixture(scope="module")
def open_one() -> Iterator[Sandbox]:
    with Sandbox(walls=False, limits=replace(LIMITS, cell_seconds=1)) as opened:
        yield opened


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GRACE", 0.7)


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
    lines[-1] = f"import json; print(json.dumps(({lines[-1]})))"
    cell = one(sandbox, "\n".join(lines))
    assert error(cell) == "", cell
    return json.loads(text(cell))


def handles_open() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


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
    tables = "len(sources()) > 0, len(segments()) > len(paragraphs()) > 0, len(dataset('readings')) > 0"
    assert value(sandbox, f"from course import *\n{tables}") == [True, True, True]


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
        ("class F(float): pass\nn = {'value': F(1)}", "n: the value cannot be stored"),
        ("n = {'rows': []}\nn['rows'].append(n['rows'])", "n: the value is nested too deeply"),
        ("n = {'rows': []}\nfor _ in range(30): n = {'rows': [n]}", "n: the value is nested too deeply"),
    ],
)
def test_what_is_no_plain_value_is_a_problem(sandbox: Sandbox, source: str, problem: str) -> None:
    cell = one(sandbox, source, item="n")
    assert cell.given == ()
    assert len(cell.problems) == 1
    assert cell.problems[0].startswith(problem)


def test_typed_answers_are_taken(sandbox: Sandbox) -> None:
    cell = one(
        sandbox, "from course import answer\nv = ['a']\nanswer('q', v, 'sure')\nv.append('b')\nanswer('r', {'a': 1})"
    )
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
    assert (ROOT / "source" / "02-claims" / "key.yaml").is_file()
    (tmp_path / "key.yaml").write_text("secret")
    places = [
        ROOT / "source",
        ROOT / "tests",
        ROOT / "pyproject.toml",
        tmp_path,
        Path(tempfile.gettempdir(), "x", ".."),
    ]
    places += [
        Path("/proc"),
        Path("/sys"),
        Path("/home"),
        Path("/var"),
        Path("/run"),
        Path("/etc/passwd"),
        Path("/srv"),
    ]
    places += [Path("/usr/local/share"), Path("/usr/bin/env"), Path("/bin/sh"), Path("/dev/shm"), Path("/dev/tty")]
    assert value(sandbox, f"import os\n[p for p in {[*map(str, places)]} if os.path.exists(p)]") == []


def test_of_the_clone_only_the_package_and_its_data_are_visible(sandbox: Sandbox) -> None:
    inside = Path(sys.prefix).relative_to(ROOT).parts[0] if Path(sys.prefix).is_relative_to(ROOT) else "data"
    assert set(value(sandbox, f"import os\nos.listdir({str(ROOT)!r})")) == {"course", "data", inside}


def test_a_key_beside_the_package_cannot_be_reached_by_a_relative_path(sandbox: Sandbox) -> None:
    source = f"""
import os, course
found = []
for start in (os.getcwd(), os.path.dirname(course.__file__), {str(ROOT)!r}, "/"):
    for up in ("", "..", "../..", "../../..", "../../../.."):
        found += [p for p in ("source", "gradebook.db", "submitted") if os.path.lexists(os.path.join(start, up, p))]
found
"""
    assert value(sandbox, source) == []


def test_no_file_outside_the_scratch_folder_can_be_written(sandbox: Sandbox) -> None:
    places = [
        "/x",
        "/dev/x",
        "/usr/lib/x",
        "/etc/x",
        f"{ROOT}/x",
        f"{ROOT}/course/x",
        f"{ROOT}/data/x",
        f"{sys.prefix}/lib/x",
    ]
    source = f"""
left = []
for path in {places}:
    try:
        open(path, "w")
        left.append(path)
    except OSError:
        pass
left
"""
    assert value(sandbox, source) == []
    assert not [path for path in places if os.path.lexists(path)]


def test_an_existing_file_of_the_course_cannot_be_changed(sandbox: Sandbox) -> None:
    path = ROOT / "course" / "errors.py"
    assert error(one(sandbox, f"open({str(path)!r}, 'a')")) == "OSError"
    assert error(one(sandbox, f"import os; os.chmod({str(path)!r}, 0o777)")) == "OSError"


def test_the_environment_holds_nothing_of_the_hosts(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_SECRET", "secret")
    with Sandbox(limits=LIMITS) as another:
        names = set(value(another, "import os\nlist(os.environ)"))
    assert names == set(module._ENVIRONMENT)


def test_no_capability_is_left_and_the_user_is_not_root(sandbox: Sandbox) -> None:
    source = """
import ctypes, os, struct
held = ctypes.create_string_buffer(24)
ctypes.CDLL(None).capget(struct.pack("Ii", 0x20080522, 0), held)
[os.getuid(), os.geteuid(), os.getgid(), held.raw.hex().strip("0"), ctypes.CDLL(None).prctl(39, 0, 0, 0, 0)]
"""
    assert value(sandbox, source) == [1000, 1000, 1000, "", 1]


def test_only_the_pipe_for_results_is_open(sandbox: Sandbox) -> None:
    source = """
import os, stat
kinds = []
for n in range(1024):
    try:
        kinds.append((n, stat.S_IFMT(os.fstat(n).st_mode)))
    except OSError:
        pass
kinds
"""
    device, pipe = 0o020000, 0o010000
    assert value(sandbox, source) == [[0, device], [1, device], [2, device], [3, pipe]]


PYTHON_ATTEMPTS = {
    "fork": "import os; os.fork()",
    "process": "import subprocess; subprocess.run(['/usr/bin/true'])",
    "posix_spawn": "import os; os.posix_spawn('/usr/bin/cat', ['cat'], {})",
    "program": "import os; os.execv('/usr/bin/cat', ['cat'])",
    "this python": "import os, sys; os.execv(sys.executable, ['python'])",
    "thread": "import threading; threading.Thread(target=print).start()",
    "pool": "import concurrent.futures as f; f.ThreadPoolExecutor().submit(print).result()",
    "processes": "import multiprocessing; multiprocessing.Process(target=print).start()",
    "socket": "import socket; socket.socket()",
    "unix socket": "import socket; socket.socket(socket.AF_UNIX)",
    "netlink": "import socket; socket.socket(16, 3)",
    "datagram pair": "import socket; socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "connection": "import socket; socket.create_connection(('127.0.0.1', 80))",
    "page": "import urllib.request; urllib.request.urlopen('http://127.0.0.1/')",
    "name": "import socket; socket.getaddrinfo('example.org', 80)",
    "shell command": "!echo",
    "captured command": "a = !echo",
    "shell cell": "%%bash\necho",
    "magic of the shell": "%sx echo",
    "input": "input('a')",
    "password": "import getpass; getpass.getpass()",
    "standard input": "import sys; sys.stdin.read()",
    "kill": "import os; os.kill(1, 9)",
    "kill all": "import os; os.kill(-1, 9)",
    "kill the group": "import os; os.killpg(0, 9)",
    "memory file": "import os; os.memfd_create('x')",
    "device": "import os; os.mknod('x', 0o60600, 0x800)",
    "limit": "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "priority": "import os; os.nice(-5)",
    "session": "import os; os.setsid()",
    "name of the host": "import socket; socket.sethostname('x')",
    "clock": "import time; time.clock_settime(time.CLOCK_REALTIME, 0)",
    "root": "import os; os.chroot('/scratch')",
    "user": "import os; os.setuid(0)",
}


@pytest.mark.parametrize("source", PYTHON_ATTEMPTS.values(), ids=PYTHON_ATTEMPTS)
def test_what_reaches_beyond_the_cell_is_an_error(sandbox: Sandbox, source: str) -> None:
    done = run(sandbox, source, "print('next')")
    assert error(done.cells[0]) in {
        "PermissionError",
        "OSError",
        "RuntimeError",
        "FileNotFoundError",
        "gaierror",
        "URLError",
        "UsageError",
        "StdinNotImplementedError",
        "ValueError",
    }
    assert text(done.cells[1]) == "next\n"


def test_a_shell_command_says_why_it_does_not_run(sandbox: Sandbox) -> None:
    told = one(sandbox, "!echo").outputs[0]["evalue"]
    assert told == "Commands of the system are not available while a notebook is graded: echo"


SYSTEM_CALLS = {
    "unshare": "libc.unshare(0x10000000)",
    "setns": "libc.setns(3, 0)",
    "mount": "libc.mount(b'tmpfs', b'/scratch', b'tmpfs', 0, None)",
    "remount": "libc.mount(None, b'/scratch', None, 32, b'size=1000000000')",
    "umount": "libc.umount2(b'/scratch', 2)",
    "chroot": "libc.chroot(b'/scratch')",
    "pivot_root": "libc.syscall(155 if x86 else 41, b'.', b'.')",
    "ptrace": "libc.ptrace(16, 1, None, None)",
    "trace me": "libc.ptrace(0, 0, None, None)",
    "read memory": "libc.process_vm_readv(1, None, 0, None, 0, 0)",
    "clone": "libc.syscall(56 if x86 else 220, 0x10000000, 0, 0, 0, 0)",
    "vfork": "libc.syscall(58 if x86 else 220, 0x4111, 0, 0, 0, 0)",
    "personality": "libc.personality(0x40000)",
    "shared memory": "libc.shmget(0, 4096, 0o1600)",
    "message queue": "libc.msgget(0, 0o1600)",
    "key": "libc.syscall(250 if x86 else 219, 0, -3, 1)",
    "bpf": "libc.syscall(321 if x86 else 280, 0, 0, 0)",
    "perf": "libc.syscall(298 if x86 else 241, 0, 0, 0, 0, 0)",
    "userfaultfd": "libc.syscall(323 if x86 else 282, 1)",
    "io_uring": "libc.syscall(425, 1, 0)",
    "pidfd": "libc.syscall(434, 1, 0)",
    "handle": "libc.syscall(304 if x86 else 265, 0, 0, 0)",
    "new mount": "libc.syscall(430, b'tmpfs', 0)",
    "signal another": "libc.syscall(234 if x86 else 131, 1, 1, 9)",
    "limit another": "libc.syscall(302 if x86 else 261, 1, 9, 0, 0)",
    "type": "libc.ioctl(0, 0x5412, b'x')",
}


@pytest.mark.parametrize("call", SYSTEM_CALLS.values(), ids=SYSTEM_CALLS)
def test_a_system_call_that_leads_out_is_refused(sandbox: Sandbox, call: str) -> None:
    source = "import ctypes, platform\nlibc, x86 = ctypes.CDLL(None, use_errno=True), platform.machine() == 'x86_64'"
    assert value(sandbox, f"{source}\nresult = {call}\n[result, ctypes.get_errno()]") == [-1, 1]


@pytest.mark.parametrize("number", [435, 452, 1000])
def test_a_new_system_call_does_not_exist(sandbox: Sandbox, number: int) -> None:
    source = f"import ctypes\nresult = ctypes.CDLL(None, use_errno=True).syscall({number}, 0, 0)"
    assert value(sandbox, f"{source}\n[result, ctypes.get_errno()]") == [-1, 38]


def test_the_other_way_of_calling_the_system_ends_the_process(sandbox: Sandbox) -> None:
    done = run(sandbox, "import ctypes\nctypes.CDLL(None).syscall(0x40000000 + 39)")
    assert done == Run((), "The process ended in cell 1.")


def test_no_program_of_the_students_can_be_loaded(sandbox: Sandbox) -> None:
    source = """
import ctypes, glob, shutil
shutil.copy(glob.glob("/usr/lib/*/libz.so*")[0], "x.so")
ctypes.CDLL("./x.so")
"""
    assert "failed to map segment" in one(sandbox, source).outputs[0]["evalue"]


def test_two_runs_see_nothing_of_each_other(sandbox: Sandbox) -> None:
    one(sandbox, "import builtins, json\nbuiltins.planted = json.planted = open('x', 'w').write('x')")
    source = """
import builtins, json, os
[hasattr(builtins, "planted"), hasattr(json, "planted"), os.listdir("."), os.listdir("..")]
"""
    assert value(sandbox, source) == [False, False, [], ["work"]]


def test_the_parent_holds_nothing_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = os.urandom(20).hex()
    monkeypatch.setenv("PLANTED_SECRET", secret)
    with Sandbox(limits=LIMITS) as opened:
        one(opened, "1")
        assert opened._parent is not None
        process = Path("/proc", str(opened._parent._process.pid))
        assert not holds(process, secret.encode())
        assert holds(process, b"InteractiveShell")
        assert len(list((process / "task").iterdir())) == 1
        handles = sorted(str(path.readlink()).partition(":")[0] for path in (process / "fd").iterdir())
    assert handles == ["/dev/null"] * 3 + ["socket"]


def holds(process: Path, wanted: bytes) -> bool:
    """Look for bytes in all memory of a process that it can write to."""
    with (process / "mem").open("rb", buffering=0) as memory:
        for line in (process / "maps").read_text().splitlines():
            place, rights = line.split()[:2]
            start, end = (int(part, 16) for part in place.split("-"))
            if "w" in rights:
                memory.seek(start)
                if wanted in memory.read(end - start):
                    return True
    return False


# --- the namespaces alone, without the filter of system calls -----------------------------------------------------


def weakened(change: str) -> Sandbox:
    """Return a sandbox that lacks a part of its walls, to see whether the others stand alone."""
    code = module._CODE.replace("from", f"from course.grading import walls; {change}; from", 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CODE", code)
        return Sandbox(limits=LIMITS)


@pytest.fixture(scope="module")
def unfiltered() -> Iterator[Sandbox]:
    with weakened("walls._REFUSED.clear()") as opened:
        yield opened


def test_without_the_filter_and_with_all_capabilities_nothing_can_be_mounted() -> None:
    source = """
import ctypes
libc = ctypes.CDLL(None)
results = [libc.mount(b"tmpfs", b"/scratch", b"tmpfs", 0, None), libc.umount2(b"/scratch", 2)]
results += [libc.mount(None, b"/scratch", None, 32, b"size=1000000000"), libc.mount(None, b"/", None, 32, None)]
results
"""
    with weakened("walls._REFUSED.clear(); walls._drop_capabilities = lambda: None") as opened:
        assert value(opened, source) == [-1] * 4


def test_without_the_filter_the_hosts_network_is_still_out_of_reach(unfiltered: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as named:
        named.bind("\0planted-by-a-test")
        named.listen()
        source = f"""
import socket
reached = []
for family, address in ((socket.AF_INET, {server.getsockname()!r}), (socket.AF_UNIX, "\\0planted-by-a-test")):
    with socket.socket(family) as end:
        reached.append(end.connect_ex(address))
[reached, [name for _, name in socket.if_nameindex()]]
"""
        assert value(unfiltered, source) == [[111, 111], ["lo"]]


def test_without_the_filter_the_hosts_processes_are_still_out_of_reach(unfiltered: Sandbox) -> None:
    source = f"""
import os
seen = []
for process in ({os.getpid()}, os.getpid() + 1):
    try:
        os.kill(process, 0)
        seen.append(process)
    except ProcessLookupError:
        pass
[seen, os.getpid() < 10, os.getppid(), os.getpgid(0) == os.getsid(0) == os.getpid()]
"""
    assert value(unfiltered, source) == [[], True, 0, True]


def test_without_the_filter_nothing_can_be_mounted_and_no_namespace_made(unfiltered: Sandbox) -> None:
    source = """
import ctypes
libc = ctypes.CDLL(None)
results = [libc.mount(b"tmpfs", b"/scratch", b"tmpfs", 0, None)]
results += [libc.mount(None, b"/tmp", None, 32, b"size=1000000000")]
results += [libc.umount2(b"/scratch", 2), libc.chroot(b"/tmp"), libc.unshare(0x20000), libc.unshare(0x10000000)]
results
"""
    assert value(unfiltered, source) == [-1] * 6


def test_without_the_filter_nothing_is_shared_with_the_host(unfiltered: Sandbox) -> None:
    source = """
import ctypes, os
[os.uname().nodename, ctypes.CDLL(None).shmget(4242, 4096, 0)]
"""
    libc = ctypes.CDLL(None, use_errno=True)
    segment = libc.shmget(4242, 4096, 0o1600)
    try:
        assert segment >= 0
        assert value(unfiltered, source) == ["sandbox", -1]
    finally:
        libc.shmctl(segment, 0, None)


# --- exhausting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "import time; time.sleep(60)",
        "import time\nwhile True:\n try: time.sleep(9)\n except Exception: pass",
        "import re; re.match('(a+)+$', 'a' * 40 + 'b')",
    ],
)
def test_a_cell_that_runs_too_long_is_stopped_and_the_next_one_runs(hasty: Sandbox, source: str) -> None:
    done = run(hasty, source, "print(1)")
    assert done.stopped == ""
    assert (error(done.cells[0]), text(done.cells[1])) == ("CellTimeout", "1\n")


@pytest.mark.parametrize(
    "source",
    [
        "import time\nwhile True:\n try: time.sleep(9)\n except BaseException: pass",
        "import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0)\ntime.sleep(60)",
        "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\ntime.sleep(60)",
        "import itertools\nsum(itertools.repeat(1))",
    ],
)
@pytest.mark.usefixtures("impatient")
def test_a_cell_that_cannot_be_stopped_is_killed(hasty: Sandbox, source: str) -> None:
    began = time.monotonic()
    done = run(hasty, "print(1)", source, "print(3)")
    assert time.monotonic() - began < 10
    assert (len(done.cells), done.stopped) == (1, "Cell 2 ran longer than 0.7 seconds and could not be stopped.")


@pytest.mark.usefixtures("impatient")
def test_all_cells_together_are_limited(hasty: Sandbox) -> None:
    done = run(hasty, *["import time\ntry: time.sleep(0.6)\nexcept BaseException: pass"] * 10)
    assert len(done.cells) < 5
    assert done.stopped == f"The cells together ran longer than 2 seconds; cell {len(done.cells) + 1} did not end."


@pytest.mark.usefixtures("impatient")
def test_a_cell_that_does_not_end_before_the_time_of_all_is_killed(hasty: Sandbox) -> None:
    slow = "import time\ntry: time.sleep(0.6)\nexcept BaseException: pass"
    done = run(hasty, slow, slow, slow, "import itertools\nsum(itertools.repeat(1))")
    assert done.stopped == f"The cells together ran longer than 2 seconds; cell {len(done.cells) + 1} did not end."


def test_memory_is_limited_and_the_next_cell_runs(sandbox: Sandbox) -> None:
    done = run(sandbox, "a = []\nwhile True: a.append(bytearray(10_000_000))", "del a\nprint(1)")
    assert (error(done.cells[0]), text(done.cells[1])) == ("MemoryError", "1\n")


@pytest.mark.parametrize(
    "source",
    [
        "for n in range(9):\n with open(str(n), 'wb') as f: f.write(bytes(1_000_000))",
        "for n in range(1000): open(str(n), 'w').close()",
        "import os\nfor n in range(1000): os.mkdir(str(n))",
        "with open('x', 'wb') as f: f.write(bytes(5_000_000))",
        "with open('x', 'wb') as f: f.truncate(5_000_000)",
        "files = [open('x', 'w') for n in range(200)]",
    ],
    ids=["space", "files", "folders", "one file", "sparse file", "open files"],
)
def test_the_scratch_folder_is_limited(sandbox: Sandbox, source: str) -> None:
    assert error(one(sandbox, source)) == "OSError"


@pytest.mark.parametrize(
    "source",
    [
        "print('x' * 80_000_000)",
        "for n in range(100_000): print(n)",
        "print('\\0' * 50_000)",
        "print('\\ud800' * 50_000)",
        "import sys\nfor n in range(9000): print(n, file=[sys.stdout, sys.stderr][n % 2])",
        "for n in range(10_000): display(n)",
        "'x' * 30_000",
    ],
    ids=["one line", "many lines", "control characters", "half characters", "streams", "displays", "result"],
)
def test_a_flood_of_output_is_cut(sandbox: Sandbox, source: str) -> None:
    done = run(sandbox, source, "raise ValueError('x')")
    assert done.stopped == ""
    assert text(done.cells[0]).endswith("[Output was left out here: a run may show 20000 bytes.]\n")
    assert len(json.dumps(done.cells[0].outputs, ensure_ascii=False)) < 60_000
    assert error(done.cells[1]) == "ValueError"


def test_an_error_of_any_size_is_cut(sandbox: Sandbox) -> None:
    cell = one(sandbox, "print('x' * 30_000)\nraise type('E' * 10_000, (Exception,), {})('\\0' * 10_000_000)")
    assert [output["output_type"] for output in cell.outputs] == ["stream", "error", "stream"]
    assert len(json.dumps(cell.outputs)) < 100_000


def test_deep_recursion_is_an_error(sandbox: Sandbox) -> None:
    done = run(sandbox, "def f(): f()\nf()", "print(1)")
    assert (error(done.cells[0]), text(done.cells[1])) == ("RecursionError", "1\n")


# --- breaking ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "import os; os._exit(0)",
        "import ctypes; ctypes.string_at(0)",
        "import os; os.abort()",
        "import signal; signal.raise_signal(9)",
        "import os; os.closerange(0, 100)",
        "import sys; sys.setrecursionlimit(10**9)\ndef f(): f()\neval('[' * 90 + ']' * 90)\nimport os; os._exit(1)",
        "import builtins; builtins.dict = builtins.list = None\nimport os, json; json.dumps = None",
    ],
)
def test_a_process_that_ends_keeps_the_cells_before(sandbox: Sandbox, source: str) -> None:
    done = run(sandbox, "print(1)", source, "print(3)")
    assert (len(done.cells), done.stopped) == (1, "The process ended in cell 2.")


@pytest.mark.parametrize(
    "source", ["import sys; sys.exit()", "raise SystemExit(1)", "exit()", "quit", "raise KeyboardInterrupt"]
)
def test_leaving_is_an_error_and_the_next_cell_runs(sandbox: Sandbox, source: str) -> None:
    done = run(sandbox, source, "print(1)")
    assert error(done.cells[0]) in {"SystemExit", "KeyboardInterrupt"}
    assert text(done.cells[1]) == "1\n"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("print(\0)", "SyntaxError"),
        ("print('\ud800'", "SyntaxError"),
        ("(" * 5000, "SyntaxError"),
        ("1 +" * 100_000 + "1", "RecursionError"),
        ("%run missing.py", "Exception"),
        ("%nonsense", "UsageError"),
        ("%load_ext missing", "ModuleNotFoundError"),
        ("class E(Exception):\n def __str__(self): raise self\nraise E", "E"),
    ],
)
def test_a_broken_source_is_an_error_and_the_next_cell_runs(sandbox: Sandbox, source: str, name: str) -> None:
    done = run(sandbox, source, "print(1)")
    assert (error(done.cells[0]), text(done.cells[1])) == (name, "1\n")


def test_an_error_that_is_not_shown_is_an_output_all_the_same(sandbox: Sandbox) -> None:
    assert error(one(sandbox, "get_ipython().showtraceback = lambda *a, **k: None\n1 / 0")) == "ZeroDivisionError"


def test_a_wrong_use_of_a_magic_is_an_error_and_nothing_else(sandbox: Sandbox) -> None:
    assert [output["output_type"] for output in one(sandbox, "%nonsense").outputs] == ["error"]


def test_nothing_runs_after_the_last_cell(sandbox: Sandbox) -> None:
    source = (
        "import atexit\natexit.register(lambda: print('late'))\nclass D:\n def __del__(self): print('late')\nd = D()"
    )
    assert one(sandbox, source).outputs == ()


def test_a_file_cannot_take_the_place_of_a_module(sandbox: Sandbox) -> None:
    names = ("json", "sitecustomize", "usercustomize", "statistics", "numpy", "course", "IPython", "nntplib")
    files = {f"{name}.py": b"print('shadow')" for name in names}
    files["course/__init__.py"] = b"print('shadow')"
    assert text(one(sandbox, "import json, statistics, numpy, course, IPython\nfrom course import check", files)) == ""


@pytest.mark.parametrize("name", ["/scratch/x", "../x", "a/../../x", "", "a\0b", "x" * 300])
def test_a_file_outside_the_folder_is_refused(sandbox: Sandbox, name: str) -> None:
    done = run(sandbox, "print(1)", files={name: b"x"})
    assert done.cells == ()
    assert done.stopped.startswith("The sandbox could not be closed off, so nothing was run (")


def test_files_that_are_too_large_are_refused(sandbox: Sandbox) -> None:
    assert run(sandbox, "print(1)", files={"x": bytes(5_000_000)}).cells == ()


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.stdout = None",
        "import sys\nsys.stdout = sys.stderr = object()",
        "import sys\nsys.displayhook = lambda value: None",
        "get_ipython().display_pub.publish = None",
        "get_ipython().showtraceback = None\n1 / 0",
        "get_ipython().events.register('post_run_cell', lambda *_: 1 / 0)",
        "get_ipython().user_ns.clear()",
        "get_ipython().input_transformers_cleanup.append(lambda lines: 1 / 0)",
        "get_ipython().ast_transformers.append(None)",
        "import builtins; builtins.print = builtins.open = None",
        "import sys; sys.modules.clear()",
        "import sys; sys.meta_path.clear(); sys.path.clear()",
        "import sys; sys.settrace(lambda *_: 1 / 0)",
        "import os; os.chdir('/'); import shutil; shutil.rmtree('/scratch', ignore_errors=True)",
        "import threading, _thread; _thread.start_new_thread = None",
    ],
)
def test_patching_the_process_harms_nobody_else(sandbox: Sandbox, source: str) -> None:
    done = run(sandbox, source, "1 + 1")
    assert len(done.cells) == 2 or done.stopped
    assert text(one(sandbox, "print('unharmed')")) == "unharmed\n"


# --- forging -------------------------------------------------------------------------------------------------------


def report(outputs: bytes = b"", given: bytes = b"", problems: bytes = b"") -> bytes:
    return b'{"outputs": [%b], "given": [%b], "problems": [%b]}\n' % (outputs, given, problems)


def given(value: bytes) -> bytes:
    return report(given=b'{"item": "q", "value": %b, "confidence": null}' % value)


GARBAGE = {
    "no JSON": b"garbage\n",
    "no UTF-8": b"\xff\xfe\n",
    "empty lines": b"\n\n\n",
    "another type": b"[]\n",
    "null": b"null\n",
    "no parts": b"{}\n",
    "parts of another type": b'{"outputs": {}, "given": [], "problems": []}\n',
    "number as output": report(b"1"),
    "unknown output": report(b'{"output_type": "x"}'),
    "stream of another name": report(b'{"output_type": "stream", "name": "x", "text": ""}'),
    "text of another type": report(b'{"output_type": "stream", "name": "stdout", "text": 1}'),
    "no data": report(b'{"output_type": "display_data", "data": 1}'),
    "no traceback": report(b'{"output_type": "error", "ename": "", "evalue": "", "traceback": 1}'),
    "name of an error of another type": report(b'{"output_type": "error", "ename": [], "evalue": "", "traceback": []}'),
    "given of another type": report(given=b"[]"),
    "not finite": given(b"NaN"),
    "too large a number": given(b"1e999"),
    "many digits": given(b"1" * 5000),
    "half character": given(b'"\\ud800"'),
    "large value": given(b'"%b"' % (b"x" * 6000)),
    "deep value": given(b"[" * 30 + b"]" * 30),
    "item of another type": report(given=b'{"item": 1, "value": 1, "confidence": null}'),
    "confidence of another type": report(given=b'{"item": "q", "value": 1, "confidence": 1}'),
    "problem of another type": report(problems=b"1"),
    "deep": b"[" * 5000 + b"]" * 5000 + b"\n",
}


@pytest.mark.parametrize("line", GARBAGE.values(), ids=GARBAGE)
def test_a_forged_report_that_is_malformed_stops_the_run(sandbox: Sandbox, line: bytes) -> None:
    source = f"import os, time\nos.write(3, {line!r})\ntime.sleep(60)"
    assert run(sandbox, "print(1)", source).stopped == "Cell 2 reported what cannot be read."


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("end", ["", "\n"])
def test_a_report_that_is_too_long_stops_the_run(sandbox: Sandbox, end: str) -> None:
    source = f"import os\nwhile os.write(3, b'x' * 60_000): pass\n{end}"
    assert run(sandbox, source).stopped == "Cell 1 reported more than the limits allow."


@pytest.mark.usefixtures("impatient")
def test_half_a_report_does_not_hang_the_host(hasty: Sandbox) -> None:
    source = "import os, time\nos.write(3, b'{')\ntry: time.sleep(60)\nexcept BaseException: time.sleep(60)"
    assert run(hasty, source).stopped.endswith("could not be stopped.")


def test_a_well_formed_forgery_counts_as_what_the_cell_did(sandbox: Sandbox) -> None:
    done = run(sandbox, f"import os\nos.write(3, {given(b'1')!r} * 2)", "print(2)")
    assert done == Run((CellRun((), (Given("q", 1),), ()),) * 2, "")


def test_a_forgery_holds_only_what_an_output_may_hold(sandbox: Sandbox) -> None:
    output = {
        "output_type": "execute_result",
        "execution_count": "<b>",
        "metadata": {"x": 1},
        "data": {"text/plain": "a\ud800", "image/png": '"><script>', "application/javascript": "x", "text/html": "b"},
        "more": 1,
    }
    line = json.dumps({"outputs": [output], "given": [], "problems": ["\x1b[31m\nx" * 1000]}).encode() + b"\n"
    cell = one(sandbox, f"import os\nos.write(3, {line!r})")
    data = {"text/plain": "a?", "text/html": "b"}
    assert cell.outputs == ({"output_type": "execute_result", "metadata": {}, "data": data, "execution_count": None},)
    assert cell.problems[0].isprintable()
    assert len(cell.problems[0]) == 300


# --- ending --------------------------------------------------------------------------------------------------------


def test_after_a_run_only_the_parent_is_left_and_after_the_end_nothing() -> None:
    before, handles = below(os.getpid()), handles_open()
    with Sandbox(limits=replace(LIMITS, cell_seconds=1)) as opened:
        one(opened, "1")
        run(opened, "import os; os._exit(1)")
        run(opened, "import os; os.write(3, b'garbage\\n'); import time; time.sleep(60)")
        assert opened._parent is not None
        parent = {opened._parent._process.pid}
        assert settled(lambda: below(os.getpid()) - before == parent)  # the last process may be on its way out
        assert handles_open() == handles + 2
    assert below(os.getpid()) - before == set()
    assert handles_open() == handles


def test_a_parent_that_died_is_replaced() -> None:
    with Sandbox(limits=LIMITS) as opened:
        one(opened, "1")
        assert opened._parent is not None
        opened._parent._process.kill()
        opened._parent._process.wait()
        assert text(one(opened, "print(1)")) == "1\n"


def test_a_closed_sandbox_runs_nothing() -> None:
    with Sandbox(limits=LIMITS) as opened:
        pass
    assert run(opened, "print(1)") == Run((), "The sandbox is closed.")


@pytest.mark.parametrize("mode", ["walls", "none"])
def test_a_host_that_is_killed_leaves_no_process(mode: str, tmp_path: Path) -> None:
    source = """
import sys
from course.grading.sandbox import Code, Sandbox
sandbox = Sandbox(walls=sys.argv[1] == "walls")
sandbox.run([], {})
print(flush=True)
sandbox.run([Code("import time\\nwhile True:\\n try: time.sleep(9)\\n except BaseException: pass")], {})
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", source, mode], stdout=subprocess.PIPE, env=environment, cwd=ROOT
    ) as host:
        assert host.stdout is not None
        host.stdout.readline()
        assert settled(lambda: len(below(host.pid)) >= (5 if mode == "walls" else 3))
        started = below(host.pid)
        host.kill()
    assert settled(lambda: not any(map(alive, started)))


def settled(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# --- a wall that does not stand ------------------------------------------------------------------------------------


def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    available.cache_clear()
    monkeypatch.setenv("PATH", "/nowhere")
    with Sandbox(limits=LIMITS) as opened:
        assert run(opened, "print(1)") == Run((), "bubblewrap is not installed (apt install bubblewrap).")
    assert available() == "bubblewrap is not installed (apt install bubblewrap)."
    available.cache_clear()


def test_a_bubblewrap_that_fails_runs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: no user namespaces' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with Sandbox(limits=LIMITS) as opened:
        told = run(opened, "print(1)")
    assert told == Run((), "bubblewrap builds no sandbox (bwrap: no user namespaces).")


def test_a_python_that_does_not_start_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CODE", "raise SystemExit('no such thing')")
    with Sandbox(limits=LIMITS) as opened:
        assert run(opened, "1").stopped == "The sandbox's Python does not start (no such thing)."


def test_a_namespace_that_cannot_be_joined_runs_nothing(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "namespaces", lambda process: [os.open(os.devnull, os.O_RDONLY) for _ in range(8)])
    told = run(sandbox, "print(1)")
    assert told.cells == ()
    assert told.stopped == "The sandbox could not be closed off, so nothing was run (setns failed (Invalid argument))."


def test_a_run_that_expects_walls_never_runs_without_them(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "namespaces", lambda process: [])
    told = run(sandbox, "print(1)")
    assert told.cells == ()
    assert told.stopped.endswith("(there are no namespaces to join).")


# --- without walls -------------------------------------------------------------------------------------------------


def test_without_walls_code_runs_in_a_folder_that_is_removed(
    open_one: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    source = "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').close()\nos.chmod('a', 0)\nprint(os.getcwd())"
    cell = one(open_one, source, {"beside.txt": b"x"})
    assert Path(text(cell).strip()).parent.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_without_walls_a_deep_tree_is_removed(
    open_one: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    one(open_one, "import os\nfor n in range(1500):\n os.mkdir('d'); os.chdir('d')")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("impatient")
def test_without_walls_limits_hold_too(open_one: Sandbox) -> None:
    assert error(one(open_one, "bytearray(2_000_000_000)")) == "MemoryError"
    assert error(one(open_one, "import os; os.fork()")) in {"PermissionError", "BlockingIOError"}
    source = "import time\nwhile True:\n try: time.sleep(9)\n except BaseException: pass"
    assert run(open_one, source).stopped.endswith("could not be stopped.")
