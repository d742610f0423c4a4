"""A hypothesis strategy for random well-formed argument maps."""

from hypothesis import strategies as st

from course.argument.model import ArgumentMap, Claim, Name, Relation, RelationKind

_WORDS = st.sampled_from(
    ["The gate is open", "Fog hides the pier", "Nobody rang", "The tide turns at six", "It rained"]
)
_SCHEMES = st.sampled_from(["", "", "expert-opinion"])


@st.composite
def well_formed_maps(
    draw: st.DrawFn,
    *,
    texts: st.SearchStrategy[str] = _WORDS,
    attacks: bool = True,
    max_claims: int = 7,
    max_relations: int = 10,
) -> ArgumentMap:
    """Draw a well-formed map: supports without circles, attacks in any direction, undercuts of any depth.

    Args:
        draw: Given by hypothesis.
        texts: What claims say; not empty when stripped, at most 5,000 characters.
        attacks: Whether there may be attacks.
        max_claims: Most claims.
        max_relations: Most relations.
    """
    style = draw(st.sampled_from(["c{}", "{}", "Claim-{}.x"]))
    names = [style.format(number + 1) for number in range(draw(st.integers(0, max_claims)))]
    relations = _relations(draw, names, attacks, draw(st.integers(0, max_relations)))
    claims = [
        Claim(
            id=name,
            text=draw(texts),
            segments=tuple(draw(st.lists(st.sampled_from(["s1", "s2", "s3"]), max_size=2, unique=True))),
            implicit=draw(st.booleans()),
        )
        for name in names
    ]
    main = draw(st.none() | st.sampled_from(names)) if names else None
    return ArgumentMap(
        claims=tuple(draw(st.permutations(claims))), relations=tuple(draw(st.permutations(relations))), main=main
    )


def _relations(draw: st.DrawFn, names: list[Name], attacks: bool, number: int) -> list[Relation]:
    """Draw relations. Supports lead to later claims and undercuts to earlier relations, so neither run in circles."""
    relations: list[Relation] = []
    style = draw(st.sampled_from(["r{}", "1.{}", "step_{}"]))
    marks = set()
    for _ in range(number if names else 0):
        kind = draw(st.sampled_from(RelationKind if attacks else [RelationKind.SUPPORT]))
        sources = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        if kind == RelationKind.SUPPORT:
            targets = names[max(map(names.index, sources)) + 1 :]
        elif kind == RelationKind.REBUT:
            targets = names
        elif kind == RelationKind.UNDERMINE:
            used = {source for relation in relations for source in relation.sources if source != relation.target}
            targets = sorted(used)
        else:
            targets = [relation.id for relation in relations]
        if not targets:
            continue
        target = draw(st.sampled_from(targets))
        mark = kind, frozenset(sources), target
        if mark not in marks:
            marks.add(mark)
            name = style.format(len(relations) + 1)
            relations.append(Relation(id=name, kind=kind, sources=tuple(sources), target=target, scheme=draw(_SCHEMES)))
    return relations
