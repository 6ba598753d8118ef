"""Deliveries as people list them: the newest first, each with its files counted by state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from pictureday.catalogue import tables

__all__ = ["counts", "newest"]


def newest(tx: Connection, most: int) -> list[dict[str, Any]]:
    """The `most` newest deliveries, each with `files`: how many are in each state."""
    table = tables.deliveries
    rows = [dict(row) for row in tx.execute(select(table).order_by(table.c.id.desc()).limit(most)).mappings()]
    counted = counts(tx, [row["id"] for row in rows])
    return [row | {"files": counted.get(row["id"], {})} for row in rows]


def counts(tx: Connection, delivery_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """How many files of each delivery are in each state."""
    table = tables.files
    query = select(table.c.delivery_id, table.c.state, func.count()).where(table.c.delivery_id.in_(delivery_ids))
    found: dict[int, dict[str, int]] = {}
    for delivery_id, state, count in tx.execute(query.group_by(table.c.delivery_id, table.c.state)):
        found.setdefault(delivery_id, {})[state] = count
    return found
