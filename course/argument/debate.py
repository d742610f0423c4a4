"""Which claims of an argument map stand, why, and what would change that.

A map is translated into a framework, and what is in there stands here; ``docs/semantics.md`` explains the translation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from course.argument.framework import Framework, Label, grounded
from course.argument.model import ArgumentMap, Relation, RelationKind
from course.errors import CourseError

_LENGTH = 60  # characters of a claim's text in a reason


class Status(StrEnum):
    """What becomes of a claim in a debate."""

    STANDS = "stands"
    FALLS = "falls"
    UNDECIDED = "undecided"


_STATUS = {Label.IN: Status.STANDS, Label.OUT: Status.FALLS, Label.UNDECIDED: Status.UNDECIDED}


@dataclass(frozen=True, eq=False, repr=False)
class Standing(Mapping[str, Status]):
    """The status of each claim, by its id, and the reason for it.

    Attributes:
        statuses: The statuses, in the order of the map's claims.
        reasons: For each claim, its status and why, in words.
        texts: What each claim says, shortened.
    """

    statuses: Mapping[str, Status]
    reasons: Mapping[str, str]
    texts: Mapping[str, str]

    def __getitem__(self, claim: str) -> Status:
        return self.statuses[claim]

    def __iter__(self) -> Iterator[str]:
        return iter(self.statuses)

    def __len__(self) -> int:
        return len(self.statuses)

    def __repr__(self) -> str:
        return "\n".join(f"{self.texts[claim]} {reason}" for claim, reason in self.reasons.items())

    def rows(self) -> list[dict[str, str]]:
        """Return a row for each claim, as for ``pandas.DataFrame``."""
        return [
            {"claim": claim, "text": self.texts[claim], "status": status.value, "reason": self.reasons[claim]}
            for claim, status in self.statuses.items()
        ]


@dataclass(frozen=True)
class Influence:
    """What depends on a premise.

    Attributes:
        premise: The premise's id.
        text: What it says, shortened.
        changes: The conclusions that change their status if the premise is rejected, and their status then.
    """

    premise: str
    text: str
    changes: Mapping[str, Status]

    def __str__(self) -> str:
        number = len(self.changes)
        changes = ", ".join(f"{claim} {_is(status)}" for claim, status in self.changes.items())
        what = f"changes {number} conclusion{'s' if number > 1 else ''}: {changes}" if number else "changes nothing"
        return f"rejecting {self.text} ({self.premise}) {what}"


def as_framework(debate: ArgumentMap, rejected: Iterable[str] = ()) -> Framework:
    """Translate a map into a framework whose arguments are its claims and relations, and their denials.

    "not c" says that c fails to be a reason, "no reason for c" that all reasons given for c fail; both are attacked by
    what would show otherwise. "rejected c" is attacked by nothing.

    Args:
        debate: The map.
        rejected: Ids of claims that are rejected whatever supports them.

    Returns:
        The framework. Denials have spaces in their names, which ids cannot have.

    Raises:
        CourseError: The map is not well-formed, or a rejected claim is not in it.
    """
    debate.checked()
    refused = dict.fromkeys(rejected)
    for name in refused:
        if name not in debate.claim_by_id:
            raise CourseError(f"{name} is not a claim of the map", "Reject claims of the map, by their ids.")
    denials: dict[str, None] = {}
    attacks: dict[tuple[str, str], None] = {}
    for relation in debate.relations:
        for source in relation.sources:
            denial = f"not {source}"
            denials[denial] = None
            attacks |= dict.fromkeys([(source, denial), (denial, relation.id)])
        if relation.kind == RelationKind.SUPPORT:
            denial = f"no reason for {relation.target}"
            denials[denial] = None
            attacks |= dict.fromkeys([(relation.id, denial), (denial, relation.target)])
        else:
            attacks[relation.id, relation.target] = None
    for name in refused:
        denials[f"rejected {name}"] = None
        attacks[f"rejected {name}", name] = None
    parts = [part.id for part in (*debate.claims, *debate.relations)]
    return Framework((*parts, *denials), tuple(attacks))


def standing(debate: ArgumentMap) -> Standing:
    """Tell which claims stand: those that are in under the grounded labelling.

    Args:
        debate: The map.

    Returns:
        The status of each claim, with reasons.

    Raises:
        CourseError: The map is not well-formed.
    """
    return what_if(debate, ())


def what_if(debate: ArgumentMap, rejected: Iterable[str]) -> Standing:
    """Tell which claims stand if some are rejected.

    Args:
        debate: The map.
        rejected: Ids of these claims; they fall whatever supports them.

    Returns:
        The status of each claim, with reasons.

    Raises:
        CourseError: The map is not well-formed, or a rejected claim is not in it.
    """
    refused = frozenset([rejected] if isinstance(rejected, str) else rejected)
    statuses = _statuses(debate, refused)
    words = _Words(debate, statuses, refused)
    return Standing(
        {claim.id: statuses[claim.id] for claim in debate.claims},
        {claim.id: words.reason(claim.id) for claim in debate.claims},
        words.texts,
    )


def deciding(debate: ArgumentMap) -> list[Influence]:
    """Rank the premises by how many conclusions change their status if that premise is rejected.

    Premises are claims that something rests on and that rest on nothing; conclusions are claims that others support,
    and the main claim.

    Args:
        debate: The map.

    Returns:
        What depends on each premise, the most influential first; among equals in the order of the map.

    Raises:
        CourseError: The map is not well-formed.
    """
    before = _statuses(debate, ())
    texts = _texts(debate)
    wanted = {*debate.conclusions(), debate.main}
    conclusions = [claim.id for claim in debate.claims if claim.id in wanted]
    found = []
    for premise in debate.premises():
        after = _statuses(debate, [premise])
        changes = {name: after[name] for name in conclusions if name != premise and after[name] != before[name]}
        found.append(Influence(premise, texts[premise], changes))
    return sorted(found, key=lambda each: -len(each.changes))


def _statuses(debate: ArgumentMap, rejected: Iterable[str]) -> dict[str, Status]:
    """Return the status of each claim and relation."""
    labels = grounded(as_framework(debate, rejected))
    return {part.id: _STATUS[labels[part.id]] for part in (*debate.claims, *debate.relations)}


def _texts(debate: ArgumentMap) -> dict[str, str]:
    """Return what each claim says, shortened and in quotation marks; with its id if two would read the same."""
    texts = {claim.id: f"“{_shortened(claim.text)}”" for claim in debate.claims}
    often = Counter(texts.values())
    return {name: f"{text} ({name})" if often[text] > 1 else text for name, text in texts.items()}


def _shortened(text: str) -> str:
    text = " ".join(text.translate({ord("“"): "‘", ord("”"): "’"}).split())
    text = "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
    if len(text) <= _LENGTH:
        return text.removesuffix(".")
    start = text[: _LENGTH - 1]
    return (start.rsplit(" ", 1)[0] if " " in start else start).rstrip(" ,;:.") + "…"


def _is(status: Status, number: int = 1) -> str:
    if status == Status.UNDECIDED:
        return "is undecided" if number == 1 else "are undecided"
    return status.value if number == 1 else status.value.removesuffix("s")


def _listed(parts: Iterable[str], last: str = " and ") -> str:
    *first, final = parts
    return ", ".join(first) + last + final if first else final


class _Words:
    """Says why each claim of a debate has the status that it has."""

    def __init__(self, debate: ArgumentMap, statuses: Mapping[str, Status], rejected: frozenset[str]) -> None:
        self.texts = _texts(debate)
        self._statuses, self._rejected = statuses, rejected
        self._supports: dict[str, list[Relation]] = {}
        self._attacks: dict[str, list[Relation]] = {}  # on claims and on relations
        for relation in debate.relations:
            into = self._supports if relation.kind == RelationKind.SUPPORT else self._attacks
            into.setdefault(relation.target, []).append(relation)

    def reason(self, claim: str) -> str:
        """Return a claim's status and the reason for it."""
        status = self._statuses[claim]
        if claim in self._rejected:
            why = ["you reject it"]
        elif status == Status.STANDS:
            why = [*self._holding_supports(claim), self._failing_attacks(claim)]
        else:
            why = [*self._failing_supports(claim), *self._holding_attacks(claim)]
        return f"{_is(status)}, because {', and '.join(why)}"

    def _holding_supports(self, claim: str) -> Iterator[str]:
        holding = self._with(self._supports.get(claim, ()), Status.STANDS)
        if holding:
            grounds = _listed(map(self._together, holding), " and independently on ")
            stand = _is(Status.STANDS, sum(len(each.sources) for each in holding))
            yield f"it rests on {grounds}, which {stand}"

    def _failing_attacks(self, claim: str) -> str:
        attacks = self._attacks.get(claim, [])
        if not attacks:
            return "nothing attacks it"
        return f"no attack on it holds ({'; '.join(self._weakness(each) for each in attacks)})"

    def _failing_supports(self, claim: str) -> Iterator[str]:
        status, supports = self._statuses[claim], self._supports.get(claim, [])
        failing = self._with(supports, status)
        others_fail = status == Status.UNDECIDED and not self._with(supports, Status.STANDS)
        if not failing or not (others_fail or len(failing) == len(supports)):
            return
        why = "; ".join(dict.fromkeys(map(self._weakness, failing)))
        if len(supports) > 1:
            holds = (
                "no reason for it holds" if status == Status.FALLS else "it is undecided whether a reason for it holds"
            )
            yield f"{holds} ({why})"
        elif len(supports[0].sources) > 1:
            yield f"it rests on {self._together(supports[0])}, and {why}"
        else:
            yield f"it rests on {self._together(supports[0])} alone, and {self._weakness(supports[0], 'that')}"

    def _holding_attacks(self, claim: str) -> Iterator[str]:
        attacks = self._attacks.get(claim, ())
        holds = Status.STANDS if self._statuses[claim] == Status.FALLS else Status.UNDECIDED
        for each in self._with(attacks, holds):
            number = len(each.sources)
            who = f"{self._together(each)} {'attacks' if number == 1 else 'attack'} it"
            if each.sources == (claim,):
                yield "it attacks itself"
            elif holds == Status.STANDS or (number == 1 and self._statuses[each.sources[0]] == holds):
                yield f"{who} and {_is(holds, number)}"
            else:
                yield f"{who}, and {self._weakness(each)}"

    def _weakness(self, step: Relation, single: str = "") -> str:
        """Say why a step fails or is undecided; ``single`` stands for the one claim that it starts from."""
        status = self._statuses[step.id]
        why = []
        if weak := [source for source in step.sources if self._statuses[source] == status]:
            why.append(f"{single or _listed(self.texts[each] for each in weak)} {_is(status, len(weak))}")
        cutting = Status.STANDS if status == Status.FALLS else status
        for each in self._with(self._attacks.get(step.id, ()), cutting):
            undercuts = "undercuts" if len(each.sources) == 1 else "undercut"
            cut = f"{self._together(each)} {undercuts} the step from {self._together(step)}"
            why.append(cut if status == Status.FALLS else f"it is undecided whether {cut}")
        return " and ".join(why)

    def _with(self, relations: Iterable[Relation], status: Status) -> list[Relation]:
        return [each for each in relations if self._statuses[each.id] == status]

    def _together(self, relation: Relation) -> str:
        names = _listed(self.texts[source] for source in relation.sources)
        return names if len(relation.sources) == 1 else f"{names} together"
