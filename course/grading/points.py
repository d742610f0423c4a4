"""nbgrader's own rules for cells that carry ordinary tests: checksum and points, restated for plain JSON cells."""

import hashlib
import math
from typing import Any


def checksum(cell: dict[str, Any]) -> str:
    """Return nbgrader's checksum of a cell (``nbgrader.utils.compute_checksum``), which tells whether it was changed.

    Args:
        cell: A cell with nbgrader metadata.
    """
    marks = cell["metadata"]["nbgrader"]
    grade, solution = marks.get("grade", False), marks.get("solution", False)
    locked = not solution and (grade or marks.get("locked", False))
    parts = [cell["source"], cell["cell_type"], str(grade), str(solution), str(locked), marks["grade_id"]]
    if grade:
        parts.append(str(float(marks["points"])))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def points_of(outputs: list[dict[str, Any]], most: float) -> float | None:
    """Return the points of a test cell from its outputs (``nbgrader.utils.determine_grade``).

    Args:
        outputs: The cell's outputs.
        most: What the cell is worth.

    Returns:
        0 after an error or anything on stderr; the number that the cell ends in; all points if it ends in none.
        None, for a person to decide, if the number is no possible credit (there nbgrader stops, or gives all points).
    """
    for output in outputs:
        kind = output.get("output_type")
        if kind == "error" or (kind == "stream" and output.get("name") == "stderr"):
            return 0.0
        if kind == "execute_result":
            try:
                given = float(output["data"]["text/plain"])
            except (KeyError, TypeError, ValueError):
                return most
            return given if math.isfinite(given) and 0 <= given <= most else None
    return most
