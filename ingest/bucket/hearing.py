"""Hearing: letters become hints, and what needs no hint is dealt with at once."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.admission import Admission
from ingest.bucket.events import Created, read_event
from ingest.bucket.hints import Hint, dropped
from ingest.bucket.post import Post
from pictureday.bucketurl import BucketUrl
from pictureday.log import get_logger
from pictureday.names import is_temporary
from pictureday.s3 import Letter

__all__ = ["hear"]


def hear(post: Post, place: BucketUrl, admission: Admission) -> tuple[list[Hint], set[str]]:
    """The hints of the letters that have come, and the vendors that were turned away.

    Dealt with at once: tests, removals, other buckets, other folders; vendors that may not deliver, whose objects
    stay and are found when they may; and temporary names, which a listing shows for as long as they stand.
    """
    letters = post.take()
    heard = [(letter, list(_hints(letter, place))) for letter in letters]
    vendors = {hint.vendor for _, hints in heard for hint in hints}
    try:
        admitted = set(admission.admitted(sorted(vendors)))
    except BaseException:
        post.put_back(letters)
        raise
    kept: list[Hint] = []
    for letter, hints in heard:
        mine = [hint for hint in hints if hint.vendor in admitted and not is_temporary(hint.path)]
        post.split(letter, len(mine))
        kept += mine
    return kept, vendors - admitted


def _hints(letter: Letter, place: BucketUrl) -> Iterator[Hint]:
    told = read_event(letter.body)
    if told.nothing in {"test", "unknown"}:
        get_logger().info("event_without_object", what=told.nothing, bytes=len(letter.body))
    for one in told.created:
        if one.bucket == place.bucket and (hint := _hint(one, place, letter)):
            yield hint


def _hint(one: Created, place: BucketUrl, letter: Letter) -> Hint | None:
    found = [where for key in one.keys if (where := dropped(place, key))]
    if not found:
        return None
    (vendor, path), *others = found
    other = next((path for name, path in others if name == vendor), "")
    return Hint(
        vendor=vendor,
        path=path,
        other=other,
        etag=one.etag,
        version=one.version,
        sequencer=one.sequencer,
        letter=letter,
    )
