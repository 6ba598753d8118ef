"""The messages table as the relay to RabbitMQ sees it: what to say, what was said, what to say again.

A relay claims rows before it says them (an owner and a short lease, the state stays `ready`), so several
processes may each run one. Everything here is safe to be late or repeated: a message said twice is an ack.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain, zip_longest

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, or_, select, update

from pictureday.catalogue.messages import AT_ONCE, MessageState, Stored, available, due, lapsed, stored
from pictureday.catalogue.tables import messages
from pictureday.messages import Queue

__all__ = [
    "Turn",
    "abandoned",
    "claim",
    "forget",
    "in_need",
    "interleaved",
    "overdue",
    "release",
    "said",
    "say_again",
    "unsaid",
]

_LIVE = MessageState.SAID, MessageState.LEASED
_HELD = and_(messages.c.state.in_(_LIVE), messages.c.owner.is_not(None))
_AT_A_TIME = 500  # how many messages one sweep looks at; the next one sees the rest


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What may be said now, in this order; `held_back` when a vendor has more but must wait its turn."""

    ids: tuple[int, ...]
    held_back: bool


def unsaid(
    tx: Connection,
    queue: Queue,
    *,
    most: int,
    seconds: float,
    outstanding: int | None = None,
    in_flight: Mapping[str, int] | None = None,
) -> Turn:
    """The next messages of `queue` to be said, going round the vendors (design, 5.12); locks nothing.

    `outstanding` is how many messages of one vendor may be said and unfinished at a time, None for any
    number; `in_flight` are those that the caller has sent and nobody has confirmed.
    """
    unclaimed = and_(_of(queue, MessageState.READY), due(_now()), lapsed(_now(), seconds))
    if outstanding is None:
        return Turn(ids=_oldest(tx, unclaimed, most), held_back=False)
    busy = _said_by_vendor(tx, queue)
    lanes, held_back = [], False
    for vendor in _vendors(tx, queue):
        room = outstanding - busy.get(vendor, 0) - (in_flight or {}).get(vendor, 0)
        lane = _oldest(tx, and_(unclaimed, messages.c.vendor == vendor), max(room, 0) + 1)
        lanes.append(lane[: max(room, 0)])
        held_back = held_back or len(lane) > len(lanes[-1])
    return Turn(ids=interleaved(lanes)[:most], held_back=held_back)


def in_need(tx: Connection, swept: tuple[Queue, ...]) -> bool:
    """Whether there may be anything for `unsaid`, or for `abandoned` in the queues `swept`; locks nothing.

    It knows of no times, so the statement is written once: it is asked twice a second, and mostly there is nothing.
    """
    return bool(tx.execute(_anything(swept)).scalar())


@cache
def _anything(swept: tuple[Queue, ...]) -> Select[tuple[bool]]:
    ready = and_(messages.c.queue.in_(list(Queue)), messages.c.state == MessageState.READY)
    return select(or_(exists().where(ready), exists().where(and_(messages.c.queue.in_(swept), _HELD))))


def interleaved(lanes: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """One of each lane in turn, until all are empty."""
    return tuple(item for item in chain.from_iterable(zip_longest(*lanes)) if item is not None)


def claim(tx: Connection, ids: Sequence[int], *, owner: str, seconds: float) -> list[Stored]:
    """Claim those of `ids` that nobody else has claimed meanwhile, for `seconds`, in the order given."""
    free = and_(messages.c.id.in_(ids), messages.c.state == MessageState.READY, lapsed(_now(), seconds))
    mine = tx.execute(select(messages.c.id).where(free).with_for_update(skip_locked=True)).scalars().all()
    until = _now() + timedelta(seconds=seconds)
    claimed = update(messages).where(messages.c.id.in_(mine)).values(owner=owner, lease_until=until)
    rows = {row.id: stored(row) for row in tx.execute(claimed.returning(messages))}
    return [rows[message_id] for message_id in ids if message_id in rows]


def said(tx: Connection, ids: Collection[int], *, owner: str) -> None:
    """Write down that the broker has confirmed `ids`; those that were taken in hand meanwhile know already."""
    values = {"state": MessageState.SAID, "said_at": _now(), "owner": None, "lease_until": None}
    tx.execute(update(messages).where(_claimed(ids, owner)).values(values))


def forget(tx: Connection, ids: Collection[int], *, owner: str) -> None:
    """Delete confirmed messages that nobody of ours consumes (the quarantine feed)."""
    tx.execute(delete(messages).where(_claimed(ids, owner)))


def release(tx: Connection, ids: Collection[int], *, owner: str, delay: float) -> None:
    """Give up the claim on `ids`, which the broker did not confirm; they are due again in `delay` seconds."""
    values = {"owner": None, "lease_until": None, "available_at": available(delay)}
    tx.execute(update(messages).where(_claimed(ids, owner)).values(values))


def abandoned(tx: Connection, queue: Queue, *, seconds: float) -> tuple[int, ...]:
    """Messages whose holder died: a lease that ran out, with RabbitMQ or from the embedded bus before it."""
    return _oldest(tx, and_(messages.c.queue == queue, _HELD, lapsed(_now(), seconds)), _AT_A_TIME)


def overdue(tx: Connection, queue: Queue, *, age: float, seconds: float) -> tuple[int, ...]:
    """Messages said longer than `age` seconds ago that nobody has in hand: the broker may have lost them."""
    now = _now()
    old = or_(messages.c.said_at < now - timedelta(seconds=age), messages.c.said_at > now + timedelta(seconds=age))
    return _oldest(tx, and_(_of(queue, MessageState.SAID), old, lapsed(now, seconds)), _AT_A_TIME)


def say_again(tx: Connection, ids: Collection[int], *, seconds: float) -> None:
    """Make `ids` ready to be said under their old ids, unless somebody has taken them in hand meanwhile."""
    free = and_(messages.c.id.in_(ids), messages.c.state.in_(_LIVE), lapsed(_now(), seconds))
    values = {"state": MessageState.READY, "owner": None, "lease_until": None, "available_at": AT_ONCE}
    tx.execute(update(messages).where(free).values(values))


def _now() -> datetime:
    return datetime.now(UTC)


def _of(queue: Queue, state: MessageState) -> ColumnElement[bool]:
    return and_(messages.c.queue == queue, messages.c.state == state)


def _claimed(ids: Collection[int], owner: str) -> ColumnElement[bool]:
    return and_(messages.c.id.in_(ids), messages.c.owner == owner, messages.c.state == MessageState.READY)


def _oldest(tx: Connection, which: ColumnElement[bool], most: int) -> tuple[int, ...]:
    return tuple(tx.execute(select(messages.c.id).where(which).order_by(messages.c.id).limit(most)).scalars())


def _said_by_vendor(tx: Connection, queue: Queue) -> dict[str, int]:
    counted = select(messages.c.vendor, func.count()).where(_of(queue, MessageState.SAID)).group_by(messages.c.vendor)
    return {row[0]: row[1] for row in tx.execute(counted)}


def _vendors(tx: Connection, queue: Queue) -> list[str]:
    # One step down the index for each vendor: 20,000 messages of one of them cost no more than one.
    vendors: list[str] = []
    ready = select(func.min(messages.c.vendor)).where(_of(queue, MessageState.READY))
    found = tx.execute(ready).scalar_one()
    while found is not None:
        vendors.append(found)
        found = tx.execute(ready.where(messages.c.vendor > found)).scalar_one()
    return vendors
