"""Argument maps as SVG: the main claim on the left, reasons to the right of what they bear on."""

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

from course.argument.debate import Status
from course.argument.model import ArgumentMap, Claim, Relation, RelationKind
from course.argument.words import sentence
from course.errors import CourseError

MAX_DRAWN = 300  # claims and relations; larger drawings are for Graphviz

_BOX, _BETWEEN, _GAP, _LINE, _PAD, _DOT = 224, 84, 12, 16, 10, 9  # pixels
_LETTERS = 28  # in a line of a box
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SIGNS = {
    RelationKind.SUPPORT: "+",
    RelationKind.REBUT: "−",
    RelationKind.UNDERMINE: "−",
    RelationKind.UNDERCUT: "×",
}
_STATUS = {Status.STANDS: "✓ stands", Status.FALLS: "✗ falls", Status.UNDECIDED: "? undecided"}

# Themes of JupyterLab and of the system; programs that know no CSS take the attributes of the elements.
_STYLE = """
.ooc-map{color-scheme:light dark;color:var(--jp-content-font-color1,CanvasText);font:13px sans-serif;max-width:none}
[data-jp-theme-light="true"] .ooc-map{color-scheme:light}[data-jp-theme-light="false"] .ooc-map{color-scheme:dark}
.ooc-map text{fill:currentColor}.ooc-map rect{fill:var(--jp-layout-color1,Canvas);stroke:currentColor}
.ooc-map .support{--hue:light-dark(#1c6537,#8ed6a5)}.ooc-map .attack{--hue:light-dark(#a3271f,#ffaca3)}
.ooc-map .undercut{--hue:light-dark(#8a4b00,#f2b077)}
.ooc-map path{stroke:var(--hue)}.ooc-map .head{fill:var(--hue)}
.ooc-map circle{fill:var(--jp-layout-color1,Canvas);stroke:var(--hue)}.ooc-map .sign{fill:var(--hue)}
@media print{.ooc-map{color-scheme:light!important;color:#000;max-width:100%;height:auto}}
"""
_HUES = {"support": "#1c6537", "attack": "#a3271f", "undercut": "#8a4b00"}


def svg(argument_map: ArgumentMap, statuses: Mapping[str, Status] | None = None) -> str:
    """Draw a map as SVG.

    Boxes with dashed borders are implicit, the one with a double border is the main claim. A circle is a relation:
    + supports, − rebuts or undermines, × undercuts. A claim that is a reason in several places is drawn
    once; elsewhere an arrow ↪ and its text stand for it.

    Args:
        argument_map: The map; it may be unfinished: relations that lead nowhere have no arrow.
        statuses: What becomes of the claims, to be written into their boxes.

    Returns:
        The text of the SVG, with a title and a description in words.

    Raises:
        CourseError: The map is too large to be drawn.
    """
    if len(argument_map.claims) + len(argument_map.relations) > MAX_DRAWN:
        raise CourseError(f"has more than {MAX_DRAWN} claims and relations", "Write DOT and draw it with Graphviz.")
    layout = _Layout(argument_map, statuses or {})
    words = [f"{sentence(step, argument_map)}." for step in argument_map.relations]
    main = argument_map.claim_by_id.get(argument_map.main or "")
    title = f"Argument map: {main.text}" if main else "Argument map"
    body = "\n".join([*layout.edges(), *layout.boxes(), *layout.circles()])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ooc-map" role="img" width="{layout.width}" '
        f'height="{layout.height}" viewBox="0 0 {layout.width} {layout.height}" font-family="sans-serif" '
        f'font-size="13"><title>{_text(title)}</title><desc>{_text(" ".join(words))}</desc>'
        f"<style>{_STYLE}</style>\n{body}\n</svg>\n"
    )


@dataclass
class _Node:
    """A claim or relation in the drawing.

    Attributes:
        part: The claim or relation.
        column: Even ones hold claims, odd ones relations.
        lines: The text of a claim's box.
        again: Whether this repeats a claim that stands elsewhere.
        children: What stands to the right of it.
        x: Left edge.
        y: Middle.
    """

    part: Claim | Relation
    column: int
    lines: list[str] = field(default_factory=list)
    again: bool = False
    children: list["_Node"] = field(default_factory=list)
    x: int = 0
    y: float = 0

    @property
    def height(self) -> int:
        """Its own height, with the gap below."""
        return len(self.lines) * _LINE + 2 * _PAD + _GAP if self.lines else 4 * _DOT

    @cached_property
    def extent(self) -> int:
        """The height that it and all to the right of it take."""
        return max(self.height, sum(child.extent for child in self.children))


