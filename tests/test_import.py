import subprocess
import sys

import pytest

import course

HEAVY = ["pandas", "ipywidgets", "nbgrader", "pydantic", "anywidget", "IPython", "yaml", "nbformat"]


def test_importing_the_course_loads_nothing_heavy() -> None:
    code = f"import sys, course; print(sorted(set({HEAVY}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", course.__all__)
def test_every_announced_name_exists_and_is_documented(name: str) -> None:
    assert getattr(course, name).__doc__


def test_the_names_are_listed_for_completion() -> None:
    assert dir(course) == sorted(course.__all__)


def test_when_a_name_does_not_exist_then_those_that_do_are_listed() -> None:
    with pytest.raises(
        AttributeError, match=r"^module 'course' has no attribute 'chose'; it has answer, bars, check, choose,"
    ):
        _ = course.chose
