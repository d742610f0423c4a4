"""Maps with one mistake each, and correct ones, all against one accepted map."""

from course.argument.assessment import Mistake

# Two co-premises, an independent reason with an objection to its step, a rebuttal, and chains below.
EVERYONE = "abcdefghxzywpqsm"
KEY = "a+b>m c>m d>a e!m f~r2 g>x x>c h?b"
BACKGROUND = ("z", "y", "w")
SPEAKERS = {"a": "Khan", "b": "Khan", "m": "Khan", "c": "Khan", "p": "Meta", "q": "Meta", "s": "Meta"}
OPTIONAL = ("x", "r4")

# Name, and maps that have that mistake and no other.
WRONG: dict[Mistake, list[str]] = {
    Mistake.REVERSED: [
        "a+b>m c>m a>d e!m f~r2 g>x x>c h?b",
        "a+b>m c>m d>a e!m f~r2 x>g x>c h?b",
        "a+b>m c>m d>a m!e f~r2 g>x x>c h?b",
        "a+b>m c>m d>a e!m f~r2 g>x c>x h?b",
    ],
    Mistake.WRONG_LEVEL: [
        "a+b>m c>m d>m e!m f~r2 g>x x>c h?b",
        "a+b>m c>m d>a e!m f~r2 g>m x>c h?b",
        "a+b>m c>m d>a e!c f~r2 g>x x>c h?b",
        "a+b>m c>m d>a e!a f~r2 g>x x>c h?b",
    ],
    Mistake.REBUT_FOR_UNDERCUT: [
        "a+b>m c>m d>a e!m f!m g>x x>c h?b",
        "a+b>m c>m d>a e!m f!c g>x x>c h?b",
        "a+b>m c>m d>a e!m f?c g>x x>c h?b",
        "a+b>m c>m d>a e~r1 f~r2 g>x x>c h?b",
    ],
    Mistake.SPLIT: [
        "a>m b>m c>m d>a e!m f~r3 g>x x>c h?b",
        "b>m c>m a>m d>a e!m f~r2 g>x x>c h?b",
        "c>m b>m d>a a>m e!m f~r1 g>x x>c h?b",
    ],
    Mistake.MERGED: [
        "a+b+c>m d>a e!m f~r1 g>x x>c h?b",
        "c+a+b>m e!m f~r1 d>a g>x x>c h?b",
        "b+c+a>m d>a g>c e!m f~r1 h?b",
    ],
    Mistake.BACKGROUND: [
        f"{KEY} z>m",
        f"{KEY} y>a",
        f"{KEY} w!c",
    ],
    Mistake.ATTRIBUTION: [
        f"{KEY} p>m",
        f"{KEY} q>c",
        f"{KEY} s>a",
    ],
    Mistake.POLARITY: [
        "a+b>m c>m d!a e!m f~r2 g>x x>c h?b",
        "a+b>m c>m d>a e>m f~r2 g>x x>c h?b",
        "a+b>m c>m d>a e!m f~r2 g>x x>c h>b",
        "a+b>m c!m d>a e!m f~r2 g>x x>c h?b",
    ],
    Mistake.MISSING: [
        "a+b>m c>m d>a e!m g>x x>c h?b",
        "a+b>m c>m e!m f~r2 g>x x>c h?b",
        "a+b>m c>m e!m d>a f~r2 g>c",
    ],
    Mistake.SURPLUS: [
        f"{KEY} d>g",
        f"{KEY} g>b",
        f"{KEY} h!g",
    ],
    Mistake.EVERYTHING_LINKED: [
        " ".join(f"{one}>{other}" for place, one in enumerate(order) for other in order[place + 1 :])
        for order in (EVERYONE, EVERYONE[-2::-1] + "m", EVERYONE[::2] + EVERYONE[1::2])
    ],
}
WRONG_MAIN = [None, "a", "c", "e"]

RIGHT = [
    KEY,
    "b+a>m c>m d>a e!m f~r2 g>x x>c h?b",
    "c>m a+b>m d>a e!m f~r1 g>x x>c h?b",
    "g>x x>c h?b c>m b+a>m d>a e!m f~r4",
    "h?b e!m d>a x>c g>x b+a>m c>m f~r7",
    "a+b>m c>m d>a e!m f~r2 g>c h?b",
    "g>c c>m f~r2 b+a>m d>a h?b e!m",
    "a+b>m c>m d>a e!m f~r2 g>x x>c h!b",
    "h?b a+b>m c>m d>a e!m f~r3 g>x x>c",
    "e!m h?b a+b>m c>m f~r4 g>x x>c d>a",
    "x>c g>x a+b>m c>m d>a e!m f~r4 h?b",
    "d>a b+a>m c>m e!m f~r3 g>c h!b",
    "f~r2 c>m a+b>m d>a e!m g>x x>c h?b",
    "f~r4 a+b>m d>a c>m e!m g>c h?b",
    "h!b g>c e!m d>a c>m f~r5 b+a>m",
    "a+b>m c>m e!m f~r2 g>x x>c h?b d>a",
    "x>c c>m a+b>m f~r2 g>x e!m d>a h?b",
    "c>m f~r1 e!m a+b>m h?b d>a g>c",
    "b+a>m g>x c>m x>c e!m d>a f~r3 h!b",
    "e!m a+b>m c>m h?b d>a f~r3 x>c g>x",
    "g>c h!b c>m d>a f~r3 e!m b+a>m",
]
