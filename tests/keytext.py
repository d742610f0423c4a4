"""What must never leave source/: the sentences and the accepted answers of a key."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from course.exercises import Unit, UnitKey


def key_sentences(key: UnitKey) -> set[str]:
    """Every text of a key: reasons, explanations, hints, misconceptions."""
    texts = set(key.misconceptions.values())
    for entry in key.keys.values():
        texts |= {text for name, text in _strings(entry.model_dump()) if name in {"why", "reason", "hints"}}
        texts |= {text for samples in getattr(entry, "marking", {}).values() for text in samples}
    return texts


def accepted_answers(unit: Unit, key: UnitKey, without: Collection[str] = ()) -> set[str]:
    """The stored form of every accepted answer, as JSON without its outer braces, but for some items."""
    found = set()
    for item in unit.items:
        if item.id in without:
            continue
        for sample in key.of(item).samples.accept:
            plain = item.parse(sample).model_dump(mode="json", exclude_none=True)
            plain.pop("confidence", None)
            found.add(json.dumps(plain)[1:-1])
    return found


def _strings(data: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(data, str):
        yield name, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _strings(value, key)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from _strings(value, name)
