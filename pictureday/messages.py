"""What the stages say to each other, and the words they say it in.

A message is frozen, keyword-only, small (ids, never bytes or names), and decodes itself strictly:
a field too many or of the wrong type is a `ValueError`, not a surprise two stages later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar

__all__ = [
    "BATCH",
    "DeliveryState",
    "DeliveryToTell",
    "FileState",
    "Message",
    "PhotoAccepted",
    "PhotoQuarantined",
    "PhotosReceived",
    "Queue",
    "decode",
    "encode",
]

BATCH = 250  # photos in one message at most: what one group commit pays for (design, 5.7)


class FileState(StrEnum):
    """The one state every dropped file is in. The first nine are a photo's (design, section 1)."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    APPLIED = "applied"
    REPLACED = "replaced"
    REJECTED = "rejected"
    RESOLVED = "resolved"
    SUPERSEDED = "superseded"
    HELD = "held"
    UNCHANGED = "unchanged"
    # Files that are no photos, counted in the receipt all the same.
    IGNORED = "ignored"
    INDEX = "index"
    REFUSED = "refused"  # the archive itself, when nothing of it got in
    UNFINISHED = "unfinished"  # a temporary name that was never renamed


class DeliveryState(StrEnum):
    """Whether a delivery may still grow."""

    OPEN = "open"
    CLOSED = "closed"
    REFUSED = "refused"


class Queue(StrEnum):
    """Where messages wait. The value is part of the RabbitMQ queue's name."""

    RECEIVED = "received"  # ingest → validate
    VERDICTS = "verdicts"  # validate → publish
    SYNC = "sync"  # validate → sync, drained once a night
    QUARANTINE = "quarantine"  # a feed ops can watch; nobody of ours consumes it


@dataclass(frozen=True, kw_only=True)
class PhotosReceived:
    """Photos wait for their verdict. `again` judges quarantined photos a second time."""

    queue: ClassVar[Queue] = Queue.RECEIVED
    photo_ids: tuple[int, ...]
    again: bool = False

    def halves(self) -> tuple[PhotosReceived, ...]:
        """Two smaller messages, or nothing where one photo can't be split (design, 5.1)."""
        if len(self.photo_ids) < 2:
            return ()
        middle = len(self.photo_ids) // 2
        parts = self.photo_ids[:middle], self.photo_ids[middle:]
        return tuple(PhotosReceived(photo_ids=part, again=self.again) for part in parts)


@dataclass(frozen=True, kw_only=True)
class DeliveryToTell:
    """A delivery is complete, or something in it changed: receipt and reports are due."""

    queue: ClassVar[Queue] = Queue.VERDICTS
    delivery_id: int


@dataclass(frozen=True, kw_only=True)
class PhotoAccepted:
    """Photos wait for the nightly sync. The feed is the trigger; the catalogue is the truth."""

    queue: ClassVar[Queue] = Queue.SYNC
    photo_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class PhotoQuarantined:
    """Photos were quarantined; for whoever watches the feed."""

    queue: ClassVar[Queue] = Queue.QUARANTINE
    photo_ids: tuple[int, ...]


Message = PhotosReceived | DeliveryToTell | PhotoAccepted | PhotoQuarantined
_KINDS: Mapping[str, type[Message]] = {
    kind.__name__: kind for kind in (PhotosReceived, DeliveryToTell, PhotoAccepted, PhotoQuarantined)
}


def encode(message: Message) -> str:
    """`message` as compact JSON with its kind."""
    return json.dumps({"kind": type(message).__name__, **vars(message)}, separators=(",", ":"))


def decode(text: str) -> Message:
    """The inverse of `encode`; raises `ValueError` on anything that `encode` could not have written."""
    body = json.loads(text)
    kind = _KINDS.get(str(body.pop("kind", ""))) if isinstance(body, dict) else None
    if kind is None:
        raise ValueError("a message names one of " + ", ".join(sorted(_KINDS)))
    known = {field.name for field in fields(kind)}
    if set(body) != known:
        raise ValueError(f"{kind.__name__} has the fields {sorted(known)}, not {sorted(body)}")
    return kind(**{name: _checked(name, value) for name, value in body.items()})


def _checked(name: str, value: Any) -> Any:
    if name == "again" and isinstance(value, bool):
        return value
    if name == "delivery_id" and type(value) is int:
        return value
    if name == "photo_ids" and isinstance(value, list) and all(type(item) is int for item in value):
        return tuple(value)
    raise ValueError(f"{name} can't be {value!r}")
