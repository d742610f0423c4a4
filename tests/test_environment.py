"""environment.yml asks for what pyproject.toml asks for."""

import re
import tomllib

import yaml

from tests.classroom import ROOT

ON_CONDA_FORGE = {"build": "python-build", "playwright": "playwright-python"}


def constraints(lines: list[str]) -> dict[str, set[str]]:
    """Version constraints by package."""
    found = {}
    for line in lines:
        name, versions = re.fullmatch(r"([A-Za-z0-9._-]+?)(?:\[\w+\])?\s*([<>=!~].*)?", line.strip()).groups()
        found[name.lower()] = {version.strip() for version in (versions or "").split(",")} - {""}
    return found


def environment() -> tuple[list[str], list[str]]:
    """What conda installs, and what pip installs after it."""
    *conda, last = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    return conda, last["pip"]


def test_the_environment_has_the_constraints_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = constraints([*project["dependencies"], *(line for extra in extras.values() for line in extra)])
    asked = {ON_CONDA_FORGE.get(name, name): versions for name, versions in asked.items()}
    conda, pip = environment()
    given = constraints([*conda, *pip[:-1]])
    assert given.pop("python") == {project["requires-python"]}
    assert given.pop("pip") == set()
    assert given == asked


def test_the_environment_ends_by_installing_the_course_itself() -> None:
    assert environment()[1][-1] == "-e ."


def test_the_environment_takes_everything_from_conda_forge() -> None:
    assert yaml.safe_load((ROOT / "environment.yml").read_text())["channels"] == ["conda-forge"]
