"""Open or Closed: read the public argument over open and closed AI.

The names below are what a notebook needs. They load on first use, so that ``import course`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.corpus.charts import bars, grid, timeline
    from course.corpus.frames import dataset, paragraphs, segments, sources
    from course.corpus.reader import read
    from course.debates import debate
    from course.notebook import (
        answer,
        check,
        choose,
        hand_in,
        hint,
        label,
        map_argument,
        model_answer,
        order,
        progress,
        rubric,
        write,
    )

__version__ = "0.1.0"

__all__ = [
    "answer",
    "bars",
    "check",
    "choose",
    "dataset",
    "debate",
    "grid",
    "hand_in",
    "hint",
    "label",
    "map_argument",
    "model_answer",
    "order",
    "paragraphs",
    "progress",
    "read",
    "rubric",
    "segments",
    "sources",
    "timeline",
    "write",
]

_HOME = {
    "bars": "course.corpus.charts",
    "dataset": "course.corpus.frames",
    "debate": "course.debates",
    "grid": "course.corpus.charts",
    "paragraphs": "course.corpus.frames",
    "read": "course.corpus.reader",
    "segments": "course.corpus.frames",
    "sources": "course.corpus.frames",
    "timeline": "course.corpus.charts",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'course' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOME.get(name, "course.notebook")), name)


def __dir__() -> list[str]:
    return sorted(__all__)
