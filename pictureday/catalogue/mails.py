"""Mails: each one whole, kept until the mail server has said 250, and sent under one Message-ID for ever.

States: `waiting` (to be sent when `next_at` comes), `sent`, `refused` (the server will never take it).
Sending claims a mail by moving `next_at` a few seconds into the future, and again while it goes on: two processes do
not send the same mail at once, and a mail whose sender was killed comes up again by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Update, exists, func, insert, or_, select, update

from pictureday.catalogue import tables

__all__ = ["Waiting", "add", "alone", "claim", "due", "hold", "last_made", "postpone", "refused", "sent", "waiting"]

LONGEST_WAIT = timedelta(hours=1)  # what is due later than twice this was written by a clock that was wrong
_IN_HAND = timedelta(minutes=1)  # the same of a mail that was not tried yet, and so can only be in somebody's hand
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)  # due whatever anyone does to the clock

_table = tables.mails
_LOCK = 7_202_612  # any number that is ours


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A mail in hand. `attempts` counts the ones before this."""

    id: int
    kind: str
    school_code: str
    recipients: tuple[str, ...]
    body: bytes
    attempts: int


def alone(tx: Connection) -> None:
    """Keep every other process from making mails until this transaction ends, so that none is made twice."""
    if tx.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def add(
    tx: Connection,
    *,
    message_id: str,
    kind: str,
    recipients: Sequence[str],
    body: bytes,
    now: datetime,
    school_code: str = "",
) -> int:
    """Put a mail (`kind` is report, digest or night) on its way, in the transaction that makes it due; its id."""
    row = {"message_id": message_id, "kind": kind, "school_code": school_code, "recipients": list(recipients)}
    row_new = row | {"body": body, "state": "waiting", "next_at": _AT_ONCE, "created_at": now}
    return int(tx.execute(insert(_table).values(row_new).returning(_table.c.id)).scalar_one())


def claim(tx: Connection, *, now: datetime, seconds: float) -> Waiting | None:
    """Take the mail that is due longest in hand for `seconds`, or None."""
    first = select(_table.c.id).where(_due(now)).order_by(_table.c.next_at, _table.c.id).limit(1)
    found = tx.execute(first.with_for_update(skip_locked=True)).scalar()
    if found is None:
        return None
    until = now + timedelta(seconds=seconds)
    row = tx.execute(update(_table).where(_table.c.id == found).values(next_at=until).returning(_table)).one()
    return Waiting(
        id=row.id,
        kind=row.kind,
        school_code=row.school_code,
        recipients=tuple(row.recipients),
        body=row.body,
        attempts=row.attempts,
    )


def hold(tx: Connection, mail_id: int, *, until: datetime) -> None:
    """Keep a claimed mail in hand until then."""
    tx.execute(_still(mail_id).values(next_at=until))


def sent(tx: Connection, mail_id: int, *, now: datetime, remark: str = "") -> None:
    """The server is responsible for the mail now; `remark` says who of the recipients it refused."""
    tx.execute(
        _still(mail_id).values(state="sent", sent_at=now, attempts=_table.c.attempts + 1, last_error=remark or None)
    )


def postpone(tx: Connection, mail_id: int, *, until: datetime, error: str, recipients: Sequence[str]) -> None:
    """The mail could not be handed over for `recipients`; it is tried again at `until`."""
    values = {"next_at": until, "last_error": error, "recipients": list(recipients)}
    tx.execute(_still(mail_id).values(**values, attempts=_table.c.attempts + 1))


def refused(tx: Connection, mail_id: int, *, error: str) -> None:
    """The server will never take the mail. The row is kept, so that a person can see what was in it."""
    tx.execute(_still(mail_id).values(state="refused", attempts=_table.c.attempts + 1, last_error=error))


def due(tx: Connection, *, now: datetime) -> bool:
    """Whether `claim` would find anything; a look that takes no lock."""
    return bool(tx.execute(select(exists().where(_due(now)))).scalar())


def last_made(tx: Connection, *, kind: str, school_code: str = "") -> datetime | None:
    """When the newest mail of this kind to this school was made."""
    mine = (_table.c.kind == kind) & (_table.c.school_code == school_code)
    made: datetime | None = tx.execute(select(func.max(_table.c.created_at)).where(mine)).scalar()
    return made


def waiting(tx: Connection) -> bool:
    """Whether any mail is still to be handed over, also one that is backing off."""
    return bool(tx.execute(select(exists().where(_table.c.state == "waiting"))).scalar())


def _due(now: datetime) -> ColumnElement[bool]:
    at, new = _table.c.next_at, _table.c.attempts == 0
    wrong_clock = or_(at > now + 2 * LONGEST_WAIT, new & (at > now + _IN_HAND))
    return (_table.c.state == "waiting") & or_(at <= now, wrong_clock)


def _still(mail_id: int) -> Update:
    return update(_table).where(_table.c.id == mail_id, _table.c.state == "waiting")
