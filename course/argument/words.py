"""Relations and maps in words: ``a + b supports c`` as an author or learner types it, and sentences for everybody.

A relation may have a name in front, ``r1: a + b supports c``; an undercut leads to the name of a relation.
"""

import re
import textwrap
from collections.abc import Iterable

from course.argument.model import ArgumentMap, Claim, Relation, RelationKind
from course.errors import CourseError

_VERBS = {
    RelationKind.SUPPORT: "supports",
    RelationKind.REBUT: "rebuts",
    RelationKind.UNDERMINE: "undermines",
    RelationKind.UNDERCUT: "undercuts",
}
_KINDS = {verb: kind for kind, verb in _VERBS.items()}
_LONGEST = 100  # characters of a claim in a sentence
_NAME = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*")
_FORM = 'Write it like "a + b supports c"; the verbs are supports, rebuts, undermines and undercuts.'


def relation(text: str, name: str = "r1") -> Relation:
    """Read a relation.

    Args:
        text: The relation in words, such as ``"r2: cost rebuts plan"``.
        name: What it is called if the words do not say.

    Raises:
        CourseError: The words are no relation; the message names the word.
    """
    before, colon, after = text.partition(":")
    own, said = (before.strip(), after) if colon else (name, text)
    words = said.replace("+", " + ").split()
    verbs = [place for place, word in enumerate(words) if word in _KINDS]
    if len(verbs) != 1:
        raise CourseError(f"{text!r} has no verb" if not verbs else f"{text!r} has more than one verb", _FORM)
    sources, (verb, *targets) = words[: verbs[0]], words[verbs[0] :]
    if len(targets) != 1:
        raise CourseError(f"{text!r} has {len(targets)} targets", _FORM)
    if sources[1::2] != ["+"] * (len(sources) // 2) or len(sources) % 2 == 0:
        raise CourseError(f"the reasons of {text!r} are not joined by +", _FORM)
    for word in (own, *sources[::2], *targets):
        if not _NAME.fullmatch(word):
            raise CourseError(f"{word!r} in {text!r} is not a name", "Names have letters, digits, hyphens and dots.")
    return Relation(id=own, kind=_KINDS[verb], sources=tuple(sources[::2]), target=targets[0])


def relations(texts: Iterable[str], taken: Iterable[str] = (), letter: str = "r") -> tuple[Relation, ...]:
    """Read several relations; those without a name are called r1, r2, … by their place, past names that are taken.

    Args:
        texts: The relations in words.
        taken: Names that are in use.
        letter: What the names given here begin with.

    Raises:
        CourseError: One of them is no relation.
    """
    texts = list(texts)
    used = {*taken, *(text.partition(":")[0].strip() for text in texts if ":" in text)}
    found = []
    for place, text in enumerate(texts, 1):
        number = place
        while f"{letter}{number}" in used:
            number += 1
        found.append(relation(text, f"{letter}{number}"))
        used.add(found[-1].id)
    return tuple(found)


def notation(step: Relation) -> str:
    """Return a relation as :func:`relation` reads it."""
    return f"{step.id}: {' + '.join(step.sources)} {_VERBS[step.kind]} {step.target}"


def sentence(step: Relation, argument_map: ArgumentMap) -> str:
    """Return a relation as a sentence with the claims' texts; ids stand for what is not in the map."""
    verb = _VERBS[step.kind]
    if len(step.sources) > 1:
        verb = f"together {verb.removesuffix('s')}"
    return f"{_listed(step.sources, argument_map)} {verb} {_target(step.target, argument_map)}"


def quoted(claim: Claim) -> str:
    """Return what a claim says in quotation marks, shortened if it is long."""
    return f"“{textwrap.shorten(claim.text, _LONGEST, placeholder=' …').removesuffix('.')}”"


def called(name: str, argument_map: ArgumentMap) -> str:
    """Return what a part of a map is called in a sentence: a claim by its text, anything else by its id."""
    claim = argument_map.claim_by_id.get(name)
    return quoted(claim) if claim else name


def _target(name: str, argument_map: ArgumentMap) -> str:
    step = argument_map.relation_by_id.get(name)
    if step is None:
        return called(name, argument_map)
    return f"{name}, the step from {_listed(step.sources, argument_map)} to {called(step.target, argument_map)}"


def _listed(names: Iterable[str], argument_map: ArgumentMap) -> str:
    *most, last = [called(name, argument_map) for name in names]
    return f"{', '.join(most)} and {last}" if most else last
