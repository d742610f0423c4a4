"""What a check says: a status, points, and the reasons."""

from enum import StrEnum

from course.datafile import Model


class Status(StrEnum):
    """The word that feedback begins with."""

    CORRECT = "Correct"
    PARTLY = "Partly"
    NOT_YET = "Not yet"
    INCOMPLETE = "Incomplete"
    RECEIVED = "Received"  # complete and well formed, but there is no key here to score it with


class Note(Model):
    """One explanation: of a mistake, or of what was missed.

    Attributes:
        text: The explanation, addressed to the learner.
        misconception: Id of the misconception that the mistake suggests.
        given: What the learner answered here, in words.
        segment: Id of the passage concerned, if it is a segment of the corpus.
        quote: The words of the passage.
    """

    text: str
    misconception: str | None = None
    given: str | None = None
    segment: str | None = None
    quote: str | None = None


class Result(Model):
    """The outcome of one check.

    Attributes:
        item: Id of the item.
        title: Its title.
        status: The status word.
        fraction: Credit from 0 to 1.
        points: Points given, ``fraction`` of ``max_points``, rounded to 1/100.
        max_points: Points that the item is worth.
        summary: One or two sentences: why.
        notes: Explanations, the most useful first.
        next_step: What to do next.
    """

    item: str
    title: str
    status: Status
    fraction: float
    points: float
    max_points: float
    summary: str
    notes: tuple[Note, ...] = ()
    next_step: str = ""
