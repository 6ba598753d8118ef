"""Reading an archive that passed, the quick looks, and that nothing ever raises."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from ingest.archive import ArchiveChanged, inspect, looks_like_archive, looks_whole, outline
from pictureday.errors import PictureDayError
from tests.unit.ingest.archive.zips import LIMITS, PHOTO, OneWay, Part, build, judged, made

GOOD = build(Part(name=b"a.jpg"), Part(name=b"b.jpg", deflated=True), Part(name=b"c/", data=b""))


def test_entries() -> None:
    """Entries come in directory order, numbered from 1, with their unpacked size."""
    told = [(entry.number, entry.path, entry.size, entry.is_folder) for entry in judged(GOOD).entries]
    assert told == [(1, "a.jpg", len(PHOTO), False), (2, "b.jpg", len(PHOTO), False), (3, "c/", 0, True)]


def test_reading_two_at_once() -> None:
    """Two entries may be read by turns from one source, in pieces of at most 64 KB."""
    big = bytes(range(256)) * 1000
    data = made({"a": big, "b": big[::-1]}, zipfile.ZIP_STORED)
    source, found = io.BytesIO(data), judged(data)
    pairs = list(zip(*(found.read(source, entry) for entry in found.entries), strict=True))
    assert b"".join(first for first, _ in pairs) == big
    assert max(len(piece) for pair in pairs for piece in pair) <= 65_536


@pytest.mark.parametrize("entry", [0, 1])
@pytest.mark.parametrize("changed", [bytes(len(GOOD)), GOOD[:100], b""])
def test_bytes_that_changed(entry: int, changed: bytes) -> None:
    """Bytes that are not what was inspected raise our own error, for stored and for deflated entries."""
    found = judged(GOOD)
    with pytest.raises(ArchiveChanged, match="inspected") as caught:
        list(found.read(io.BytesIO(changed), found.entries[entry]))
    error: object = caught.value
    assert isinstance(error, PictureDayError)
    assert error.fix


def test_outline() -> None:
    """The outline of an archive is the inspection without its unpacking."""
    damaged = GOOD.replace(PHOTO, PHOTO[:-1] + b"!")
    assert outline(io.BytesIO(GOOD), LIMITS) == inspect(io.BytesIO(GOOD), LIMITS)
    assert not outline(io.BytesIO(damaged), LIMITS).refused
    assert inspect(io.BytesIO(damaged), LIMITS).refused


def test_beat() -> None:
    """The caller is heard of at each entry and each piece, so that it can keep its lease."""
    beats: list[int] = []
    inspect(io.BytesIO(GOOD), LIMITS, beat=lambda: beats.append(1))
    assert len(beats) >= 6


def test_errors_of_the_source_pass() -> None:
    """A disk that fails is no verdict on the archive."""

    class Failing(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        inspect(Failing(GOOD), LIMITS)


def streamed() -> bytes:
    """A zip64 archive with data descriptors."""
    target = OneWay()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("a.jpg", "w", force_zip64=True) as entry:
            entry.write(PHOTO)
        archive.writestr("b.jpg", PHOTO)
    return target.getvalue()


@pytest.mark.parametrize("data", [GOOD, streamed(), build(Part(data=b"x"), comment=b"c")])
def test_random_damage_never_raises(data: bytes) -> None:
    """Whatever bytes are flipped, cut out or doubled: a verdict, and what passes can be read."""
    chance = random.Random(20261123)
    for _ in range(400):
        hurt = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            _hurt(hurt, chance, near_the_end=chance.random() < 0.7)
        found, source = judged(bytes(hurt)), io.BytesIO(hurt)
        assert found.findings or all(len(b"".join(found.read(source, entry))) == entry.size for entry in found.entries)


def _hurt(data: bytearray, chance: random.Random, *, near_the_end: bool) -> None:
    at = chance.randrange(max(0, len(data) - 400) if near_the_end else 0, len(data))
    kind = chance.randrange(4)
    if kind < 2:
        data[at] = chance.choice([0, 255, chance.randrange(256)])
    elif kind == 2:
        data[at : at + chance.randint(1, 8)] = b""
    else:
        data[at:at] = data[at : at + chance.randint(1, 60)]


def test_looks_whole() -> None:
    """Whole archives look whole and every cut of one does not, comments and zip64 included."""
    for data in (GOOD, build(), build(Part(), comment=b"hello"), streamed()):
        assert looks_whole(io.BytesIO(data), len(data))
        for size in (0, 1, 21, len(data) // 2, len(data) - 1):
            assert not looks_whole(io.BytesIO(data[:size]), size)


def test_hostile_archives_look_whole() -> None:
    """What is whole but hostile needs no grace: it is judged, and refused, at once."""
    for data in (build(Part(), comment=build()), build(Part()) + build(Part()), b"MZ" + build(Part())):
        assert looks_whole(io.BytesIO(data), len(data))


def test_looks_like_archive() -> None:
    """A zip is known by its first bytes, an empty or a spanned one too; a photo or a cut name is none."""
    assert all(looks_like_archive(head) for head in (GOOD[:4], build()[:16], b"PK\x07\x08PK\x03\x04", b"PK00PK"))
    assert not any(looks_like_archive(head) for head in (b"", b"PK", b"\xff\xd8\xff\xe0", b"PKWARE"))
