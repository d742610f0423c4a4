"""Relations and maps in words: ``a + b supports c`` as an author or learner types it, and sentences for everybody.

A relation may have a name in front, ``r1: a + b supports c``; an undercut leads to the name of a relation.
"""

import re
from collections.abc import Iterable

from course.argument.model import ArgumentMap, Relation, RelationKind
from course.errors import CourseError

_VERBS = {
    RelationKind.SUPPORT: "supports",
    RelationKind.REBUT: "rebuts",
    RelationKind.UNDERMINE: "undermines",
    RelationKind.UNDERCUT: "undercuts",
}
_KINDS = {verb: kind for kind, verb in _VERBS.items()}
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


def relations(texts: Iterable[str], taken: Iterable[str] = ()) -> tuple[Relation, ...]:
    """Read several relations; those without a name are called r1, r2, … by their place, past names that are taken.

    Args:
        texts: The relations in words.
        taken: Names that are in use.

    Raises:
        CourseError: One of them is no relation.
    """
    texts = list(texts)
    used = {*taken, *(text.partition(":")[0].strip() for text in texts if ":" in text)}
    found = []
    for place, text in enumerate(texts, 1):
        number = place
        while f"r{number}" in used:
            number += 1
        found.append(relation(text, f"r{number}"))
        used.add(found[-1].id)
    return tuple(found)


def notation(step: Relation) -> str:
    """Return a relation as :func:`relation` reads it."""
    return f"{step.id}: {' + '.join(step.sources)} {_VERBS[step.kind]} {step.target}"


def sentence(step: Relation, argument_map: ArgumentMap) -> str:
    """Return a relation as a sentence with the claims' texts; ids stand for what is not in the map."""
    many = len(step.sources) > 1
    verb = _VERBS[step.kind].removesuffix("s") if many else _VERBS[step.kind]
    sources = _listed([_text(argument_map, source) for source in step.sources])
    together = " together" if many else ""
    return f"{sources}{together} {verb} {_target(step.target, argument_map)}"


def sentences(argument_map: ArgumentMap) -> list[str]:
    """Return a map in words: its main claim, then a sentence for each relation."""
    main = [f"Main claim: {_text(argument_map, argument_map.main)}"] if argument_map.main else []
    return [*main, *(sentence(step, argument_map) for step in argument_map.relations)]


def _target(name: str, argument_map: ArgumentMap) -> str:
    step = argument_map.relation_by_id.get(name)
    if step is None:
        return _text(argument_map, name)
    sources = _listed([_text(argument_map, source) for source in step.sources])
    end = step.target if step.target in argument_map.relation_by_id else _text(argument_map, step.target)
    return f"the step from {sources} to {end}"


def _text(argument_map: ArgumentMap, name: str) -> str:
    claim = argument_map.claim_by_id.get(name)
    return f"“{' '.join(claim.text.split()).removesuffix('.')}”" if claim else name


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
