"""The course's own debate."""

from pathlib import Path

import pytest
import yaml

from course.argument import bank
from course.argument.debate import standing
from course.corpus.documents import find_segment
from course.errors import CourseError
from course.paths import data_dir


def test_it_has_at_least_25_arguments_of_both_sides_in_like_number() -> None:
    sides = [claim.side for claim in bank.load_bank().claims]
    assert len(sides) >= 25
    assert sides.count("for") == sides.count("against")


def test_each_claim_has_a_passage_or_a_reference() -> None:
    assert [claim.id for claim in bank.load_bank().claims if not claim.segments and not claim.references] == []


def test_each_passage_is_in_the_corpus() -> None:
    for claim in bank.load_bank().claims:
        for segment in claim.segments:
            assert find_segment(segment).id == segment


def test_each_reference_is_known() -> None:
    listed = yaml.safe_load((data_dir() / "references.yaml").read_text(encoding="utf-8"))["references"]
    used = {reference for claim in bank.load_bank().claims for reference in claim.references}
    assert used - {entry["id"] for entry in listed} == set()


def test_some_claims_stand_some_fall_and_some_are_undecided() -> None:
    assert set(standing(bank.load_bank().map()).values()) == {"stands", "falls", "undecided"}


@pytest.mark.parametrize(
    ("relation", "said"), [("a helps b", "has no verb"), ("a supports b", "b, which is not in the map")]
)
def test_a_broken_debate_is_refused_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relation: str, said: str
) -> None:
    data = {"main": "a", "claims": [{"id": "a", "text": "A.", "side": "for"}], "relations": [relation]}
    (tmp_path / "arguments.yaml").write_text(yaml.safe_dump(data))
    monkeypatch.setattr(bank, "data_dir", lambda: tmp_path)
    with pytest.raises(CourseError, match=said) as error:
        bank.load_bank.__wrapped__()
    assert str(error.value).startswith(str(tmp_path / "arguments.yaml"))
