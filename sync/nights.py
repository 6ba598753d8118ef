"""The nights on record: one row each, with its mark and its counts.

A night that was cut short is begun again under its number, with a new mark, so that it is one night
and one letter; only a finished night counts as one that was held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Literal

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pictureday.catalogue import mails, tables
from sync import records
from sync.tally import Tally

__all__ = [
    "NightRow",
    "Trigger",
    "begin",
    "created_at",
    "finish",
    "last_started",
    "note",
    "post",
    "repaired",
    "running_since",
    "set_repaired",
]

Trigger = Literal["schedule", "now"]

_table = tables.nights
_PLAIN = SMTP.clone(cte_type="7bit")  # passes every server, whatever its extensions
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_LEDGER = "sync_ledger"  # the name of our line in `numbers`
# A moment further ahead than this was written by a clock that was wrong; it must not stop any later night. Less may
# be the same night, held just before the clock was set right.
_WRONG_CLOCK = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class NightRow:
    """One night: photos accepted up to `mark` are its work."""

    night_id: int
    trigger: Trigger
    started_at: datetime
    mark: int
    tally: Tally


def begin(tx: Connection, trigger: Trigger, now: datetime) -> NightRow:
    """Begin a night, or begin again the one that was cut short. The caller holds the lease."""
    row = NightRow(night_id=0, trigger=trigger, started_at=now, mark=records.mark(tx), tally=Tally())
    values = {"trigger": trigger, "started_at": now, "mark": row.mark}
    short = tx.execute(_unfinished()).mappings().first()
    if short is None:
        new = insert(_table).values(**values, counts=row.tally.as_json())
        return replace(row, night_id=tx.execute(new.returning(_table.c.id)).scalar_one())
    tx.execute(update(_table).where(_table.c.id == short["id"]).values(values))
    # What failed is tried again, so it is counted again.
    return replace(row, night_id=short["id"], tally=replace(Tally.from_json(short["counts"]), failed=0))


def note(tx: Connection, night: NightRow, tally: Tally) -> None:
    """Keep the counts so far, in the transaction that makes them true."""
    tx.execute(update(_table).where(_table.c.id == night.night_id).values(counts=tally.as_json()))


def finish(tx: Connection, night: NightRow, tally: Tally, now: datetime) -> None:
    """The night is over."""
    change = update(_table).where(_table.c.id == night.night_id)
    tx.execute(change.values(counts=tally.as_json(), finished_at=now))


def last_started(tx: Connection, now: datetime) -> datetime | None:
    """When the last night that came to its end was started; None where there was none."""
    held = _table.c.finished_at.is_not(None) & (_table.c.started_at <= now + _WRONG_CLOCK)
    found: datetime | None = tx.execute(select(func.max(_table.c.started_at)).where(held)).scalar()
    return found


def running_since(tx: Connection) -> datetime | None:
    """When the night that is not finished was started; None where there is none."""
    row = tx.execute(_unfinished()).mappings().first()
    return row["started_at"] if row else None


def created_at(tx: Connection, now: datetime) -> datetime | None:
    """Since when there can be nights: the first vendor is there. None before that; long ago where a clock was wrong."""
    found: datetime | None = tx.execute(select(func.min(tables.vendors.c.created_at))).scalar()
    return found if found is None or found <= now + _WRONG_CLOCK else _LONG_AGO


def repaired(tx: Connection) -> int:
    """Up to which line of the store's ledger the catalogue is known to agree."""
    numbers = tables.numbers
    return int(tx.execute(select(numbers.c.value).where(numbers.c.name == _LEDGER)).scalar() or 0)


def set_repaired(tx: Connection, seq: int) -> None:
    """The catalogue agrees with the store's ledger up to line `seq`."""
    table = tables.numbers
    query = postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)
    query = query.values(name=_LEDGER, value=seq)
    tx.execute(query.on_conflict_do_update(index_elements=["name"], set_={"value": seq}))


def post(tx: Connection, letter: EmailMessage, recipients: Sequence[str], now: datetime) -> None:
    """Put a letter into the queue of mails, unless one of its name is or was there already."""
    name, known = letter["Message-ID"], tables.mails.c.message_id
    if tx.execute(select(known).where(known == name)).first() is None:
        body = letter.as_bytes(policy=_PLAIN)
        mails.add(tx, message_id=name, kind="night", recipients=recipients, body=body, now=now)


def _unfinished() -> Any:
    return select(_table).where(_table.c.finished_at.is_(None)).order_by(_table.c.id.desc()).limit(1)
