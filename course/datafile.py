"""Read YAML and JSON, and build pydantic models of it; what is wrong becomes one line with file, item and field."""

import contextlib
import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from course.errors import CourseError

M = TypeVar("M", bound=BaseModel)

MAX_DEPTH = 20  # of JSON that others wrote
_SAFE_DEPTH = 3_000
_RESTORE = "Restore the file from a copy, or delete it to start again."


class Model(BaseModel):
    """Base of everything read from files: unknown fields are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Strict:
    """What makes a loader refuse a key given twice (the second would silently win) and name the line of every fault."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)  # type: ignore[misc]  # of the loader beside it
        except (ValueError, TypeError, LookupError, AttributeError) as error:  # PyYAML's own slips, as on 2024-13-45
            problem = f"{node.value!r} is not valid ({error})"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from None


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[Hashable] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.constructor.ConstructorError(None, None, "a key is a list or mapping", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is given twice", key_node.start_mark)
        seen.add(key)
    made: dict[Hashable, Any] = loader.construct_mapping(node, deep=True)
    return made


class _Loader(_Strict, yaml.SafeLoader):
    """PyYAML's own, which says best what is wrong."""


class _FastLoader(_Strict, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # not on all machines
    """libyaml's, which is ten times as fast."""


for _each in (_Loader, _FastLoader):
    _each.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_text(path: Path) -> str:
    """Return a file's text.

    Raises:
        CourseError: The file is missing or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError("the file is missing", "Restore it or correct the path.", file=path) from None
    except UnicodeDecodeError as error:
        raise CourseError(f"byte {error.start} is not UTF-8", "Save the file with UTF-8 encoding.", file=path) from None
    except OSError as error:
        raise CourseError(f"cannot be read ({error.strerror})", "Check its permissions.", file=path) from None


def parse_yaml(text: str, path: Path) -> Any:
    """Return the plain data of a YAML text; ``path`` is named in errors.

    Raises:
        CourseError: The text is not valid YAML, or gives a key twice.
    """
    try:
        return _load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else None
        problem = getattr(error, "problem", None) or "is not valid YAML"
        raise CourseError(problem, "Correct the YAML at this line.", file=path, item=line) from None
    except RecursionError:
        raise CourseError("is nested too deeply", "Correct the YAML.", file=path) from None


def _load(text: str) -> Any:
    # libyaml would crash on what is nested far too deeply, which takes that many brackets or so long a line.
    deepest = text.count("[") + text.count("{") + max(map(len, text.splitlines()), default=0)
    if deepest < _SAFE_DEPTH:
        with contextlib.suppress(yaml.YAMLError, RecursionError):  # the other one says what is wrong
            return yaml.load(text, Loader=_FastLoader)  # noqa: S506  # it is a SafeLoader
    return yaml.load(text, Loader=_Loader)  # noqa: S506  # it is a SafeLoader


def parse_json(raw: bytes, file: Path | str, limit: int, remedy: str = _RESTORE) -> Any:
    """Read JSON from bytes that nobody vouches for.

    Args:
        raw: The bytes.
        file: What they are, for errors.
        limit: How many bytes there may be.
        remedy: What to do if they cannot be read.

    Raises:
        CourseError: Too large, nested deeper than ``MAX_DEPTH``, or not JSON.
    """
    if len(raw) > limit:
        raise CourseError(f"has {len(raw)} bytes, more than {limit}", remedy, file=file)
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        what = "is nested too deeply" if isinstance(error, RecursionError) else f"is not JSON ({error})"
        raise CourseError(what, remedy, file=file) from None
    if _depth(data) > MAX_DEPTH:
        raise CourseError("is nested too deeply", remedy, file=file)
    return data


def _depth(data: Any) -> int:
    depth, level = 0, [data] if isinstance(data, (dict, list)) else []
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
    return depth


def build(model: type[M], data: Any, path: Path, *, item: str | None = None) -> M:
    """Validate plain data as ``model``; ``path`` and ``item`` are named in errors.

    Raises:
        CourseError: The first thing that does not fit, with its field.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise explain(error, path, item=item, data=data) from None


def explain(error: ValidationError, path: Path | str, *, item: str | None, data: Any = None) -> CourseError:
    """Turn a pydantic error into one line: file, item, field, what is wrong, remedy."""
    first = error.errors(include_url=False)[0]
    place = list(first["loc"])
    if item is None and place[:1] == ["items"] and len(place) > 1 and isinstance(place[1], int):
        listed = data.get("items") if isinstance(data, dict) else None
        entry = listed[place[1]] if isinstance(listed, list) else None
        item = entry.get("id") if isinstance(entry, dict) else None
        item = item if isinstance(item, str) else f"item {place[1] + 1}"
        place = place[2:]
        if isinstance(entry, dict) and place[:1] == [entry.get("kind")]:  # pydantic names the kind here; no author does
            place = place[1:]
    field = ".".join(str(part) for part in place) or None
    kind, context = first["type"], first.get("ctx", {})
    if kind == "missing":
        return CourseError("is missing", "Add this field.", file=path, item=item, field=field)
    if kind == "extra_forbidden":
        return CourseError(
            "is not a known field", "Remove it or correct its spelling.", file=path, item=item, field=field
        )
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        name = str(context["discriminator"]).strip("'")
        problem = f"{context['tag']!r} is not known" if "tag" in context else "is missing"
        remedy = f"Use {context['expected_tags']}." if "tag" in context else "Add this field."
        return CourseError(problem, remedy, file=path, item=item, field=".".join([*filter(None, [field]), name]))
    if kind == "value_error":
        problem, _, remedy = str(context["error"]).partition(". ")
        return CourseError(problem.rstrip("."), remedy or "Correct this value.", file=path, item=item, field=field)
    message = first["msg"][:1].lower() + first["msg"][1:]
    given = repr(first["input"])
    return CourseError(
        f"{message}, not {given if len(given) <= 60 else given[:57] + '...'}",  # noqa: PLR2004  # one line
        "Correct this value.",
        file=path,
        item=item,
        field=field,
    )
