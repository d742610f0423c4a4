"""Take so much time, memory or disk that others get none. All sizes are bounded: they also run without walls."""

from pathlib import Path

from tests.hostile.attack import NOTEBOOK, Attack, notebook, running, save

GOT = "GOT IT"  # what the code prints once it has what a limit should have denied


def huge(folder: Path) -> None:
    book = notebook(folder)
    book["cells"] += [
        {"cell_type": "markdown", "id": f"huge-{n}", "metadata": {}, "source": "x" * 1_000_000} for n in range(40)
    ]
    save(folder, book)


def many_cells(folder: Path) -> None:
    book = notebook(folder)
    book["cells"] += [{"cell_type": "markdown", "id": f"m-{n}", "metadata": {}, "source": "x"} for n in range(20_000)]
    save(folder, book)


def nested(folder: Path) -> None:
    text = (folder / NOTEBOOK).read_text()
    (folder / NOTEBOOK).write_text(text[: text.rindex("}")] + ', "deep": ' + "[" * 50_000 + "]" * 50_000 + "}")


def nested_answers(folder: Path) -> None:
    (folder / "answers.json").write_text('{"a":' * 50_000 + "1" + "}" * 50_000)


def many_files(folder: Path) -> None:
    for number in range(2_000):
        (folder / f"f{number}.txt").write_text("x")


def _code(name: str, hope: str, source: str, stock: str) -> Attack:
    return Attack("exhausting", name, hope, running(source), stock)


CUT = "cannot: nbgrader interrupts the cell and goes on"
ATTACKS = [
    _code("endless-loop", "The grading waits for ever.", "while True:\n    pass", CUT),
    _code(
        "endless-loop-that-swallows",
        "No interrupt ends the loop.",
        "import time\nend = time.time() + 12\nwhile time.time() < end:\n    try:\n"
        "        while time.time() < end:\n            time.sleep(0.01)\n    except BaseException:\n        pass",
        "works",
    ),
    _code("sleep", "The grading waits.", "import time\ntime.sleep(1000)", CUT),
    _code(
        "memory",
        "Memory runs out.",
        f"b = bytearray(2_100_000_000)\nprint('{GOT}')",
        "works",
    ),
    _code(
        "processes",
        "Processes fill the machine.",
        "import os, time\npids = []\nfor _ in range(30):\n    pid = os.fork()\n    if not pid:\n"
        f"        time.sleep(5)\n        os._exit(0)\n    pids.append(pid)\nprint('{GOT}')",
        "works",
    ),
    _code(
        "daemon",
        "A process lives on after the grading.",
        "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(15)', 'ooc-daemon'],"
        f" start_new_session=True)\nprint('{GOT}')",
        "works",
    ),
    _code(
        "threads",
        "Threads fill the machine.",
        "import threading, time\n[threading.Thread(target=time.sleep, args=(3,)).start()"
        f" for _ in range(300)]\nprint('{GOT}')",
        "works",
    ),
    _code(
        "output-flood", "Output fills memory and gradebook.", "for n in range(300_000):\n    print('y' * 100)", "works"
    ),
    _code("one-long-line", "One line of 80 MB.", "print('z' * 80_000_000)", "works"),
    _code("disk", "The disk fills.", f"open('big', 'wb').write(b'x' * 200_000_000)\nprint('{GOT}')", "works"),
    _code(
        "inodes",
        "The file system runs out of files.",
        f"for n in range(20_000):\n    open(f'i{{n}}', 'w').close()\nprint('{GOT}')",
        "works",
    ),
    Attack("exhausting", "huge-notebook", "A notebook of 40 MB.", huge, "works"),
    Attack("exhausting", "many-cells", "A notebook of 20,000 cells.", many_cells, "works"),
    Attack("exhausting", "deeply-nested-notebook", "JSON nested so deeply that reading it fails.", nested, "works"),
    Attack(
        "exhausting",
        "deeply-nested-answers",
        "Answers nested so deeply that reading them fails.",
        nested_answers,
        "cannot: our own reader of answers refuses them there, too",
    ),
    Attack("exhausting", "many-files", "Two thousand files to copy.", many_files, "works"),
]
