"""Choose one option or several, and say how sure you are."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from course.datafile import Model
from course.exercises.kinds.base import Answer, Id, Item, Key, Text, status_of, unique
from course.exercises.result import Note, Result, Status

Confidence = Literal["guess", "fairly", "sure"]
_CONFIDENCE = {"guess": "Guessing", "fairly": "Fairly sure", "sure": "Sure"}


class ChoiceAnswer(Answer):
    """Ids of the chosen options, and the confidence if it was asked and given."""

    choices: tuple[str, ...] = Field(default=(), strict=False)
    confidence: Confidence | None = None


class Option(Model):
    """One option."""

    id: Id
    text: Text


class Wrong(Model):
    """Why an option is wrong, and what choosing it suggests."""

    misconception: Id
    why: Text


class AcceptedChoice(Model):
    """A set of options that is right, and why."""

    answer: ChoiceAnswer
    reason: Text


class ChoiceKey(Key):
    """Accepted sets of options; an explanation for every option that no set holds."""

    accept: tuple[AcceptedChoice, ...] = Field(min_length=1)
    options: dict[Id, Wrong]

    def misconceptions(self) -> Iterable[str]:
        """Return the misconceptions of the wrong options."""
        return [wrong.misconception for wrong in self.options.values()]

    def problems(self, item: "ChoiceItem") -> Iterable[tuple[str, str]]:
        """Yield what does not fit the item."""
        known = {option.id for option in item.options}
        right = {choice for accepted in self.accept for choice in accepted.answer.choices}
        for number, accepted in enumerate(self.accept):
            if not accepted.answer.choices:
                yield f"accept.{number}", "names no option"
        for choice in sorted(right - known):
            yield "accept", f"{choice} is not an option"
        for choice in sorted(set(self.options) - known):
            yield f"options.{choice}", "is not an option"
        for choice in sorted(known - right - set(self.options)):
            yield f"options.{choice}", "has no explanation"
        for choice in sorted(right & set(self.options)):
            yield f"options.{choice}", "is accepted and explained as wrong"


class ChoiceItem(Item):
    """Choose one option, or several.

    Attributes:
        multiple: Whether several options may be right.
        confidence: Whether to ask how sure the learner is (it is not scored).
        options: The options in the order shown.
    """

    answer_type: ClassVar[type[Answer]] = ChoiceAnswer
    key_type: ClassVar[type[Key]] = ChoiceKey

    kind: Literal["choice"]
    multiple: bool = False
    confidence: bool = False
    options: tuple[Option, ...] = Field(min_length=2, max_length=9)

    @model_validator(mode="after")
    def _check(self) -> Self:
        unique((option.id for option in self.options), "options")
        return self

    def _choices_shown(self) -> dict[str, Any]:
        return {
            "multiple": self.multiple,
            "confidence": self.confidence,
            "options": [option.model_dump() for option in self.options],
        }

    def typed(self, value: Any, confidence: str | None) -> Any:
        """Accept one option id, or a list of them."""
        if isinstance(value, str):
            value = [value]
        if isinstance(value, (list, tuple)):
            return {"choices": list(value), "confidence": confidence}
        return value

    def _checked(self, answer: ChoiceAnswer) -> ChoiceAnswer:
        known = [option.id for option in self.options]
        for choice in answer.choices:
            if choice not in known:
                raise self._refuse("choices", f"{choice!r} is not an option", known)
        chosen = tuple(option for option in known if option in answer.choices)
        if len(chosen) > 1 and not self.multiple:
            raise self._refuse("choices", "only one option can be chosen", known)
        return ChoiceAnswer(choices=chosen, confidence=answer.confidence if self.confidence else None)

    def missing(self, answer: ChoiceAnswer) -> str:
        """Say what is missing."""
        if not answer.choices:
            return "No option is chosen yet."
        if self.confidence and answer.confidence is None:
            return "Say also how sure you are."
        return ""

    def describe(self, answer: ChoiceAnswer) -> list[str]:
        """Return the chosen options in words."""
        lines = [option.text for option in self.options if option.id in answer.choices]
        if answer.confidence:
            lines.append(f"How sure: {_CONFIDENCE[answer.confidence]}")
        return lines

    def score(self, answer: ChoiceAnswer, key: ChoiceKey) -> Result:
        """Score all or nothing for one option; (hits − false alarms) / accepted, at least 0, for several."""
        if not answer.choices:
            return self.blank(self.missing(answer))
        chosen = set(answer.choices)
        best, fraction = key.accept[0], -1.0
        for accepted in key.accept:
            right = set(accepted.answer.choices)
            credit = max(0.0, (len(chosen & right) - len(chosen - right)) / len(right))
            if credit > fraction:
                best, fraction = accepted, credit
        texts = {option.id: option.text for option in self.options}
        notes = [
            Note(
                text=key.options[choice].why,
                misconception=key.options[choice].misconception,
                given=texts[choice],
            )
            for choice in answer.choices
            if choice in key.options
        ]
        if fraction == 1:
            return self._result(Status.CORRECT, 1.0, best.reason)
        right = set(best.answer.choices)
        if self.multiple:
            summary = f"{len(chosen & right)} of {len(right)} right options chosen"
            summary += f", and {len(chosen - right)} that do not belong." if chosen - right else "."
        else:
            summary = "Another option fits better."
        if notes and answer.confidence == "sure":
            summary += " You were sure of this one, so it is worth a second look."
        return self._result(status_of(fraction), fraction, summary, notes)
