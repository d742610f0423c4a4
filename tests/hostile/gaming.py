"""Answers that know nothing."""

import json
from pathlib import Path
from typing import Any

from tests.hostile.attack import RIGHT, Attack, write

# By check cell. Of the table, the first row of three is the example that everybody sees.
CHANCE = {"check-most-sides": 1 / 3, "check-numbers-and-shapes": 2, "check-by-size": 1, "check-tables": 1}


def _answer(**given: Any):
    def apply(folder: Path) -> None:
        stored = json.loads((folder / "answers.json").read_text())
        for item, answer in given.items():
            stored["answers"][item.replace("_", "-")] = {"answer": answer, "at": "2026-11-20T00:00:00Z"}
        (folder / "answers.json").write_text(json.dumps(stored))

    return apply


def hard_coded(folder: Path) -> None:
    """The visible example instead of the calculation."""
    write(folder, "answer-squares", "import pandas as pd\nsquares = pd.DataFrame({'number': [1], 'square': [1]})")


SHAPES = list(RIGHT["round-or-straight"]["labels"])
CANNOT = "cannot: the items score at most chance for it there, too"
ATTACKS = [
    Attack(
        "gaming",
        "label-everything-alike",
        "One label for all is right half of the time.",
        _answer(round_or_straight={"labels": dict.fromkeys(SHAPES, "round")}),
        CANNOT,
    ),
    Attack(
        "gaming",
        "choose-everything",
        "Among all options are the right ones.",
        _answer(even_numbers={"choices": ["two", "three", "four", "five", "six", "seven"]}),
        CANNOT,
    ),
    Attack(
        "gaming",
        "order-as-shown",
        "The order shown is partly right.",
        _answer(by_size={"order": ["mile", "inch", "yard", "foot"]}),
        CANNOT,
    ),
    Attack("gaming", "hard-coded-case", "The visible case alone gets points.", hard_coded, CANNOT),
    Attack(
        "gaming",
        "answer-twice",
        "An answer may hold two choices where one is asked.",
        _answer(most_sides={"choices": ["triangle", "square", "pentagon"]}),
        CANNOT,
    ),
    Attack(
        "gaming",
        "keyword-stuffing",
        "A text that holds all words of the key is right.",
        _answer(most_sides={"choices": ["pentagon square triangle most sides five"]}),
        CANNOT,
    ),
]
