"""Hints: an object that may be worth taking, and whether what is known of its key speaks against it. Pure.

Events come late, twice and out of order, so a hint is compared with what was taken under the same key. S3's
`sequencer` orders what happened to one key: hexadecimal, of any length, the shorter one filled up with zeros on
the right. Where it is missing, the time at which the object was made decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.placing import Place, place_of
from pictureday.bucketurl import BucketUrl
from pictureday.catalogue.objects import Taken
from pictureday.s3 import Print

__all__ = ["Hint", "dropped", "is_told_before", "overtaken", "same"]


@dataclass(frozen=True, kw_only=True)
class Hint:
    """An object by its vendor and its path below the vendor's inbox.

    `other` is the other reading of the path, where an event allows for one; `letter` the message to delete when the
    hint is dealt with; `last` says that it is taken however it looks; `tries` counts outages that it alone had;
    `found` is what a listing has shown.
    """

    vendor: str
    path: str
    other: str = ""
    etag: str = ""
    version: str = ""
    sequencer: str = ""
    last: bool = False
    tries: int = 0
    found: Print | None = field(default=None, compare=False)
    letter: Any = field(default=None, compare=False, repr=False)

    @property
    def place(self) -> Place:
        """The delivery it belongs to."""
        return place_of(self.path)

    @property
    def where(self) -> tuple[str, str]:
        """What no two hints that are worked on have in common."""
        return self.vendor, self.path


def dropped(place: BucketUrl, key: str) -> tuple[str, str] | None:
    """The vendor and the path of what lies in an inbox; None for all else: receipts, folders' own keys, other things.

    A NUL is in no client's file name, and in no text that a database takes.
    """
    vendor, _, rest = key.removeprefix(place.key("")).partition("/")
    if not key.startswith(place.key("")) or not vendor or not rest.startswith("inbox/"):
        return None
    path = rest.removeprefix("inbox/")
    return None if path.endswith("/") or not path or "\0" in key else (vendor, path)


def is_told_before(hint: Hint, taken: Sequence[Taken]) -> bool:
    """Whether the event alone says that this object, or a later one under its key, was taken."""
    if hint.version and any(one.version == hint.version for one in taken):
        return True
    if not hint.sequencer:
        return False
    return any(one.sequencer and _not_after(hint.sequencer, one.sequencer) for one in taken)


def same(found: Print, taken: Sequence[Taken]) -> bool:
    """Whether this very object was taken.

    While it is being tagged its time may change (Ceph's does), and so its tag alone has to do; what is put anew
    meanwhile is found by the next listing.
    """
    return any(found.is_like(_print(one)) or (one.in_care and one.etag == found.etag) for one in taken)


def overtaken(found: Print, hint: Hint, taken: Sequence[Taken]) -> bool:
    """Whether a version that an event without a sequencer names was put before one that was taken."""
    by_time = bool(hint.version) and not hint.sequencer
    return by_time and any(one.modified > found.modified for one in taken)


def _not_after(one: str, other: str) -> bool:
    length = max(len(one), len(other))
    return one.upper().ljust(length, "0") <= other.upper().ljust(length, "0")


def _print(one: Taken) -> Print:
    return Print(etag=one.etag, modified=one.modified, size=0, version=one.version)
