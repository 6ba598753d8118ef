"""Intakes: how many files and bytes of each vendor came in, hour by hour, for its quota.

By the hour, because counting a day's rows anew at each look would cost more than all else that a look does. An
hour counts until its last minute is a day old: within any 24 hours no more comes in than the quota says.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, select, text

from pictureday.catalogue import tables
from pictureday.messages import FileState

__all__ = ["add", "pending", "within_a_day"]

_table, _files, _deliveries = tables.intakes, tables.files, tables.deliveries
_COUNTED = timedelta(hours=25)

_ADD = text(
    "INSERT INTO intakes (vendor, hour, files, bytes) VALUES (:vendor, :hour, :files, :bytes)"
    " ON CONFLICT (vendor, hour) DO UPDATE SET files = intakes.files + excluded.files,"
    " bytes = intakes.bytes + excluded.bytes"
).bindparams(bindparam("hour", type_=_table.c.hour.type))

_UNTOLD = select(_deliveries.c.id, _deliveries.c.pending).where(
    _deliveries.c.vendor == bindparam("whose"), _deliveries.c.told_at.is_(None), _deliveries.c.pending > 0
)


def add(tx: Connection, counts: Iterable[tuple[str, int, int]], *, now: datetime | None = None) -> None:
    """So many files and bytes came in: `(vendor, files, bytes)` each. Call it last: it locks the vendors' hour."""
    now = now or datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    for vendor, files, size in sorted(counts):
        tx.execute(_ADD, {"vendor": vendor, "hour": hour, "files": files, "bytes": size})
        tx.execute(delete(_table).where(_table.c.vendor == vendor, _table.c.hour <= now - _COUNTED))


def within_a_day(tx: Connection, vendor: str, *, now: datetime | None = None) -> tuple[int, int, datetime | None]:
    """Files and bytes of one vendor within 24 hours, and when the first of them stop counting."""
    now = now or datetime.now(UTC)
    mine = (_table.c.vendor == vendor) & (_table.c.hour > now - _COUNTED)
    rows = tx.execute(select(_table.c.hour, _table.c.files, _table.c.bytes).where(mine).order_by(_table.c.hour)).all()
    until = rows[0].hour + _COUNTED if rows else None
    return sum(row.files for row in rows), sum(row.bytes for row in rows), until


def pending(tx: Connection, vendor: str, *, most: int) -> int:
    """How many photos of a vendor wait for a verdict. Only where they may be `most` or more is it exact.

    Not counted are those that wait for their delivery's close, which may wait for what is still to be taken.
    """
    found = tx.execute(_UNTOLD, {"whose": vendor}).all()
    waiting: int = sum(row.pending for row in found)
    if waiting < most:
        return waiting
    unnamed = _files.c.delivery_id.in_([row.id for row in found]) & (_files.c.state == FileState.RECEIVED)
    query = select(func.count()).select_from(_files).where(unnamed, _files.c.waits)
    return waiting - int(tx.execute(query).scalar_one())
