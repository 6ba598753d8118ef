"""Objects of a bucket that were taken: what is known of each, so that it is taken once.

An object is known by its key, its tag, its time and, where the bucket has them, its version. The rows are the
drops'; they stay when the object is gone, because an event may tell of it a day later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from pictureday.catalogue import tables

__all__ = ["Taken", "changed", "identify", "taken"]

_table = tables.drops
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One object that was taken. `modified` is in whole seconds, `version` and `sequencer` may be ''.

    `in_care` says that it is still to be deleted, moved or tagged.
    """

    etag: str
    modified: int
    version: str
    sequencer: str
    in_care: bool = False


def taken(tx: Connection, inbox: str, vendor: str, paths: Sequence[str]) -> dict[str, list[Taken]]:
    """What was taken of one vendor under each of these paths, latest last; a path without any is left out."""
    found: dict[str, list[Taken]] = {}
    mine = (_table.c.inbox == inbox) & (_table.c.vendor == vendor) & _table.c.path.in_(paths)
    query = select(_table).where(mine, _table.c.etag.is_not(None)).order_by(_table.c.arrival)
    for row in tx.execute(query):
        one = Taken(
            etag=row.etag,
            modified=row.mtime_ns // _NANOSECONDS,
            version=row.version or "",
            sequencer=row.sequencer or "",
            in_care=not row.removed,
        )
        found.setdefault(row.path, []).append(one)
    return found


def identify(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note which object each drop was: `{"id", "etag", "modified", "version", "sequencer", "removed"}` each."""
    if not rows:
        return
    change = (
        update(_table)
        .where(_table.c.id == bindparam("drop"))
        .values({name: bindparam(f"new_{name}") for name in _IDENTITY})
    )
    tx.execute(change, [_identity(row) for row in rows])


def changed(tx: Connection, drop_id: str, modified: int) -> None:
    """What we did to an object has changed its time, in seconds since 1970."""
    tx.execute(update(_table).where(_table.c.id == drop_id).values(mtime_ns=modified * _NANOSECONDS))


_IDENTITY = ("etag", "version", "sequencer", "removed", "mtime_ns")


def _identity(row: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: row[name] for name in _IDENTITY if name != "mtime_ns"} | {
        "mtime_ns": row["modified"] * _NANOSECONDS
    }
    return {"drop": row["id"]} | {f"new_{name}": value for name, value in values.items()}
