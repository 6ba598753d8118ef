"""Drops: one dropped file each, on record before it is taken out of the vendor's reach (design, 5.5).

recorded (its name is `.taken/<id>`, or still the vendor's) → stored (its bytes are a safe blob; an
archive waits to be opened) → done. One that was gone before it could be taken is forgotten.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from pictureday.catalogue import numbers, tables

__all__ = [
    "NewDrop",
    "done",
    "finish_unfinished",
    "forget",
    "in_hand",
    "kept_ids",
    "of_state",
    "record",
    "removed",
    "standing",
    "stored",
    "unfinished",
    "unfinished_count",
]

_table = tables.drops
_OF_STATE = (
    select(_table)
    .where(_table.c.inbox == bindparam("where"), _table.c.state == bindparam("what"))
    .order_by(_table.c.arrival)
)


@dataclass(frozen=True, kw_only=True)
class NewDrop:
    """A file that is about to be taken. `path` is below the vendor's inbox folder."""

    vendor: str
    path: str
    kind: str
    delivery_id: int


def record(tx: Connection, inbox: str, drops: Sequence[NewDrop]) -> list[dict[str, Any]]:
    """Put drops on record, each with an id and its arrival number, in the given order."""
    if not drops:
        return []
    now = datetime.now(UTC)
    arrivals = numbers.draw(tx, "arrival", len(drops))
    rows = [
        vars(drop)
        | {"id": uuid.uuid4().hex, "inbox": inbox, "arrival": arrival, "state": "recorded", "recorded_at": now}
        for drop, arrival in zip(drops, arrivals, strict=True)
    ]
    tx.execute(insert(_table), rows)
    return rows


def of_state(tx: Connection, inbox: str, state: str) -> list[dict[str, Any]]:
    """The drops of one inbox in one state, in order of arrival."""
    return [dict(row) for row in tx.execute(_OF_STATE, {"where": inbox, "what": state}).mappings()]


def unfinished_count(tx: Connection, delivery_id: int) -> int:
    """How many drops of a delivery are not yet fully in the catalogue."""
    mine = (_table.c.delivery_id == delivery_id) & _table.c.state.in_(("recorded", "stored"))
    return int(tx.execute(select(func.count()).select_from(_table).where(mine)).scalar_one())


def stored(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """These drops' bytes are safe: `{"id", "state", "sha256", "size", "mtime_ns", "ctime_ns"}` each."""
    change = (
        update(_table)
        .where(_table.c.id == bindparam("drop"))
        .values({name: bindparam(f"new_{name}") for name in _STORED})
    )
    tx.execute(change, [{"drop": row["id"], **{f"new_{name}": row[name] for name in _STORED}} for row in rows])


_STORED = ("state", "sha256", "size", "mtime_ns", "ctime_ns")


def done(tx: Connection, drop_id: str) -> None:
    """Everything of this drop is in the catalogue."""
    tx.execute(update(_table).where(_table.c.id == drop_id).values(state="done"))


def forget(tx: Connection, ids: Sequence[str]) -> None:
    """These files were gone before they could be taken; if they still lie in the inbox, they are new drops.

    A delivery that was opened only for them goes too.
    """
    gone = tx.execute(
        delete(_table).where(_table.c.id.in_(ids), _table.c.state == "recorded").returning(_table.c.delivery_id)
    )
    opened = {delivery_id for (delivery_id,) in gone}
    table = tables.deliveries
    still_used = select(_table.c.delivery_id).where(_table.c.delivery_id == table.c.id).exists()
    tx.execute(delete(table).where(table.c.id.in_(opened), table.c.state == "open", ~still_used))


def finish_unfinished(tx: Connection, delivery_id: int) -> None:
    """The drops that stand for uploads that never ended: nothing of them was taken, nothing is to be removed."""
    mine = (_table.c.delivery_id == delivery_id) & (_table.c.kind == "unfinished")
    tx.execute(update(_table).where(mine).values(state="done", removed=True))


def standing(tx: Connection, inbox: str, *, after: int = 0, limit: int | None = None) -> list[dict[str, Any]]:
    """Stored or done drops whose taken file was not yet removed, in order of arrival; those past `after`."""
    mine = (_table.c.inbox == inbox) & _table.c.removed.is_(False) & _table.c.state.in_(("stored", "done"))
    query = select(_table).where(mine, _table.c.arrival > after).order_by(_table.c.arrival).limit(limit)
    return [dict(row) for row in tx.execute(query).mappings()]


def kept_ids(tx: Connection, inbox: str) -> set[str]:
    """The drops whose file may lie in `.taken`."""
    query = select(_table.c.id).where(_table.c.inbox == inbox, _table.c.removed.is_(False))
    return set(tx.execute(query).scalars())


def removed(tx: Connection, ids: Sequence[str]) -> None:
    """The taken files of these drops are gone."""
    tx.execute(update(_table).where(_table.c.id.in_(ids)).values(removed=True))


def unfinished(tx: Connection, inbox: str) -> bool:
    """Whether any drop of this inbox is not yet fully in the catalogue."""
    mine = (_table.c.inbox == inbox) & _table.c.state.in_(("recorded", "stored"))
    return tx.execute(select(_table.c.id).where(mine).limit(1)).first() is not None


def in_hand(tx: Connection, inbox: str, *, but_not: Collection[str] = ()) -> bool:
    """Whether any drop of this inbox is not yet fully in the catalogue, or its taken file not yet removed.

    Those of the vendors in `but_not` are passed over.
    """
    mine = (_table.c.inbox == inbox) & _table.c.vendor.not_in(but_not)
    query = select(_table.c.id).where(mine, _table.c.removed.is_(False) | _table.c.state.in_(("recorded", "stored")))
    return tx.execute(query.limit(1)).first() is not None
