import random
import sys
import time
from itertools import chain, combinations, pairwise

import pytest

from course.argument.framework import Framework, Label, grounded
from course.argument.semantics import Semantics, extensions
from course.errors import CourseError


def random_framework(number: int, attacks: float, seed: int) -> Framework:
    """Make a framework in which each argument attacks ``attacks`` others (or itself) on average."""
    dice = random.Random(seed)
    names = [f"a{position}" for position in range(number)]
    pairs = [(one, other) for one in names for other in names if dice.random() < attacks / number]
    return Framework(tuple(names), tuple(pairs))


def brute_force(framework: Framework) -> dict[str, set[frozenset[str]]]:
    """Return all extensions by Dung's definitions, word for word: every set of arguments is tried."""
    names, attacks = framework.arguments, set(framework.attacks)
    complete, stable = set(), set()
    for chosen in map(frozenset, chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))):
        if any(one in chosen and other in chosen for one, other in attacks):
            continue
        hit = {other for one, other in attacks if one in chosen}
        undefended = {other for one, other in attacks if one not in hit}
        if set(names) - undefended == chosen:
            complete.add(chosen)
        if hit == set(names) - chosen:
            stable.add(chosen)
    preferred = {one for one in complete if not any(one < other for other in complete)}
    return {"complete": complete, "preferred": preferred, "stable": stable}


def many_positions() -> Framework:
    """Make a framework of 40 pairs that attack each other: it has 2 to the power of 40 preferred extensions."""
    pairs = [(f"yes{number}", f"no{number}") for number in range(40)]
    return Framework(
        tuple(name for pair in pairs for name in pair),
        tuple(attack for one, other in pairs for attack in ((one, other), (other, one))),
    )


class TestFramework:
    def test_equal_frameworks_have_equal_hashes(self):
        one, other = Framework(("a", "b"), (("a", "b"),)), Framework(["a", "b"], [["a", "b"]])
        assert one == other
        assert hash(one) == hash(other)

    @pytest.mark.parametrize(
        ("arguments", "attacks", "problem"),
        [
            (("a",), (("a", "b"),), "a → b: attacks: b is not an argument."),
            (("a",), (("b", "a"),), "b → a: attacks: b is not an argument."),
            (("a", "a"), (), "a: arguments: is given twice."),
            (("a",), (("a", "a"), ("a", "a")), "a → a: attacks: is given twice."),
            (("a",), (("a",),), "a: attacks: is not a pair."),
        ],
    )
    def test_what_is_no_framework_is_refused_with_its_place(self, arguments, attacks, problem):
        with pytest.raises(CourseError, match="^" + problem):
            Framework(arguments, attacks)


