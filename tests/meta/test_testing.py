"""docs/testing.md: its layout and its table of planted bugs are those of the tree."""

from __future__ import annotations

import re
from pathlib import Path

from tests.simulation.planted import PLANTED

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs/testing.md").read_text(encoding="utf-8")


def test_every_planted_bug_is_on_the_page() -> None:
    """Each has its row, with the tests that find it, in the order of the data."""
    rows = re.findall(r"^\| ([\w-]+) \| (.+) \| (`tests/.+`) \|$", _PAGE, re.MULTILINE)
    assert rows == [(bug.name, bug.what, ", ".join(f"`{test}`" for test in bug.tests)) for bug in PLANTED]


def test_every_folder_of_tests_is_on_the_page() -> None:
    """Whoever looks for the place of a test finds all of them."""
    folders = {path.parent.name for path in (_ROOT / "tests").glob("*/__init__.py")} - {"servers"}
    assert folders == set(re.findall(r"^\| `tests/(\w+)/` ", _PAGE, re.MULTILINE))


def test_every_target_on_the_page_is_there() -> None:
    """What the page says to type can be typed."""
    made = set(re.findall(r"^([a-z-]+):", (_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", _PAGE)) - made == set()
