"""Read what a student handed in, as hostile bytes: no links, no devices, limits on everything."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

MAX_FILE = 30_000_000
MAX_TOTAL = 60_000_000
MAX_FILES = 500
MAX_DEPTH = 8
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True)
class Submission:
    """One student's work on one assignment, as bytes.

    Attributes:
        student: The student's id.
        files: Content by path relative to the submission's folder, with ``/``.
        left_out: A sentence for each thing that was not read.
    """

    student: str
    files: dict[str, bytes]
    left_out: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of everything that was read or left out: the same work has the same one."""
        mark = hashlib.sha256()
        for part in [*(x for name in sorted(self.files) for x in (name.encode(), self.files[name])), *self._sentences]:
            mark.update(len(part).to_bytes(8, "big"))
            mark.update(part)
        return mark.hexdigest()

    @property
    def _sentences(self) -> list[bytes]:
        return [sentence.encode() for sentence in self.left_out]


def read_submission(folder: Path, student: str, ignore: tuple[str, ...] = ()) -> Submission:
    """Read a submission's folder.

    Args:
        folder: The folder.
        student: Whose it is.
        ignore: File name patterns that are no part of the work.

    Returns:
        The submission. Whatever cannot be read safely is left out and named; this never fails.
    """
    files: dict[str, bytes] = {}
    left_out: list[str] = []
    if os.path.islink(folder) or not os.path.isdir(folder):  # noqa: PTH112, PTH114  # unlike Path's, these never raise
        return Submission(student, {}, ("The submission is not a folder.",))
    total = 0
    for name, path, problem in _walk(folder, "", ignore, 0):
        shown = _shown(name)
        if problem:
            left_out.append(f"{shown} {problem}, so it was left out.")
        elif len(files) >= MAX_FILES:
            left_out.append(f"There are more than {MAX_FILES} files; {shown} and those after it were left out.")
            break
        else:
            content = _read(path, min(MAX_FILE, MAX_TOTAL - total))
            if isinstance(content, str):
                left_out.append(f"{shown} {content}, so it was left out.")
            else:
                files[name] = content
                total += len(content)
    return Submission(student, files, tuple(left_out))


def _walk(folder: Path, prefix: str, ignore: tuple[str, ...], depth: int) -> Iterator[tuple[str, Path, str]]:
    """Yield (relative name, path, problem) of everything in a folder, in the order of names."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield prefix or ".", folder, f"cannot be listed ({error.strerror})"
        return
    for entry in found:
        name, path = prefix + entry.name, Path(entry.path)
        if any(fnmatch(entry.name, pattern) for pattern in ignore):
            continue
        if entry.is_symlink():
            yield name, path, "is a link"
        elif entry.name != entry.name.encode("utf-8", "replace").decode():
            yield name, path, "has a name that is not Unicode"
        elif entry.is_dir(follow_symlinks=False):
            if depth >= MAX_DEPTH:
                yield name, path, "is nested too deeply"
            else:
                yield from _walk(path, f"{name}/", ignore, depth + 1)
        elif entry.is_file(follow_symlinks=False):
            yield name, path, ""
        else:
            yield name, path, "is not an ordinary file"


def _read(path: Path, limit: int) -> bytes | str:
    """Return a file's bytes, or what is wrong with it."""
    try:
        handle = os.open(path, _FLAGS)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return "is not an ordinary file"
        if status.st_size > limit:
            return f"has {status.st_size} bytes, more than the {max(limit, 0)} that are read"
        content = file.read(limit + 1)
    return content if len(content) <= limit else "grew while it was read"


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:120]
