"""Takes messages from a RabbitMQ queue: pika's thread delivers, ours takes them in hand one by one.

A delivery only names a row; taking it in hand is a small transaction that raises the row's own count. The
broker's delivery count is ignored: it grows with every clean restart and for innocent neighbours.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pika.channel import Channel

from pictureday.bus.amqp.link import Link
from pictureday.bus.amqp.nodes import Nodes
from pictureday.bus.amqp.topology import Topology
from pictureday.bus.heart import Heart
from pictureday.bus.holding import Holding, new_owner
from pictureday.bus.protocol import Taken
from pictureday.catalogue import Catalogue, held
from pictureday.log import get_logger
from pictureday.messages import Queue

__all__ = ["AmqpConsumer"]

# RabbitMQ tells a consumer that its queue is deleted, but not when the queue is made again at once (seen with 3.10):
# it then waits for ever at a queue that is not the one it knew. So who has heard nothing for a while asks anew.
_SILENCE = 5.0  # seconds
_PREFETCH = 2  # one in hand and one at hand; more would only be kept from other consumers


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery on one channel; its tag means nothing on another."""

    generation: int
    tag: int
    message_id: int


class AmqpConsumer(Holding):
    """Consumes one queue on a connection of its own."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        heart: Heart,
        wake: Callable[[], None],
        nodes: Nodes,
        topology: Topology,
        queue: Queue,
    ) -> None:
        super().__init__(catalogue, heart, wake)
        self._topology = topology
        self._queue = queue
        self._delivered: deque[Delivery] = deque()
        self._condition = threading.Condition()
        self._in_hand: dict[str, Delivery] = {}
        self._closed = False
        self._heard_at = time.monotonic()
        self._tag = ""  # the broker's name for us on this channel; it belongs to the link's thread
        self._link = Link(nodes, f"pictureday bus {queue.value}", prepare=self._prepare, lost=self._forget)
        self._link.start()

    def take(self, timeout: float) -> Taken | None:
        """See `Consumer.take`."""
        deadline = time.monotonic() + timeout
        while not self._closed:
            delivery = self._next(deadline - time.monotonic())
            if delivery is None:
                self._ask_anew_after_silence()
                return None
            taken = self._taken(delivery)
            if taken is not None:
                return taken
        return None

    def close(self) -> None:
        """See `Consumer.close`."""
        self._closed = True
        self._link.close()
        self._forget()

    def _taken(self, delivery: Delivery) -> Taken | None:
        owner = new_owner()
        with self._catalogue.write(fleeting=True) as tx:
            row = held.take(tx, delivery.message_id, owner=owner, seconds=self._heart.seconds)
        self._drop(delivery)  # not before: when the catalogue is away the delivery waits for the next try
        taken = self._opened(row, owner) if row is not None else None
        if taken is None:
            self._ack(delivery)
        else:
            self._in_hand[owner] = delivery
        return taken

    def _settle(self, taken: Taken) -> None:
        delivery = self._in_hand.pop(taken.owner, None)
        if delivery is not None:
            self._ack(delivery)
        self._wake()  # its vendor has room for one more

    def _ack(self, delivery: Delivery) -> None:
        self._link.call(lambda channel: channel.basic_ack(delivery.tag), generation=delivery.generation)

    def _next(self, timeout: float) -> Delivery | None:
        with self._condition:
            self._condition.wait_for(lambda: self._delivered or self._closed, max(timeout, 0))
            return self._delivered[0] if self._delivered else None

    def _drop(self, delivery: Delivery) -> None:
        with self._condition:
            if self._delivered and self._delivered[0] is delivery:
                self._delivered.popleft()

    def _forget(self) -> None:
        # The broker delivers again what was not acked on a channel that is gone.
        with self._condition:
            self._delivered.clear()
            self._condition.notify_all()

    def _ask_anew_after_silence(self) -> None:
        if time.monotonic() - self._heard_at > _SILENCE and not self._in_hand:
            self._heard_at = time.monotonic()
            self._link.call(self._ask_anew)

    def _ask_anew(self, channel: Channel) -> None:
        if self._tag:  # else the broker has not answered the last time yet
            tag, self._tag = self._tag, ""
            channel.basic_cancel(tag, callback=lambda _frame: self._prepare(channel, _nothing))

    def _prepare(self, channel: Channel, ready: Callable[[], None]) -> None:
        def consume() -> None:
            channel.basic_qos(prefetch_count=_PREFETCH)
            channel.basic_consume(self._topology.name(self._queue), self._on_message, callback=consumes)

        def consumes(frame: Any) -> None:
            self._tag = frame.method.consumer_tag
            ready()

        self._tag = ""
        self._topology.declare(channel, consume)

    def _on_message(self, channel: Channel, method: Any, properties: Any, _body: bytes) -> None:
        text = properties.message_id or ""
        if not (text.isascii() and text.isdigit()):
            get_logger().warning("message_foreign", queue=self._queue.value)
            channel.basic_reject(method.delivery_tag, requeue=False)  # to the parking queue
            return
        delivery = Delivery(generation=self._link.generation, tag=method.delivery_tag, message_id=int(text))
        self._heard_at = time.monotonic()
        with self._condition:
            self._delivered.append(delivery)
            self._condition.notify_all()


def _nothing() -> None:
    return None
