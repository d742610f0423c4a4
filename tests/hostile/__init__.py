"""Hostile submissions: each as hostile wrong, hostile right and honest twin, for the engine and for stock nbgrader."""

from tests.hostile import breaking, exhausting, forging, gaming, injecting, reaching, stealing, tampering
from tests.hostile.attack import Attack

ATTACKS: list[Attack] = [
    attack
    for kind in (tampering, stealing, forging, exhausting, breaking, reaching, injecting, gaming)
    for attack in kind.ATTACKS
]
