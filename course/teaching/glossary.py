"""The glossary as a page."""

from course.corpus.documents import find_document
from course.datafile import parse_yaml, read_text
from course.paths import data_dir


def glossary() -> str:
    """Return all terms of ``data/glossary.yaml`` in alphabetical order, as Markdown.

    Raises:
        CourseError: The file is malformed.
    """
    path = data_dir() / "glossary.yaml"
    terms = sorted(parse_yaml(read_text(path), path)["terms"], key=lambda term: term["term"].casefold())
    lines = [
        "# Glossary",
        "",
        "Written by `course glossary` from `data/glossary.yaml`. The examples are from the five sources; ids such as "
        "`khan.8.1` name source, paragraph and line of our reading editions.",
    ]
    for term in terms:
        place = ""
        if "segment" in term:
            source = find_document(term["segment"].partition(".")[0]).provenance.short
            place = f" (`{term['segment']}`: {source})"
        parts = [f"**{term['term']}.** {term['definition']}", f"*Example:* {term['example']}{place}"]
        if term["reference"] != "our wording":
            parts.append(f"*Reference:* {term['reference']}.")
        lines += ["", "\\\n".join(parts)]
    return "\n".join(lines) + "\n"
