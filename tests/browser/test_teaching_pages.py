"""Slides, handouts and guides in a real browser: all of a page fits on a telephone and on paper, and axe is content."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from course.paths import CLONE
from course.teaching.pages import guide, handout, slides

from .axe import violations_of_document

FOLDERS = sorted(path.parent for path in (CLONE / "source").glob("*/items.yaml"))
TELEPHONE = (400, 800)
PAPER = {handout: (680, 960), guide: (680, 960), slides: (960, 680)}  # A4 without its margins, in CSS pixels

each_master = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
each_page = pytest.mark.parametrize("make", PAPER)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(color_scheme="dark")
    yield context.new_page()
    context.close()


def too_wide(page: Page, size: tuple[int, int], medium: Literal["screen", "print"]) -> int:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(media=medium)
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@each_page
@each_master
def test_nothing_is_cut_off_on_a_telephone(page: Page, folder: Path, make: Callable[[Path], str]) -> None:
    page.set_content(make(folder))
    assert too_wide(page, TELEPHONE, "screen") <= 0


@each_page
@each_master
def test_nothing_is_cut_off_on_paper(page: Page, folder: Path, make: Callable[[Path], str]) -> None:
    page.set_content(make(folder))
    assert too_wide(page, PAPER[make], "print") <= 0


@pytest.mark.parametrize("make", [handout, guide])  # slides have the same parts as handouts
@each_master
def test_axe_finds_no_violation_in_the_dark(page: Page, folder: Path, make: Callable[[Path], str]) -> None:
    page.set_content(make(folder))
    page.emulate_media(media="screen")
    assert violations_of_document(page) == []
