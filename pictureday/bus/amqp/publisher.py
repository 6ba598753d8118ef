"""Publishes on a link of its own, without waiting, and collects what the broker answers.

A message nobody can be given is *confirmed* by RabbitMQ unless it is `mandatory`; then it comes back
first, and counts as not said. Persistent, so a confirm means that it is on disk.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import pika
from pika.channel import Channel

from pictureday.bus.amqp.flight import Outcome
from pictureday.bus.amqp.link import Link
from pictureday.bus.amqp.nodes import Nodes
from pictureday.bus.amqp.topology import Topology
from pictureday.catalogue.messages import Stored
from pictureday.errors import Outage
from pictureday.messages import Queue

__all__ = ["Publisher"]

_ANSWER = 10.0  # seconds for the broker to answer a purge
_DECLARE_EVERY = 1.0  # seconds between two attempts to mend a queue that is missing


class Publisher:
    """The publishing side of RabbitMQ. `wake()` is called from its thread whenever there is an answer."""

    def __init__(self, nodes: Nodes, topology: Topology, wake: Callable[[], None]) -> None:
        self._topology = topology
        self._wake = wake
        self._lock = threading.Lock()
        self._outcomes: list[Outcome] = []
        # These belong to the link's thread.
        self._tag = 0
        self._unconfirmed: dict[int, int] = {}  # delivery tag → message id, in the order of the tags
        self._returned: set[int] = set()
        self._declared_at = 0.0
        self._link = Link(nodes, "pictureday bus publisher", prepare=self._prepare, lost=self._lost)

    def start(self) -> None:
        """Connect, in the background."""
        self._link.start()

    def close(self) -> None:
        """Disconnect and end the thread."""
        self._link.close()

    @property
    def ready(self) -> bool:
        """Whether the broker can be told anything."""
        return self._link.ready

    def why_not(self) -> str:
        """Why it is not ready, as a sentence."""
        return self._link.why_not()

    def publish(self, rows: Sequence[Stored]) -> None:
        """Send `rows`. Each has an outcome later, or none when the connection was lost before it was sent."""
        self._link.call(partial(self._send, rows))

    def outcomes(self) -> list[Outcome]:
        """The answers since the last call."""
        with self._lock:
            found, self._outcomes = self._outcomes, []
        return found

    def ask(self, queue: Queue, counted: Callable[[int], None]) -> None:
        """Have `counted` told, on the link's thread, how many messages wait in `queue`; made anew where missing."""
        self._link.call(lambda channel: self._topology.declare_one(channel, queue, counted))

    def purge(self, queue: Queue) -> int:
        """Take everything off `queue`; how many. Raises `Outage` when the broker does not answer."""
        answered = threading.Event()
        counts: list[int] = []

        def done(frame: Any) -> None:
            counts.append(frame.method.message_count)
            answered.set()

        self._link.call(lambda channel: channel.queue_purge(self._topology.name(queue), callback=done))
        if not answered.wait(_ANSWER if self.ready else 0):
            raise Outage(self.why_not() or "RabbitMQ does not answer.", fix="It is tried again by itself.")
        return counts[0]

    def _prepare(self, channel: Channel, ready: Callable[[], None]) -> None:
        self._tag = 0
        self._unconfirmed, self._returned = {}, set()
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm)

        def wake_too() -> None:
            ready()
            self._wake()

        self._topology.declare(channel, wake_too)

    def _send(self, rows: Sequence[Stored], channel: Channel) -> None:
        for row in rows:
            self._tag += 1
            self._unconfirmed[self._tag] = row.id
            channel.basic_publish(
                "",
                self._topology.name(row.queue),
                row.body.encode(),
                pika.BasicProperties(
                    message_id=str(row.id), delivery_mode=2, content_type="application/json", type=row.queue.value
                ),
                mandatory=True,
            )

    def _on_return(self, channel: Channel, _method: Any, properties: Any, _body: bytes) -> None:
        self._returned.add(int(properties.message_id))
        # Its queue is gone: somebody deleted it while we were connected.
        if time.monotonic() - self._declared_at > _DECLARE_EVERY:
            self._declared_at = time.monotonic()
            self._topology.declare(channel, self._wake)

    def _on_confirm(self, frame: Any) -> None:
        method = frame.method
        tags = [method.delivery_tag]
        if method.multiple:
            tags = [tag for tag in self._unconfirmed if tag <= method.delivery_tag]
        ids = [self._unconfirmed.pop(tag) for tag in tags if tag in self._unconfirmed]
        good = method.NAME == "Basic.Ack"
        self._tell(Outcome(message_id=one, confirmed=good and one not in self._returned) for one in ids)
        self._returned.difference_update(ids)

    def _lost(self) -> None:
        lost, self._unconfirmed = list(self._unconfirmed.values()), {}
        self._tell(Outcome(message_id=one, confirmed=False) for one in lost)

    def _tell(self, outcomes: Iterable[Outcome]) -> None:
        with self._lock:
            self._outcomes.extend(outcomes)
        self._wake()
