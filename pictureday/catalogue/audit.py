"""The audit trail: every decision about a photo, a vendor or a grant, with who and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from pictureday.catalogue import tables

__all__ = ["of_file", "record"]


def record(
    tx: Connection,
    *,
    who: str,
    action: str,
    why: str = "",
    file_id: int | None = None,
    delivery_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one line of the trail, in the transaction that makes the change."""
    line = {
        "at": datetime.now(UTC),
        "who": who,
        "action": action,
        "why": why,
        "file_id": file_id,
        "delivery_id": delivery_id,
        "detail": dict(detail or {}),
    }
    tx.execute(insert(tables.audit), line)


def of_file(tx: Connection, file_id: int) -> list[dict[str, Any]]:
    """The trail of one file, oldest first."""
    rows = tx.execute(select(tables.audit).where(tables.audit.c.file_id == file_id).order_by(tables.audit.c.id))
    return [dict(row) for row in rows.mappings()]
