"""Complete, preferred and stable extensions of a framework, by answer set programming with clingo.

The definitions are Dung's (1995). A preferred extension is a complete one that no other contains: clingo finds it by
deciding first that an argument is in, and excludes what it contains from then on (Gebser et al., "Domain-specific
heuristics in answer set programming", AAAI 2013). The programs are our own; many of their kind are in ASPARTIX (Egly,
Gaggl & Woltran, "Answer-set programming encodings for argumentation frameworks", Argument & Computation 1, 2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from course.argument.framework import Framework
from course.errors import CourseError

if TYPE_CHECKING:
    from clingo import Model

SECONDS = 10.0
MOST = 1000

_CONFLICT_FREE = """
{in(X)} :- argument(X).
defeated(X) :- in(Y), attack(Y,X).
:- in(X), defeated(X).
#show in/1.
"""
_COMPLETE = (
    _CONFLICT_FREE
    + """
undefended(X) :- attack(Y,X), not defeated(Y).
:- in(X), undefended(X).
:- argument(X), not in(X), not undefended(X).
"""
)


class Semantics(StrEnum):
    """Which sets of arguments count as a position that can be held."""

    COMPLETE = "complete"
    PREFERRED = "preferred"
    STABLE = "stable"


_PROGRAMS = {
    Semantics.COMPLETE: _COMPLETE,
    Semantics.PREFERRED: _COMPLETE + "#heuristic in(X) : argument(X). [1,true]",
    Semantics.STABLE: _CONFLICT_FREE + ":- argument(X), not in(X), not defeated(X).",
}


@dataclass(frozen=True)
class Extensions:
    """Sets of arguments that can be accepted together.

    Attributes:
        sets: The sets, the largest first.
        stopped: Why the search was stopped before it had found all of them; empty if these are all.
    """

    sets: tuple[frozenset[str], ...]
    stopped: str = ""

    def __str__(self) -> str:
        lines = ["{" + ", ".join(sorted(names)) + "}" for names in self.sets]
        return "\n".join([*(lines or ["no extension"]), *([self.stopped] if self.stopped else [])])


def extensions(
    framework: Framework, semantics: Semantics | str, *, seconds: float = SECONDS, most: int = MOST
) -> Extensions:
    """Find the extensions of a framework.

    Args:
        framework: The arguments and attacks.
        semantics: "complete", "preferred" or "stable".
        seconds: How long to search.
        most: How many extensions to find.

    Returns:
        The extensions. If one of the limits was reached, ``stopped`` says so; those found are extensions all the same.

    Raises:
        CourseError: The semantics is not known, a limit is not positive, or clingo is missing.
    """
    if semantics not in list(Semantics):
        raise CourseError(f"{semantics!r} is not a semantics known here", f"Use one of {', '.join(Semantics)}.")
    for name, limit in (("seconds", seconds), ("most", most)):
        if not limit > 0:
            raise CourseError(f"{limit!r} is not positive", "Give a number above 0.", field=name)
    try:
        from clingo import Control
    except ImportError:
        raise CourseError("clingo is not installed", 'Install it: pip install "clingo>=5.7,<6".') from None

    options = ["--heuristic=Domain", "--enum-mode=domRec"] if semantics == Semantics.PREFERRED else []
    # Frameworks without attacks or with one extension make clingo wonder about the program: nothing for a reader.
    control = Control(["--models=0", *options], logger=lambda _code, _message: None)
    control.add("base", [], _PROGRAMS[Semantics(semantics)] + _facts(framework))
    control.ground([("base", [])])

    found: list[list[int]] = []

    def keep(model: Model) -> bool:
        found.append(sorted(symbol.arguments[0].number for symbol in model.symbols(shown=True)))
        return len(found) <= most  # one more than asked for, to know whether these are all

    with control.solve(on_model=keep, async_=True) as handle:
        in_time = handle.wait(seconds)
        handle.cancel()
    stopped = ""
    if len(found) > most:
        stopped = f"Stopped after {most} extensions; there are more."
    elif not in_time:
        stopped = f"Stopped after {seconds:g} seconds; there may be more."
    found = sorted(found[:most], key=lambda numbers: (-len(numbers), numbers))
    return Extensions(tuple(frozenset(framework.arguments[number] for number in each) for each in found), stopped)


def _facts(framework: Framework) -> str:
    """Return the framework as a program. Arguments are numbers there: no name becomes program text."""
    number = {name: position for position, name in enumerate(framework.arguments)}
    return "".join(
        [
            *(f"argument({position})." for position in number.values()),
            *(f"attack({number[attacker]},{number[target]})." for attacker, target in framework.attacks),
        ]
    )
