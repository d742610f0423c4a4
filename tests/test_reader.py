import dataclasses

import pytest

from course import read
from course.corpus.documents import Document, find_document, load_corpus
from course.corpus.reader import Reading
from course.errors import CourseError
from tests.content import HOSTILE, Page, assert_harmless


def hostile() -> Document:
    document = find_document("khan")
    told = document.provenance.model_copy(update=dict.fromkeys(["title", "short", "author", "copy_"], HOSTILE))
    first = document.paragraphs[0]
    segment = dataclasses.replace(first.segments[0], text=HOSTILE)
    return Document(told, (dataclasses.replace(first, segments=(segment,)),))


@pytest.mark.parametrize("source", sorted(load_corpus()))
def test_every_segment_stands_on_the_page_after_its_id(source: str) -> None:
    page = Page(read(source)._repr_html_())
    for segment in find_document(source).segments:
        assert f"{segment.id} {segment.text}" in page.text


@pytest.mark.parametrize("source", sorted(load_corpus()))
def test_a_terminal_shows_the_same_segments(source: str) -> None:
    shown = repr(read(source))
    for segment in find_document(source).segments:
        assert f"[{segment.id}] {segment.text}" in shown


def test_the_card_says_where_the_text_comes_from() -> None:
    told = find_document("khan").provenance
    for shown in (repr(read("khan")), Page(read("khan")._repr_html_()).text):
        for value in (told.title, told.genre, told.author, told.publisher, "2024-07-24", told.distance, told.copy_):
            assert value in shown


def test_a_part_shows_only_its_paragraphs_and_says_so() -> None:
    html = read("khan", start=7, paragraphs=2)._repr_html_()
    shown = {
        line.split(".")[1]
        for line in Page(html).text.replace("khan.", "\nkhan.").split("\n")
        if line.startswith("khan.")
    }
    total = len(find_document("khan").paragraphs)
    assert shown == {"7", "8"}
    assert f"Paragraphs 7 to 8 of {total}." in Page(html).text


def test_the_whole_source_is_not_called_a_part() -> None:
    assert "Paragraphs 1" not in read("khan")._repr_html_()


def test_when_more_paragraphs_are_asked_for_than_there_are_then_the_rest_is_shown() -> None:
    total = len(find_document("khan").paragraphs)
    assert repr(read("khan", start=total, paragraphs=99)) == repr(read("khan", start=total))


def test_when_no_paragraph_is_asked_for_then_one_is_shown() -> None:
    assert repr(read("khan", start=2, paragraphs=0)) == repr(read("khan", start=2, paragraphs=1))


def test_the_last_paragraph_can_be_shown() -> None:
    last = find_document("khan").paragraphs[-1]
    assert last.segments[0].text in repr(read("khan", start=last.number))


@pytest.mark.parametrize("start", [0, -1, 999])
def test_when_the_start_does_not_exist_then_the_range_is_named(start: int) -> None:
    total = len(find_document("khan").paragraphs)
    with pytest.raises(CourseError) as caught:
        read("khan", start=start)
    assert str(caught.value) == f"khan: start: there is no paragraph {start}. Choose a start from 1 to {total}."


def test_when_the_source_is_unknown_then_the_known_ones_are_listed() -> None:
    with pytest.raises(CourseError, match="Use one of advocates, brief, engadget, khan, thumbdrive"):
        read("zuckerberg")


def test_markup_in_a_source_is_shown_and_not_obeyed() -> None:
    html = Reading(hostile(), 1, 2)._repr_html_()
    assert_harmless(html, HOSTILE)
    assert Page(html).text.count(HOSTILE) == 4


def test_headings_are_marked() -> None:
    html = read("khan", start=1, paragraphs=1)._repr_html_()
    assert ("class", "course-segment course-heading") in Page(html).attributes
