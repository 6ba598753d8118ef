"""What a JPEG's headers say, without decoding, whatever they say."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.photos import cut, grey, mpo, portrait, sized_header, turned, with_segment
from validate.header import read
from validate.tags import ORIENTATION, tag


def test_plain() -> None:
    """Width, height, components and the end are where the standard puts them."""
    header = read(portrait(175, 233))
    assert header.frame
    assert (header.frame.width, header.frame.height, header.frame.components) == (175, 233, 3)
    assert (header.end, header.fault, header.scans) == (len(portrait(175, 233)), "", 1)
    assert (read(grey()).frame or header.frame).components == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_shown(orientation: int) -> None:
    """A photo that a camera stored lying on its side is as wide as it is shown."""
    header = read(turned(orientation))
    assert (header.orientation, header.shown) == (orientation, (300, 400))


def test_progressive() -> None:
    """Every layer of a progressive photo is counted, and what lies between them is no end."""
    data = portrait(progressive=True)
    header = read(data)
    assert header.scans > 1
    assert header.end == len(data)


def test_several_pictures() -> None:
    """An MPO says how many pictures it holds; the end is that of the first."""
    data = mpo(frames=3)
    header = read(data)
    assert header.pictures == 3
    assert header.end
    assert data[header.end :].startswith(b"\xff\xd8")


def test_thumbnail() -> None:
    """The end marker of a thumbnail inside a segment is not the end of the photo."""
    data = with_segment(portrait(), 0xE1, b"Exif\x00\x00" + portrait(30, 40, bytes_between=None))
    assert read(data).end == len(data)


def test_cut() -> None:
    """Where a photo was cut off it has no end, and what came before is still read."""
    header = read(cut(portrait(), 0.5))
    assert (header.end, header.shown, header.fault) == (None, (300, 400), "the end is missing")


@pytest.mark.parametrize(
    ("where", "byte", "words"),
    [(1, 0xC9, "arithmetic coding"), (1, 0xC3, "lossless"), (4, 12, "12 bits a colour"), (4, 8, "")],
)
def test_unusual(where: int, byte: int, words: str) -> None:
    """Kinds of JPEG that hardly any program reads are named."""
    data = bytearray(portrait())
    data[data.index(b"\xff\xc0") + where] = byte
    frame = read(bytes(data)).frame
    assert frame
    assert frame.unusual == words


@pytest.mark.parametrize(
    "filling",
    [b"\xff", b"\xff\x00", b"\xff\xe1\x00\x02", b"\xff\xda\x00\x02", b"\xff\xd0", b"\xff\xd8", b"\x00"],
)
def test_crowds(filling: bytes) -> None:
    """Megabytes of markers are as quick as megabytes of picture: the number of parts has a limit."""
    header = read(b"\xff\xd8\xff\xe0\x00\x02" + filling * (20_000_000 // len(filling)))
    assert header.fault
    assert len(header.segments) < 3000


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """No bytes after the start marker raise, and an end lies inside the file."""
    header = read(b"\xff\xd8\xff" + data)
    assert (header.end is None) == bool(header.fault)
    assert (header.end or 0) <= len(data) + 3


@given(st.binary(max_size=200), st.sampled_from([b"II*\x00", b"MM\x00*"]))
def test_any_tags(data: bytes, order: bytes) -> None:
    """No directory of tags raises."""
    assert (tag(order + data, ORIENTATION) or 0) >= 0


def test_tag_loop() -> None:
    """A directory that points at itself is read once."""
    entries = struct.pack("<HHHII", 1, 0x8769, 4, 1, 8)
    assert tag(b"II*\x00" + struct.pack("<I", 8) + entries + struct.pack("<I", 8), ORIENTATION) is None


def test_no_size() -> None:
    """A header without a width has no size to show."""
    assert read(sized_header(portrait(), 0, 400)).shown is None
