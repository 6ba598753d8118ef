"""Hints: where a key belongs, and what speaks against taking an object (again)."""

from __future__ import annotations

import pytest

from ingest.bucket.hints import Hint, dropped, is_told_before, overtaken, same
from pictureday.bucketurl import BucketUrl
from pictureday.catalogue.objects import Taken
from pictureday.s3 import Print

PLACE = BucketUrl(bucket="photos", prefix="vendors")


def taken(sequencer: str = "", *, etag: str = "a", modified: int = 100, version: str = "") -> Taken:
    """An object that was taken."""
    return Taken(etag=etag, modified=modified, version=version, sequencer=sequencer)


def hint(sequencer: str = "", *, version: str = "") -> Hint:
    """A hint at an object of acme's."""
    return Hint(vendor="acme", path="a.jpg", sequencer=sequencer, version=version)


def found(*, etag: str = "a", modified: int = 100, version: str = "") -> Print:
    """An object as it was found."""
    return Print(etag=etag, modified=modified, size=1, version=version)


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ("vendors/acme/inbox/a.jpg", ("acme", "a.jpg")),
        ("vendors/acme/inbox/monday/b/a.jpg", ("acme", "monday/b/a.jpg")),
        ("vendors/acme/inbox//a.jpg", ("acme", "/a.jpg")),
        ("vendors/acme/inbox/inbox/a.jpg", ("acme", "inbox/a.jpg")),
        ("vendors/acme/inbox/", None),
        ("vendors/acme/inbox/monday/", None),
        ("vendors/acme/receipts/1.csv", None),
        ("vendors/acme/processed/a.jpg", None),
        ("vendors/acme/a.jpg", None),
        ("vendors//inbox/a.jpg", None),
        ("elsewhere/acme/inbox/a.jpg", None),
        ("vendors/acme/inbox/a\0.jpg", None),
    ],
)
def test_where_a_key_belongs(key: str, where: tuple[str, str] | None) -> None:
    """Only what lies in a vendor's inbox is a drop; a folder's own key and everything else is none."""
    assert dropped(PLACE, key) == where


def test_a_bucket_without_a_prefix() -> None:
    """The vendors may lie at the top."""
    assert dropped(BucketUrl(bucket="photos"), "acme/inbox/a.jpg") == ("acme", "a.jpg")


@pytest.mark.parametrize(
    ("told", "known", "before"),
    [
        ("0055AED6DCD90281E5", "0055AED6DCD90281E5", True),  # the same event again
        ("0055AED6DCD90281E4", "0055AED6DCD90281E5", True),
        ("0055AED6DCD90281E6", "0055AED6DCD90281E5", False),
        ("0055AED6DC", "0055AED6DCD90281E5", True),  # the shorter one is filled up with zeros
        ("0055AED6DD", "0055AED6DCD90281E5", False),
        ("0055AED6DC", "0055AED6DC00", True),
        ("0055aed6dc", "0055AED6DB", False),
        ("", "0055", False),
        ("0055", "", False),
    ],
)
def test_the_sequencer_orders_what_happened_to_a_key(told: str, known: str, before: bool) -> None:
    """An event of something that was overtaken, or that was taken already, is worth nothing."""
    assert is_told_before(hint(told), [taken(known)]) is before


def test_a_version_is_taken_once() -> None:
    """Where the event names a version, that alone tells."""
    assert is_told_before(hint(version="v1"), [taken(version="v1")])
    assert not is_told_before(hint(version="v2"), [taken(version="v1")])


def test_an_object_is_known_by_its_version_or_by_tag_and_time() -> None:
    """A listing tells no version, so there tag and time have to do."""
    known = [taken(version="v1")]
    assert same(found(version="v1", etag="b", modified=7), known)
    assert not same(found(version="v2"), known)
    assert same(found(), known)
    assert not same(found(modified=101), known)
    assert not same(found(etag="b"), known)
    assert not same(found(), [])


def test_a_version_that_was_put_before_one_that_was_taken() -> None:
    """Without a sequencer the time decides; what is there now is never overtaken."""
    assert overtaken(found(modified=99), hint(version="v1"), [taken()])
    assert not overtaken(found(modified=101), hint(version="v1"), [taken()])
    assert not overtaken(found(modified=99), hint(), [taken()])
    assert not overtaken(found(modified=99), hint("0055", version="v1"), [taken()])  # the sequencer has decided
