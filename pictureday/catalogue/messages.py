"""Messages between stages: rows said in the very transaction of the change they tell of (design, 5.1).

States: `ready` (due, or to be said by the relay), `leased` (embedded bus: in somebody's hand), `said`
(RabbitMQ has confirmed it; with a lease while it is in somebody's hand), `parked` (tried too often; kept
until a person replays it). A handler deletes the row in its own transaction: that is what makes it done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from pictureday.catalogue.tables import messages
from pictureday.messages import Message, Queue, encode

__all__ = [
    "AT_ONCE",
    "LONGEST_DELAY",
    "MessageState",
    "Parked",
    "Stored",
    "available",
    "clear",
    "depths",
    "due",
    "finish",
    "lapsed",
    "last_id",
    "parked",
    "replay",
    "say",
    "stored",
]

LONGEST_DELAY = timedelta(minutes=1)  # what is due later than this was written under a clock that has been set back
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)  # due whatever anyone does to the clock


_SAID = insert(messages).returning(messages.c.id)


class MessageState(StrEnum):
    """Where a message is on its way."""

    READY = "ready"
    LEASED = "leased"
    SAID = "said"
    PARKED = "parked"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A message as the table has it. `body` is what `pictureday.messages.encode` wrote.

    `suspect`: it, or the one it is a part of, was met before and did not come to its end.
    """

    id: int
    queue: Queue
    vendor: str
    body: str
    attempts: int
    suspect: bool


@dataclass(frozen=True, kw_only=True)
class Parked:
    """A message that was tried too often, and what went wrong the last time."""

    id: int
    queue: Queue
    vendor: str
    body: str
    attempts: int
    created_at: datetime
    last_error: str


def say(tx: Connection, message: Message, *, vendor: str = "", delay: float = 0) -> int:
    """Record `message` in the caller's transaction and return its id; once that commits, it is on its way.

    `delay` is in seconds and cut to a minute: a courtesy, not a schedule.
    """
    values = {
        "queue": message.queue,
        "vendor": vendor,
        "body": encode(message),
        "state": MessageState.READY,
        "available_at": available(delay),
        "created_at": datetime.now(UTC),
    }
    return int(tx.execute(_SAID, values).scalar_one())


def finish(tx: Connection, message_id: int, owner: str | None = None) -> bool:
    """Delete the message in the handler's own transaction. False: it is not ours (any more), so change nothing.

    Call it first. False means that somebody else has handled the message, or has it in hand now because
    our lease ran out; whatever the handler would do, it must leave to that other.
    """
    found = delete(messages).where(messages.c.id == message_id)
    return tx.execute(found if owner is None else found.where(messages.c.owner == owner)).rowcount == 1


def replay(tx: Connection, message_id: int | None = None) -> int:
    """Make one parked message, or all of them, ready again with all its attempts; how many they were."""
    found = update(messages).where(messages.c.state == MessageState.PARKED)
    if message_id is not None:
        found = found.where(messages.c.id == message_id)
    return tx.execute(found.values(state=MessageState.READY, attempts=0, available_at=AT_ONCE)).rowcount


def parked(tx: Connection) -> list[Parked]:
    """The parked messages, oldest first."""
    rows = tx.execute(select(messages).where(messages.c.state == MessageState.PARKED).order_by(messages.c.id))
    return [
        Parked(
            id=row.id,
            queue=Queue(row.queue),
            vendor=row.vendor,
            body=row.body,
            attempts=row.attempts,
            created_at=row.created_at,
            last_error=row.last_error or "",
        )
        for row in rows
    ]


def depths(tx: Connection) -> dict[Queue, dict[MessageState, int]]:
    """How many messages each queue has in each state; states without any are left out."""
    counted: dict[Queue, dict[MessageState, int]] = {queue: {} for queue in Queue}
    kinds = select(messages.c.queue, messages.c.state, func.count()).group_by(messages.c.queue, messages.c.state)
    for queue, state, count in tx.execute(kinds):
        counted[Queue(queue)][MessageState(state)] = count
    return counted


def last_id(tx: Connection, queue: Queue) -> int:
    """The newest message of `queue`, 0 where it is empty: how far a drain of the feed goes."""
    newest = select(func.coalesce(func.max(messages.c.id), 0)).where(messages.c.queue == queue)
    return int(tx.execute(newest).scalar_one())


def clear(tx: Connection, queue: Queue, *, up_to: int) -> int:
    """Delete the messages of `queue` up to the id `up_to`: their feed was drained. How many they were."""
    return tx.execute(delete(messages).where(messages.c.queue == queue, messages.c.id <= up_to)).rowcount


def due(now: datetime) -> ColumnElement[bool]:
    """Whether a message's time has come; a time too far ahead was written before the clock was set back."""
    return or_(messages.c.available_at <= now, messages.c.available_at > now + LONGEST_DELAY)


def lapsed(now: datetime, seconds: float) -> ColumnElement[bool]:
    """Whether nobody holds a message: no lease, one that ran out, or one that a clock set back left too far ahead."""
    until = messages.c.lease_until
    return or_(until.is_(None), until <= now, until > now + timedelta(seconds=2 * seconds))


def available(delay: float) -> datetime:
    """When a message is due that is to wait `delay` seconds, a minute at most."""
    if delay <= 0:
        return AT_ONCE
    return datetime.now(UTC) + min(timedelta(seconds=delay), LONGEST_DELAY)


def stored(row: Row[tuple[object, ...]]) -> Stored:
    """A row of the table as a `Stored`."""
    return Stored(
        id=row.id,
        queue=Queue(row.queue),
        vendor=row.vendor,
        body=row.body,
        attempts=row.attempts,
        suspect=row.attempts > 1 or row.last_error is not None,
    )
