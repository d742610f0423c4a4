"""Time the semantics of debates on random sparse frameworks and maps: the median and the most of several.

Run ``.venv/bin/python benchmarks/semantics.py [RUNS]``. The aims are under 50 ms for the grounded labelling of 1,000
arguments and under 500 ms for the preferred extensions of 200.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable

from course.argument.debate import deciding, what_if
from course.argument.framework import Framework, grounded
from course.argument.model import ArgumentMap, Claim, Relation, RelationKind
from course.argument.semantics import Semantics, extensions


def framework(number: int, seed: int) -> Framework:
    """Return arguments with two attacks for each on average, at random."""
    dice = random.Random(seed)
    names = [f"a{position}" for position in range(number)]
    attacks = {(dice.choice(names), dice.choice(names)) for _ in range(2 * number)}
    return Framework(tuple(names), tuple(sorted(attacks)))


def debate(number: int, seed: int) -> ArgumentMap:
    """Return a map with as many claims, and one relation for each: three rebuttals on two supports."""
    dice = random.Random(seed)
    claims = tuple(Claim(id=f"c{position}", text=f"Claim number {position}.") for position in range(number))
    relations = []
    for position in range(1, number):
        source, kind = f"c{dice.randrange(position)}", RelationKind.REBUT if position % 5 < 3 else RelationKind.SUPPORT
        relations.append(Relation(id=f"r{position}", kind=kind, sources=(source,), target=f"c{position}"))
    return ArgumentMap(claims=claims, relations=tuple(relations), main=f"c{number - 1}")


def show(what: str, runs: int, work: Callable[[int], object]) -> None:
    """Time some work with different seeds and print it."""
    times = []
    for seed in range(runs):
        start = time.perf_counter()
        work(seed)
        times.append(1000 * (time.perf_counter() - start))
    print(f"{what:<45} median {statistics.median(times):7.1f} ms   most {max(times):7.1f} ms")


if __name__ == "__main__":
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    large = [framework(1000, seed) for seed in range(runs)]
    small = [framework(200, seed) for seed in range(runs)]
    maps = [debate(50, seed) for seed in range(runs)]
    start = time.perf_counter()
    extensions(Framework(()), Semantics.STABLE)
    print(f"loading clingo {1000 * (time.perf_counter() - start):.0f} ms")
    show("grounded, 1,000 arguments", runs, lambda seed: grounded(large[seed]))
    for semantics in (Semantics.PREFERRED, Semantics.STABLE):
        show(f"{semantics}, 200 arguments", runs, lambda seed, each=semantics: extensions(small[seed], each))
    show("standing of 50 claims, with reasons", runs, lambda seed: what_if(maps[seed], ()))
    show("deciding premises among 50 claims", runs, lambda seed: deciding(maps[seed]))
