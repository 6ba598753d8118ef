"""Events of a bucket, in every form they come in. Pure: a message's text goes in, what it tells of comes out.

| comes from | looks like | its keys are |
|---|---|---|
| S3 → SQS | `{"Records": [{"eventSource": "aws:s3", …}]}` | form-encoded (`+` is a space) |
| S3 → SNS → SQS | the same as text in `{"Type": "Notification", "Message": …}` | the same |
| EventBridge → SQS | `{"source": "aws.s3", "detail-type": "Object Created", …}` | as they are |
| Ceph RGW, MinIO | `Records`, with `ceph:s3` or `minio:s3` | either: it depends on the version |

Where the first reading of a key finds nothing, the other one is tried; a key is never decoded twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

__all__ = ["Created", "Told", "read_event"]

_TEST = "s3:TestEvent"  # what S3 sends when a notification is set up
_RAW_SOURCES = {"ceph:s3"}  # whose keys are as they are
_AWS = "aws:s3"  # whose sequencers grow; Ceph 16's are a time with its last byte first, and order nothing


@dataclass(frozen=True, kw_only=True)
class Created:
    """An object was made. `keys` are the readings of its key, the likelier first; '' where nothing was told."""

    bucket: str
    keys: tuple[str, ...]
    etag: str = ""
    version: str = ""
    sequencer: str = ""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one message tells: objects that were made, or why it tells of none."""

    created: tuple[Created, ...] = ()
    nothing: str = ""  # test, removed, unknown


def read_event(text: str) -> Told:
    """What a message tells. Never raises: what can't be understood is `unknown`."""
    try:
        return _told(json.loads(text))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return Told(nothing="unknown")


def _told(message: Any) -> Told:
    if isinstance(message, dict) and message.get("Type") == "Notification" and "Message" in message:
        message = json.loads(message["Message"])
    if not isinstance(message, dict):
        return Told(nothing="unknown")
    if message.get("Event") == _TEST:
        return Told(nothing="test")
    if message.get("source") == "aws.s3":
        return _from_event_bridge(message)
    if "Records" not in message:
        return Told(nothing="unknown")
    created = tuple(_from_records(message["Records"]))
    return Told(created=created) if created else Told(nothing="removed")


def _from_records(records: list[dict[str, Any]]) -> Iterator[Created]:
    for record in records:
        # Ceph has written the name with `s3:` in front, as it is written when a notification is set up.
        if not record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
            continue
        thing, key = record["s3"]["object"], record["s3"]["object"]["key"]
        decoded = unquote_plus(key)
        likely = (key, decoded) if record.get("eventSource") in _RAW_SOURCES else (decoded, key)
        yield Created(
            bucket=record["s3"]["bucket"]["name"],
            keys=tuple(dict.fromkeys(likely)),
            etag=_text(thing, "eTag").strip('"'),
            version=_version(_text(thing, "versionId")),
            sequencer=_text(thing, "sequencer") if record.get("eventSource") == _AWS else "",
        )


def _from_event_bridge(message: dict[str, Any]) -> Told:
    if message.get("detail-type") != "Object Created":
        return Told(nothing="removed")
    detail = message["detail"]
    thing, key = detail["object"], detail["object"]["key"]
    one = Created(
        bucket=detail["bucket"]["name"],
        keys=tuple(dict.fromkeys((key, unquote_plus(key)))),
        etag=_text(thing, "etag").strip('"'),
        version=_version(_text(thing, "version-id")),
        sequencer=_text(thing, "sequencer"),
    )
    return Told(created=(one,))


def _text(thing: dict[str, Any], name: str) -> str:
    return str(thing.get(name) or "")


def _version(text: str) -> str:
    # What was put while the bucket had no versions is called "null", and is asked for without one.
    return "" if text == "null" else text