class TestGrounded:
    def test_reinstates_what_is_defended(self):
        labels = grounded(Framework(("a", "b", "c"), (("a", "b"), ("b", "c"))))
        assert dict(labels) == {"a": Label.IN, "b": Label.OUT, "c": Label.IN}

    def test_leaves_a_cycle_undecided(self):
        labels = grounded(Framework(("a", "b"), (("a", "b"), ("b", "a"))))
        assert set(labels.values()) == {Label.UNDECIDED}

    def test_leaves_a_self_attack_and_what_it_attacks_undecided(self):
        labels = grounded(Framework(("a", "b"), (("a", "a"), ("a", "b"))))
        assert set(labels.values()) == {Label.UNDECIDED}

    def test_puts_out_what_attacks_itself_if_something_else_beats_it(self):
        labels = grounded(Framework(("a", "b", "c"), (("a", "a"), ("b", "a"), ("a", "c"))))
        assert dict(labels) == {"a": Label.OUT, "b": Label.IN, "c": Label.IN}

    def test_of_nothing_is_nothing(self):
        assert dict(grounded(Framework(()))) == {}

    def test_tells_its_steps_with_the_attackers_that_decide(self):
        attacks = (("a", "b"), ("b", "c"), ("d", "d"), ("c", "e"), ("d", "e"))
        assert str(grounded(Framework(("a", "b", "c", "d", "e"), attacks))).splitlines() == [
            "1. in: a (nothing attacks it)",
            "2. out: b (attacked by a, which is in)",
            "3. in: c (attacked only by b, which is out)",
            "4. out: e (attacked by c, which is in)",
            "5. undecided: d (attacked by d, which is undecided)",
        ]

    @pytest.mark.parametrize("seed", range(30))
    def test_each_step_follows_from_those_before(self, seed):
        framework = random_framework(20, 1.5, seed)
        so_far = dict.fromkeys(framework.arguments, Label.UNDECIDED)
        told = []
        for step in grounded(framework).steps:
            for name, because in step.because.items():
                attackers = {one for one, other in framework.attacks if other == name}
                if step.label == Label.IN:
                    assert set(because) == attackers
                    assert all(so_far[each] == Label.OUT for each in because)
                else:
                    wanted = Label.IN if step.label == Label.OUT else Label.UNDECIDED
                    assert because
                    assert set(because) <= attackers
                    assert all(so_far[each] == wanted for each in because)
            so_far |= dict.fromkeys(step.because, step.label)
            told += step.because
        assert sorted(told) == sorted(framework.arguments)
        assert so_far == dict(grounded(framework))

    @pytest.mark.parametrize("seed", range(40))
    def test_is_the_least_complete_extension(self, seed):
        framework = random_framework(10 + 190 * seed // 39, 0.8 + seed % 3 * 0.4, seed)
        found = extensions(framework, "complete", most=20_000)
        assert found.stopped == ""
        assert grounded(framework).accepted == frozenset.intersection(*found.sets)
        assert grounded(framework).accepted == found.sets[-1]

    def test_follows_a_chain_of_any_length(self):
        names = tuple(f"a{number}" for number in range(20_001))
        labels = grounded(Framework(names, tuple(pairwise(names))))
        assert labels[names[-1]] == Label.IN


class TestExtensions:
    @pytest.mark.parametrize("start", range(0, 1000, 100))
    def test_are_those_of_the_definitions(self, start):
        for seed in range(start, start + 100):
            framework = random_framework(seed % 13 or 12, 0.5 + seed % 5 * 0.5, seed)
            expected = brute_force(framework)
            for semantics in Semantics:
                found = extensions(framework, semantics)
                assert set(found.sets) == expected[semantics]
                assert len(set(found.sets)) == len(found.sets)

    def test_of_nothing_is_the_empty_position(self):
        assert [extensions(Framework(()), each).sets for each in Semantics] == [(frozenset(),)] * 3

    def test_there_may_be_no_stable_one(self):
        found = extensions(Framework(("a",), (("a", "a"),)), "stable")
        assert found.sets == ()
        assert str(found) == "no extension"

    def test_print_one_on_a_line(self):
        found = extensions(Framework(("a", "b", "c"), (("a", "b"), ("b", "a"))), "complete")
        assert str(found).splitlines() == ["{a, c}", "{b, c}", "{c}"]

    def test_names_are_never_program_text(self):
        names = ("in(0). :-", "%*", 'x"). #script (python)', "not a", "")
        found = extensions(Framework(names, ((names[0], names[1]),)), "preferred")
        assert found.sets == (frozenset(names) - {names[1]},)

    @pytest.mark.parametrize("semantics", Semantics)
    def test_say_that_there_are_more_than_asked_for(self, semantics):
        found = extensions(many_positions(), semantics, most=7)
        assert len(set(found.sets)) == 7
        assert found.stopped == "Stopped after 7 extensions; there are more."

    def test_do_not_say_so_if_there_are_just_as_many_as_asked_for(self):
        found = extensions(Framework(("a", "b"), (("a", "b"), ("b", "a"))), "stable", most=2)
        assert len(found.sets) == 2
        assert found.stopped == ""

    def test_stop_in_time_and_say_so(self):
        start = time.perf_counter()
        found = extensions(many_positions(), "preferred", seconds=0.2, most=10**9)
        assert time.perf_counter() - start < 30  # without the limit it takes far longer
        assert all(len(each) == 40 for each in found.sets)
        assert found.stopped == "Stopped after 0.2 seconds; there may be more."
        assert str(found).endswith(found.stopped)

    def test_stop_in_time_also_within_a_hard_search(self):
        start = time.perf_counter()
        found = extensions(random_framework(400, 8, 1), "preferred", seconds=0.2)
        assert time.perf_counter() - start < 30  # without the limit it takes far longer
        assert found.stopped == "Stopped after 0.2 seconds; there may be more."

    @pytest.mark.parametrize(
        ("semantics", "limits", "problem"),
        [
            ("ideal", {}, "'ideal' is not a semantics known here. Use one of complete, preferred, stable."),
            ("stable", {"seconds": 0}, "seconds: 0 is not positive"),
            ("stable", {"seconds": float("nan")}, "seconds: nan is not positive"),
            ("stable", {"most": -1}, "most: -1 is not positive"),
        ],
    )
    def test_refuse_what_cannot_be_searched_for(self, semantics, limits, problem):
        with pytest.raises(CourseError, match="^" + problem):
            extensions(Framework(("a",)), semantics, **limits)

    def test_say_how_to_install_clingo(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "clingo", None)
        with pytest.raises(CourseError, match=r"clingo is not installed\. Install it: pip install"):
            extensions(Framework(("a",)), "stable")

    @pytest.mark.parametrize("framework", [Framework(()), Framework(("a",)), Framework(("a", "b"), (("a", "b"),))])
    def test_clingo_stays_quiet(self, framework, capfd):
        extensions(framework, "preferred")
        assert capfd.readouterr() == ("", "")
