import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from course.argument.assessment import Mistake
from course.exercises.lint import checked_items, lint
from tests.content import KINDS, MASTERS, each_master

Change = Callable[[Any], object]


@each_master
def test_every_unit_of_the_course_keeps_the_rules(folder: Path) -> None:
    assert lint(folder) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A unit that keeps all rules."""
    copy = Path(shutil.copytree(KINDS, tmp_path / "kinds"))
    (copy / "teaching.md").write_text("# Run sheet\n")
    data = yaml.safe_load((copy / "items.yaml").read_text())
    (copy / "items.yaml").write_text(yaml.safe_dump(data | {"minutes": 30}))
    book = json.loads((copy / "kinds.ipynb").read_text())
    more = [
        {"cell_type": "markdown", "id": f"step-{n:c}", "metadata": {}, "source": f"Step {n}."} for n in range(97, 110)
    ]
    book["cells"][1:1] = more
    (copy / "kinds.ipynb").write_text(json.dumps(book))
    return copy


def in_notebook(folder: Path, change: Change) -> list[str]:
    path = folder / "kinds.ipynb"
    book = json.loads(path.read_text())
    change(book["cells"])
    path.write_text(json.dumps(book))
    prefix = f"{path}: "
    assert all(line.startswith(prefix) for line in lint(folder))
    return [line.removeprefix(prefix) for line in lint(folder)]


def in_file(folder: Path, name: str, change: Change) -> list[str]:
    path = folder / name
    data = yaml.safe_load(path.read_text())
    change(data)
    path.write_text(yaml.safe_dump(data))
    return [line.removeprefix(f"{path}: ") for line in lint(folder)]


def cell(cells: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(each for each in cells if each["id"] == name)


def grading(cells: list[dict[str, Any]], name: str) -> dict[str, Any]:
    found: dict[str, Any] = cell(cells, name)["metadata"]["nbgrader"]
    return found


def prose(text: str) -> Change:
    return lambda cells: cell(cells, "step-a").update(source=text)


def drop(name: str) -> Change:
    return lambda cells: cells.remove(cell(cells, name))


def test_a_unit_that_keeps_the_rules_has_no_problems(folder: Path) -> None:
    assert lint(folder) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (prose("# Again"), "has 2 headings of level 1. Have exactly one."),
        (prose("### Deep"), "a heading of level 3 follows one of level 1. Do not skip levels."),
        (prose("![](a.png)"), "an image has no text description. Add alt text."),
        (prose('<img src="a.png">'), "an image has no text description. Add alt text."),
        (prose("word " * 1500), "words of prose. Cut to 1500."),
        (lambda cells: cells.extend(dict(cells[2], id=f"more-{n:c}") for n in range(97, 111)), "has 41 cells. Stay"),
        (lambda cells: [cells.remove(cell(cells, f"step-{c}")) for c in "abc"], "has 24 cells. Stay within 25 to 40."),
        (
            lambda cells: cell(cells, "step-a").update(id="step-b"),
            "step-b: the cell's id is missing, repeated or not telling.",
        ),
        (
            lambda cells: cell(cells, "step-a").update(id="a1b2c3d4"),
            "a1b2c3d4: the cell's id is missing, repeated or not",
        ),
        (lambda cells: cell(cells, "step-a").pop("id"), "the cell's id is missing, repeated or not telling."),
        (
            lambda cells: grading(cells, "check-tables").update(grade_id="other"),
            "check-tables: grade_id and cell id differ. Make them equal.",
        ),
        (
            lambda cells: cell(cells, "step-a").update(metadata={"collapsed": True}),
            "step-a: has metadata of no use here: collapsed. Run make masters.",
        ),
        (
            lambda cells: cell(cells, "step-a").update(metadata={"tags": ["afterward"]}),
            "step-a: has a tag that means nothing here. The only one is afterwards.",
        ),
        (
            lambda cells: cell(cells, "answer-corners").update(source="corners = 10"),
            "answer-corners: has no solution region. Mark it with",
        ),
        (lambda cells: grading(cells, "check-tables").update(locked=False), "check-tables: is graded but not locked."),
        (
            lambda cells: cell(cells, "check-tables").update(source="check('corners', 'squares') or 1"),
            'check-tables: is graded but is not check(…). Write check("item") and nothing else.',
        ),
        (
            lambda cells: cell(cells, "check-tables").update(source='check("corners", "squares", "angles")'),
            "check-tables: checks angles, which is not an item. Correct the name.",
        ),
        (
            lambda cells: grading(cells, "check-tables").update(points=5),
            "check-tables: is worth 5. Its items add up to 4.",
        ),
        (
            lambda cells: cell(cells, "check-by-size").update(source='check("by-size", "corners")'),
            "corners: is checked 2 times. Check every item once.",
        ),
        (drop("check-by-size"), "by-size: is checked 0 times. Check every item once."),
        (drop("answer-by-size"), "by-size: is not shown. Add a cell answer-by-size that shows it."),
        (drop("hand-in"), "does not end in hand_in(). Make it the last code cell."),
        (lambda cells: cells.append(dict(cell(cells, "progress"), id="last-one")), "does not end in hand_in()."),
    ],
)
def test_a_notebook_that_breaks_a_rule_is_told_which_and_where(folder: Path, change: Change, problem: str) -> None:
    assert [line for line in in_notebook(folder, change) if problem in line]


def test_too_few_checks_are_counted(folder: Path) -> None:
    def merge(cells: list[dict[str, Any]]) -> None:
        drop("check-by-size")(cells)
        cell(cells, "check-tables").update(source='check("corners", "squares", "by-size")')
        grading(cells, "check-tables").update(points=6)

    assert in_notebook(folder, merge) == ["has 3 check cells. Stay within 4 to 8."]


def test_an_introduction_without_points_may_be_short(folder: Path) -> None:
    def ungrade(cells: list[dict[str, Any]]) -> None:
        for each in cells:
            each["metadata"].pop("nbgrader", None)
        for letter in "abcdefghijklm":
            drop(f"step-{letter}")(cells)

    assert in_notebook(folder, ungrade) == []


def test_a_unit_that_takes_longer_than_it_says_is_found(folder: Path) -> None:
    items = yaml.safe_load((folder / "items.yaml").read_text())["items"]
    items[0]["text"] += " word" * 175 * 30
    (line,) = in_file(folder, "items.yaml", lambda d: d.update(items=items))
    assert line.startswith("minutes: is 30, and the sitting takes ")


def test_a_text_within_the_sitting_is_found(tmp_path: Path) -> None:
    master = next(folder for folder in MASTERS if folder.name == "04-schemes")
    copy = Path(shutil.copytree(master, tmp_path / master.name))
    (copy / "teaching.md").write_text("# Run sheet\n")
    path = copy / f"{master.name}.ipynb"
    assert lint(copy) == []
    path.write_text(path.read_text(encoding="utf-8").replace("## After the sitting: write", "## Write"))
    (line,) = lint(copy)
    assert line.startswith(f"{path}: a text is to be written in the sitting. Move it below")


def test_a_sample_that_is_no_answer_is_left_to_verify(folder: Path) -> None:
    (line,) = in_file(folder, "key.yaml", lambda d: d["keys"]["by-size"]["samples"]["accept"].append({"nonsense": 1}))
    assert line.endswith("Run course verify.")


def test_code_in_prose_is_neither_counted_nor_taken_for_headings(folder: Path) -> None:
    assert in_notebook(folder, prose("```python\n# A comment\n" + "word " * 1500 + "\n```")) == []


def test_source_given_in_lines_is_joined(folder: Path) -> None:
    assert in_notebook(folder, lambda cells: cell(cells, "hand-in").update(source=["hand_", "in()"])) == []


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("items.yaml", lambda d: d.update(minutes=50), "has 50 minutes. Stay within 30 to 45."),
        (
            "items.yaml",
            lambda d: d.update(title="T", objectives=d["objectives"] | {"fly": "Fly"}),
            "fly: the objective is not assessed.",
        ),
        (
            "key.yaml",
            lambda d: (
                d["keys"]["even-numbers"]["accept"][0]["answer"]["choices"].append("seven"),
                d["keys"]["even-numbers"]["options"].pop("seven"),
            ),
            "even-numbers: 4 of 6 options are right. Have half at most",
        ),
        (
            "items.yaml",
            lambda d: d["items"][3]["entries"].sort(key=lambda e: ["inch", "foot", "yard", "mile"].index(e["id"])),
            "by-size: is first shown almost in order. Shuffle the entries.",
        ),
        (
            "key.yaml",
            lambda d: d["keys"]["round-or-straight"]["segments"].update(
                {name: {"accept": ["straight", "round"], "why": "Well."} for name in ("oval", "ring")}
            ),
            "round-or-straight: round is right for 1 segments. Have two at least.",
        ),
        ("key.yaml", lambda d: d["misconceptions"].update(idle="Never named."), "idle: the misconception is not used."),
    ],
)
def test_items_or_a_key_that_break_a_rule_are_told_which_and_where(
    folder: Path, name: str, change: Change, problem: str
) -> None:
    (line,) = in_file(folder, name, change)
    assert problem in line


CLAIMS = ["one", "main", "two", "three", "four"]


def with_map(relations: list[str], claims: list[str]) -> tuple[Change, Change]:
    """Turn the item of the kind order into a map of some claims."""

    def items(data: Any) -> None:
        (old,) = (entry for entry in data["items"] if entry["id"] == "by-size")
        shared = {name: old[name] for name in ("id", "title", "objectives", "points", "text", "hints")}
        board = [{"id": name, "text": f"Claim {name}."} for name in claims]
        data["items"][data["items"].index(old)] = shared | {"kind": "map", "claims": board}

    def key(data: Any) -> None:
        old = data["keys"]["by-size"]
        about = {"misconception": old["pairs"][0]["misconception"], "why": "Look again."}
        data["keys"]["by-size"] = {
            "accept": [{"relations": relations, "main": "main", "reason": "It is so."}],
            "mistakes": {mistake.value: about for mistake in Mistake},
            "hints": old["hints"],
            "samples": {
                "accept": [{"relations": relations, "main": "main"}] * 3,
                "reject": [{"answer": {"main": "one"}, "explains": about["misconception"]}] * 3,
            },
        }
        named = {pair["misconception"] for pair in old["pairs"][1:]} - {about["misconception"]}
        for name in named:
            del data["misconceptions"][name]

    return items, key


@pytest.mark.parametrize(
    ("relations", "claims", "problems"),
    [
        (["one + two supports three", "three supports main", "four rebuts three"], CLAIMS, []),
        (["one + two supports three", "three supports main"], CLAIMS, ["3 links have to be drawn. Have 4 at least"]),
        (
            ["one supports two", "two supports three", "three supports four", "four supports main"],
            ["one", "two", "three", "four", "main"],
            ["each claim as a reason for the next on the board gets 100% of the credit. Shuffle the claims"],
        ),
        (
            [f"{name} supports main" for name in ("one", "two", "three", "four")],
            CLAIMS,
            ["every claim as a reason for main gets 100% of the credit. Shuffle the claims, or add claims"],
        ),
    ],
)
def test_a_map_asks_for_enough_and_gives_nothing_to_who_does_not_read(
    folder: Path, relations: list[str], claims: list[str], problems: list[str]
) -> None:
    items, key = with_map(relations, claims)
    in_file(folder, "items.yaml", items)
    found = in_file(folder, "key.yaml", key)
    assert len(found) == len(problems)
    for line, problem in zip(found, problems, strict=True):
        assert f"by-size: {problem}" in line


def test_a_unit_is_named_like_its_folder(folder: Path) -> None:
    moved = folder.rename(folder.parent / "moved")
    assert lint(moved) == [f"{moved / 'items.yaml'}: unit: is kinds. Make it moved, the folder's name."]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("teaching.md", "the file is missing. Write the run sheet."),
        ("kinds.ipynb", "the file is missing. Name the notebook like its folder."),
        ("items.yaml", "the file is missing. Open the notebook from its unit's folder,"),
    ],
)
def test_a_missing_file_is_named(folder: Path, name: str, message: str) -> None:
    (folder / name).unlink()
    (line,) = lint(folder)
    assert line.startswith(f"{folder / name}: {message}")


def test_a_missing_key_is_named(folder: Path) -> None:
    (folder / "key.yaml").unlink()
    (line,) = lint(folder)
    assert line.startswith(f"{folder / 'key.yaml'}: the file is missing. Write the key")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"cells": 5}',
        b'{"cells": [5]}',
        b'{"cells": [{}]}',
        b'{"cells": [{"source": "x"}]}',
        b'{"cells": [{"source": 5, "cell_type": "code"}]}',
        b'{"cells": [{"source": "", "cell_type": "code", "metadata": 5}]}',
        b"[" * 100_000,
    ],
)
def test_a_file_that_is_no_notebook_is_said_to_be_none(folder: Path, raw: bytes) -> None:
    (folder / "kinds.ipynb").write_bytes(raw)
    assert lint(folder) == [f"{folder / 'kinds.ipynb'}: is not a notebook. Restore it."]


@pytest.mark.parametrize(
    ("source", "items"),
    [
        ('check("a")', ["a"]),
        ("check('a', 'b')", ["a", "b"]),
        ('check(\n    "a",\n)\n# a remark', ["a"]),
        ("check()", None),
        ("check(a)", None),
        ('check("a", b)', None),
        ("check(5)", None),
        ('check("a", item="b")', None),
        ('check(*["a"])', None),
        ('course.check("a")', None),
        ('check("a"); check("b")', None),
        ('x = check("a")', None),
        ('print("a")', None),
        ("check", None),
        ("", None),
        ("check('a", None),
        ("\0", None),
        ("(" * 10_000, None),
    ],
)
def test_only_a_bare_check_of_named_items_is_a_check(source: str, items: list[str] | None) -> None:
    assert checked_items(source) == items


@given(
    st.text()
    | st.lists(st.sampled_from(['check("a")', "(", ")", "\n", '"', "a", "=", ";", "\0", "\ud800"])).map("".join)
)
def test_any_source_is_a_check_or_not(source: str) -> None:
    found = checked_items(source)
    assert found is None or all(isinstance(name, str) for name in found)


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("nowhere.md", "nowhere.md leads to nothing. Correct the link."),
        ("http://example.org", "http://example.org is not encrypted. Link to https."),
    ],
)
def test_a_link_that_leads_to_nothing_is_reported(folder: Path, link: str, problem: str) -> None:
    assert in_notebook(folder, prose(f"Read [this]({link}).")) == [problem]
    (folder / "teaching.md").write_text(f"# Run sheet\n\n[This]({link})\n")
    assert f"{folder / 'teaching.md'}: {problem}" in lint(folder)


def test_links_to_files_beside_the_unit_and_to_headings_are_right(folder: Path) -> None:
    assert in_notebook(folder, prose("[Items](items.yaml), [here](#goal), [there](https://example.org).")) == []
