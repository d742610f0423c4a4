"""Exercises: item kinds, keys, the store of answers, feedback."""

from course.exercises.result import Note, Result, Status
from course.exercises.unit import Unit, UnitKey, load_key, load_unit

__all__ = ["Note", "Result", "Status", "Unit", "UnitKey", "load_key", "load_unit"]
