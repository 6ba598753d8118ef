"""The MiSiS store: photos go in by batches of one transaction each, and twice changes nothing.

Every photo is entered in the ledger in the transaction that stores it, so whoever comes again after a
crash learns from the ledger what is done already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Self

from sqlalchemy import CompoundSelect, Connection, Engine, Select, func, insert, literal, select, text, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from pictureday.catalogue.engine import make_engine, shown_url, sqlite_path, translated, writing
from pictureday.disk import troubles
from pictureday.errors import PictureDayError
from sync.among import among, listed, wanted
from sync.copying import add
from sync.tables import PHOTO_COLUMNS, history, ledger, metadata, photos

__all__ = ["LedgerRow", "MisisStore", "Outcome", "Photo", "StoreRefused"]

_LOCK = 7_202_613  # any number that is ours: one writer of the store at a time, also on a server


class StoreRefused(PictureDayError):
    """The store is there, but something in this batch it will not take; nothing of the batch was stored."""


class Outcome(StrEnum):
    """What became of a photo that was offered."""

    APPLIED = "applied"
    REPLACED = "replaced"  # applied, and an earlier one of the student went into the history
    OLDER = "older"  # the store has a newer photo of the student; nothing was stored
    ALREADY = "already"  # the ledger says it was applied before; nothing was written


@dataclass(frozen=True, kw_only=True)
class Photo:
    """One photo as the store gets it. `sha256` is of `photo`; pixels as shown."""

    photo_id: int
    student_code: str
    school_code: str
    photo: bytes
    sha256: str
    width: int
    height: int
    no_release: bool
    vendor: str
    arrival: int
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """One line of the ledger: `outcome` is `applied` or `older`."""

    seq: int
    photo_id: int
    student_code: str
    sha256: str
    arrival: int
    outcome: Outcome
    at: datetime


class MisisStore:
    """The store behind `misis.url`. One object serves all threads of a process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="read-back")
        self._name = f"The MiSiS store {shown_url(engine.url.render_as_string(hide_password=False))}"

    @classmethod
    def at(cls, url: str) -> Self:
        """The store at `url`; nothing is opened yet, so it may be away."""
        return cls(make_engine(url))

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at `url`, prepared. Raises `Outage` where it is away."""
        store = cls.at(url)
        store.prepare()
        return store

    def prepare(self) -> None:
        """Make the tables that are missing; does nothing where they are. Raises `Outage`."""
        if (path := sqlite_path(self._engine.url.render_as_string(hide_password=False))) is not None:
            with troubles(f"The folder {path.parent}", making=True):
                path.parent.mkdir(parents=True, exist_ok=True)
        with self._writing() as tx:
            metadata.create_all(tx)

    def apply(self, batch: Sequence[Photo], *, night_id: int, at: datetime) -> dict[int, Outcome]:
        """Store a batch in one transaction; the outcome of each photo, by photo_id.

        Raises `StoreRefused`, or `Outage`; where that happens at the commit itself, only the ledger knows
        the outcome.
        """
        with self._writing() as tx:
            entered = _entered(tx, batch)
            fresh = [photo for photo in batch if photo.photo_id not in entered]
            stored = _stored(tx, fresh)
            outcomes = _outcomes(fresh, stored)
            new = [photo for photo in fresh if outcomes[photo.photo_id] is not Outcome.OLDER]
            _keep_replaced(tx, [photo.student_code for photo in new if photo.student_code in stored], at)
            _put(tx, new, stored, at)
            _enter(tx, fresh, outcomes, night_id, at)
        return outcomes | {photo_id: _AGAIN[outcome] for photo_id, outcome in entered.items()}

    def read_back(self, photo_ids: Iterable[int]) -> dict[int, str]:
        """The sha256 of the bytes that are stored for these photos, in force or in the history.

        Computed from the bytes, not read from a column; on a server it is the server that computes.
        """
        stored = list(photo_ids)
        half = len(stored) // 2
        # Hashing is all that the server does here, and one connection keeps one of its cores busy.
        other = self._reader.submit(self._hashes, stored[:half])
        try:
            mine = self._hashes(stored[half:])
        finally:
            theirs = other.result()
        return mine | theirs

    def ledger_after(self, seq: int, limit: int) -> list[LedgerRow]:
        """At most `limit` lines of the ledger after `seq`, in their order."""
        names = LedgerRow.__dataclass_fields__
        query = select(*(ledger.c[name] for name in names)).where(ledger.c.seq > seq).order_by(ledger.c.seq)
        with self._reading() as tx:
            rows = tx.execute(query.limit(limit)).mappings()
            return [LedgerRow(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows]

    def last_seq(self) -> int:
        """The number of the ledger's last line; 0 where it is empty."""
        with self._reading() as tx:
            return int(tx.execute(select(func.coalesce(func.max(ledger.c.seq), 0))).scalar_one())

    def count(self) -> int:
        """How many students have a photo in force."""
        with self._reading() as tx:
            return int(tx.execute(select(func.count()).select_from(photos)).scalar_one())

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _hashes(self, photo_ids: Sequence[int]) -> dict[int, str]:
        if not photo_ids:
            return {}
        with self._reading() as tx:
            server = _is_postgresql(tx)
            rows = tx.execute(_bytes(tx.dialect.name), wanted(photo_ids))
            return {photo_id: found if server else hashlib.sha256(found).hexdigest() for photo_id, found in rows}

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._refusing(), writing(self._engine, self._name) as tx:
            if _is_postgresql(tx):
                tx.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
            yield tx

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StoreRefused(f"{self._name} refuses a photo: {type(error.orig).__name__}.") from error

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(self._name), self._engine.connect() as tx, tx.begin():
            yield tx


