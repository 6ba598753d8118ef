"""The overview: how many photos, deliveries and messages are where. What `status` prints."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from pictureday.catalogue import files, messages, tables
from pictureday.messages import DeliveryState, FileState, Queue

__all__ = ["deliveries_by_state", "files_by_state", "last_night", "mails_by_state", "photos_by_state", "queues"]

# What a receipt counts beside the photos.
_NO_PHOTOS = {FileState.IGNORED, FileState.INDEX, FileState.REFUSED, FileState.UNFINISHED}


def photos_by_state(tx: Connection) -> dict[str, int]:
    """How many photos are in each state; every state is named, also where there is none."""
    counted = files.by_state(tx)
    return {state.value: counted.get(state, 0) for state in FileState if state not in _NO_PHOTOS}


def files_by_state(tx: Connection) -> dict[str, int]:
    """How many files of any kind are in each state."""
    return files.by_state(tx)


def deliveries_by_state(tx: Connection) -> dict[str, int]:
    """How many deliveries are open, closed and refused."""
    table = tables.deliveries
    query = select(table.c.state, func.count()).group_by(table.c.state)
    counted: dict[str, int] = dict(tx.execute(query).all())
    return {state.value: counted.get(state, 0) for state in DeliveryState}


def queues(tx: Connection) -> dict[str, int]:
    """How many messages wait in each queue, and how many are parked."""
    depths = messages.depths(tx)
    waiting = {queue.value: _waiting(depths[queue]) for queue in Queue if queue is not Queue.QUARANTINE}
    return waiting | {"parked": sum(states.get(messages.MessageState.PARKED, 0) for states in depths.values())}


def mails_by_state(tx: Connection) -> dict[str, int]:
    """How many mails wait, were sent, were refused."""
    table = tables.mails
    query = select(table.c.state, func.count()).group_by(table.c.state)
    counted: dict[str, int] = dict(tx.execute(query).all())
    return {state: counted.get(state, 0) for state in ("waiting", "sent", "refused")}


def last_night(tx: Connection) -> dict[str, Any] | None:
    """The newest night: when it began and ended, and its counts; None where there was none."""
    table = tables.nights
    row = tx.execute(select(table).order_by(table.c.id.desc()).limit(1)).mappings().first()
    if row is None:
        return None
    ended = row["finished_at"]
    return {
        "night": row["id"],
        "trigger": row["trigger"],
        "started_at": row["started_at"].isoformat(),
        "finished_at": ended.isoformat() if ended else None,
        **row["counts"],
    }


def _waiting(states: dict[messages.MessageState, int]) -> int:
    return sum(count for state, count in states.items() if state is not messages.MessageState.PARKED)
