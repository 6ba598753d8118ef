"""Leases: one holder of a name at a time, for as long as it keeps saying so.

A lease only keeps others from starting. Whoever holds it renews it inside each transaction it writes:
a renewal that fails says that somebody else took over, and nothing more may be written.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pictureday.catalogue import tables

__all__ = ["holder", "release", "renew", "take"]

_table = tables.leases
# A lease that ends later than anybody could have asked for was written by a clock that was wrong.
_CLOCKS_DIFFER = timedelta(minutes=1)


def take(tx: Connection, name: str, owner: str, *, now: datetime, seconds: float) -> bool:
    """Take `name` for `owner` until `seconds` from `now`; False where somebody else holds it."""
    length = timedelta(seconds=seconds)
    mine = _table.c.name == name
    free = or_(_table.c.owner == owner, _over(now, length))
    values = {"owner": owner, "until": now + length}
    if tx.execute(update(_table).where(mine, free).values(values)).rowcount:
        return True
    new = _insert(tx).values(name=name, **values).on_conflict_do_nothing()
    return tx.execute(new.returning(_table.c.name)).first() is not None


def renew(tx: Connection, name: str, owner: str, *, now: datetime, seconds: float) -> bool:
    """Keep `name` for `seconds` more; False where it was taken over. Locks the lease's row."""
    mine = (_table.c.name == name) & (_table.c.owner == owner)
    return bool(tx.execute(update(_table).where(mine).values(until=now + timedelta(seconds=seconds))).rowcount)


def release(tx: Connection, name: str, owner: str) -> None:
    """Give `name` back; does nothing where somebody else holds it by now."""
    tx.execute(delete(_table).where(_table.c.name == name, _table.c.owner == owner))


def holder(tx: Connection, name: str) -> str | None:
    """Who holds `name`, or held it last; None where it was given back."""
    owner: str | None = tx.execute(select(_table.c.owner).where(_table.c.name == name)).scalar()
    return owner


def _over(now: datetime, length: timedelta) -> ColumnElement[bool]:
    return or_(_table.c.until <= now, _table.c.until > now + 2 * length + _CLOCKS_DIFFER)


def _insert(tx: Connection) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(_table) if tx.dialect.name == "postgresql" else sqlite.insert(_table)
