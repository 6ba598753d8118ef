"""Reads a queue that others write to, as Ceph writes a bucket's events: the queue is theirs, and so is its form.

A letter that the broker takes back (its channel is gone) is delivered again; what is said of it then is not heard.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pika.channel import Channel

from pictureday.bus.amqp.link import Link
from pictureday.bus.amqp.nodes import nodes
from pictureday.errors import Outage

__all__ = ["Delivered", "Feed"]

_PREFETCH = 1000  # letters that may be in hand; each is worth one object


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """One letter. Its tag means nothing on a channel of another generation."""

    body: str
    generation: int
    tag: int


class Feed:
    """The letters of one queue, which must be there already."""

    def __init__(self, url: str, queue: str) -> None:
        self._queue = queue
        self._new: deque[Delivered] = deque()
        self._condition = threading.Condition()
        self._link = Link(nodes(url), f"pictureday events {queue}", prepare=self._prepare, lost=self._forget)
        self._link.start()

    def receive(self, wait: float) -> list[Delivered]:
        """What has come; waits for the first one. Raises `Outage` where the broker or the queue is not there."""
        with self._condition:
            self._condition.wait_for(lambda: bool(self._new), wait)
            new, self._new = list(self._new), deque()
        if not new and not self._link.ready and (why := self._link.why_not()):
            raise Outage(f"The queue {self._queue} can't be read. {why}")
        return new

    def ack(self, letters: Sequence[Delivered]) -> None:
        """They are dealt with."""
        for one in letters:
            self._link.call(partial(_ack, tag=one.tag), generation=one.generation)

    def reject(self, letters: Sequence[Delivered]) -> None:
        """They are to come again, and are counted by the broker, which puts aside what comes too often."""
        for one in letters:
            self._link.call(partial(_reject, tag=one.tag), generation=one.generation)

    def close(self) -> None:
        """Say goodbye; the broker delivers again what was not acked."""
        self._link.close()

    def _prepare(self, channel: Channel, ready: Callable[[], None]) -> None:
        def consume(_frame: Any) -> None:
            channel.basic_qos(prefetch_count=_PREFETCH)
            channel.basic_consume(self._queue, self._on_message, callback=lambda _: ready())

        channel.queue_declare(self._queue, passive=True, callback=consume)

    def _on_message(self, _channel: Channel, method: Any, _properties: Any, body: bytes) -> None:
        one = Delivered(body=body.decode("utf-8", "replace"), generation=self._link.generation, tag=method.delivery_tag)
        with self._condition:
            self._new.append(one)
            self._condition.notify_all()

    def _forget(self) -> None:
        with self._condition:
            self._new.clear()


def _ack(channel: Channel, *, tag: int) -> None:
    channel.basic_ack(tag)


def _reject(channel: Channel, *, tag: int) -> None:
    channel.basic_reject(tag, requeue=True)
