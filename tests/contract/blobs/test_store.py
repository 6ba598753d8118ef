"""What every blob store must do."""

from __future__ import annotations

import hashlib
import threading
import zlib
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pictureday.blobs import BlobDamaged, BlobMissing, Blobs, Part
from pictureday.errors import Outage


def put(blobs: Blobs, *pieces: bytes) -> str:
    """Put one blob; its hash."""
    with blobs.batch() as batch:
        return batch.put(pieces).sha256


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.binary(max_size=9000), max_size=4))
def test_what_was_put_is_read(blobs: Blobs, pieces: list[bytes]) -> None:
    """Any bytes, in any pieces, come back the same, under the hash and the size that were told."""
    whole = b"".join(pieces)
    with blobs.batch() as batch:
        stored = batch.put(pieces)
    assert (stored.sha256, stored.size) == (hashlib.sha256(whole).hexdigest(), len(whole))
    assert blobs.read(stored.sha256) == whole
    with blobs.open(stored.sha256) as stream:
        assert (stream.seek(0, 2), stream.seek(0), stream.read()) == (len(whole), 0, whole)


def test_a_batch_that_fails_is_never_seen(blobs: Blobs) -> None:
    """Nothing of it can be read, whatever was put before the failure."""
    put(blobs, b"before")
    with suppress(ZeroDivisionError), blobs.batch() as batch:
        sha256 = batch.put([b"a"]).sha256
        raise ZeroDivisionError
    with pytest.raises(BlobMissing):
        blobs.read(sha256)


def test_a_put_whose_source_fails_spoils_no_other(blobs: Blobs) -> None:
    """A file that can't be read to its end is left out; the rest of its batch is saved."""

    def broken() -> object:
        yield b"half"
        raise OSError("the source is gone")

    with blobs.batch() as batch:
        first = batch.put([b"1"])
        with pytest.raises(OSError, match="gone"):
            batch.put(broken())  # type: ignore[arg-type]  # a generator is an iterable
        last = batch.put([b"2"])
    assert [blobs.read(stored.sha256) for stored in (first, last)] == [b"1", b"2"]


def test_the_same_bytes_again(blobs: Blobs) -> None:
    """Twice in one batch, or in a later one, they are one blob."""
    with blobs.batch() as batch:
        assert batch.put([b"x"]) == batch.put([b"x"])
    assert blobs.read(put(blobs, b"x")) == b"x"


def test_a_large_batch(blobs: Blobs) -> None:
    """More blobs than a process may have files open are no trouble."""
    with blobs.batch() as batch:
        stored = [batch.put([b"%d" % number]) for number in range(250)]
    assert [blobs.read(one.sha256) for one in stored] == [b"%d" % number for number in range(250)]


def test_many_at_once(blobs: Blobs) -> None:
    """Threads that put the same bytes don't hinder each other."""
    hashes: list[str] = []
    threads = [threading.Thread(target=lambda: hashes.append(put(blobs, b"same"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hashes) == 8
    assert blobs.read(hashes[0]) == b"same"


def test_a_blob_that_is_not_there(blobs: Blobs) -> None:
    """It is missing, which is told from a store that is away as a whole."""
    with pytest.raises(Outage):
        blobs.read("0" * 64)
    put(blobs, b"x")
    with pytest.raises(BlobMissing):
        blobs.read("0" * 64)
    with pytest.raises(BlobMissing):
        blobs.open("0" * 64)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(st.lists(st.binary(max_size=9000), max_size=9))
def test_what_was_added_is_read(blobs: Blobs, pieces: list[bytes]) -> None:
    """Any bytes come back the same from the place that was told, alone and with the others of their batch."""
    with blobs.batch() as batch:
        stored = [batch.add(piece) for piece in pieces]
    found = blobs.read_all({one.sha256: one.place for one in stored})
    for piece, one in zip(pieces, stored, strict=True):
        assert (one.sha256, one.size) == (hashlib.sha256(piece).hexdigest(), len(piece))
        assert found[one.sha256] == blobs.read(one.sha256, one.place) == piece


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(st.binary(max_size=9000), st.binary(max_size=90), st.booleans())
def test_a_part_of_a_blob_is_read(blobs: Blobs, data: bytes, around: bytes, deflated: bool) -> None:
    """As it is or deflated, wherever it lies in the blob that holds it."""
    raw = _deflate(data) if deflated else data
    holder = put(blobs, around + raw + around)
    part = Part(holder=holder, at=len(around), length=len(raw), size=len(data) if deflated else None)
    assert Part.parse(str(part)) == part
    assert blobs.read(hashlib.sha256(data).hexdigest(), str(part)) == data


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.binary(min_size=1, max_size=500), st.data(), st.booleans())
def test_pieces_of_a_part_are_read_joined(blobs: Blobs, data: bytes, drawn: st.DataObject, deflated: bool) -> None:
    """A photo from which things were left out is the pieces that are left, also where it is deflated."""
    cuts = sorted(drawn.draw(st.sets(st.integers(0, len(data)), min_size=2, max_size=8)))
    pieces = tuple(zip(cuts[::2], cuts[1::2], strict=False))
    left = b"".join(data[start:end] for start, end in pieces)
    raw = _deflate(data) if deflated else data
    whole = Part(holder=put(blobs, b"before" + raw), at=6, length=len(raw), size=len(data) if deflated else None)
    part = whole._replace(pieces=pieces)
    assert Part.parse(str(part)) == part
    assert blobs.read(hashlib.sha256(left).hexdigest(), str(part)) == left


def test_a_part_that_is_something_else_is_damaged(blobs: Blobs) -> None:
    """Wrong bytes, bytes that can't be inflated, bytes that inflate to far more than they should: never handed out."""
    bomb = _deflate(bytes(50_000_000))
    for raw, size in ((b"other", None), (b"other", 5), (bomb, 100)):
        place = str(Part(holder=put(blobs, raw), at=0, length=len(raw), size=size))
        with pytest.raises(BlobDamaged):
            blobs.read(hashlib.sha256(b"photo").hexdigest(), place)


def test_a_part_of_a_blob_that_is_missing_is_missing(blobs: Blobs) -> None:
    """The photo is told to be missing, and the others are read."""
    there = put(blobs, b"there")
    gone = str(Part(holder="ab" * 32, at=0, length=4))
    found = blobs.read_all({"cd" * 32: gone, there: ""})
    assert found[there] == b"there"
    assert isinstance(found["cd" * 32], BlobMissing)


def _deflate(data: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return machine.compress(data) + machine.flush()
