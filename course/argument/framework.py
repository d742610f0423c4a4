"""Abstract argumentation: arguments, attacks, and what can be accepted when nothing is taken for granted.

Frameworks are those of Dung ("On the acceptability of arguments", Artificial Intelligence 77, 1995); labels are those
of Caminada ("On the issue of reinstatement in argumentation", JELIA 2006).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from course.errors import CourseError


@dataclass(frozen=True)
class Framework:
    """Arguments and which of them attack which.

    Attributes:
        arguments: The names of the arguments, each once.
        attacks: Pairs of an attacker and what it attacks, each once.

    Raises:
        CourseError: A name or a pair is given twice, or an attack has an end that is no argument.
    """

    arguments: tuple[str, ...]
    attacks: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "arguments", tuple(self.arguments))
        object.__setattr__(self, "attacks", tuple(map(tuple, self.attacks)))
        known: set[str] = set()
        for name in self.arguments:
            if name in known:
                raise CourseError("is given twice", "Name each argument once.", item=str(name), field="arguments")
            known.add(name)
        seen: set[tuple[str, ...]] = set()
        for attack in self.attacks:
            item = " → ".join(map(str, attack))
            if len(attack) != 2:  # noqa: PLR2004  # a pair
                remedy = "Give the attacker and what it attacks."
                raise CourseError("is not a pair", remedy, item=item, field="attacks")
            for end in attack:
                if end not in known:
                    remedy = "Add it to the arguments or correct its spelling."
                    raise CourseError(f"{end} is not an argument", remedy, item=item, field="attacks")
            if attack in seen:
                raise CourseError("is given twice", "Name each attack once.", item=item, field="attacks")
            seen.add(attack)

    @cached_property
    def attackers(self) -> Mapping[str, tuple[str, ...]]:
        """The attackers of each argument."""
        found: dict[str, list[str]] = {name: [] for name in self.arguments}
        for attacker, target in self.attacks:
            found[target].append(attacker)
        return {name: tuple(attackers) for name, attackers in found.items()}

    @cached_property
    def attacked(self) -> Mapping[str, tuple[str, ...]]:
        """The arguments that each argument attacks."""
        found: dict[str, list[str]] = {name: [] for name in self.arguments}
        for attacker, target in self.attacks:
            found[attacker].append(target)
        return {name: tuple(targets) for name, targets in found.items()}


class Label(StrEnum):
    """What becomes of an argument."""

    IN = "in"
    OUT = "out"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Step:
    """A step of a computation: some arguments get a label.

    Attributes:
        label: The label.
        because: For each of these arguments, the attackers that decide it: all of them if it is in (they are out),
            those that are in if it is out, those that are undecided if it is undecided.
    """

    label: Label
    because: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return f"{self.label}: " + "; ".join(f"{name} ({self._why(by)})" for name, by in self.because.items())

    def _why(self, attackers: tuple[str, ...]) -> str:
        if not attackers:
            return "nothing attacks it"
        names, are = ", ".join(attackers), "is" if len(attackers) == 1 else "are"
        if self.label == Label.IN:
            return f"attacked only by {names}, which {are} out"
        return f"attacked by {names}, which {are} {Label.IN if self.label == Label.OUT else Label.UNDECIDED}"


@dataclass(frozen=True, eq=False, repr=False)
class Labelling(Mapping[str, Label]):
    """A label for each argument, and how it was found.

    Attributes:
        labels: The labels, in the order of the framework's arguments.
        steps: The steps that lead to them.
    """

    labels: Mapping[str, Label]
    steps: tuple[Step, ...]

    def __getitem__(self, name: str) -> Label:
        return self.labels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return "\n".join(f"{number}. {step}" for number, step in enumerate(self.steps, 1))

    @property
    def accepted(self) -> frozenset[str]:
        """The arguments that are in."""
        return frozenset(name for name, label in self.labels.items() if label == Label.IN)


def grounded(framework: Framework) -> Labelling:
    """Label the arguments as cautiously as possible.

    An argument is in as soon as all its attackers are out, and out as soon as one attacker is in; what is never reached
    so is undecided. Each argument counts its attackers down as they go out, so that every attack is followed only once
    (Modgil & Caminada, "Proof theories and algorithms for abstract argumentation frameworks", in Argumentation in
    Artificial Intelligence, 2009, section on the grounded labelling; the counters are those of unit propagation).

    Args:
        framework: The arguments and attacks.

    Returns:
        The grounded labelling, with steps to follow it by hand.
    """
    attackers, attacked = framework.attackers, framework.attacked
    labels: dict[str, Label] = {}
    steps: list[Step] = []
    waiting = {name: len(attackers[name]) for name in framework.arguments}  # attackers that are not out yet
    free = [name for name in framework.arguments if waiting[name] == 0]
    while free:
        labels |= dict.fromkeys(free, Label.IN)
        steps.append(Step(Label.IN, {name: attackers[name] for name in free}))

        beaten: dict[str, list[str]] = {}
        for name in free:
            for target in attacked[name]:
                if target not in labels:
                    beaten.setdefault(target, []).append(name)
        labels |= dict.fromkeys(beaten, Label.OUT)
        if beaten:
            steps.append(Step(Label.OUT, {name: tuple(by) for name, by in beaten.items()}))

        free = []
        for name in beaten:
            for target in attacked[name]:
                waiting[target] -= 1
                if waiting[target] == 0:
                    free.append(target)

    rest = [name for name in framework.arguments if name not in labels]
    if rest:
        because = {name: tuple(each for each in attackers[name] if each not in labels) for name in rest}
        steps.append(Step(Label.UNDECIDED, because))
    return Labelling({name: labels.get(name, Label.UNDECIDED) for name in framework.arguments}, tuple(steps))
