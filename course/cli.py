"""The ``course`` command."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from course.errors import CourseError
from course.paths import source_dir

app = typer.Typer(
    help="Open or Closed: start the course, check it, release it, grade it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Units = Annotated[list[str] | None, typer.Argument(help="Ids of units; all of them by default.")]


def main() -> None:
    """Run the command; what users should know of is one line, never a traceback."""
    # jsonschema, which nbgrader imports, would parse a grammar of IRIs for two seconds. No notebook has any.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # what import takes as "not there"
    try:
        app()
    except CourseError as error:
        typer.echo(f"course: {error}", err=True)
        raise SystemExit(2) from None


def _masters(units: list[str] | None) -> list[Path]:
    source = source_dir()
    if source is None:
        raise CourseError("there are no masters here", "Run this in a clone of the repository.", file="source")
    folders = sorted(path.parent for path in source.glob("*/items.yaml"))
    if not units:
        return folders
    names = [folder.name for folder in folders]
    for unit in units:
        if unit not in names:
            raise CourseError("there is no such unit", f"Use one of {', '.join(names)}.", item=unit)
    return [folder for folder in folders if folder.name in units]


def _finish(problems: list[str]) -> NoReturn:
    for line in problems:
        typer.echo(line, err=True)
    raise SystemExit(1 if problems else 0)


@app.command()
def start(
    folder: Annotated[Path, typer.Option(help="Where your working copy is.")] = Path("my-work"),
    edition: Annotated[
        str | None, typer.Option(help="self-study or classroom; self-study by default where the keys are.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    port: Annotated[int | None, typer.Option(help="Port of the server; a free one by default.")] = None,
) -> None:
    """Prepare your working copy and open JupyterLab on the first lesson."""
    from course.workspace import launch, prepare

    for line in prepare(folder, edition):
        typer.echo(line)
    raise SystemExit(launch(folder, browser=browser, port=port))


@app.command()
def doctor() -> None:
    """Report what this machine has, and what to do about what it lacks."""
    from course.doctor import examine

    findings = examine(Path.cwd())
    for finding in findings:
        typer.echo(finding.line())
    raise SystemExit(any(finding.needed and not finding.good for finding in findings))


@app.command()
def verify(
    units: Units = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Run every item's sample answers: accepted ones score full, rejected ones get their explanation."""
    from course.exercises.verify import verify as run

    report = run(_masters(units))
    counts = report.as_json()
    if as_json:
        typer.echo(json.dumps(counts))
    else:
        accept, reject = report.accepted, report.rejected
        typer.echo(
            f"{report.items} items: {accept['passed']} of {accept['total']} samples accepted, "
            f"{reject['rejected']} of {reject['total']} rejected, {reject['explained']} explained, "
            f"{report.blank_scoring} blank answers scored."
        )
    _finish(report.problems)


@app.command()
def lint(units: Units = None) -> None:
    """Check the masters against the course's rules, and print how long and how hard to read they are."""
    from course.exercises.lint import lint as run
    from course.exercises.measures import measure
    from course.exercises.objectives import gaps
    from course.exercises.unit import load_unit

    folders = _masters(units)
    problems = [line for folder in folders for line in run(folder)]
    if not problems and not units:
        problems = list(gaps([load_unit(folder) for folder in folders]))
    if not problems:
        sitting = "to read to decide to draw to code to see reckoned announced"
        typer.echo(f"{'':<49}{'sitting':<{len(sitting)}} afterwards")
        typer.echo(f"{'unit':<16}items points cells words  LIX spoken  {sitting} reckoned texts")
        for each in map(measure, folders):
            now, later = each.sitting, each.afterwards
            typer.echo(
                f"{each.unit:<16}{each.items:5} {each.points:6g} {each.cells:5} {each.words:5} {each.lix:4.0f} "
                f"{each.spoken:6.1f}  {now.read:7} {now.decisions:9} {now.links:7} {now.tables:7} {now.shown:6} "
                f"{now.minutes:8.0f} {each.minutes:9} {later.minutes:8.0f} {later.texts:5}"
            )
        typer.echo(f"{len(folders)} units, no problems.")
    _finish(problems)


@app.command()
def objectives() -> None:
    """Print which items assess which objectives, as Markdown (docs/teaching/objectives.md)."""
    from course.exercises.objectives import matrix
    from course.exercises.unit import load_unit

    typer.echo(matrix([load_unit(folder) for folder in _masters(None)]), nl=False)


@app.command()
def glossary() -> None:
    """Print the glossary as Markdown (docs/glossary.md)."""
    from course.teaching.glossary import glossary as page

    typer.echo(page(), nl=False)


