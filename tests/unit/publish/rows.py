"""Rows as the catalogue has them, for tests of what is made of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from pictureday.messages import FileState
from pictureday.reasons import Finding

__all__ = ["NASTY", "TOO_SMALL", "delivery", "file", "nasty"]

NOON = datetime(2026, 10, 5, 19, 0, tzinfo=UTC)
TOO_SMALL = Finding(code="too_small", facts={"bytes": 12003, "least": 15000})

# Formulas, headers, HTML, terminal and direction tricks, bytes that are no UTF-8, and sheer length.
NASTY = (
    "=cmd|' /C calc'!A0.jpg",
    "a\r\nBcc: everyone@evil.example\r\n\r\n.jpg",
    "<script>alert(1)</script>.jpg",
    '"><img src=x onerror=alert(1)>.jpg',
    "$title ${rows} $$.jpg",
    "{hint} {0} %s.jpg",
    "\x1b[2J\x00\x07.jpg",
    "\u202egpj.exe",
    "\udcff\udc80.jpg",
    "\ud83d.jpg",
    "..\\..\\evil.jpg",
    "x" * 5000,
    "\N{ZERO WIDTH JOINER}\u2028\u2029\x85.jpg",
    "",
)


def nasty() -> st.SearchStrategy[str]:
    """Any name at all, and the worst we know."""
    return st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=())))


def file(number: int = 1, path: str = "000412B003.jpg", *findings: Finding, **more: Any) -> dict[str, Any]:
    """A file's row; quarantined at school L unless `more` says something else."""
    row = {"id": number, "entry": 0, "path": path, "state": FileState.QUARANTINED}
    row |= {"student_code": "000412B003", "school_code": "L"}
    return row | {"findings": [finding.as_json() for finding in findings or (TOO_SMALL,)]} | more


def delivery(**more: Any) -> dict[str, Any]:
    """A closed delivery's row."""
    row = {"id": 12, "vendor": "bright", "inbox": "file:/v", "kind": "zip", "name": "fall.zip", "state": "closed"}
    return row | {"opened_at": NOON, "closed_at": NOON, "findings": [], "revision": 0, "told_at": None} | more