class _Layout:
    """Where everything stands: a tree. A claim that is a reason in several places is repeated, so no lines cross."""

    def __init__(self, argument_map: ArgumentMap, statuses: Mapping[str, Status]) -> None:
        self._map, self._statuses = argument_map, statuses
        self._into: dict[str, list[Relation]] = {}
        for relation in argument_map.relations:
            self._into.setdefault(relation.target, []).append(relation)
        self._drawn: set[str] = set()
        self._nodes: list[_Node] = []
        used = {source for relation in argument_map.relations for source in relation.sources}
        claims = argument_map.claims
        starts = sorted(claims, key=lambda claim: (claim.id != argument_map.main, claim.id in used))
        roots = [self._claim(claim, 0) for claim in starts if claim.id not in self._drawn]
        for relation in argument_map.relations:
            roots += self._cluster(relation, 1)
        top = _GAP
        for root in roots:
            self._place(root, top)
            top += root.extent
        self.height = top
        right = max((node.column for node in self._nodes), default=0) // 2
        self.width = 2 * _GAP + right * (_BOX + _BETWEEN) + _BOX

    def _claim(self, claim: Claim, column: int) -> _Node:
        again = claim.id in self._drawn
        self._drawn.add(claim.id)
        lines = textwrap.wrap(("↪ " if again else "") + _CONTROL.sub("\ufffd", claim.text), _LETTERS)
        if claim.id in self._statuses and not again:
            lines.append(_STATUS[self._statuses[claim.id]])
        node = _Node(claim, column, lines, again)
        self._nodes.append(node)
        if not again:
            for relation in self._into.get(claim.id, ()):
                node.children += self._cluster(relation, column + 1)
        return node

    def _cluster(self, relation: Relation, column: int) -> list[_Node]:
        """Return the nodes of a relation and, below it, of those that undercut it."""
        if relation.id in self._drawn:
            return []
        self._drawn.add(relation.id)
        node = _Node(relation, column)
        self._nodes.append(node)
        for source in relation.sources:
            if claim := self._map.claim_by_id.get(source):
                node.children.append(self._claim(claim, column + 1))
        below = [each for attack in self._into.get(relation.id, ()) for each in self._cluster(attack, column)]
        return [node, *below]

    def _place(self, node: _Node, top: float) -> None:
        node.x = _GAP + node.column // 2 * (_BOX + _BETWEEN)
        if node.column % 2:
            node.x += _BOX + _BETWEEN // 2
        node.y = top + (node.extent - (_GAP if node.lines else 0)) / 2
        top += (node.extent - sum(child.extent for child in node.children)) / 2
        for child in node.children:
            self._place(child, top)
            top += child.extent

    def edges(self) -> Iterator[str]:
        """Yield the lines from reasons to relations and from relations to what they bear on."""
        at = {node.part.id: node for node in self._nodes if not node.again}
        for node in self._nodes:
            if not isinstance(node.part, Relation):
                continue
            kind = _class(node.part)
            dash = "" if kind == "support" else ' stroke-dasharray="5 4"'
            look = f'class="{kind}" fill="none" stroke="{_HUES[kind]}" stroke-width="1.5"{dash}'
            for source in node.children:
                yield f'<path {look} d="{_curve(source.x, source.y, node.x + _DOT, node.y)}"/>'
            target = at.get(node.part.target)
            if target is None:
                continue
            if target.lines:
                x, y, wings = target.x + _BOX, target.y, ((6, -4), (6, 4))
                yield f'<path {look} d="{_curve(node.x - _DOT, node.y, x, y)}"/>'
            else:
                x, y, wings = target.x, target.y + _DOT, ((-4, 6), (4, 6))
                yield f'<path {look} d="M{x:g} {node.y - _DOT:g}V{y:g}"/>'
            points = " ".join(f"{x + right:g},{y + down:g}" for right, down in ((0, 0), *wings))
            yield f'<polygon class="{kind} head" fill="{_HUES[kind]}" points="{points}"/>'

    def boxes(self) -> Iterator[str]:
        """Yield the claims."""
        for node in self._nodes:
            if not isinstance(node.part, Claim):
                continue
            height = node.height - _GAP
            top = node.y - height / 2
            dash = ' stroke-dasharray="4 3"' if node.part.implicit else ""
            frame = f'fill="#fff" stroke="#000"{dash} rx="4"'
            if not node.again:
                yield f'<rect x="{node.x}" y="{top:g}" width="{_BOX}" height="{height}" {frame}/>'
            if node.part.id == self._map.main and not node.again:
                size = f'width="{_BOX - 6}" height="{height - 6}"'
                yield f'<rect x="{node.x + 3}" y="{top + 3:g}" {size} {frame}/>'
            for place, line in enumerate(node.lines, 1):
                last = place == len(node.lines) and node.part.id in self._statuses and not node.again
                look = ' font-weight="bold"' if last else ' font-style="italic"' if node.again else ""
                y = top + _PAD + place * _LINE - 4
                yield f'<text x="{node.x + _PAD}" y="{y:g}"{look}>{_text(line)}</text>'

    def circles(self) -> Iterator[str]:
        """Yield the relations."""
        for node in self._nodes:
            if not isinstance(node.part, Relation):
                continue
            kind = _class(node.part)
            look = f'stroke="{_HUES[kind]}" stroke-width="1.5"'
            yield f'<circle class="{kind}" cx="{node.x}" cy="{node.y:g}" r="{_DOT}" fill="#fff" {look}/>'
            place = f'x="{node.x}" y="{node.y + 5:g}" text-anchor="middle" font-weight="bold"'
            yield f'<text class="{kind} sign" {place} fill="{_HUES[kind]}">{_SIGNS[node.part.kind]}</text>'


def _class(relation: Relation) -> str:
    if relation.kind in (RelationKind.REBUT, RelationKind.UNDERMINE):
        return "attack"
    return relation.kind.value


def _curve(x: float, y: float, end_x: float, end_y: float) -> str:
    middle = (x + end_x) / 2
    return f"M{x:g} {y:g}C{middle:g} {y:g} {middle:g} {end_y:g} {end_x:g} {end_y:g}"


def _text(text: str) -> str:
    return escape(_CONTROL.sub("\ufffd", text), quote=False)
