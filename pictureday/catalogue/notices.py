"""Notices: what the operators should know that belongs to no delivery. One trouble, one notice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, text, update

from pictureday.catalogue import tables

__all__ = ["mark_told", "note", "untold"]

_NOTE = text(
    "INSERT INTO notices (key, kind, text, first_at, last_at) VALUES (:key, :kind, :text, :at, :at)"
    " ON CONFLICT (key) DO UPDATE SET last_at = excluded.last_at, text = excluded.text"
).bindparams(bindparam("at", type_=tables.notices.c.first_at.type))


def note(tx: Connection, *, key: str, kind: str, text: str) -> None:
    """Remember one trouble; the same `key` again only says that it still stands."""
    tx.execute(_NOTE, {"key": key, "kind": kind, "text": text, "at": datetime.now(UTC)})


def untold(tx: Connection) -> list[dict[str, Any]]:
    """Notices that no mail has told yet, oldest first."""
    table = tables.notices
    rows = tx.execute(select(table).where(table.c.told_at.is_(None)).order_by(table.c.first_at))
    return [dict(row) for row in rows.mappings()]


def mark_told(tx: Connection, keys: Iterable[str]) -> None:
    """Say that a mail tells these notices."""
    table = tables.notices
    tx.execute(update(table).where(table.c.key.in_(list(keys))).values(told_at=datetime.now(UTC)))
