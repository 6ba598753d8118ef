"""Where the events come from: SQS, or a queue of RabbitMQ that a bucket's server writes to."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.bucket.post import Source
from pictureday.bucketurl import EventsUrl
from pictureday.s3 import Letter, Queue

__all__ = ["source_of"]

_WAIT = 3  # seconds of a long poll: a stop need not wait longer
_VISIBILITY = 300  # seconds that a letter is ours; kept three times as often while it is worked on
_AGAIN = 60  # seconds until a letter that was given back comes again


class _Sqs:
    beat = _VISIBILITY / 3

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


def source_of(events: EventsUrl) -> Source:
    """The source behind an inbox's URL."""
    return _Sqs(events)
