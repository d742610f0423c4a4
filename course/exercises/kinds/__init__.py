"""Item kinds, one module each: what is asked, what an answer is, what the key holds, how it is scored."""

from typing import Annotated

from pydantic import Field

from course.exercises.kinds.base import Answer, Item, Key
from course.exercises.kinds.choice import ChoiceItem
from course.exercises.kinds.essay import EssayItem
from course.exercises.kinds.label import LabelItem
from course.exercises.kinds.map import MapItem
from course.exercises.kinds.order import OrderItem
from course.exercises.kinds.table import TableItem

AnyItem = Annotated[ChoiceItem | EssayItem | LabelItem | MapItem | OrderItem | TableItem, Field(discriminator="kind")]

__all__ = [
    "Answer",
    "AnyItem",
    "ChoiceItem",
    "EssayItem",
    "Item",
    "Key",
    "LabelItem",
    "MapItem",
    "OrderItem",
    "TableItem",
]
