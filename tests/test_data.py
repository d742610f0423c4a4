"""The files in data/: they hold together, and what they say has a passage, a reference, or is marked."""

import csv
import datetime
from typing import Any

import pytest
import yaml

from course.corpus.documents import find_segment, load_corpus
from course.paths import CLONE, data_dir
from course.teaching.glossary import glossary


def content(name: str) -> Any:
    return yaml.safe_load((data_dir() / f"{name}.yaml").read_text(encoding="utf-8"))


def rows(name: str) -> list[dict[str, str]]:
    with (data_dir() / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TERMS = content("glossary")["terms"]
EVENTS = content("timeline")["events"]
REFERENCES = content("references")["references"]
WORKS = {work["id"] for work in REFERENCES}
SCHEMES = content("schemes")["schemes"]
SEGMENTS = {segment.id for document in load_corpus().values() for segment in document.segments}


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


@pytest.mark.parametrize(
    "entries", [TERMS, EVENTS, REFERENCES, SCHEMES], ids=["glossary", "timeline", "references", "schemes"]
)
def test_no_id_is_given_twice(entries: list[dict[str, str]]):
    ids = [entry["id"] for entry in entries]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("source", load_corpus())
def test_every_event_that_a_source_is_about_is_on_the_timeline(source: str):
    assert set(load_corpus()[source].provenance.about) <= {event["id"] for event in EVENTS}


@pytest.mark.parametrize("work", REFERENCES, ids=lambda work: work["id"])
def test_a_reference_says_how_much_of_the_work_was_read(work: dict[str, str]):
    assert set(work) == {"id", "text", "read"}
    assert work["read"] in {"whole", "abstract", "not read"}


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme["id"])
def test_a_scheme_has_a_pattern_questions_an_example_and_a_known_reference(scheme: dict[str, Any]):
    assert scheme["pattern"]
    assert len(scheme["questions"]) >= 2
    assert scheme["group"] in content("schemes")["groups"]
    assert scheme["reference"] in WORKS
    assert scheme["example"].get("segment", "khan.1.1") in SEGMENTS


@pytest.mark.parametrize("row", rows("statements"), ids=lambda row: row["id"])
def test_a_statement_has_a_passage_or_a_known_reference_and_says_how_it_is_known(row: dict[str, str]):
    assert row["source"] in SEGMENTS | WORKS
    assert row["verified"] in {"primary", "transcript", "second hand", "not verified"}
    assert row["date_basis"]


@pytest.mark.parametrize("row", rows("releases"), ids=lambda row: f"{row['release']}-{row['component']}")
def test_a_cell_on_a_release_names_where_it_was_read_or_is_not_verified(row: dict[str, str]):
    assert row["status"] in {"released", "with conditions", "none found", "not verified"}
    assert row["reference"] in WORKS or row["reference"] == row["status"] == "not verified"


def test_each_release_has_each_component_once():
    cells = [(row["release"], row["component"]) for row in rows("releases")]
    releases, components = ({cell[n] for cell in cells} for n in (0, 1))
    assert len(releases) >= 8
    assert sorted(cells) == sorted((release, component) for release in releases for component in components)
    assert len({component for _, component in cells}) == 7


@pytest.mark.parametrize("framework", content("openness")["frameworks"], ids=lambda framework: framework["id"])
def test_a_framework_of_openness_has_a_known_reference_and_says_what_was_read(framework: dict[str, Any]):
    assert framework["reference"] in WORKS
    assert framework["asks"]
    assert framework["note"]


def test_the_page_of_the_glossary_is_what_the_data_say():
    assert (CLONE / "docs" / "glossary.md").read_text(encoding="utf-8") == glossary()
