"""S3 and SQS, or whatever speaks like them: the one place that knows boto3.

In: a bucket's or a queue's URL (`pictureday.bucketurl`). Out: objects, listings and messages, and errors in our
words: `ObjectGone` and `ObjectChanged` are answers, `ObjectDenied` is one object's trouble, any other is an `Outage`.
Guaranteed: every call is tried again by itself where that can help, with a growing pause; a wrong credential,
region or bucket is named as what it is. One object of each serves all threads of a process.
"""

from __future__ import annotations

from pictureday.s3.bucket import Bucket, Got, Listed, Print
from pictureday.s3.queue import Letter, Queue
from pictureday.s3.ranges import opened_by_range
from pictureday.s3.setup import make_inbox
from pictureday.s3.troubles import ObjectChanged, ObjectDenied, ObjectGone

__all__ = [
    "Bucket",
    "Got",
    "Letter",
    "Listed",
    "ObjectChanged",
    "ObjectDenied",
    "ObjectGone",
    "Print",
    "Queue",
    "make_inbox",
    "opened_by_range",
]
