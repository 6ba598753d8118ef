"""The MiSiS store's tables: one photo in force for each student, the earlier ones, and the ledger.

Not our catalogue, and never in one transaction with it. The ledger is written with the photos, so it
knows what was applied even where the catalogue was never told (design, 5.10). Times are UTC.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, event

from pictureday.catalogue.tables import Id
from pictureday.catalogue.types import Utc

__all__ = ["PHOTO_COLUMNS", "history", "ledger", "metadata", "photos"]

metadata = MetaData()


def _needed(name: str, kind: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **options)


def _photo_columns() -> list[Column[Any]]:
    return [
        _needed("school_code", String(64)),  # the student's at the moment of the sync
        _needed("photo", LargeBinary),  # the clean rendition
        _needed("sha256", String(64)),  # of `photo`, lower-case hex
        _needed("width", Integer),  # pixels, as shown
        _needed("height", Integer),
        _needed("bytes", Integer),
        _needed("no_release", Boolean),  # leave it out of every export
        _needed("vendor", String(64)),
        _needed("arrival", BigInteger),  # the catalogue's order of drops: the newest wins
        _needed("received_at", Utc),
        _needed("applied_at", Utc),
    ]


photos = Table(
    "student_photos",
    metadata,
    Column("student_code", String(10), primary_key=True),
    _needed("photo_id", BigInteger, unique=True),
    *_photo_columns(),
)

history = Table(
    "student_photo_history",
    metadata,
    Column("photo_id", BigInteger, primary_key=True, autoincrement=False),
    _needed("student_code", String(10)),
    *_photo_columns(),
    _needed("replaced_at", Utc),
    Index("ix_student_photo_history_student", "student_code", "arrival"),
)

ledger = Table(
    "sync_ledger",
    metadata,
    Column("seq", Id, primary_key=True),  # grows with each row
    _needed("photo_id", BigInteger, unique=True),
    _needed("night_id", BigInteger),
    _needed("student_code", String(10)),
    _needed("sha256", String(64)),
    _needed("arrival", BigInteger),
    _needed("outcome", String(16)),  # applied; older (the store had a newer photo)
    _needed("at", Utc),
)

PHOTO_COLUMNS: tuple[str, ...] = tuple(column.name for column in photos.columns)

_EXTERNAL = "ALTER TABLE %(table)s ALTER COLUMN photo SET STORAGE EXTERNAL"

for _table in (photos, history):
    # A JPEG is compressed already: PostgreSQL would only try in vain, at twice the price of a row.
    event.listen(
        _table,
        "after_create",
        DDL(_EXTERNAL).execute_if(dialect="postgresql"),  # type: ignore[no-untyped-call]
    )
