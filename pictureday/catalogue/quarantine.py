"""The quarantine as people look at it: its photos with all their reasons, oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select, select

from pictureday.catalogue import files, tables
from pictureday.messages import FileState
from pictureday.reasons import Finding

__all__ = ["count", "entries"]

_f, _d = tables.files, tables.deliveries


def entries(
    tx: Connection, *, vendor: str | None = None, school: str | None = None, reason: str | None = None
) -> Iterator[dict[str, Any]]:
    """The photos in quarantine as `quarantine list --json` shows them, one after the other."""
    for found in tx.execute(_query(vendor, school), execution_options={"yield_per": 500}).mappings():
        row = dict(found)
        findings = files.findings_of(row)
        if reason is None or any(finding.code == reason for finding in findings):
            yield _entry(row, findings)


def count(tx: Connection) -> int:
    """How many photos are in quarantine."""
    return files.by_state(tx).get(FileState.QUARANTINED, 0)


def _query(vendor: str | None, school: str | None) -> Select[Any]:
    columns = (
        _f.c.id,
        _f.c.vendor,
        _f.c.delivery_id,
        _f.c.path,
        _f.c.student_code,
        _f.c.school_code,
        _f.c.findings,
        _f.c.received_at,
    )
    query = select(*columns).where(_f.c.state == FileState.QUARANTINED).order_by(_f.c.id)
    if vendor is not None:
        query = query.where(_f.c.vendor == vendor)
    return query if school is None else query.where(_f.c.school_code == school)


def _entry(row: dict[str, Any], findings: tuple[Finding, ...]) -> dict[str, Any]:
    return {
        "photo_id": row["id"],
        "vendor": row["vendor"],
        "delivery": row["delivery_id"],
        "path": row["path"],
        "student_code": row["student_code"],
        "school_code": row["school_code"],
        "reasons": [finding.as_told() for finding in findings],
        "received_at": row["received_at"].isoformat(),
    }
