"""What all kinds of items share."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, StringConstraints, ValidationError

from course.datafile import Model, explain
from course.errors import CourseError
from course.exercises.result import Note, Result, Status

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$")]
Objective = Annotated[str, StringConstraints(pattern=r"^(?:[a-z0-9-]+/)?[a-z0-9]+(?:[-.][a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Answer(Model):
    """What a learner gives: plain JSON data, never points. Without arguments it is blank."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Rejected(Model):
    """A sample answer that must not get full marks.

    Attributes:
        answer: The answer.
        explains: The misconception whose explanation the feedback must contain.
    """

    answer: dict[str, Any]
    explains: Id


class Samples(Model):
    """Answers that prove the key: they run in ``course verify``."""

    accept: tuple[dict[str, Any], ...] = Field(min_length=3)
    reject: tuple[Rejected, ...] = Field(min_length=3)


class Key(Model, ABC):
    """What no student's copy holds in a class.

    Attributes:
        hints: The third and fourth rung of the ladder: part of the work, full reasoning.
        samples: Answers that must be accepted and rejected.
    """

    hints: tuple[Text, Text]
    samples: Samples

    def model_answer(self) -> dict[str, Any]:
        """Return the answer that the master notebook shows: the first accepted sample."""
        return self.samples.accept[0]

    @abstractmethod
    def misconceptions(self) -> Iterable[str]:
        """Return the ids of all misconceptions that the key names."""

    @abstractmethod
    def problems(self, item: Any) -> Iterable[tuple[str, str]]:
        """Yield (field, problem) for what does not fit the item, such as an option without explanation."""


class Item(Model, ABC):
    """What a learner is asked.

    Attributes:
        id: Name of the item, unique in the unit.
        kind: Name of the kind.
        title: Short name for lists.
        objectives: What it assesses: ids of the unit's objectives, or of an earlier unit's as ``02-claims/type``.
        points: What it is worth.
        text: The question; paragraphs are separated by blank lines.
        hints: The first and second rung of the ladder: nudge, concept and passage.
    """

    answer_type: ClassVar[type[Answer]]
    key_type: ClassVar[type[Key]]

    id: Id
    kind: str
    title: Text
    objectives: tuple[Objective, ...] = Field(min_length=1)
    points: float = Field(gt=0, le=20)
    text: Text
    hints: tuple[Text, Text]

    def parse(self, data: Any) -> Answer:
        """Validate an answer, typed or clicked.

        Args:
            data: The answer as plain data.

        Returns:
            The answer, in the one form that is stored.

        Raises:
            CourseError: It does not fit the item; the message lists what does.
        """
        try:
            answer = self.answer_type.model_validate(data)
        except ValidationError as error:
            raise explain(error, "answer", item=self.id) from None
        return self._checked(answer)

    @abstractmethod
    def _checked(self, answer: Any) -> Answer:
        """Return the answer in its stored form; raise CourseError if it names what the item does not have."""

    @abstractmethod
    def typed(self, value: Any, confidence: str | None) -> Any:
        """Turn what is convenient to type into an answer's plain data."""

    @abstractmethod
    def missing(self, answer: Any) -> str:
        """Say what an answer still lacks; empty if it is complete."""

    @abstractmethod
    def describe(self, answer: Any) -> list[str]:
        """Return the answer in words, one line per part, for the notebook's own copy."""

    @abstractmethod
    def score(self, answer: Any, key: Any) -> Result:
        """Score an answer against a key. Pure: the same answer and key give the same result."""

    def forms(self) -> tuple["Item", ...]:
        """Return the items whose front ends show this one, from top to bottom: itself, if it has one form."""
        return (self,)

    def shown_in(self, form: "Item", answer: Any) -> Answer:
        """Return the part of an answer that one of the forms shows."""
        del form
        assert isinstance(answer, Answer)  # noqa: S101
        return answer

    def merged(self, data: Any, stored: Any, form: "Item | None" = None) -> Any:
        """Return a whole answer's plain data.

        Args:
            data: What is given now.
            stored: The stored answer, None if there is none.
            form: The form that gives it and knows nothing of the other forms; None for a typed answer.
        """
        del stored, form
        return data

    def prompt(self) -> dict[str, Any]:
        """Return what the front end shows. Never anything from a key."""
        return {"item": self.id, "kind": self.kind, "text": self.text, **self._choices_shown()}

    @abstractmethod
    def _choices_shown(self) -> dict[str, Any]:
        """Return what the kind shows beside the question."""

    def blank(self, missing: str) -> Result:
        """Return the result of an item that has no answer."""
        return self._result(Status.INCOMPLETE, 0.0, missing)

    def _refuse(self, field: str, problem: str, valid: Iterable[str]) -> CourseError:
        return CourseError(problem, f"Use {', '.join(valid)}.", file="answer", item=self.id, field=field)

    def _result(self, status: Status, fraction: float, summary: str, notes: Iterable[Note] = ()) -> Result:
        notes = tuple(notes)
        return Result(
            item=self.id,
            title=self.title,
            status=status,
            fraction=fraction,
            points=round(fraction * self.points, 2),
            max_points=self.points,
            summary=summary,
            notes=notes,
            next_step=_next_step(self.id, status, notes),
        )


def _next_step(item: str, status: Status, notes: tuple[Note, ...]) -> str:
    if status == Status.CORRECT:
        return "Go on to the next step."
    if status == Status.INCOMPLETE:
        return "Answer the item above, then run this cell again."
    reread = "Reread the passages named above, then change" if any(note.segment for note in notes) else "Change"
    return f'{reread} your answer and check again. hint("{item}") gives help.'


def status_of(fraction: float) -> Status:
    """Return the status word for a credit from 0 to 1."""
    return Status.CORRECT if fraction == 1 else Status.PARTLY if fraction > 0 else Status.NOT_YET


def unique(ids: Iterable[str], field: str) -> None:
    """Raise ValueError if an id is given twice."""
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise ValueError(f"the id {name} is given twice in {field}. Give each one its own id.")
        seen.add(name)
