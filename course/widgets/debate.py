"""The view of a debate: reject claims, and see which others stand, fall or stay undecided."""

from typing import Any

import traitlets

from course.argument import ArgumentMap
from course.argument.debate import Standing, standing, what_if
from course.widgets.item import STATIC, ItemWidget

_SHOWN = 3  # changes named in the status line; the list shows them all


class DebateWidget(ItemWidget):
    """Claims that can be rejected, each with its status and the reason for it. Nothing is saved.

    Args:
        debate: A well-formed map.
        text: What stands above the claims.
        notes: A short remark on a claim, by its id, such as where it comes from.

    Attributes:
        standing: Of each claim its status, the reason for it, and whether rejecting has changed it.
    """

    _esm = STATIC / "debate.js"

    standing = traitlets.Dict().tag(sync=True)

    def __init__(self, debate: ArgumentMap, text: str, notes: dict[str, str]) -> None:
        self._debate = debate
        self._before = standing(debate)
        claims = [{"id": claim.id, "text": claim.text, "note": notes.get(claim.id, "")} for claim in debate.claims]
        prompt = {"item": "debate", "kind": "debate", "text": text, "claims": claims, "main": debate.main}
        super().__init__(prompt, {}, self._reject)
        self.standing = self._shown(self._before)

    def _reject(self, answer: dict[str, Any]) -> str:
        rejected = [name for name in self._before if name in answer.get("rejected", ())]
        after = what_if(self._debate, rejected)
        self.standing = self._shown(after)
        changed = [name for name in after if after[name] != self._before[name] and name not in rejected]
        if not rejected:
            return "You reject nothing."
        if not changed:
            return "Nothing else changes."
        named = "; ".join(f"{after.texts[name]}: {after[name].value}" for name in changed[:_SHOWN])
        more = f"; and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        return f"{len(changed)} other claim{'s' if len(changed) > 1 else ''} changed: {named}{more}."

    def _saved(self, text: str) -> str:
        return text

    def _shown(self, now: Standing) -> dict[str, dict[str, Any]]:
        return {
            name: {
                "status": now[name].value,
                "reason": f"It {now.reasons[name]}.",
                "changed": now[name] != self._before[name],
            }
            for name in now
        }
