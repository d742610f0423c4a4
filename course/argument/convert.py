"""Convert argument maps between file formats."""

from collections.abc import Callable
from pathlib import Path

from course.argument.aif import MAX_BYTES, Reading, read_aif, write_aif
from course.argument.argdown import read_argdown, write_argdown
from course.argument.drawing import dot
from course.argument.svg import svg
from course.errors import CourseError

_ENDINGS = {".json": "AIF", ".argdown": "Argdown", ".ad": "Argdown", ".dot": "DOT", ".svg": "SVG"}
_KNOWN = "AIF or xAIF (.aif.json or .json), Argdown (.argdown or .ad), or, for writing only, DOT (.dot) or SVG (.svg)"


def convert(source: Path, target: Path, *, force: bool = False) -> list[str]:
    """Read a map from one file and write it to another; the endings of their names say the formats.

    Args:
        source: AIF, xAIF or Argdown.
        target: AIF, Argdown, DOT or SVG.
        force: Whether to overwrite the target.

    Returns:
        What is no part of the map, a sentence each.

    Raises:
        CourseError: A format is not known, the source cannot be read, the map cannot be written in this format, or
            the target is there already.
    """
    formats = _format(source), _format(target)
    if formats[0] in {"DOT", "SVG"}:
        raise CourseError("is a picture and is not read", f"Use {_KNOWN}.", file=source)
    reading = _read(source, formats[0])
    writers: dict[str, Callable[[], str]] = {
        "AIF": lambda: write_aif(reading.map, reading.rest),
        "Argdown": lambda: write_argdown(reading.map),
        "DOT": lambda: dot(reading.map),
        "SVG": lambda: svg(reading.map),
    }
    try:
        text = writers[formats[1]]()
    except CourseError as error:  # it names a part of the map, and the map is in this file
        raise CourseError(error.problem, error.remedy, file=source, item=error.item) from None
    _write(target, text, force=force)
    dropped = [f"{target} holds only the map."] if reading.notes and formats[1] != "AIF" else []
    return [*reading.notes, *dropped]


def _format(path: Path) -> str:
    known = _ENDINGS.get(path.suffix.lower())
    if known is None:
        raise CourseError("its name ends in no format that is known", f"Use {_KNOWN}.", file=path)
    return known


def _read(path: Path, known: str) -> Reading:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CourseError(f"cannot be read ({error.strerror})", "Check its name and permissions.", file=path) from None
    if len(raw) > MAX_BYTES:
        raise CourseError(f"has more than {MAX_BYTES} bytes", "Give a smaller file.", file=path)
    if known == "AIF":
        return read_aif(raw, path)
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise CourseError(f"byte {error.start} is not UTF-8", "Save the file with UTF-8 encoding.", file=path) from None
    return Reading(read_argdown(text, path))


def _write(path: Path, text: str, *, force: bool) -> None:
    try:
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise CourseError("is there already", "Choose another name, or add --force.", file=path) from None
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise CourseError(problem, "Choose a folder in which you may write.", file=path) from None
