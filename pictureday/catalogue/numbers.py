"""Catalogue-wide sequence numbers: `arrival` of drops, `accepted_no` of acceptances.

PostgreSQL draws from sequences, so that two transactions never wait for each other; SQLite has one
writer at a time anyway and counts in a row. Numbers may have gaps; they never repeat.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, text

__all__ = ["draw"]


def draw(tx: Connection, name: Literal["arrival", "accepted_no"], count: int) -> list[int]:
    """The next `count` numbers of `name`, ascending."""
    if count == 0:
        return []
    if tx.dialect.name == "postgresql":
        rows = tx.execute(
            text("SELECT nextval(:seq) FROM generate_series(1, :count)"), {"seq": f"{name}_seq", "count": count}
        )
        return sorted(number for (number,) in rows)
    last = tx.execute(_COUNT, {"name": name, "count": count}).scalar_one()
    return list(range(last - count + 1, last + 1))


_COUNT = text(
    "INSERT INTO numbers (name, value) VALUES (:name, :count)"
    " ON CONFLICT (name) DO UPDATE SET value = numbers.value + excluded.value RETURNING value"
)
