"""Where the course's own files are: in a clone beside the package, in an installed wheel inside it."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CLONE = PACKAGE.parent


def data_dir() -> Path:
    """Return the folder with sources, glossary and timeline."""
    inside = PACKAGE / "data"
    return inside if inside.is_dir() else CLONE / "data"


def release_dir() -> Path:
    """Return the folder with the students' versions of the units."""
    inside = PACKAGE / "release"
    return inside if inside.is_dir() else CLONE / "release"


def source_dir() -> Path | None:
    """Return the folder with the masters and keys, or None where there is none (an installed wheel)."""
    folder = CLONE / "source"
    return folder if folder.is_dir() and (CLONE / "pyproject.toml").is_file() else None


@contextlib.contextmanager
def programs_of_this_python() -> Iterator[None]:
    """Let programs be found that stand beside this Python: nbgrader starts ``alembic`` by name to make a gradebook."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before
