"""Judging again: what a grant, a roster import or an activated vendor could clear (design, 5.11)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, select

from pictureday.catalogue import files, messages, tables
from pictureday.messages import FileState

__all__ = ["of_files", "of_grant", "of_students", "of_vendor"]

_table = tables.files


def of_vendor(tx: Connection, vendor: str) -> int:
    """The vendor was activated: its photos that wait for just that. Returns how many are judged again."""
    return _again(tx, _table.c.vendor == vendor, {"vendor_not_active"})


def of_grant(tx: Connection, vendor: str, school_code: str) -> int:
    """The vendor was granted a school: its photos of students there."""
    return _again(tx, (_table.c.vendor == vendor) & (_table.c.school_code == school_code), {"not_granted"})


def of_students(tx: Connection, codes: Iterable[str]) -> int:
    """These students are new, moved, or have other flags: their photos that the roster held back."""
    listed = sorted(codes)
    reasons = {"unknown_student", "do_not_photograph", "not_granted"}
    parts = (listed[at : at + 5000] for at in range(0, len(listed), 5000))
    return sum(_again(tx, _table.c.student_code.in_(part), reasons) for part in parts)


def of_files(tx: Connection, ids: Sequence[int]) -> int:
    """These quarantined photos, because a person asked for it."""
    return _say(tx, [(row.id, row.vendor) for row in tx.execute(_quarantined(_table.c.id.in_(ids)))])


def _again(tx: Connection, which: ColumnElement[bool], reasons: set[str]) -> int:
    rows = tx.execute(_quarantined(which))
    return _say(tx, [(row.id, row.vendor) for row in rows if reasons & {finding["code"] for finding in row.findings}])


def _quarantined(which: ColumnElement[bool]):  # type: ignore[no-untyped-def]  # SQLAlchemy's select type says nothing here
    return select(_table.c.id, _table.c.vendor, _table.c.findings).where(which, _table.c.state == FileState.QUARANTINED)


def _say(tx: Connection, found: Sequence[tuple[int, str]]) -> int:
    for vendor in sorted({vendor for _, vendor in found}):
        mine = [file_id for file_id, owner in found if owner == vendor]
        for message in files.received_messages(mine, again=True):
            messages.say(tx, message, vendor=vendor)
    return len(found)
