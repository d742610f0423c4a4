"""Argument maps in one line: ``a+b>m`` supports, ``a!m`` rebuts, ``a?m`` undermines, ``a~r1`` undercuts step r1."""

import re

from course.argument.model import ArgumentMap, Claim, Relation, RelationKind

_KINDS = {
    ">": RelationKind.SUPPORT,
    "!": RelationKind.REBUT,
    "?": RelationKind.UNDERMINE,
    "~": RelationKind.UNDERCUT,
}


def draw(line: str, main: str | None = "m", also: str = "") -> ArgumentMap:
    """Make a map of the steps in a line; they are called r1, r2, … in their order.

    Args:
        line: The steps.
        main: The main claim.
        also: Claims that no step uses.
    """
    relations, names = [], dict.fromkeys(also.split())
    for number, step in enumerate(line.split(), 1):
        sources, kind, target = re.split(r"([>!?~])", step)
        relations.append(Relation(id=f"r{number}", kind=_KINDS[kind], sources=tuple(sources.split("+")), target=target))
        names |= dict.fromkeys([*sources.split("+"), *([target] if kind != "~" else [])])
    claims = tuple(Claim(id=name, text=f"Claim {name}.") for name in names)
    return ArgumentMap(claims=claims, relations=tuple(relations), main=main if main in names else None)
