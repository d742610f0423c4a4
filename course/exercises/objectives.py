"""Which items assess which objectives, over a whole course."""

from collections.abc import Iterator, Sequence

from course.exercises.unit import Unit

MIN_ITEMS = 2  # for each objective: one answer can be luck


def assessed(units: Sequence[Unit]) -> dict[str, list[str]]:
    """Return the items that assess each objective.

    Args:
        units: The units of a course.

    Returns:
        Items by objective, both as ``unit/id``. Objectives that an item names and no unit has are among them.
    """
    found: dict[str, list[str]] = {f"{unit.unit}/{name}": [] for unit in units for name in unit.objectives}
    for unit in units:
        for item in unit.items:
            for name in item.objectives:
                found.setdefault(name if "/" in name else f"{unit.unit}/{name}", []).append(f"{unit.unit}/{item.id}")
    return found


def gaps(units: Sequence[Unit]) -> Iterator[str]:
    """Yield what is wrong between objectives and items, a sentence each.

    Args:
        units: The units of a course.
    """
    known = {f"{unit.unit}/{name}" for unit in units for name in unit.objectives}
    for objective, items in assessed(units).items():
        if objective not in known:
            yield f"{', '.join(items)}: there is no objective {objective}. Correct its name."
        elif len(items) < MIN_ITEMS:
            yield f"{objective}: {len(items)} items assess this objective. Have {MIN_ITEMS} at least."


def matrix(units: Sequence[Unit]) -> str:
    """Return a page that shows which items assess which objectives.

    Args:
        units: The units of a course.

    Returns:
        Markdown: a table for each unit.
    """
    items = assessed(units)
    lines = [
        "# Objectives and items",
        "",
        "Written by `course objectives`. Items of other units are named with their unit.",
    ]
    for unit in units:
        lines += ["", f"## {unit.unit}: {unit.title}", "", "| You can … | Items |", "| --- | --- |"]
        for name, text in unit.objectives.items():
            own = [item.removeprefix(f"{unit.unit}/") for item in items[f"{unit.unit}/{name}"]]
            lines.append(f"| {text} (`{name}`) | {', '.join(f'`{item}`' for item in own)} |")
    return "\n".join([*lines, ""])
