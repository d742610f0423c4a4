"""Argument maps: claims, relations between them, and which claims stand."""

from course.argument.model import ArgumentMap, Claim, Relation, RelationKind, Violation

__all__ = ["ArgumentMap", "Claim", "Relation", "RelationKind", "Violation"]
