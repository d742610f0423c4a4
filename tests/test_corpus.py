import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import course
from course.corpus import Segment, load_corpus, load_document
from course.corpus.documents import find_document, find_segment
from course.datafile import parse_yaml, read_text
from course.errors import CourseError
from course.paths import data_dir
from tests.content import refusal

SOURCES = sorted((data_dir() / "sources").glob("*.md"))

FRONT = """\
id: tiny
title: "Tiny: a source"
short: Tiny
genre: opinion post
publisher: not stated
author: A. Writer
published: 2024-07-24
address: not stated
about: []
distance: second hand
copy: All of it.
restates: [1, 3]
"""
TEXT = "## A heading\nOne sentence.\n\nTwo sentences.\nThe GPT-4 model isn't 2.5 years old.\n"


def write(folder: Path, front: str = FRONT, text: str = TEXT) -> Path:
    path = folder / "tiny.md"
    path.write_text(f"---\n{front}---\n\n{text}", encoding="utf-8")
    return path


def refused(path: Path) -> str:
    message = refusal(lambda: load_document(path))
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def test_one_line_is_one_segment_and_a_blank_line_ends_a_paragraph(tmp_path: Path) -> None:
    document = load_document(write(tmp_path))
    assert [(segment.id, segment.text, segment.heading) for segment in document.segments] == [
        ("tiny.1.1", "A heading", True),
        ("tiny.1.2", "One sentence.", False),
        ("tiny.2.1", "Two sentences.", False),
        ("tiny.2.2", "The GPT-4 model isn't 2.5 years old.", False),
    ]


def test_each_paragraph_names_the_paragraph_that_it_restates(tmp_path: Path) -> None:
    assert [(p.number, p.restates) for p in load_document(write(tmp_path)).paragraphs] == [(1, 1), (2, 3)]


def test_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    path = write(tmp_path)
    before = load_document(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_document(path) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [("One two three.", 3), ("GPT-4 isn't old", 3), ("Meta’s 405 models", 3), ("— … —", 0), ("in 2024, he said", 4)],
)
def test_compounds_and_numerals_count_as_one_word(text: str, words: int) -> None:
    assert Segment("tiny", 1, 1, text, heading=False).words == words


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: tiny", "id: huge", "id: is huge. Make it tiny, the file's name."),
        ("short: Tiny\n", "", "short: is missing. Add this field."),
        ("short: Tiny", "shirt: Tiny\nshort: Tiny", "shirt: is not a known field. Remove it or correct its spelling."),
        (
            "restates: [1, 3]",
            "restates: [1]",
            "restates: names 1 paragraphs but the text has 2. Give one number for each paragraph.",
        ),
        (
            "second hand",
            "secondhand",
            "distance: input should be 'primary', 'second hand' or 'third hand', not 'secondhand'. Correct this value.",
        ),
        ("genre:", "short:", "line 5: the key 'short' is given twice. Correct the YAML at this line."),
        (
            "2024-07-24",
            "2024-13-24",
            "line 8: '2024-13-24' is not valid (month must be in 1..12). Correct the YAML at this line.",
        ),
        ("[1, 3]", "[1, 3", "line 14: expected ',' or ']', but got '<stream end>'. Correct the YAML at this line."),
        ("about: []", "about: [Not An Id]", "about.0: string should match pattern"),
    ],
)
def test_when_the_front_matter_is_wrong_then_file_field_and_remedy_are_named(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert refused(write(tmp_path, front=FRONT.replace(old, new, 1))).startswith(message)


def test_when_there_is_no_front_matter_then_the_form_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "tiny.md"
    path.write_text("One sentence.\n")
    assert refused(path) == 'the front matter is missing. Begin the file with "---", the fields, and "---".'


def test_when_a_segment_is_empty_then_it_is_named(tmp_path: Path) -> None:
    text = "One.\n## \nTwo.\n\nThree."
    assert refused(write(tmp_path, text=text)) == "tiny.1.2: is empty. Write the segment or remove the line."


def test_when_a_source_is_missing_then_the_message_says_so(tmp_path: Path) -> None:
    assert refused(tmp_path / "tiny.md") == "the file is missing. Restore it or correct the path."


def test_when_a_source_is_a_folder_then_the_message_says_so(tmp_path: Path) -> None:
    assert refused(tmp_path) == "cannot be read (Is a directory). Check its permissions."


def test_when_a_source_is_not_utf_8_then_the_byte_is_named(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_bytes(path.read_bytes() + b"\xe9")
    assert re.fullmatch(r"byte \d+ is not UTF-8\. Save the file with UTF-8 encoding\.", refused(path))


def test_when_a_folder_has_no_source_then_the_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=re.escape(f"{tmp_path}: no source was found.")):
        load_corpus(tmp_path)


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.text().map(lambda text: f"---\n{FRONT}{text}---\n{TEXT}".encode("utf-8", "replace"))
)
def test_any_file_is_read_or_refused_in_one_line(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "tiny.md"
    path.write_bytes(raw)
    message = refusal(lambda: load_document(path))
    assert not message or message.startswith(f"{path}: ")


line = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Zs", "Cn"]), min_size=1)


@given(st.lists(st.lists(line, min_size=1, max_size=4), min_size=1, max_size=5))
def test_every_line_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, paragraphs: list[list[str]]) -> None:
    numbers = list(range(1, len(paragraphs) + 1))
    text = "\n\n".join("\n".join(lines) for lines in paragraphs)
    path = write(tmp_path_factory.getbasetemp(), FRONT.replace("[1, 3]", str(numbers)), text)
    assert [[s.text for s in p.segments] for p in load_document(path).paragraphs] == paragraphs


