"""Files: every dropped file has one row and one state; photos carry their verdict here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from pictureday.catalogue import bulk, tables
from pictureday.messages import BATCH, PhotosReceived
from pictureday.reasons import Finding

__all__ = [
    "by_state",
    "change",
    "codes_of",
    "find",
    "find_all",
    "findings_of",
    "insert_all",
    "of_delivery",
    "received_messages",
]

_table = tables.files

_IDS = select(_table.c.drop_id, _table.c.entry, _table.c.id).where(
    _table.c.drop_id.in_(bindparam("drops", expanding=True)),
    _table.c.entry.between(bindparam("least"), bindparam("most")),
)
_THESE = _table.c.id.in_(bindparam("ids", expanding=True))
_CODES = select(_table.c.student_code).where(_THESE, _table.c.student_code.is_not(None))


def insert_all(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], int]:
    """Insert rows (all with the same keys); their ids by (drop_id, entry)."""
    if not rows:
        return {}
    bulk.insert(tx, _table, rows)
    entries = [row["entry"] for row in rows]
    among = {"drops": list({row["drop_id"] for row in rows}), "least": min(entries), "most": max(entries)}
    return {(drop, entry): file_id for drop, entry, file_id in tx.execute(_IDS, among).all()}


def find(tx: Connection, file_id: int) -> dict[str, Any] | None:
    """One file's row, or None."""
    row = tx.execute(select(_table).where(_table.c.id == file_id)).mappings().first()
    return dict(row) if row else None


def find_all(tx: Connection, ids: Iterable[int], columns: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The rows of these files, in order of arrival, then of their place in the archive; all columns unless some."""
    found = tx.execute(_in_order(tuple(columns)), {"ids": list(ids)})
    names = tuple(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found.all()]


@cache
def _in_order(columns: tuple[str, ...]) -> Select[Any]:
    chosen = [_table.c[name] for name in columns] or list(_table.c)
    return select(*chosen).where(_THESE).order_by(_table.c.arrival, _table.c.entry)


def codes_of(tx: Connection, ids: Iterable[int]) -> set[str]:
    """The student codes of these files, as far as they have one."""
    return {code for code in tx.execute(_CODES, {"ids": list(ids)}).scalars() if code}


def of_delivery(tx: Connection, delivery_id: int) -> list[dict[str, Any]]:
    """Every file of a delivery, in order of arrival, then of its place in the archive."""
    query = select(_table).where(_table.c.delivery_id == delivery_id).order_by(_table.c.arrival, _table.c.entry)
    return [dict(row) for row in tx.execute(query).mappings()]


def change(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Update files: each row has `id` and the same further columns."""
    bulk.change(tx, _table, rows)


def by_state(tx: Connection) -> dict[str, int]:
    """How many files are in each state.

    Counted in the order of an index, delivery by delivery: that is four times as fast as to sort all files by state,
    it takes no memory, and no photo pays for an index of its own.
    """
    each = select(_table.c.state, func.count().label("count")).group_by(_table.c.delivery_id, _table.c.state).subquery()
    query = select(each.c.state, func.sum(each.c.count)).group_by(each.c.state)
    return {state: int(count) for state, count in tx.execute(query)}


def findings_of(row: Mapping[str, Any]) -> tuple[Finding, ...]:
    """The findings of a file's row."""
    return tuple(Finding.from_json(stored) for stored in row["findings"])


def received_messages(ids: Sequence[int], *, again: bool = False) -> list[PhotosReceived]:
    """Messages of at most `BATCH` photos each."""
    return [PhotosReceived(photo_ids=tuple(ids[at : at + BATCH]), again=again) for at in range(0, len(ids), BATCH)]
