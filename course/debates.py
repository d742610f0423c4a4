"""A debate in a notebook: which of its claims stand, and what would change that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, cast

from course.argument.debate import Status, deciding, standing, what_if
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

    from course.argument import ArgumentMap
    from course.argument.debate import Standing
    from course.exercises.kinds.map import MapAnswer, MapItem
    from course.widgets import DebateWidget

MAX_SHOWN = 200  # claims in a view

_MOST = 20  # positions in a table

_STYLE = """<style>
.course-debate{margin:0}.course-debate>div{overflow:auto;max-height:80vh}
@media print{.course-debate>div{overflow:visible;max-height:none}
.course-debate ::details-content{content-visibility:visible;block-size:auto}}
</style>"""


@dataclass(frozen=True)
class Picture:
    """A map, or a part of one, as a drawing with a table. What stands is that of the whole map.

    Attributes:
        map: What is drawn.
        standing: The status of each claim of the whole map.
    """

    map: ArgumentMap
    standing: Standing

    def __repr__(self) -> str:
        return "\n".join(
            f"“{claim.text}” {self.standing[claim.id].value}: it {self.standing.reasons[claim.id]}"
            for claim in self.map.claims
        )

    def _repr_html_(self) -> str:
        from course.argument.svg import MAX_DRAWN, svg

        shown = {claim.id: self.standing[claim.id] for claim in self.map.claims}
        if len(self.map.claims) + len(self.map.relations) <= MAX_DRAWN:
            drawing = svg(self.map, shown)
        else:
            drawing = f"<p>Maps of more than {MAX_DRAWN} claims and relations are not drawn here.</p>"
        rows = "".join(
            f"<tr><th scope='row'>{escape(claim.id)}</th><td>{escape(claim.text)}</td>"
            f"<td>{escape(shown[claim.id].value)}</td><td>It {escape(self.standing.reasons[claim.id])}.</td></tr>"
            for claim in self.map.claims
        )
        head = "".join(f"<th scope='col'>{name}</th>" for name in ("Claim", "What it says", "Status", "Reason"))
        found = Counter(shown.values())
        stand, fall, open_ = (found[status] for status in (Status.STANDS, Status.FALLS, Status.UNDECIDED))
        summary = f"{stand} stand{'s' * (stand == 1)}, {fall} fall{'s' * (fall == 1)}, {open_} undecided"
        left = len(self.standing) - len(shown)
        more = f" Claims that are not drawn: {left}." if left else ""
        return (
            f"{_STYLE}<figure aria-label='The debate as a drawing and as a table' class='course-debate'>"
            f"<div tabindex='0' role='region' aria-label='Drawing'>{drawing}</div>"
            f"<figcaption>Of {len(shown)} claims: {summary}.{more} A circle is a step: + supports, "
            f"− attacks a claim, × attacks a step. ↪ repeats a claim that stands elsewhere.</figcaption>"
            f"<details><summary>The same as a table</summary><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table></details></figure>"
        )


class Debate:
    """An argument map that can be asked which of its claims stand. A notebook shows it as a drawing and a table.

    Args:
        argument_map: A well-formed map.
        notes: Where a claim comes from, by its id.

    Raises:
        CourseError: The map is not well-formed.
    """

    def __init__(self, argument_map: ArgumentMap, notes: dict[str, str]) -> None:
        self.map = argument_map.checked()
        self._notes = notes
        self._standing = standing(argument_map)

    def standing(self) -> pd.DataFrame:
        """Return which claims stand.

        Returns:
            One row per claim: claim, text, status (stands, falls, undecided), reason, source (segments and works that
            it comes from).
        """
        import pandas as pd

        texts = {claim.id: claim.text for claim in self.map.claims}
        rows = [
            {**row, "text": texts[row["claim"]], "source": self._notes.get(row["claim"], "")}
            for row in self._standing.rows()
        ]
        return pd.DataFrame(rows, columns=["claim", "text", "status", "reason", "source"])

    def what_if(self, *rejected: str) -> pd.DataFrame:
        """Return what becomes of the other claims if some are rejected.

        Args:
            rejected: Ids of these claims.

        Returns:
            One row per other claim that changes: claim, text, before, after.

        Raises:
            CourseError: One of them is not a claim.
        """
        import pandas as pd

        after = what_if(self.map, rejected)
        texts = {claim.id: claim.text for claim in self.map.claims}
        rows = [
            {"claim": name, "text": texts[name], "before": before.value, "after": after[name].value}
            for name, before in self._standing.items()
            if after[name] != before and name not in rejected
        ]
        return pd.DataFrame(rows, columns=["claim", "text", "before", "after"])

    def deciding(self) -> pd.DataFrame:
        """Return the premises, ranked by how many conclusions change their status if that premise is rejected.

        Returns:
            One row per premise: premise, text, changed (a count), conclusions (their ids).
        """
        import pandas as pd

        rows = [
            {"premise": each.premise, "text": each.text, "changed": len(each.changes), "conclusions": [*each.changes]}
            for each in deciding(self.map)
        ]
        return pd.DataFrame(rows, columns=["premise", "text", "changed", "conclusions"])

    def positions(self) -> pd.DataFrame:
        """Return the preferred positions: the largest sets of claims that can be held together and defended.

        Returns:
            One row per claim, one column of truth values per position: position 1, position 2, …

        Raises:
            CourseError: There are too many to be listed, or finding them takes too long.
        """
        import pandas as pd

        from course.argument.debate import as_framework
        from course.argument.semantics import extensions

        found = extensions(as_framework(self.map), "preferred", most=_MOST)
        if found.stopped:
            raise CourseError(found.stopped.rstrip("."), "Ask for standing(), which takes no side.")
        claims = [claim.id for claim in self.map.claims]
        held = dict.fromkeys(tuple(name in each for name in claims) for each in found.sets)
        return pd.DataFrame({"claim": claims, **{f"position {n}": each for n, each in enumerate(held, 1)}})

    def explore(self) -> DebateWidget:
        """Return the view in which claims are rejected, and others then stand, fall or stay undecided.

        Raises:
            CourseError: There are too many claims for a view.
        """
        from course.widgets import DebateWidget

        if len(self.map.claims) > MAX_SHOWN:
            problem = f"has {len(self.map.claims)} claims, and a view holds {MAX_SHOWN}"
            raise CourseError(problem, "Ask for the tables: standing(), what_if(…), deciding().")
        return DebateWidget(self.map, "Which claims stand? Reject one, and see what changes.", self._notes)

    def picture(self, *claims: str) -> Picture:
        """Return a drawing of a part of the debate: some claims, and what leads to them directly.

        Args:
            claims: Ids of the claims; the whole debate is drawn by default.

        Raises:
            CourseError: One of them is not a claim.
        """
        from course.argument import ArgumentMap

        if not claims:
            return Picture(self.map, self._standing)
        for name in claims:
            if name not in self._standing:
                raise CourseError(f"{name} is not a claim of this debate", f"Use {', '.join(self._standing)}.")
        near = {*claims, *(source for each in self.map.relations if each.target in claims for source in each.sources)}
        drawn = [each for each in self.map.relations if each.target in near and near.issuperset(each.sources)]
        while undercuts := [
            each
            for each in self.map.relations
            if each not in drawn and any(each.target == step.id for step in drawn) and near.issuperset(each.sources)
        ]:
            drawn += undercuts
        main = self.map.main if self.map.main in near else claims[0]
        part = ArgumentMap(
            claims=tuple(claim for claim in self.map.claims if claim.id in near), relations=tuple(drawn), main=main
        )
        return Picture(part, self._standing)

    def __repr__(self) -> str:
        return repr(self._standing)

    def _repr_html_(self) -> str:
        return self.picture()._repr_html_()


def debate(item: str | None = None) -> Debate:
    """Return the debate of the course, or of a map that you have drawn.

    Args:
        item: Id of a map item; what you have drawn there. The debate of ``data/arguments.yaml`` by default.

    Raises:
        CourseError: There is no such item, it is no map, or what is drawn is not well-formed.
    """
    if item is None:
        from course.argument.bank import load_bank

        bank = load_bank()
        return Debate(bank.map(), {claim.id: ", ".join((*claim.segments, *claim.references)) for claim in bank.claims})
    from course.notebook import answered

    found, answer = answered(item, "map")
    drawn = cast("MapItem", found).map_of(cast("MapAnswer", answer))
    return Debate(drawn, {claim.id: ", ".join(claim.segments) for claim in drawn.claims})