_tricky = [
    "a",
    ": ",
    "\n",
    "- ",
    "  ",
    "[",
    "]",
    "{",
    "}",
    "? ",
    "&x ",
    "*x",
    "!!int ",
    "!!float ",
    "!!bool ",
    "'",
    '"',
]
_tricky += [
    "<<: ",
    "!!timestamp ",
    "!!set ",
    "!!omap ",
    "!!binary ",
    "2024-13-45",
    "1_0",
    "0b2",
    "\t",
    "\0",
    "#",
    "|",
    ">",
]


@given(st.lists(st.sampled_from(_tricky), max_size=30).map("".join) | st.text())
def test_any_yaml_is_data_or_one_line(text: str) -> None:
    message = refusal(lambda: parse_yaml(text, Path("some.yaml")))
    assert not message or message.startswith("some.yaml: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2", "line 2: the key 'a' is given twice"),
        ("b:\n  ? [1]\n  : 2", "line 2: a key is a list or mapping"),
        ("a:\n- !!int x", "line 2: 'x' is not valid"),
        ("a: *b", "line 1: found undefined alias 'b'"),
        ("a: " + "[" * 1000, "is nested too deeply"),
        ("a: !!python/object:os.system x", "line 1: could not determine a constructor for the tag"),
    ],
)
def test_bad_yaml_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(CourseError, match="^some.yaml: " + re.escape(message)):
        parse_yaml(text, Path("some.yaml"))


def test_the_same_key_in_two_mappings_is_no_repetition() -> None:
    assert parse_yaml("- {a: 1}\n- {a: 2}", Path("f")) == [{"a": 1}, {"a": 2}]


def test_text_is_read_as_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes("naïve".encode())
    assert read_text(path) == "naïve"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_source_of_the_course_loads(path: Path) -> None:
    document = load_document(path)
    assert document.provenance.id == path.stem
    assert len({segment.id for segment in document.segments}) == len(list(document.segments)) > 0


def test_the_course_has_its_five_sources() -> None:
    assert {"advocates", "brief", "engadget", "khan", "thumbdrive"} <= set(load_corpus())


def test_every_segment_is_found_by_its_id() -> None:
    for document in load_corpus().values():
        for segment in document.segments:
            assert find_segment(segment.id) == segment


def test_when_a_source_is_unknown_then_the_known_ones_are_listed() -> None:
    with pytest.raises(CourseError, match=r"^kahn: there is no source of this name\. Use one of advocates, brief,"):
        find_document("kahn")


def test_when_a_segment_is_unknown_then_the_last_one_is_named() -> None:
    with pytest.raises(
        CourseError, match=r"^khan\.99\.1: there is no segment of this id\. The last one .* khan\.\d+\.\d+\."
    ):
        find_segment("khan.99.1")


def test_segments_have_one_row_each() -> None:
    frame = course.segments()
    assert list(frame.columns) == ["id", "source", "paragraph", "line", "heading", "text", "words"]
    assert list(frame["id"]) == [s.id for document in load_corpus().values() for s in document.segments]
    assert frame["heading"].dtype == bool


def test_the_three_tables_agree_on_segments_and_words() -> None:
    segments, paragraphs, sources = course.segments(), course.paragraphs(), course.sources()
    for name in sources.index:
        mine = segments[segments["source"] == name]
        theirs = paragraphs[paragraphs["source"] == name]
        assert len(mine) == theirs["segments"].sum() == sources.loc[name, "segments"]
        assert mine["words"].sum() == theirs["words"].sum() == sources.loc[name, "words"]
        assert len(theirs) == sources.loc[name, "paragraphs"]


def test_a_paragraphs_text_is_its_segments_text() -> None:
    first = course.paragraphs().iloc[0]
    document = find_document(first["source"])
    assert first["text"] == " ".join(segment.text for segment in document.paragraphs[0].segments)


def test_readings_are_of_segments_that_exist() -> None:
    frame = course.dataset("readings")
    assert list(frame.columns) == ["segment", "source", "reader", "label"]
    assert set(frame["segment"]) <= set(course.segments()["id"])


def test_a_list_in_a_yaml_file_of_its_name_is_a_table() -> None:
    works = course.dataset("references")
    assert list(works) == ["id", "text", "read"]
    assert works["id"].is_unique
    assert {"analogy", "no-use"} <= set(course.dataset("schemes")["id"])


def test_when_there_is_no_such_table_then_the_message_lists_those_that_there_are() -> None:
    with pytest.raises(CourseError, match=r"there is no table 'reading'. Use one of .*agreement, .*readings"):
        course.dataset("reading")


def test_a_table_cannot_be_taken_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    with pytest.raises(CourseError, match="there is no table"):
        course.dataset(str(tmp_path / "x"))


def test_an_error_is_one_line_with_place_problem_and_remedy() -> None:
    error = CourseError("is\nnot   right", "Make it\tright.", file=Path("a/b.yaml"), item="x-1", field="options.2")
    assert str(error) == "a/b.yaml: x-1: options.2: is not right. Make it right."


def test_an_error_holds_no_commands_for_the_terminal() -> None:
    assert str(CourseError("\x1b[2Jis\0 wrong", "Do \ud800 it.")) == "�[2Jis� wrong. Do � it."


def test_a_notebook_shows_an_error_without_a_traceback() -> None:
    error = CourseError("is wrong", "Correct it.", item="x")
    assert error._render_traceback_() == ["x: is wrong. Correct it."]
