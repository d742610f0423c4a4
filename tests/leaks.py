"""Find in a folder what belongs to teachers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from course.exercises import Unit, UnitKey, load_key, load_unit
from course.exercises.unit import MASTER_KEY
from tests.keytext import accepted_answers, key_sentences

TEACHERS_FILES = {"key.yaml", ".key.yaml", "teaching.md", "passes.csv", "drawings.yaml"}
IDS = {"choices", "labels", "order", "relations", "rows"}  # the fields of answers that cannot be anything else


def master(folder: Path) -> tuple[Unit, UnitKey]:
    unit = load_unit(folder)
    return unit, load_key(folder / MASTER_KEY, unit)


def leaks(folder: Path, masters: list[Path]) -> list[str]:
    """One line for each teachers' file, sentence of a key and accepted answer that a folder holds."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = [f"{path}: is for teachers" for path in files if path.name in TEACHERS_FILES]
    read = {path: _content(path) for path in files}
    for unit, key in map(master, masters):
        sentences = {_plain(text) for text in key_sentences(key)}
        answers = accepted_answers(unit, key)
        parts = {json.dumps(part) for text in answers for part in json.loads(f"{{{text}}}").items() if part[0] in IDS}
        for path, (texts, pairs) in read.items():
            found += [f"{path}: {text}" for text in sentences if any(text in other for other in texts)]
            found += [f"{path}: {text}" for text in answers if any(_plain(text) in other for other in texts)]
            found += [f"{path}: {part}" for part in parts & pairs]
    return found


def _content(path: Path) -> tuple[list[str], set[str]]:
    """All texts of a file with spaces normalised, and the fields of its mappings as JSON."""
    raw = path.read_text(encoding="utf-8", errors="replace")
    texts, pairs = [_plain(raw)], set()
    if path.suffix in {".yaml", ".json", ".ipynb"}:
        data = yaml.safe_load(raw) if path.suffix == ".yaml" else json.loads(raw)
        for name, value in _fields(data):
            if isinstance(value, str):
                texts.append(_plain(value))
            elif isinstance(value, list) and all(isinstance(line, str) for line in value):
                texts.append(_plain("".join(value)))
            if name in IDS:
                pairs.add(json.dumps((name, value), default=str))
            if name == "entries" and isinstance(value, list):
                pairs.add(json.dumps(("order", [entry["id"] for entry in value])))
    return texts, pairs


def _fields(data: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    yield name, data
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from _fields(value, str(key))


def _plain(text: str) -> str:
    return " ".join(text.split())
