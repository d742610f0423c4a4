"""Find the key, or a neighbour's answers."""

import json

from tests.hostile.attack import Attack, answering, running

SECRET = "A pentagon has five"  # stands in the key alone; see test_engine
REPORT = "\nprint('LOOT', loot)"

READ_KEY = """
import glob, os, pathlib
loot = []
above = [str(p / 'source' / 'kinds' / 'key.yaml') for p in pathlib.Path('.').resolve().parents]
for path in ['key.yaml', '.key.yaml', *glob.glob('/*/key.yaml'), *above]:
    try:
        loot.append(open(path).read()[:2000])
    except OSError:
        pass
"""


def _stealing(name: str, hope: str, source: str, stock: str) -> Attack:
    return Attack("stealing", name, hope, running(source + REPORT), stock)


ATTACKS = [
    _stealing("key-from-disk", "The key file is somewhere above this folder.", READ_KEY, "works"),
    _stealing(
        "key-by-relative-path",
        "source/ is three folders up.",
        "import pathlib\nsource = pathlib.Path('../../../source/kinds')\n"
        "loot = [p.read_text()[:2000] for p in source.glob('*key.yaml')]",
        "works",
    ),
    _stealing(
        "key-from-environment",
        "A variable of the grader's environment tells where things are.",
        "import os\nloot = sorted(os.environ.items())",
        "works",
    ),
    _stealing(
        "key-from-proc",
        "Other processes show their command lines and environments.",
        "import glob\nloot = []\nfor p in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/cmdline'):\n"
        "    try:\n        loot.append(open(p, 'rb').read()[:3000])\n    except OSError:\n        pass",
        "works",
    ),
    _stealing(
        "key-from-frames",
        "A caller's frame holds the key.",
        "import sys\nloot, f = [], sys._getframe()\nwhile f:\n"
        "    loot += [repr(v)[:3000] for v in list(f.f_locals.values())]\n    f = f.f_back\n"
        "loot = [x for x in loot if 'misconception' in x]",
        "cannot: in a kernel no caller holds a key, only the session does",
    ),
    Attack(
        "stealing",
        "key-from-gc",
        "Some object in this process is the key.",
        answering(
            "import gc\nloot = [repr(o)[:3000] for o in gc.get_objects() if type(o).__name__ == 'ChoiceKey']" + REPORT
        ),
        "works",
    ),
    _stealing(
        "key-from-parents-memory",
        "The parent process holds the key in its memory.",
        "import os\nloot = []\ntry:\n    mem = open(f'/proc/{os.getppid()}/mem', 'rb')\n"
        "    for line in open(f'/proc/{os.getppid()}/maps'):\n        if '[heap]' in line:\n"
        "            a, b = (int(x, 16) for x in line.split()[0].split('-'))\n            mem.seek(a)\n"
        f"            loot = [{json.dumps(SECRET)}.encode() in mem.read(min(b - a, 200_000_000))]\n"
        "except OSError:\n    pass",
        "cannot: the parent has been loaded without the key by then, though its memory can be read",
    ),
    _stealing(
        "neighbours-work",
        "Submissions of others stand beside this one.",
        "import pathlib\nloot = [p.read_text()[:500] for q in pathlib.Path('.').resolve().parents\n"
        "        for p in q.glob('submitted/*/kinds/answers.json')]",
        "works",
    ),
    _stealing(
        "keys-of-other-units",
        "Other units' keys are on the disk, too.",
        "import pathlib\nloot = [p.read_text()[:500] for q in pathlib.Path('.').resolve().parents\n"
        "        for p in q.glob('source/*/key.yaml')]",
        "unclear: the class that it was tried on has no other unit",
    ),
]
