"""Listings of a bucket: when it was last looked through as a whole, what that found, and who asked for another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from pictureday.catalogue import tables

__all__ = ["ask", "find", "list_all", "note"]

_table = tables.listings


def ask(tx: Connection, inbox: str) -> int:
    """Ask whoever is the inbox's ingester for a listing; the number of the question."""
    _make(tx, inbox)
    change = update(_table).where(_table.c.inbox == inbox).values(asked=_table.c.asked + 1)
    return int(tx.execute(change.returning(_table.c.asked)).scalar_one())


def note(tx: Connection, inbox: str, *, answers: int, seen: int, found: int) -> None:
    """A listing has ended, and what it found is taken; it answers all questions up to the number `answers`."""
    _make(tx, inbox)
    values = {"done": answers, "ended_at": datetime.now(UTC), "seen": seen, "found": found}
    tx.execute(update(_table).where(_table.c.inbox == inbox).values(values))


def find(tx: Connection, inbox: str) -> dict[str, Any]:
    """What is known of an inbox's listings: `asked`, `done`, `ended_at`, `seen`, `found`."""
    row = tx.execute(select(_table).where(_table.c.inbox == inbox)).mappings().first()
    return dict(row) if row else {"inbox": inbox, "asked": 0, "done": 0, "ended_at": None, "seen": 0, "found": 0}


def list_all(tx: Connection) -> list[dict[str, Any]]:
    """The same of every inbox in a bucket."""
    return [dict(row) for row in tx.execute(select(_table).order_by(_table.c.inbox)).mappings()]


def _make(tx: Connection, inbox: str) -> None:
    if tx.execute(select(_table.c.inbox).where(_table.c.inbox == inbox)).first() is None:
        tx.execute(insert(_table).values(inbox=inbox))
