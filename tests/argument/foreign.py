"""Ask other programs what they make of our files, and maps with texts that try to break out."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from course.argument import ArgumentMap, Relation
from course.paths import CLONE
from tests.argument.maps import well_formed_maps

NASTY = [
    *"[]{}<>()#@*_=+-/\\.,:;|\"'`~!?&$% \t\n\r\x00\x1c\x7f\x85\xa0\u2028\ufeffé…😀1a",
    *("===", "\n\n", "\n  -> [c1]", "\n(1) ", "\n----\n", "\n<r1>\n", "[c1]", "[c1]:", "<r1>:", "@[c1]", "@<r1>"),
    *("#tag", "#(a tag)", "**bold**", "_thin_", "//", "/* ", "<!-- ", "-->", "{a: 1}", "} x", ":smile:", ".a.", "\\n"),
    *("[a](b)", "1. ", "\n* ", "\n# ", "\n+ ", "\n- ", "\n_> <r1>", "\\{", "  ", "&amp;", '"', '\\"', "\\N", "-- x --"),
]
odd_texts = st.lists(st.sampled_from(NASTY) | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).map(
    "".join
)


@st.composite
def odd_maps(draw: st.DrawFn) -> ArgumentMap:
    """Draw well-formed maps with odd texts and schemes."""
    drawn = draw(well_formed_maps(texts=odd_texts.filter(str.strip), max_claims=4, max_relations=6))
    schemes = odd_texts | st.sampled_from(["", "Default Inference", "Default Conflict", " "])
    relations = [Relation(**{**relation.model_dump(), "scheme": draw(schemes)[:200]}) for relation in drawn.relations]
    return ArgumentMap(claims=drawn.claims, relations=tuple(relations), main=drawn.main)


def ask(what: str, texts: list[str]) -> list[Any]:
    """Let ``foreign.cjs`` read texts, all in one process."""
    node = shutil.which("node")
    assert node, "Node.js is not installed: install Node.js 20 or newer."
    assert (CLONE / "js/node_modules").is_dir(), "Run make js/node_modules."
    command = [node, str(Path(__file__).with_suffix(".cjs")), what]
    done = subprocess.run(
        command, cwd=CLONE / "js", input=json.dumps(texts), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return json.loads(done.stdout)
