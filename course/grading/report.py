"""What a grading run has to say: progress, summary, JSON."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from course.grading.grade import Outcome
from course.grading.run import Change, Report

_WARNINGS = {
    "none": "Student code ran WITHOUT a sandbox: it could read and change whatever you can.",
    "missing": "There is no sandbox on this machine, so no student code was run. Install bubblewrap.",
}


@contextmanager
def progress(*, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with rate and time left while a run goes on.

    Args:
        shown: Whether to show it at all.

    Yields:
        The function to call with the number done and the number of all.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    with Progress(*columns, TimeRemainingColumn(), disable=not shown) as bar:
        task = bar.add_task("", total=None, rate="")

        def tell(done: int, total: int) -> None:
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, total=total, rate=f"{speed:.1f} per second" if speed else "")

        yield tell


def as_text(report: Report) -> str:
    """Return the summary that people read: what was not sandboxed first, then outcomes, then whom to look at."""
    counts = _counts(report)
    lines = [_WARNINGS[report.sandbox]] if report.sandbox in _WARNINGS else []
    rate = f", {len(report.graded) / report.seconds:.1f} per second" if report.graded and report.seconds else ""
    total = ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing handed in"
    lines.append(f"{report.unit}: {total} ({report.seconds:.1f} s{rate}).")
    for graded in sorted(report.graded, key=lambda graded: graded.student):
        if graded.notes:
            lines.append(f"{graded.student}: {graded.outcome}. {' '.join(graded.notes)}")
    in_kernel = sum(graded.in_kernel for graded in report.graded)
    if in_kernel:
        lines.append(f"In-kernel: {in_kernel:g} points come from tests that ran in the students' own process.")
    return "\n".join(printable(line) for line in lines)


def as_json(report: Report) -> str:
    """Return the report as one JSON object."""
    submissions = [
        {
            "student": graded.student,
            "outcome": graded.outcome,
            "points": graded.points,
            "max_points": report.max_points,
            "in_kernel": graded.in_kernel,
            "notes": graded.notes,
        }
        for graded in sorted(report.graded, key=lambda graded: graded.student)
    ]
    head = {"unit": report.unit, "sandbox": report.sandbox, "seconds": round(report.seconds, 3)}
    return json.dumps({**head, "counts": _counts(report), "submissions": submissions})


def changes_as_text(changes: list[Change], *, dry_run: bool) -> str:
    """Return who changed and by how much."""
    if not changes:
        return "No points change."
    lines = [f"{c.student}: {c.before:g} → {c.after:g} ({c.after - c.before:+g})" for c in changes]
    who = "1 student" if len(changes) == 1 else f"{len(changes)} students"
    return "\n".join([*lines, f"{who} {'would change; nothing was written' if dry_run else 'changed'}."])


def changes_as_json(changes: list[Change]) -> str:
    """Return who changed as one JSON object."""
    return json.dumps({"changes": [asdict(change) for change in changes]})


def _counts(report: Report) -> dict[str, int]:
    found = Counter(graded.outcome for graded in report.graded)
    return {**{str(outcome): found[outcome] for outcome in Outcome}, "skipped": len(report.skipped)}


def printable(line: str) -> str:
    """Return a line without commands to the terminal, which what is quoted from a submission may hold.

    Args:
        line: The line.
    """
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in line)
