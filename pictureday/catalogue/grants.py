"""Grants: a principal's permission that one vendor may deliver photos for one school; kept when revoked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from pictureday.catalogue import audit, rejudge, roster, tables
from pictureday.errors import NotFoundError, UserError
from pictureday.names import shown

__all__ = ["add", "in_force", "list_all", "revoke"]

_table = tables.grants


def add(tx: Connection, vendor: str, school_code: str, *, by: str, who: str) -> int:
    """Grant `vendor` the school, by a principal's word (`by`). Returns how many photos are judged again.

    Raises `NotFoundError` for an unknown vendor or school, `UserError` where the grant is in force.
    """
    _check(tx, vendor, school_code)
    row = {"vendor": vendor, "school_code": school_code, "granted_by": by, "granted_at": datetime.now(UTC)}
    tx.execute(insert(_table), row)
    detail = {"vendor": vendor, "school": school_code, "by": by}
    audit.record(tx, who=who, action="grant_added", detail=detail)
    return rejudge.of_grant(tx, vendor, school_code)


def revoke(tx: Connection, vendor: str, school_code: str, *, by: str, who: str) -> None:
    """Take a grant back from now on; verdicts that were given stand. Raises `NotFoundError` where none is in force."""
    query = update(_table).where(*_this(vendor, school_code)).values(revoked_by=by, revoked_at=datetime.now(UTC))
    if tx.execute(query).rowcount == 0:
        raise NotFoundError(f"{shown(vendor)} has no grant in force for school {shown(school_code)}.")
    detail = {"vendor": vendor, "school": school_code, "by": by}
    audit.record(tx, who=who, action="grant_revoked", detail=detail)


def in_force(tx: Connection, vendor: str) -> frozenset[str]:
    """The codes of the schools that `vendor` may deliver for now."""
    query = select(_table.c.school_code).where(_table.c.vendor == vendor, _table.c.revoked_at.is_(None))
    return frozenset(tx.execute(query).scalars())


def list_all(
    tx: Connection, *, vendor: str | None = None, school_code: str | None = None, revoked: bool = False
) -> list[dict[str, Any]]:
    """Grants with their school's name (`school`), by vendor and school; the `revoked` ones only if asked for."""
    query = select(_table, tables.schools.c.name.label("school")).join(tables.schools)
    if not revoked:
        query = query.where(_table.c.revoked_at.is_(None))
    if vendor is not None:
        query = query.where(_table.c.vendor == vendor)
    if school_code is not None:
        query = query.where(_table.c.school_code == school_code)
    rows = tx.execute(query.order_by(_table.c.vendor, _table.c.school_code, _table.c.id))
    return [dict(row) for row in rows.mappings()]


def _check(tx: Connection, vendor: str, school_code: str) -> None:
    # The vendor's row is locked, so that two programs can't grant the same at once.
    lock = select(tables.vendors.c.name).where(tables.vendors.c.name == vendor).with_for_update()
    if tx.execute(lock).first() is None:
        raise NotFoundError(f"There is no vendor {shown(vendor)}.", fix="`pictureday vendor add` registers one.")
    if school_code not in roster.schools(tx):
        raise NotFoundError(f"There is no school {shown(school_code)}.", fix="`pictureday roster import` adds schools.")
    if tx.execute(select(_table.c.id).where(*_this(vendor, school_code))).first():
        raise UserError(f"{vendor} has a grant for school {school_code} already.")


def _this(vendor: str, school_code: str) -> tuple[Any, ...]:
    return _table.c.vendor == vendor, _table.c.school_code == school_code, _table.c.revoked_at.is_(None)
