"""docs/benchmarks.md: each command writes its figures between two marks of its own."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write"]

_PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def write(command: str, text: str) -> None:
    """Put `text` between the marks of `command`. Raises `ValueError` where the page has no such marks."""
    mark = f"<!-- figures: written by `{command}` -->"
    parts = _PAGE.read_text(encoding="utf-8").split(mark)
    if len(parts) != 3:
        raise ValueError(f"{_PAGE} has no two marks {mark}")
    _PAGE.write_text(f"{parts[0]}{mark}\n\n{text}\n\n{mark}{parts[2]}", encoding="utf-8")
