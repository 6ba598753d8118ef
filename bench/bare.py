"""The least that writes a night's photos: psycopg's `executemany`, a commit for each batch, the hashes read back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from bench.stock import Stock
from pictureday.blobs import Stored
from tests.flow.district import code_of

__all__ = ["write_bare"]

_PHOTO = (
    "INSERT INTO student_photos (student_code, photo_id, school_code, photo, sha256, width, height, bytes, no_release,"
    " vendor, arrival, received_at, applied_at)"
    " VALUES (%s, %s, 'north', %s, %s, 300, 400, %s, false, 'acme', %s, %s, %s)"
)
_LEDGER = (
    "INSERT INTO sync_ledger (photo_id, night_id, student_code, sha256, arrival, outcome, at)"
    " VALUES (%s, 1, %s, %s, %s, 'applied', %s)"
)
_HASHES = "SELECT photo_id, encode(sha256(photo), 'hex') FROM student_photos WHERE photo_id = ANY(%s)"


def write_bare(url: str, stocked: Stock, batch: int) -> int:
    """Write all photos into the database, whose tables are there; how many were read back as they should be."""
    good = 0
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection, connection.cursor() as cursor:
        for first in range(0, len(stocked.photos), batch):
            good += _write(connection, cursor, stocked, first, stocked.photos[first : first + batch])
    return good


def _write(
    connection: psycopg.Connection[Any],
    cursor: psycopg.Cursor[Any],
    stocked: Stock,
    first: int,
    batch: Sequence[Stored],
) -> int:
    now = datetime.now(UTC)
    numbered = list(enumerate(batch, first))
    with connection.transaction():
        photos = (
            (code_of(number), number, data, photo.sha256, photo.size, number, now, now)
            for (number, photo), data in zip(numbered, stocked.read(batch), strict=True)
        )
        cursor.executemany(_PHOTO, photos)
        lines = ((number, code_of(number), photo.sha256, number, now) for number, photo in numbered)
        cursor.executemany(_LEDGER, lines)
    hashes = dict(cursor.execute(_HASHES, [[number for number, _photo in numbered]]).fetchall())
    return sum(hashes.get(number) == photo.sha256 for number, photo in numbered)
