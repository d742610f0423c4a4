"""The files in data/ that no code loads yet: they hold together."""

import datetime

import pytest
import yaml

from course.corpus.documents import find_segment, load_corpus
from course.paths import data_dir

TERMS = yaml.safe_load((data_dir() / "glossary.yaml").read_text(encoding="utf-8"))["terms"]
EVENTS = yaml.safe_load((data_dir() / "timeline.yaml").read_text(encoding="utf-8"))["events"]


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term["id"])
def test_a_term_has_a_definition_an_example_and_a_reference(term: dict[str, str]):
    assert set(term) <= {"id", "term", "definition", "example", "segment", "reference"}
    for field in ("term", "definition", "example", "reference"):
        assert term[field].strip()
    assert term["definition"].count(". ") == 0, "one sentence"


@pytest.mark.parametrize("term", [term for term in TERMS if "segment" in term], ids=lambda term: term["id"])
def test_the_segment_of_a_terms_example_exists(term: dict[str, str]):
    assert find_segment(term["segment"]).id == term["segment"]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["id"])
def test_an_event_says_where_it_was_read_and_whether_it_is_verified(event: dict[str, object]):
    assert isinstance(event["date"], datetime.date)
    assert event["read_in"]
    assert isinstance(event["verified"], bool)
    assert event["verified"] or event["note"], "what is not verified says why"


@pytest.mark.parametrize("entries", [TERMS, EVENTS], ids=["glossary", "timeline"])
def test_no_id_is_given_twice(entries: list[dict[str, str]]):
    ids = [entry["id"] for entry in entries]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("source", load_corpus())
def test_every_event_that_a_source_is_about_is_on_the_timeline(source: str):
    assert set(load_corpus()[source].provenance.about) <= {event["id"] for event in EVENTS}
