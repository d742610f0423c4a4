"""Where the course's own files are: in a clone beside the package, in an installed wheel inside it."""

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
