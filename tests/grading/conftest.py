from pathlib import Path

import pytest

from tests.grading.small import released


@pytest.fixture(scope="session")
def small_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder with the small unit released. Tests hand in and grade in copies of it."""
    return released(tmp_path_factory.mktemp("small"))