@app.command()
def pages(
    units: Units = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("pages"),
) -> None:
    """Write slides, a handout for paper, and the guide to the answers, for each unit."""
    from course.teaching.pages import guide, handout, slides

    out.mkdir(parents=True, exist_ok=True)
    for folder in _masters(units):
        for name, make in (("slides", slides), ("handout", handout), ("guide", guide)):
            path = out / f"{folder.name}-{name}.html"
            path.write_text(make(folder), encoding="utf-8")
            typer.echo(str(path))


@app.command()
def release(units: Units = None) -> None:
    """Write the students' versions to release/, through nbgrader."""
    from course.grading.release import release as run

    source = source_dir()
    folders = _masters(units)
    assert source is not None  # noqa: S101  # _masters has found it
    for folder in folders:
        for path in run(source.parent, folder.name):
            typer.echo(f"release/{folder.name}/{path.name}")


CourseDir = Annotated[Path, typer.Option("--course-dir", help="The folder with nbgrader_config.py and submitted/.")]
Students = Annotated[list[str] | None, typer.Option("--student", help="Ids of students; all by default.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="How many at once; as many as there are processors by default.")]


class Walls(StrEnum):
    """How student code is run."""

    AUTO = "auto"
    BWRAP = "bwrap"
    NONE = "none"


@app.command()
def grade(
    unit: Annotated[str, typer.Argument(help="Id of the unit.")],
    *,
    course_dir: CourseDir = Path(),
    student: Students = None,
    jobs: Jobs = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler to run on.")] = None,
    regrade: Annotated[bool, typer.Option(help="Rescore stored answers after a changed key; run no code.")] = False,
    dry_run: Annotated[bool, typer.Option(help="With --regrade: only print what would change.")] = False,
    sandbox: Annotated[Walls, typer.Option(help="How to run student code.")] = Walls.AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Grade what was handed in: answers only, student code behind walls, each submission ends with a row."""
    from course.grading.run import grade_class, regrade_class, start_workers_early

    if dry_run and not regrade:
        raise CourseError("--dry-run goes with --regrade", "Add --regrade, or leave it out.")
    if jobs != 1 and not scheduler and not regrade:
        start_workers_early()
    from course.grading import report
    from course.grading.plugin import limits, open_course

    course, config = open_course(course_dir, unit)
    students = tuple(student or ("*",))
    if regrade:
        changes = regrade_class(course, students=students, dry_run=dry_run)
        typer.echo(report.changes_as_json(changes) if as_json else report.changes_as_text(changes, dry_run=dry_run))
        return
    with report.progress(shown=not as_json) as tell:
        done = grade_class(
            course,
            students=students,
            jobs=jobs,
            scheduler=scheduler,
            sandbox=sandbox.value,
            limits=limits(config),
            tell=tell,
        )
    typer.echo(report.as_json(done) if as_json else report.as_text(done))


@app.command()
def feedback(
    unit: Annotated[str, typer.Argument(help="Id of the unit.")],
    course_dir: CourseDir = Path(),
    student: Students = None,
    jobs: Jobs = None,
) -> None:
    """Write one feedback page for each graded notebook."""
    from course.grading.handback import hand_back
    from course.grading.plugin import open_course

    done = hand_back(open_course(course_dir, unit)[0], students=tuple(student or ("*",)), jobs=jobs)
    typer.echo(f"{done.pages} pages in {course_dir / 'feedback'}.")
    if done.withheld:
        typer.echo(done.withheld)
    _finish(done.failed)


@app.command()
def demo(
    students: Annotated[int, typer.Option(min=1, help="How many students.")] = 20,
    units: Annotated[list[str] | None, typer.Option(help="Ids of units; by default all that are graded.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same class.")] = 1,
    out: Annotated[Path, typer.Option(help="The new course folder.")] = Path("demo-class"),
) -> None:
    """Make a course folder with a simulated class, ready for course grade."""
    from course.grading.demo import has_points, simulate

    folders = [folder for folder in _masters(units) if units or has_points(folder)]
    for line in simulate(folders, students, seed, out):
        typer.echo(line)


argument = typer.Typer(help="Work with argument maps.", no_args_is_help=True)
app.add_typer(argument, name="argument")


@argument.command("convert")
def convert_map(
    source: Annotated[Path, typer.Argument(metavar="IN", help="AIF, xAIF (.json) or Argdown (.argdown, .ad).")],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="AIF (.json), Argdown (.argdown, .ad), DOT (.dot) or SVG (.svg).")
    ],
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
) -> None:
    """Convert an argument map; the endings of the names say the formats."""
    from course.argument.convert import convert

    for line in convert(source, target, force=force):
        typer.echo(line)


if __name__ == "__main__":
    main()
