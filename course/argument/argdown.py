"""Write maps as Argdown, and read the subset of Argdown that is written here.

Argdown (Voigt, https://argdown.org) knows statements, arguments with premises and a conclusion, and relations between
them. What is escaped follows the lexer of @argdown/core 1.7.5. ``docs/interchange.md`` shows the subset.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from pydantic import Field

from course.argument.model import ArgumentMap, Claim, Name, Relation, RelationKind
from course.datafile import M, Model, build
from course.errors import CourseError

# What starts a token of its own, and what Argdown drops a second space after. Everything else stays readable.
_MARKUP = re.compile(r"[\\@#*_\[\]{}<>/]|=(?==)|[.:](?=\S)|[.:,;()-](?=  )")
_RULE_MARKUP = re.compile(_MARKUP.pattern + "|[,-]")  # between the hyphens of an inference
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")  # line breaks and what YAML or JavaScript mistake
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ENDS = re.compile(r"[{}\]>]")  # what would end metadata or a title
_EMPTY = "…"
# What every JavaScript object has: Argdown would take these names for titles that it has met.
_OBJECT = [
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
]

_TITLE = r"[A-Za-z0-9._-]+"
_DATA = r"(?P<data>\{.*\})"
_CLAIM = re.compile(rf"\[(?P<id>{_TITLE})\]: (?P<text>(?:[^\\{{]|\\.)+?)(?: {_DATA})?")
_REFERENCE = re.compile(rf"\[(?P<id>{_TITLE})\]")
_STEP = re.compile(rf"<(?P<id>{_TITLE})>")
_PREMISE = re.compile(rf"\([0-9]+\) \[(?P<id>{_TITLE})\]")
_AGAINST = re.compile(rf"\([0-9]+\) \[{_TITLE} against {_TITLE}\]")
_INFERENCE = re.compile(rf"----|--(?: (?P<rule>(?:[^\\{{-]|\\.)+?))?(?: {_DATA})? --")
_ATTACK = re.compile(rf"  (?:-> \[(?P<claim>{_TITLE})\]|_> <(?P<step>{_TITLE})>)(?: {_DATA})?")


class _ClaimData(Model):
    main: bool = False
    segments: tuple[Name, ...] = ()
    implicit: bool = False
    text: str | None = None


class _StepData(Model):
    kind: RelationKind | None = None
    scheme: str | None = None


class _AttackData(Model):
    relations: dict[Name, _StepData] = Field(default_factory=dict)


def write_argdown(argument_map: ArgumentMap) -> str:
    """Write a map as Argdown: first the claims, then the steps, in their order.

    Raises:
        CourseError: The map is not well-formed.
    """
    argument_map.checked()
    blocks = [_claim(claim, main=claim.id == argument_map.main) for claim in argument_map.claims]
    hit = {relation.target for relation in argument_map.relations}
    ends = Counter(_ends(relation) for relation in argument_map.relations)
    for relation in argument_map.relations:
        # Argdown has no names for bare attacks: nothing can undercut them, two are one, and one of a claim on itself is
        # lost if anything else attacks this claim.
        alone = ends[_ends(relation)] == 1 and relation.target not in relation.sources
        bare = len(relation.sources) == 1 and relation.id not in hit and alone
        if bare and relation.kind != RelationKind.SUPPORT:
            blocks.append(_bare(relation))
        else:
            blocks.append(_step(relation))
    return "".join(f"{block}\n\n" for block in blocks)


def _ends(relation: Relation) -> tuple[tuple[str, ...], str]:
    return relation.sources, "" if relation.kind == RelationKind.SUPPORT else relation.target


def _claim(claim: Claim, *, main: bool) -> str:
    shown = _shown(claim.text)
    data = {
        "main": main,
        "segments": claim.segments,
        "implicit": claim.implicit,
        "text": claim.text if shown != claim.text else None,
    }
    return f"[{_title(claim.id)}]: {_escaped(shown, _MARKUP)}{_data(data)}"


def _bare(relation: Relation) -> str:
    said = {"kind": relation.kind.value, "scheme": relation.scheme}
    data = {"relations": {relation.id: {key: value for key, value in said.items() if value}}}
    return f"[{_title(relation.sources[0])}]\n{_arrow(relation)}{_data(data)}"


def _step(relation: Relation) -> str:
    premises = [f"({number}) [{_title(source)}]" for number, source in enumerate(relation.sources, 1)]
    if attacks := relation.kind != RelationKind.SUPPORT:
        conclusion = f"[{relation.id} against {relation.target}]\n{_arrow(relation)}"
    else:
        conclusion = f"[{_title(relation.target)}]"
    rule = _shown(relation.scheme)
    data = {
        "kind": relation.kind.value if attacks else None,
        "scheme": relation.scheme if rule != relation.scheme else None,
    }
    inside = (f" {_escaped(rule, _RULE_MARKUP)}" if rule else "") + _data(data)
    inference = f"--{inside} --" if inside else "----"
    return "\n".join([f"<{_title(relation.id)}>", "", *premises, inference, f"({len(premises) + 1}) {conclusion}"])


def _arrow(relation: Relation) -> str:
    title = _title(relation.target)
    return f"  _> <{title}>" if relation.kind == RelationKind.UNDERCUT else f"  -> [{title}]"


def _title(name: str) -> str:
    return f"{name}." if name in _OBJECT else name  # no name ends with a full stop


def _shown(text: str) -> str:
    """Return what Argdown can hold of a text; what differs stands in the metadata too."""
    return _NO_TEXT.sub(" ", text).strip() or _EMPTY if text else ""


def _escaped(text: str, markup: re.Pattern[str]) -> str:
    return markup.sub(r"\\\g<0>", text)


def _data(data: Mapping[str, Any]) -> str:
    """Write metadata in braces: JSON, which is YAML too, without anything that would end the braces early."""
    said = {key: value for key, value in data.items() if value}
    if not said:
        return ""
    plain = json.dumps(said)
    return " " + _STRING.sub(lambda string: _ENDS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", string[0]), plain)


def read_argdown(text: str, file: Path | str) -> ArgumentMap:
    """Read the Argdown that :func:`write_argdown` writes; the map may be ill-formed.

    Args:
        text: The Argdown.
        file: The name of its file, for errors.

    Raises:
        CourseError: A line is not of the subset, or holds what the model does not know.
    """
    return _Reader(text, Path(file)).read()


class _Reader:
    def __init__(self, text: str, file: Path) -> None:
        self.lines = text.split("\n")
        self.file = file
        self.at = 0  # the next line
        self.claims: list[Claim] = []
        self.relations: list[Relation] = []
        self.main: str | None = None

    def read(self) -> ArgumentMap:
        while self._skip():
            if match := self._match(_CLAIM):
                self._claim(match)
            elif match := self._match(_REFERENCE):
                self._bare(_name(match))
            elif match := self._match(_STEP):
                self._step(_name(match))
            else:
                self._fail("neither [claim]: text, nor [claim], nor <step>")
        return ArgumentMap(claims=tuple(self.claims), relations=tuple(self.relations), main=self.main)

    def _skip(self) -> bool:
        """Go to the next line that is not empty; say whether there is one."""
        while self.at < len(self.lines) and not self.lines[self.at].strip(" "):
            self.at += 1
        return self.at < len(self.lines)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.fullmatch(self.lines[self.at].rstrip(" ")) if self.at < len(self.lines) else None
        self.at += match is not None
        return match

    def _claim(self, match: re.Match[str]) -> None:
        data = self._data(_ClaimData, match)
        text = self._exact(match["text"], data.text, _MARKUP)
        name = _name(match)
        if data.main and self.main is not None:
            self._fail(f"{name} cannot be the main claim, {self.main} is", 1)
        self.main = name if data.main else self.main
        self.claims.append(
            self._build(Claim, {"id": name, "text": text, "segments": data.segments, "implicit": data.implicit})
        )

    def _bare(self, source: str) -> None:
        kind, target, match = self._attack()
        said = list(self._data(_AttackData, match).relations.items())
        if len(said) != 1:
            self._fail('the braces name no relation, as in {"relations": {"r1": {"kind": "rebut"}}}', 1)
        name, data = said[0]
        self._relation(name, data.kind or kind, (source,), target, data.scheme or "")

    def _step(self, name: str) -> None:
        self._skip()
        sources = []
        while match := self._match(_PREMISE):
            sources.append(_name(match))
        inference = self._match(_INFERENCE)
        if not inference:
            self._fail("neither a premise, as in (1) [claim], nor an inference, as in ----")
        data = self._data(_StepData, inference)
        scheme = self._exact(inference["rule"] or "", data.scheme, _RULE_MARKUP)
        if match := self._match(_PREMISE):
            self._relation(name, data.kind or RelationKind.SUPPORT, tuple(sources), _name(match), scheme)
        elif self._match(_AGAINST):
            kind, target, _ = self._attack()
            self._relation(name, data.kind or kind, tuple(sources), target, scheme)
        else:
            self._fail("no conclusion, as in (2) [claim]")

    def _attack(self) -> tuple[RelationKind, str, re.Match[str]]:
        match = self._match(_ATTACK)
        if not match:
            self._fail("no attack, as in   -> [claim] or   _> <step>")
        kind = RelationKind.REBUT if match["claim"] else RelationKind.UNDERCUT
        return kind, (match["claim"] or match["step"]).removesuffix("."), match

    def _relation(self, name: str, kind: RelationKind, sources: tuple[str, ...], target: str, scheme: str) -> None:
        data = {"id": name, "kind": kind, "sources": sources, "target": target, "scheme": scheme}
        self.relations.append(self._build(Relation, data))

    def _exact(self, shown: str, exact: str | None, markup: re.Pattern[str]) -> str:
        """Return a text without its backslashes, or what the metadata say it is exactly."""
        text = re.sub(r"\\(.)", r"\1", shown)
        if _escaped(text, markup) != shown:
            self._fail("there is markup in the text; write a backslash before each sign that is no markup", 1)
        if exact is not None and _shown(exact) != text:
            self._fail("the text is another one than the exact text in the braces", 1)
        return text if exact is None else exact

    def _data(self, model: type[M], match: re.Match[str]) -> M:
        try:
            data = json.loads(match["data"] or "{}")
        except (ValueError, RecursionError):
            self._fail("what stands in braces is not JSON", 1)
        return self._build(model, data)

    def _build(self, model: type[M], data: Any) -> M:
        return build(model, data, self.file, item=f"line {self.at}")

    def _fail(self, problem: str, back: int = 0) -> NoReturn:
        """Report the next line, or one that was read."""
        remedy = "Write it as docs/interchange.md shows, or convert the map again."
        raise CourseError(problem, remedy, file=self.file, item=f"line {self.at + 1 - back}")


def _name(match: re.Match[str]) -> str:
    return match["id"].removesuffix(".")
