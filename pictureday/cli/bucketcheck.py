"""What `pictureday doctor` asks of an inbox in a bucket: can it be listed, is its queue there, is it set up to last?"""

from __future__ import annotations

import json

from pictureday.bucketurl import BucketUrl, EventsUrl
from pictureday.errors import PictureDayError
from pictureday.s3 import Bucket, Queue

__all__ = ["check"]

_DAYS = 4 * 24 * 3600  # seconds that an event should be kept: a long weekend


def check(events: EventsUrl) -> str:
    """A sentence about the bucket and its queue; raises what is wrong with them."""
    vendors = _listed(events.place)
    if not events.is_sqs:
        return f"{vendors} vendors' folders; events by RabbitMQ"
    facts = Queue(events).facts()
    _check_queue(facts)
    waiting = int(facts.get("ApproximateNumberOfMessages", 0))
    return f"{vendors} vendors' folders; {waiting:,} events in the queue"


def _listed(place: BucketUrl) -> int:
    return len(Bucket(place).folders(place.key("")))


def _check_queue(facts: dict[str, str]) -> None:
    if not json.loads(facts.get("RedrivePolicy") or "{}").get("deadLetterTargetArn"):
        raise PictureDayError(
            "Its queue has no dead-letter queue: an event that can't be handled would come again for ever.",
            fix="Give it one, with a maxReceiveCount of 5; deploy/aws/events.tf does.",
        )
    if int(facts.get("MessageRetentionPeriod") or _DAYS) < _DAYS:
        raise PictureDayError(
            "Its queue forgets events in less than four days.",
            fix="Raise its retention period.",
        )
