"""The course's own debate: ``data/arguments.yaml``, arguments for and against with where each comes from."""

from functools import cache
from typing import Literal

from pydantic import Field

from course.argument.model import ArgumentMap, Claim
from course.argument.words import relations
from course.datafile import Model, build, parse_yaml, read_text
from course.errors import CourseError
from course.paths import data_dir


class Argument(Claim):
    """A claim of the debate.

    Attributes:
        side: Whose case it belongs to.
        references: Works that it rests on, as ids of ``data/references.yaml``.
    """

    side: Literal["for", "against", "neither"]
    references: tuple[str, ...] = Field(default=(), strict=False)


class Bank(Model):
    """The debate.

    Attributes:
        main: The claim that is at issue.
        claims: The arguments.
        relations: What bears on what, in words.
    """

    main: str
    claims: tuple[Argument, ...]
    relations: tuple[str, ...]

    def map(self) -> ArgumentMap:
        """Return the debate as an argument map.

        Raises:
            CourseError: A relation cannot be read, or the map is not well-formed.
        """
        claims = (claim.model_dump(exclude={"side", "references"}) for claim in self.claims)
        plain = tuple(Claim(**claim) for claim in claims)
        return ArgumentMap(claims=plain, relations=relations(self.relations), main=self.main).checked()


@cache
def load_bank() -> Bank:
    """Return the debate of ``data/arguments.yaml``.

    Raises:
        CourseError: The file is missing or malformed; the message names the claim or relation.
    """
    path = data_dir() / "arguments.yaml"
    bank = build(Bank, parse_yaml(read_text(path), path), path)
    try:
        bank.map()
    except CourseError as error:
        raise CourseError(error.problem, error.remedy, file=path, item=error.item) from None
    return bank