# What a ledger line says to whoever offers its photo again.
_AGAIN = {Outcome.APPLIED: Outcome.ALREADY, Outcome.OLDER: Outcome.OLDER}


def _outcomes(fresh: Sequence[Photo], stored: Mapping[str, int]) -> dict[int, Outcome]:
    in_order = sorted(fresh, key=lambda photo: photo.arrival)
    newest = {photo.student_code: photo.photo_id for photo in in_order}
    return {
        photo.photo_id: _outcome(photo, stored.get(photo.student_code), newest[photo.student_code]) for photo in fresh
    }


def _outcome(photo: Photo, stored: int | None, newest: int) -> Outcome:
    if photo.photo_id != newest or (stored is not None and stored > photo.arrival):
        return Outcome.OLDER
    return Outcome.APPLIED if stored is None else Outcome.REPLACED


def _entered(tx: Connection, batch: Sequence[Photo]) -> dict[int, Outcome]:
    rows = tx.execute(_known(tx.dialect.name), wanted(photo.photo_id for photo in batch))
    return {photo_id: Outcome(outcome) for photo_id, outcome in rows}


@cache
def _known(dialect: str) -> Select[Any]:
    return select(ledger.c.photo_id, ledger.c.outcome).where(listed(ledger.c.photo_id, dialect))


def _stored(tx: Connection, batch: Sequence[Photo]) -> dict[str, int]:
    rows = tx.execute(_there(tx.dialect.name), wanted({photo.student_code for photo in batch}))
    return {row.student_code: row.arrival for row in rows}


@cache
def _there(dialect: str) -> Select[Any]:
    return select(photos.c.student_code, photos.c.arrival).where(listed(photos.c.student_code, dialect))


def _keep_replaced(tx: Connection, codes: Sequence[str], at: datetime) -> None:
    if not codes:
        return
    old = select(*(photos.c[name] for name in PHOTO_COLUMNS), literal(at, history.c.replaced_at.type))
    old = old.where(among(tx, photos.c.student_code, codes))
    tx.execute(insert(history).from_select([*PHOTO_COLUMNS, "replaced_at"], old))


def _put(tx: Connection, new: Sequence[Photo], stored: Collection[str], at: datetime) -> None:
    rows = [vars(photo) | {"bytes": len(photo.photo), "applied_at": at} for photo in new]
    add(tx, photos, [row for row in rows if row["student_code"] not in stored])
    if instead := [row for row in rows if row["student_code"] in stored]:
        query = postgresql.insert(photos) if _is_postgresql(tx) else sqlite.insert(photos)
        values = {name: query.excluded[name] for name in PHOTO_COLUMNS if name != "student_code"}
        # The guard says again, where it can't be forgotten, that the newest photo wins.
        newer = photos.c.arrival <= query.excluded.arrival
        tx.execute(query.on_conflict_do_update(index_elements=["student_code"], set_=values, where=newer), instead)


def _enter(
    tx: Connection, fresh: Sequence[Photo], outcomes: Mapping[int, Outcome], night_id: int, at: datetime
) -> None:
    add(tx, ledger, [_ledger_row(photo, outcomes[photo.photo_id], night_id, at) for photo in fresh])


def _ledger_row(photo: Photo, outcome: Outcome, night_id: int, at: datetime) -> dict[str, Any]:
    return {
        "photo_id": photo.photo_id,
        "night_id": night_id,
        "student_code": photo.student_code,
        "sha256": photo.sha256,
        "arrival": photo.arrival,
        "outcome": Outcome.OLDER if outcome is Outcome.OLDER else Outcome.APPLIED,
        "at": at,
    }


@cache
def _bytes(dialect: str) -> CompoundSelect[Any]:
    """The photos, or on a server their hashes."""
    parts = []
    for table in (photos, history):
        what = func.encode(func.sha256(table.c.photo), "hex") if dialect == "postgresql" else table.c.photo
        parts.append(select(table.c.photo_id, what.label("photo")).where(listed(table.c.photo_id, dialect)))
    return union_all(*parts)


def _is_postgresql(tx: Connection) -> bool:
    return tx.dialect.name == "postgresql"
