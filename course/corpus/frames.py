"""The corpus as DataFrames, for the pandas steps of the lessons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.corpus.documents import load_corpus
from course.datafile import parse_yaml, read_text
from course.errors import CourseError
from course.paths import data_dir

if TYPE_CHECKING:
    import pandas as pd


def sources() -> pd.DataFrame:
    """Return one row per source.

    Returns:
        Index ``source``; columns title, genre, publisher, author, published, distance (str) and
        paragraphs, segments, words (counts).
    """
    import pandas as pd

    rows = []
    for name, document in load_corpus().items():
        told = document.provenance
        found = list(document.segments)
        rows.append(
            {
                "source": name,
                "title": told.title,
                "genre": told.genre,
                "publisher": told.publisher,
                "author": told.author,
                "published": str(told.published),
                "distance": told.distance,
                "paragraphs": len(document.paragraphs),
                "segments": len(found),
                "words": sum(segment.words for segment in found),
            }
        )
    return pd.DataFrame(rows).set_index("source")


def paragraphs() -> pd.DataFrame:
    """Return one row per paragraph.

    Returns:
        Columns source (str), paragraph, restates, segments, words (int), text (str).
    """
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "source": name,
                "paragraph": paragraph.number,
                "restates": paragraph.restates,
                "segments": len(paragraph.segments),
                "words": sum(segment.words for segment in paragraph.segments),
                "text": " ".join(segment.text for segment in paragraph.segments),
            }
            for name, document in load_corpus().items()
            for paragraph in document.paragraphs
        ]
    )


def segments() -> pd.DataFrame:
    """Return one row per segment.

    Returns:
        Columns id, source (str), paragraph, line (int), heading (bool), text (str), words (int).
    """
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "id": segment.id,
                "source": segment.source,
                "paragraph": segment.paragraph,
                "line": segment.line,
                "heading": segment.heading,
                "text": segment.text,
                "words": segment.words,
            }
            for document in load_corpus().values()
            for segment in document.segments
        ]
    )


def dataset(name: str) -> pd.DataFrame:
    """Return one of the tables in ``data/``: a CSV file, or the list in a YAML file that has the file's name.

    Args:
        name: Its file's name without the ending.

    Returns:
        Its rows. What is no number in a whole column is text, also "NA" or nothing.

    Raises:
        CourseError: There is no such table.
    """
    import pandas as pd

    folder = data_dir()
    tables = sorted(path.stem for path in folder.glob("*.csv"))
    if name in tables:
        return pd.read_csv(folder / f"{name}.csv", keep_default_na=False)
    lists = {
        path.stem: content[path.stem]
        for path in sorted(folder.glob("*.yaml"))
        if isinstance((content := parse_yaml(read_text(path), path)).get(path.stem), list)
    }
    if name in lists:
        return pd.DataFrame(lists[name]).fillna("")
    raise CourseError(f"there is no table {name!r}", f"Use one of {', '.join([*tables, *lists])}.", file=folder)
