"""Deliveries: opening, counting, closing. Whoever changes a delivery's numbers holds its row's lock.

The last verdict and the closing both lock the row, so exactly one of them sees the delivery complete
(design, 5.9) and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, insert, select, update

from pictureday.catalogue import messages, tables
from pictureday.messages import DeliveryState, DeliveryToTell
from pictureday.reasons import Finding

__all__ = [
    "add_pending",
    "close",
    "find",
    "judged",
    "lock",
    "open_ones",
    "opened",
    "refuse",
    "tell_again",
    "turn_away",
    "turned_away",
]

_table = tables.deliveries

# Written once: each batch of photos asks these.
_LOCKED = (
    select(_table).where(_table.c.id.in_(bindparam("ids", expanding=True))).order_by(_table.c.id).with_for_update()
)
_COUNTED = (
    update(_table)
    .where(_table.c.id == bindparam("delivery"))
    .values(pending=_table.c.pending + bindparam("more", type_=Integer))
)
_COUNTED_DOWN = _COUNTED.returning(_table.c.pending, _table.c.state, _table.c.vendor)


def opened(tx: Connection, *, inbox: str, vendor: str, kind: str, name: str) -> int:
    """The open delivery of this place, made if there is none. A zip is always a delivery of its own."""
    if kind != "zip":
        place = (_table.c.inbox == inbox) & (_table.c.vendor == vendor) & (_table.c.kind == kind)
        query = select(_table.c.id).where(place, _table.c.name == name, _table.c.state == DeliveryState.OPEN)
        if (found := tx.execute(query).scalar()) is not None:
            return int(found)
    row = {"vendor": vendor, "inbox": inbox, "kind": kind, "name": name}
    query_new = insert(_table).values(row | {"state": DeliveryState.OPEN, "opened_at": datetime.now(UTC)})
    return int(tx.execute(query_new.returning(_table.c.id)).scalar_one())


def find(tx: Connection, delivery_id: int) -> dict[str, Any] | None:
    """One delivery's row, or None."""
    row = tx.execute(select(_table).where(_table.c.id == delivery_id)).mappings().first()
    return dict(row) if row else None


def lock(tx: Connection, delivery_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """These deliveries' rows, locked until the transaction ends; always in the same order."""
    return {row["id"]: dict(row) for row in tx.execute(_LOCKED, {"ids": list(delivery_ids)}).mappings()}


def open_ones(tx: Connection, inbox: str) -> list[dict[str, Any]]:
    """The open deliveries of one inbox, oldest first."""
    query = select(_table).where(_table.c.inbox == inbox, _table.c.state == DeliveryState.OPEN).order_by(_table.c.id)
    return [dict(row) for row in tx.execute(query).mappings()]


def add_pending(tx: Connection, delivery_id: int, count: int) -> None:
    """`count` more photos wait for a verdict."""
    tx.execute(_COUNTED, {"delivery": delivery_id, "more": count})


def judged(tx: Connection, delivery_id: int, count: int) -> None:
    """`count` photos got their verdict; where these were the last of a closed delivery, it is told."""
    row = tx.execute(_COUNTED_DOWN, {"delivery": delivery_id, "more": -count}).one()
    if row.pending == 0 and row.state != DeliveryState.OPEN:
        messages.say(tx, DeliveryToTell(delivery_id=delivery_id), vendor=row.vendor)


def close(tx: Connection, delivery_id: int) -> None:
    """No more files come. Where every verdict is given already, the delivery is told."""
    _end(tx, delivery_id, {"state": DeliveryState.CLOSED})


def refuse(tx: Connection, delivery_id: int, findings: Sequence[Finding]) -> None:
    """The archive is an attack or broken: nothing of it gets in, and the vendor is told why."""
    _end(tx, delivery_id, {"state": DeliveryState.REFUSED, "findings": [item.as_json() for item in findings]})


def turn_away(tx: Connection, *, inbox: str, vendor: str, kind: str, name: str, finding: Finding) -> int:
    """A delivery of its own, refused: it tells the vendor of what lies in its inbox and is not taken."""
    row = {"vendor": vendor, "inbox": inbox, "kind": kind, "name": name}
    now = datetime.now(UTC)
    refused = {"state": DeliveryState.REFUSED, "findings": [finding.as_json()], "opened_at": now, "closed_at": now}
    new = int(tx.execute(insert(_table).values(row | refused).returning(_table.c.id)).scalar_one())
    messages.say(tx, DeliveryToTell(delivery_id=new), vendor=vendor)
    return new


def turned_away(tx: Connection, *, inbox: str, vendor: str, name: str, since: datetime) -> list[Finding]:
    """What a vendor was told, since then, of a thing of this name that was refused."""
    mine = (_table.c.inbox == inbox) & (_table.c.vendor == vendor) & (_table.c.name == name)
    late = (_table.c.state == DeliveryState.REFUSED) & (_table.c.opened_at > since)
    rows = tx.execute(select(_table.c.findings).where(mine, late)).scalars()
    return [Finding.from_json(stored) for findings in rows for stored in findings]


def tell_again(tx: Connection, delivery_id: int) -> None:
    """Something changed in a delivery that may be told already: its receipt and reports are due again.

    It is said of an incomplete one too: that its last verdict, given by somebody else at this moment, is
    told before this change is committed, could not be ruled out. Who tells finds out whether it is complete.
    """
    vendor = tx.execute(select(_table.c.vendor).where(_table.c.id == delivery_id)).scalar_one()
    messages.say(tx, DeliveryToTell(delivery_id=delivery_id), vendor=vendor)


def _end(tx: Connection, delivery_id: int, values: dict[str, Any]) -> None:
    still_open = (_table.c.id == delivery_id) & (_table.c.state == DeliveryState.OPEN)
    change = update(_table).where(still_open).values(**values, closed_at=datetime.now(UTC))
    row = tx.execute(change.returning(_table.c.pending, _table.c.vendor)).first()
    if row is not None and row.pending == 0:
        messages.say(tx, DeliveryToTell(delivery_id=delivery_id), vendor=row.vendor)
