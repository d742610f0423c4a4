"""The one exception that users see."""

from pathlib import Path


class CourseError(Exception):
    """What is wrong, where, and what to do, on one line.

    Args:
        problem: What is wrong, without a full stop.
        remedy: What the reader can do about it, a full sentence.
        file: The file concerned.
        item: The item, segment or cell concerned.
        field: The field concerned, dotted.
    """

    def __init__(
        self,
        problem: str,
        remedy: str,
        *,
        file: Path | str | None = None,
        item: str | None = None,
        field: str | None = None,
    ) -> None:
        self.problem, self.remedy = problem, remedy
        self.file, self.item, self.field = file, item, field
        where = [str(part) for part in (file, item, field) if part]
        line = " ".join(f"{': '.join([*where, problem])}. {remedy}".split())
        # What is quoted from a file may hold anything, terminal commands too.
        super().__init__("".join(sign if sign.isprintable() else "\ufffd" for sign in line))

    def _render_traceback_(self) -> list[str]:
        """Tell IPython to show the message alone: a traceback helps nobody who did not write this code."""
        return [str(self)]
