"""One SQS queue: messages that are received, kept for as long as they are worked on, and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pictureday.bucketurl import EventsUrl
from pictureday.s3.client import client
from pictureday.s3.troubles import troubles

__all__ = ["Letter", "Queue"]

_MOST = 10  # messages in one request, which is SQS's own limit


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message that was received. `receipt` is what it is deleted or kept by; a later receipt replaces it."""

    body: str
    receipt: str


class Queue:
    """The queue that a URL names."""

    def __init__(self, url: EventsUrl) -> None:
        self._url = url.queue
        self._place = url.place
        self._what = f"The queue {url.queue.rpartition('/')[2]}"

    @cached_property
    def _client(self) -> Any:
        scheme, _, rest = self._url.partition("://")
        with troubles(self._what):
            return client("sqs", self._place, endpoint=f"{scheme}://{rest.partition('/')[0]}")

    def receive(self, *, wait: int, visibility: int) -> list[Letter]:
        """At most ten messages; waits `wait` seconds for the first, and has them to itself for `visibility`."""
        with troubles(self._what):
            answer = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=_MOST, WaitTimeSeconds=wait, VisibilityTimeout=visibility
            )
        return [Letter(body=one["Body"], receipt=one["ReceiptHandle"]) for one in answer.get("Messages", ())]

    def delete(self, letters: Sequence[Letter]) -> None:
        """They are dealt with. One that can't be deleted any more comes again."""
        for batch in _batches(letters):
            entries = [{"Id": str(at), "ReceiptHandle": letter.receipt} for at, letter in enumerate(batch)]
            with troubles(self._what):
                self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def keep(self, letters: Sequence[Letter], *, visibility: int) -> None:
        """Nobody else gets them for `visibility` seconds from now; 0 gives them back."""
        for batch in _batches(letters):
            entries = [
                {"Id": str(at), "ReceiptHandle": letter.receipt, "VisibilityTimeout": visibility}
                for at, letter in enumerate(batch)
            ]
            with troubles(self._what):
                self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def facts(self) -> dict[str, str]:
        """Its attributes, by SQS's names."""
        with troubles(self._what):
            answer = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=["All"])
        return dict(answer.get("Attributes", {}))


def _batches(letters: Sequence[Letter]) -> list[Sequence[Letter]]:
    return [letters[at : at + _MOST] for at in range(0, len(letters), _MOST)]
