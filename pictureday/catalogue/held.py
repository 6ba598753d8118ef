"""Messages in somebody's hand: taken under a lease, then given back, split or parked.

An owner is a fresh text for each time a message is taken, so a lease that was lost is never mistaken for one
that is held. Whoever comes too late (the lease ran out, another took over) changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, delete, exists, func, or_, select, update

from pictureday.catalogue.messages import MessageState, Stored, available, due, finish, lapsed, say, stored
from pictureday.catalogue.tables import messages
from pictureday.messages import Message, Queue

__all__ = ["adopt", "give_back", "lease", "park", "renew", "split", "take", "waiting"]

_ERROR_LENGTH = 1000
_PART = "It is a part of a message that did not come to its end."


def waiting(tx: Connection, queues: Collection[Queue], *, seconds: float) -> set[Queue]:
    """Those of `queues` in which `lease` would find anything; a look that takes no lock."""
    asked = tuple(sorted(queues))
    if not asked or not tx.execute(_anything_in(asked)).scalar():
        return set()
    now = _now()
    found = tx.execute(select(*(_anything(queue, now, seconds) for queue in asked))).one()
    return {queue for queue, there in zip(asked, found, strict=True) if there}


@cache
def _anything_in(queues: tuple[Queue, ...]) -> Select[tuple[bool]]:
    # Without any times it is written once: this is asked twice a second, and mostly there is nothing.
    states = messages.c.state.in_((MessageState.READY, MessageState.LEASED))
    return select(exists().where(messages.c.queue.in_(queues), states))


def _anything(queue: Queue, now: datetime, seconds: float) -> ColumnElement[bool]:
    ready = and_(_of(queue, MessageState.READY), due(now))
    return or_(exists().where(ready), exists().where(_abandoned(queue, now, seconds)))


def lease(tx: Connection, queue: Queue, *, owner: str, seconds: float, after: str = "") -> Stored | None:
    """Take the next message in hand for `seconds`, or None. Counts as one more attempt.

    Fair (design, 5.12): the oldest message of the vendor that follows `after`, the one served last.
    What a dead owner left behind is taken like the rest.
    """
    now = _now()
    _free_abandoned(tx, queue, now, seconds)
    found = _next(tx, queue, now, messages.c.vendor > after) or _next(tx, queue, now, messages.c.vendor <= after)
    if found is None:
        return None
    return _in_hand(tx, messages.c.id == found, MessageState.LEASED, owner=owner, now=now, seconds=seconds)


def take(tx: Connection, message_id: int, *, owner: str, seconds: float) -> Stored | None:
    """Take in hand a message that the broker has delivered, or None when there is nothing to do for it.

    None: it was handled, is parked, is in somebody's hand, or waits for its time. Each of these has a row
    that is said again when it should be, so the delivery needs only an ack.
    """
    now = _now()
    # `ready` here is a row whose confirm the relay has not written down yet: the delivery was quicker.
    free = or_(
        and_(messages.c.state == MessageState.READY, due(now)),
        and_(messages.c.state == MessageState.SAID, lapsed(now, seconds)),
    )
    return _in_hand(
        tx, and_(messages.c.id == message_id, free), MessageState.SAID, owner=owner, now=now, seconds=seconds
    )


def renew(tx: Connection, held: Mapping[int, str], *, seconds: float) -> None:
    """Prolong the leases of `held` (message id → owner) that are still theirs."""
    until = _now() + timedelta(seconds=seconds)
    for message_id, owner in sorted(held.items()):
        tx.execute(update(messages).where(_owned(message_id, owner)).values(lease_until=until))


def give_back(tx: Connection, message_id: int, *, owner: str, delay: float, error: str = "", count: bool) -> bool:
    """Make the message ready again in `delay` seconds. `count=False` takes back the attempt. False: no longer ours."""
    values: dict[str, Any] = {
        "state": MessageState.READY,
        "owner": None,
        "lease_until": None,
        "available_at": available(delay),
        "attempts": messages.c.attempts if count else _one_less(),
    }
    if error:
        values["last_error"] = error[:_ERROR_LENGTH]
    return tx.execute(update(messages).where(_owned(message_id, owner)).values(values)).rowcount == 1


def park(tx: Connection, message_id: int, *, owner: str, error: str) -> bool:
    """Put the message aside, visible, until a person replays it. False: no longer ours."""
    values = {"state": MessageState.PARKED, "owner": None, "lease_until": None, "last_error": error[:_ERROR_LENGTH]}
    return tx.execute(update(messages).where(_owned(message_id, owner)).values(values)).rowcount == 1


def split(tx: Connection, message_id: int, *, owner: str, parts: Iterable[Message]) -> tuple[int, ...]:
    """Replace the message by `parts`, fresh, suspect and of the same vendor; their ids. Empty: no longer ours."""
    vendor = tx.execute(select(messages.c.vendor).where(_owned(message_id, owner))).scalar_one_or_none()
    if vendor is None or not finish(tx, message_id, owner):
        return ()
    ids = tuple(say(tx, part, vendor=vendor) for part in parts)
    tx.execute(update(messages).where(messages.c.id.in_(ids)).values(last_error=_PART))
    return ids


def adopt(tx: Connection) -> int:
    """Make ready what RabbitMQ was told, and drop its feed: for the embedded bus, after the setting was changed."""
    tx.execute(delete(messages).where(messages.c.queue == Queue.QUARANTINE))
    said = update(messages).where(messages.c.state == MessageState.SAID)
    return tx.execute(said.values(state=MessageState.READY, owner=None, lease_until=None)).rowcount


def _now() -> datetime:
    return datetime.now(UTC)


def _of(queue: Queue, state: MessageState) -> ColumnElement[bool]:
    return and_(messages.c.queue == queue, messages.c.state == state)


def _owned(message_id: int, owner: str) -> ColumnElement[bool]:
    return and_(messages.c.id == message_id, messages.c.owner == owner)


def _abandoned(queue: Queue, now: datetime, seconds: float) -> ColumnElement[bool]:
    return and_(_of(queue, MessageState.LEASED), lapsed(now, seconds))


def _free_abandoned(tx: Connection, queue: Queue, now: datetime, seconds: float) -> None:
    found = select(messages.c.id).where(_abandoned(queue, now, seconds)).with_for_update(skip_locked=True)
    ids = tx.execute(found).scalars().all()
    if ids:
        tx.execute(update(messages).where(messages.c.id.in_(ids)).values(state=MessageState.READY, owner=None))


def _next(tx: Connection, queue: Queue, now: datetime, vendors: ColumnElement[bool]) -> int | None:
    found = select(messages.c.id).where(_of(queue, MessageState.READY), due(now), vendors)
    first = found.order_by(messages.c.vendor, messages.c.id).limit(1).with_for_update(skip_locked=True)
    return tx.execute(first).scalar_one_or_none()


def _in_hand(
    tx: Connection, which: ColumnElement[bool], state: MessageState, *, owner: str, now: datetime, seconds: float
) -> Stored | None:
    values = {
        "state": state,
        "owner": owner,
        "lease_until": now + timedelta(seconds=seconds),
        "attempts": messages.c.attempts + 1,
        "said_at": func.coalesce(messages.c.said_at, now) if state == MessageState.SAID else messages.c.said_at,
    }
    row = tx.execute(update(messages).where(which).values(values).returning(messages)).one_or_none()
    return stored(row) if row is not None else None


def _one_less() -> ColumnElement[int]:
    return case((messages.c.attempts > 0, messages.c.attempts - 1), else_=0)
