"""What every blob store must do."""

from __future__ import annotations

import hashlib
import threading
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pictureday.blobs import BlobMissing, Blobs
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
