"""Open or Closed: read the public argument over open and closed AI.

The names below are what a notebook needs. They load on first use, so that ``import course`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    )

__version__ = "0.1.0"

__all__ = [
    "answer",
    "check",
    "choose",
    "dataset",
    "debate",
    "hand_in",
    "hint",
    "label",
    "map_argument",
    "model_answer",
    "order",
    "paragraphs",
    "progress",
    "read",
    "segments",
    "sources",
]

_HOME = {
    "dataset": "course.corpus.frames",
    "debate": "course.debates",
    "paragraphs": "course.corpus.frames",
    "read": "course.corpus.reader",
    "segments": "course.corpus.frames",
    "sources": "course.corpus.frames",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'course' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOME.get(name, "course.notebook")), name)


def __dir__() -> list[str]:
    return sorted(__all__)
