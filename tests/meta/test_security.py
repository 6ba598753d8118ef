"""docs/security.md: what it names is there, so that its tables can't rot."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from pictureday.config import Settings

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs/security.md").read_text(encoding="utf-8")
_ITEMS = (
    *("5.1.1", "5.2.1", "5.2.2", "5.2.3", "5.2.4", "5.2.5", "5.2.6"),
    *("5.3.1", "5.3.2", "5.3.3", "5.4.1", "5.4.2", "5.4.3"),
    *("1.2.10", "1.3.11", "1.3.12", "2.3.3", "14.2.4, 14.2.6", "14.2.7", "14.2.8"),
    *("15.4.2", "16.2.5", "16.3.3", "16.4.1", "16.5.2", "16.5.3", "16.5.4"),
)


@cache
def _tests_in(path: str) -> frozenset[str]:
    tree = ast.parse((_ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("item", _ITEMS)
def test_an_item_is_met_where_and_shown_how_the_page_says(item: str) -> None:
    """Each item has one row: met by modules that exist and shown by tests that exist, or told as not met."""
    (row,) = re.findall(rf"^\| {re.escape(item)} \[.*", _PAGE, re.MULTILINE)
    _, state, where, shown, _ = (cell.strip() for cell in row.split(" |"))
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", shown)
    assert state in {"met", "partly", "**not met**"}
    assert bool(named) == (state != "**not met**")
    assert [name for path, name in named if name not in _tests_in(path)] == []
    assert where


def test_every_file_on_the_page_is_there() -> None:
    """No row names a module, a test file or a page that was moved."""
    named = set(re.findall(r"`((?:ingest|validate|publish|sync|pictureday|tests)/[\w/]+\.py)", _PAGE))
    assert len(named) > 30
    assert [path for path in sorted(named) if not (_ROOT / path).is_file()] == []


def test_the_limits_on_the_page_are_the_settings() -> None:
    """Whoever reads the page reads the numbers that are in force unless the district sets others (ASVS 5.1.1)."""
    settings = Settings()
    (section,) = re.findall(r"## What files are permitted\n(.*?)\n## ", _PAGE, re.DOTALL)
    named = re.findall(r"`(ingest|profile)\.(\w+)`", section)
    assert len(named) == 10
    for part, name in named:
        assert f"{getattr(getattr(settings, part), name):,}" in section


@pytest.mark.parametrize("name", ["SECURITY.md", "docs/security.md"])
def test_a_reader_finds_it(name: str) -> None:
    """The README leads to both, and they to each other."""
    assert f"]({name})" in (_ROOT / "README.md").read_text(encoding="utf-8")
    assert "](docs/security.md)" in (_ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "](../SECURITY.md)" in _PAGE
