"""A unit's items and its key, as an author writes them: ``items.yaml`` and ``key.yaml``."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from course.datafile import Model, build, parse_yaml, read_text
from course.errors import CourseError
from course.exercises.kinds import AnyItem, Item, Key
from course.exercises.kinds.base import Id, Text, unique

ITEMS = "items.yaml"
MASTER_KEY = "key.yaml"  # beside a master; it never leaves source/ under this name
LEARNER_KEY = ".key.yaml"  # in a self-study copy, where JupyterLab's file browser does not list it


class Unit(Model):
    """The items of one unit.

    Attributes:
        unit: Its id, also the name of its folder and notebook.
        title: Its title.
        minutes: How long it takes.
        objectives: What a learner can do afterwards, by id.
        reveal: When feedback pages show what comes from the key: once the work is due, always, or never.
        items: The items in the order of the notebook.
    """

    unit: Id
    title: Text
    minutes: int = Field(gt=0, le=180)
    objectives: dict[Id, Text] = Field(min_length=1)
    reveal: Literal["after-due", "always", "never"] = "after-due"
    items: tuple[AnyItem, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        unique((item.id for item in self.items), "items")
        for item in self.items:
            for objective in item.objectives:
                if "/" not in objective and objective not in self.objectives:
                    raise ValueError(
                        f"{item.id} names the objective {objective}, which is not in objectives. Correct one of them."
                    )
        return self

    def item(self, name: str) -> Item:
        """Return an item by its id.

        Raises:
            CourseError: The unit has no such item.
        """
        for item in self.items:
            if item.id == name:
                return item
        names = ", ".join(item.id for item in self.items)
        raise CourseError("there is no such item in this unit", f"Use one of {names}.", file=ITEMS, item=str(name))

    def fits(self, name: str, data: Any) -> bool:
        """Return whether plain data can be an answer to one of the items."""
        try:
            self.item(name).parse(data)
        except CourseError:
            return False
        return True


class UnitKey(Model):
    """The keys of one unit's items.

    Attributes:
        unit: The unit's id.
        misconceptions: What each misconception is, in one sentence, by id.
        keys: The key of each item, by item id.
    """

    unit: Id
    misconceptions: dict[Id, Text]
    keys: dict[Id, Any]

    def of(self, item: Item) -> Key:
        """Return the key of an item."""
        key = self.keys[item.id]
        assert isinstance(key, Key)  # noqa: S101  # load_key has built it
        return key


def load_unit(folder: Path) -> Unit:
    """Read the items of a unit.

    Args:
        folder: The unit's folder.

    Returns:
        The unit.

    Raises:
        CourseError: ``items.yaml`` is missing or malformed; the message names item and field.
    """
    path = folder / ITEMS
    if not path.is_file():
        raise CourseError(
            "the file is missing",
            "Open the notebook from its unit's folder, where this file stands beside it.",
            file=path,
        )
    return build(Unit, parse_yaml(read_text(path), path), path)


def find_key(folder: Path) -> Path | None:
    """Return the key that belongs to a unit's folder, None in a class."""
    return next((folder / name for name in (MASTER_KEY, LEARNER_KEY) if (folder / name).is_file()), None)


def load_key(path: Path, unit: Unit) -> UnitKey:
    """Read a unit's key.

    Args:
        path: The key's file.
        unit: The unit that it belongs to.

    Returns:
        The key, each item's in the form of its kind.

    Raises:
        CourseError: The file is malformed or does not fit the unit; the message names item and field.
    """
    raw = build(UnitKey, parse_yaml(read_text(path), path), path)
    if raw.unit != unit.unit:
        raise CourseError(f"is {raw.unit}", f"This folder's unit is {unit.unit}.", file=path, field="unit")
    names = {item.id for item in unit.items}
    for name in raw.keys:
        if name not in names:
            raise CourseError("has a key but no item", f"Add it to {ITEMS} or remove its key.", file=path, item=name)
    keys: dict[str, Key] = {}
    for item in unit.items:
        if item.id not in raw.keys:
            raise CourseError("has no key", f"Add one under keys, or remove it from {ITEMS}.", file=path, item=item.id)
        key = build(item.key_type, raw.keys[item.id], path, item=item.id)
        for field, problem in key.problems(item):
            raise CourseError(problem, "Correct the key or the item.", file=path, item=item.id, field=field)
        for name in key.misconceptions():
            if name not in raw.misconceptions:
                raise CourseError(
                    f"the misconception {name} is not described",
                    "Add it under misconceptions.",
                    file=path,
                    item=item.id,
                )
        keys[item.id] = key
    return raw.model_copy(update={"keys": keys})


def load_master(folder: Path) -> tuple[Unit, UnitKey]:
    """Read a master's items and key.

    Args:
        folder: Its folder, in ``source/``.

    Returns:
        The unit and its key.

    Raises:
        CourseError: A file is missing or malformed, or the key does not fit the unit.
    """
    unit = load_unit(folder)
    path = folder / MASTER_KEY
    if not path.is_file():
        raise CourseError("the file is missing", "Write the key, or name a master: a folder in source/.", file=path)
    return unit, load_key(path, unit)
