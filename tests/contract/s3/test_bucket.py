"""One bucket: objects, conditions, listings, parts."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from pictureday.s3 import Bucket, ObjectChanged, ObjectGone, opened_by_range


def put(bucket: Bucket, key: str, data: bytes, **options: bool) -> None:
    """Put an object."""
    bucket.put(key, data, sha256=hashlib.sha256(data).hexdigest(), size=len(data), **options)


def test_what_was_put_is_got(bucket: Bucket) -> None:
    """Its bytes, and what tells it from another: the same in an answer, a look and a listing."""
    put(bucket, "a/b c+d.jpg", b"photo")
    got = bucket.get("a/b c+d.jpg")
    assert got.read() == b"photo"
    ((listed,),) = bucket.pages("a/")
    assert listed.key == "a/b c+d.jpg"
    assert got.print.is_like(listed.print)
    assert got.print.is_like(bucket.head("a/b c+d.jpg"))
    assert (got.print.size, listed.print.size) == (5, 5)


def test_a_new_object_replaces_none(bucket: Bucket) -> None:
    """Two that write the same key: the second is told so, and the first one's bytes stay."""
    put(bucket, "a", b"first", new=True)
    with pytest.raises(ObjectChanged):
        put(bucket, "a", b"second", new=True)
    assert bucket.get("a").read() == b"first"
    put(bucket, "a", b"third")
    assert bucket.get("a").read() == b"third"


def test_one_that_is_not_there(bucket: Bucket) -> None:
    """It is gone, whatever is asked; an outage is something else."""
    for ask in (bucket.get, bucket.head):
        with pytest.raises(ObjectGone):
            ask("a")
    with pytest.raises(ObjectGone):
        bucket.tag("a", "pictureday", "taken")
    with pytest.raises(ObjectGone):
        bucket.copy("a", "b", etag="0")
    assert not bucket.is_there("a")


def test_it_is_deleted_only_while_it_is_the_same(bucket: Bucket) -> None:
    """The condition is the server's to check, at that very moment."""
    put(bucket, "a", b"first")
    etag = bucket.head("a").etag
    put(bucket, "a", b"second")
    with pytest.raises(ObjectChanged):
        bucket.delete("a", etag=etag)
    bucket.delete("a", etag=bucket.head("a").etag)
    assert not bucket.is_there("a")


def test_versions(versioned: Bucket) -> None:
    """Each can be asked for by its name; a delete marker is nothing."""
    put(versioned, "a", b"first")
    first = versioned.head("a")
    put(versioned, "a", b"second")
    assert versioned.get("a", version=first.version).read() == b"first"
    assert not first.is_like(versioned.head("a"))
    versioned.delete("a", etag=versioned.head("a").etag)
    with pytest.raises(ObjectGone):
        versioned.head("a")
    assert versioned.get("a", version=first.version).read() == b"first"
    with pytest.raises(ObjectGone):
        versioned.get("a", version="no-such-version")


def test_a_listing_in_pages(bucket: Bucket) -> None:
    """All keys once, a thousand a page, in the order of the keys; flat leaves out what lies deeper."""
    keys = [f"in/{number:05}" for number in range(1200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: put(bucket, key, b""), [*keys, "in/deep/a", "in/deeper/b", "out/a"]))
    pages = list(bucket.pages("in/"))
    assert [listed.key for page in pages for listed in page] == [*keys, "in/deep/a", "in/deeper/b"]
    assert [len(page) for page in pages] == [1000, 202]
    assert sum(len(page) for page in bucket.pages("in/", flat=True)) == 1200
    assert bucket.folders("in/") == ["deep", "deeper"]


def test_it_is_read_in_blocks(bucket: Bucket) -> None:
    """A stream over an object reads as one over a file does: from anywhere, to the end, and past it."""
    data = bytes(range(256)) * 40_000
    put(bucket, "a", data)
    whole = io.BytesIO(data)
    with opened_by_range(bucket, "a") as stream:
        for where, length in (
            (0, 10),
            (len(data) - 7, 100),
            (4 << 20, 5),
            ((4 << 20) - 3, 6),
            (len(data), 1),
            (17, -1),
        ):
            assert (stream.seek(where), stream.read(length)) == (whole.seek(where), whole.read(length))
        assert stream.seek(-5, io.SEEK_END) == len(data) - 5
        with pytest.raises(ValueError, match="negative"):
            stream.seek(-1)
    with pytest.raises(ObjectGone):
        opened_by_range(bucket, "b")


def test_few_blocks_are_held(bucket: Bucket) -> None:
    """However long an object is, reading it through holds the same few blocks."""
    data = bytes(30 << 20)
    put(bucket, "a", data)
    with opened_by_range(bucket, "a") as stream:
        while stream.read(1 << 20):
            pass
        held = stream.raw._blocks.values()  # type: ignore[attr-defined]  # it is ours
        assert sum(len(block) for block in held) <= 16 << 20


def test_a_large_one_is_sent_in_parts(bucket: Bucket) -> None:
    """What does not fit into one request well arrives whole."""
    data = bytes(70_000_000)
    bucket.put("a", io.BytesIO(data), sha256=hashlib.sha256(data).hexdigest(), size=len(data), new=True)
    found = bucket.head("a")
    assert (found.size, "-" in found.etag) == (len(data), True)
