"""The exchange and queues we keep at RabbitMQ: quorum queues, understood alike by 3.10 and 4.x.

Work queues dead-letter at least once into a parking queue, after 50 deliveries: only a backstop, for it
counts innocent neighbours and clean restarts too; our own count is on the row. `reject-publish` is what
at-least-once dead-lettering needs; without a length limit it never rejects anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pika.channel import Channel

from pictureday.messages import Queue

__all__ = ["FEED_LENGTH", "Topology"]

FEED_LENGTH = 100_000  # the quarantine feed drops its oldest: the catalogue is the truth
_BACKSTOP = 50
_QUORUM: Mapping[str, Any] = {"x-queue-type": "quorum"}


class Topology:
    """Names and arguments under one prefix, and how they are declared."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._dead = f"{prefix}.dead"
        self._parking = f"{prefix}.parking"

    def name(self, queue: Queue) -> str:
        """The queue's name at the broker."""
        return f"{self._prefix}.{queue.value}"

    def arguments(self, queue: Queue) -> Mapping[str, Any]:
        """What the queue is declared with."""
        if queue is Queue.QUARANTINE:
            return {**_QUORUM, "x-max-length": FEED_LENGTH, "x-overflow": "drop-head"}
        return {
            **_QUORUM,
            "x-delivery-limit": _BACKSTOP,
            "x-dead-letter-exchange": self._dead,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }

    def declare(self, channel: Channel, then: Callable[[], None]) -> None:
        """Declare everything (again), then call `then`. What is there with other arguments closes the channel (406).

        pika sends these one after another, each when the one before was answered.
        """
        channel.exchange_declare(self._dead, "fanout", durable=True)
        channel.queue_declare(self._parking, durable=True, arguments=dict(_QUORUM))
        for queue in Queue:
            self.declare_one(channel, queue, _ignored)
        channel.queue_bind(self._parking, self._dead, callback=lambda _frame: then())

    def declare_one(self, channel: Channel, queue: Queue, counted: Callable[[int], None]) -> None:
        """Declare `queue`, which makes it where it is missing, and tell how many messages wait in it."""
        channel.queue_declare(
            self.name(queue), durable=True, arguments=dict(self.arguments(queue)), callback=partial(_count, counted)
        )


def _count(counted: Callable[[int], None], frame: Any) -> None:
    counted(frame.method.message_count)


def _ignored(_count: int) -> None:
    return None
