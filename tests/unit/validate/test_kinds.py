"""What a file that is no JPEG is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.photos import bmp, gif, heic, png, portrait, tiff, webp
from validate.kinds import is_jpeg, really


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (png(), "a PNG picture"),
        (gif(), "a GIF picture"),
        (bmp(), "a BMP picture"),
        (tiff(), "a TIFF or camera raw picture"),
        (webp(), "a WebP picture"),
        (heic(), "a HEIC picture"),
        (heic().replace(b"ftypheic", b"ftypavif"), "an AVIF picture"),
        (heic().replace(b"ftypheic", b"ftypisom"), "a video"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04" + bytes(40), "a zip archive"),
        (b"\n <!DOCTYPE html><html>", "a web page"),
        (b"Dear school,\r\n", "a text file"),
        ("Jalapeño ".encode() * 100, "a text file"),
        (bytes(20_000), "nothing but zeros"),
        (bytes(range(128, 256)), "something else"),
        (b"\x00\x01\x02" * 9, "something else"),
    ],
)
def test_really(data: bytes, words: str) -> None:
    """The sender is told what the file is in the words of the program that made it."""
    assert really(data) == words
    assert not is_jpeg(data)


@given(st.binary(max_size=600))
def test_any_bytes(data: bytes) -> None:
    """Every file has a name for what it is, and none raises."""
    assert really(data)


def test_jpeg() -> None:
    """A JPEG is one by its first bytes, also when nothing else of it arrived."""
    assert all(is_jpeg(portrait()[:length]) for length in (1, 2, 3, 1000))
    assert not is_jpeg(b"")
