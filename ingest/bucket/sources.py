"""Where the events come from: SQS, or a queue of RabbitMQ that a bucket's server writes to."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ingest.bucket.post import Source
from pictureday.bucketurl import EventsUrl
from pictureday.bus import feed
from pictureday.s3 import Letter, Queue

if TYPE_CHECKING:
    from pictureday.bus.amqp.feed import Delivered

__all__ = ["source_of"]

_WAIT = 3  # seconds of a long poll: a stop need not wait longer
_VISIBILITY = 300  # seconds that a letter is ours; kept three times as often while it is worked on
_AGAIN = 60  # seconds until a letter that was given back comes again


class _Sqs:
    beat = _VISIBILITY / 3
    parked = 10_000

    def __init__(self, events: EventsUrl) -> None:
        self._queue = Queue(events)

    def receive(self) -> Sequence[Letter]:
        return self._queue.receive(wait=_WAIT, visibility=_VISIBILITY)

    def delete(self, letters: Sequence[Letter]) -> None:
        self._queue.delete(letters)

    def keep(self, letters: Sequence[Letter]) -> None:
        self._queue.keep(letters, visibility=_VISIBILITY)

    def give_back(self, letters: Sequence[Letter]) -> None:
        self._queue.keep(letters, visibility=_AGAIN)

    def close(self) -> None:
        pass


class _RabbitMq:
    beat = 3600.0  # the broker's letters are ours as long as the connection lives
    parked = 500  # half of what the broker gives at a time

    def __init__(self, events: EventsUrl) -> None:
        self._feed = feed(events.queue, events.name)
        self._in_hand: dict[Letter, Delivered] = {}
        self._given_back: dict[Letter, float] = {}
        self._lock = threading.Lock()

    def receive(self) -> Sequence[Letter]:
        self._return()
        letters = {_letter(one): one for one in self._feed.receive(_WAIT)}
        with self._lock:
            self._in_hand |= letters
        return list(letters)

    def delete(self, letters: Sequence[Letter]) -> None:
        self._feed.ack(self._known(letters))

    def keep(self, letters: Sequence[Letter]) -> None:
        pass

    def give_back(self, letters: Sequence[Letter]) -> None:
        # The broker would deliver it at once, and count it: it has to wait here.
        with self._lock:
            self._given_back |= dict.fromkeys(letters, time.monotonic() + _AGAIN)

    def close(self) -> None:
        self._feed.close()

    def _return(self) -> None:
        with self._lock:
            due = [letter for letter, at in self._given_back.items() if at <= time.monotonic()]
            for letter in due:
                del self._given_back[letter]
        self._feed.reject(self._known(due))

    def _known(self, letters: Sequence[Letter]) -> list[Delivered]:
        with self._lock:
            return [one for letter in letters if (one := self._in_hand.pop(letter, None))]


def _letter(one: Delivered) -> Letter:
    return Letter(body=one.body, receipt=f"{one.generation}:{one.tag}")


def source_of(events: EventsUrl) -> Source:
    """The source behind an inbox's URL."""
    return _Sqs(events) if events.is_sqs else _RabbitMq(events)
