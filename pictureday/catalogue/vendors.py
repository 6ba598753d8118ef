"""Vendors: who may deliver at all. *pending* until the district activates one; *suspended* and back again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from pictureday.catalogue import audit, rejudge, tables
from pictureday.errors import NotFoundError, UserError
from pictureday.names import shown

__all__ = ["VendorState", "activate", "add", "find", "list_all", "suspend"]

_table = tables.vendors
# The name is a folder's: no separators, no leading dot, nothing a shell or a URL would read otherwise.
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class VendorState(StrEnum):
    """Whether a vendor's photos are taken."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"


_MAY_FOLLOW = {
    VendorState.ACTIVE: {VendorState.PENDING, VendorState.SUSPENDED},
    VendorState.SUSPENDED: {VendorState.ACTIVE},
}


def add(tx: Connection, name: str, *, who: str, title: str = "", email: str = "", active: bool = False) -> VendorState:
    """Register a vendor, pending unless `active`. Raises `UserError` where the name is taken or can't be a folder's."""
    if not _NAME.fullmatch(name):
        raise UserError(
            f"A vendor can't be called {shown(name, longest=80)}.",
            fix="The name is its folder: lower-case letters, digits, dots, dashes, underscores; at most 63.",
        )
    if find(tx, name):
        raise UserError(f"There is a vendor {name} already.", fix="`pictureday vendor list` shows all.")
    state = VendorState.ACTIVE if active else VendorState.PENDING
    row = {"name": name, "title": title, "email": email, "state": state, "created_at": datetime.now(UTC)}
    tx.execute(insert(_table), row)
    audit.record(tx, who=who, action="vendor_added", detail={"vendor": name, "state": state})
    return state


def find(tx: Connection, name: str) -> dict[str, Any] | None:
    """One vendor's row, or None."""
    row = tx.execute(select(_table).where(_table.c.name == name)).mappings().first()
    return dict(row) if row else None


def list_all(tx: Connection) -> list[dict[str, Any]]:
    """Every vendor's row, by name."""
    return [dict(row) for row in tx.execute(select(_table).order_by(_table.c.name)).mappings()]


def activate(tx: Connection, name: str, *, who: str) -> int:
    """Let a vendor deliver. Returns how many of its photos are judged again; raises `UserError` if it is active."""
    _change(tx, name, VendorState.ACTIVE, who)
    return rejudge.of_vendor(tx, name)


def suspend(tx: Connection, name: str, *, who: str) -> None:
    """Take nothing more of an active vendor. What was accepted stays. Raises `UserError` if it isn't active."""
    _change(tx, name, VendorState.SUSPENDED, who)


def _change(tx: Connection, name: str, state: VendorState, who: str) -> None:
    query = select(_table.c.state).where(_table.c.name == name).with_for_update()
    before = tx.execute(query).scalar_one_or_none()
    if before is None:
        raise NotFoundError(f"There is no vendor {shown(name, longest=80)}.", fix="`pictureday vendor list` shows all.")
    if before not in _MAY_FOLLOW[state]:
        why = "already" if before == state else f"and can't become {state}"
        raise UserError(f"The vendor {name} is {before} {why}.")
    tx.execute(update(_table).where(_table.c.name == name).values(state=state))
    audit.record(tx, who=who, action=f"vendor_{state}", detail={"vendor": name, "before": before})
