"""Pictures of argument maps, for Graphviz."""

import re
import textwrap

from course.argument.model import ArgumentMap, RelationKind

# What the picture says of a kind it says by a sign and a line, not by colour alone.
_LOOKS = {
    RelationKind.SUPPORT: ("+", "#1a6b3c", "solid"),
    RelationKind.REBUT: ("−", "#a3231f", "dashed"),
    RelationKind.UNDERMINE: ("− premise", "#a3231f", "dashed"),
    RelationKind.UNDERCUT: ("− step", "#8a4b00", "dotted"),
}
_WIDTH = 36
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def dot(argument_map: ArgumentMap) -> str:
    """Write a map in DOT, the language of Graphviz: relations are small nodes, so that undercuts can end at them.

    The map may be unfinished: what is named and not there appears as a node without text.
    """
    lines = ["digraph {", "  rankdir=BT", '  node [fontname="sans-serif" fontsize=12]']
    for claim in argument_map.claims:
        border = ", peripheries=2" if claim.id == argument_map.main else ""
        style = "dashed" if claim.implicit else "solid"
        lines.append(f"  {_quoted(claim.id)} [shape=box, style={style}{border}, label={_label(claim.text)}]")
    for relation in argument_map.relations:
        sign, colour, style = _LOOKS[relation.kind]
        label = _label(f"{sign} {relation.scheme}".strip())
        look = f'color="{colour}", style={style}'
        node = _quoted(relation.id)
        lines.append(f'  {node} [shape=ellipse, margin="0.02", height=0.2, fontsize=10, {look}, label={label}]')
        lines += [f"  {_quoted(source)} -> {node} [arrowhead=none, {look}]" for source in relation.sources]
        lines.append(f"  {node} -> {_quoted(relation.target)} [{look}]")
    return "\n".join([*lines, "}"]) + "\n"


def _label(text: str) -> str:
    """Quote a text as a label: in labels Graphviz reads backslashes and HTML entities too."""
    lines = textwrap.wrap(_CONTROL.sub(" ", text), _WIDTH)
    return _quoted("\\n".join(line.replace("&", "&amp;").replace("\\", "\\\\") for line in lines))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'
