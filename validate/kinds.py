"""What a file that is no JPEG really is, in words its sender knows.

Only the first bytes are looked at, never the name; nothing here raises, whatever the bytes.
"""

from __future__ import annotations

import string

__all__ = ["is_jpeg", "really"]

_SOI = b"\xff\xd8\xff"

# (where, bytes, words), the first that fits. Sources: the formats' own specifications.
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (0, b"GIF8", "a GIF picture"),
    (8, b"WEBP", "a WebP picture"),
    (0, b"II*\x00", "a TIFF or camera raw picture"),
    (0, b"MM\x00*", "a TIFF or camera raw picture"),
    (0, b"II+\x00", "a TIFF picture"),
    (0, b"MM\x00+", "a TIFF picture"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"PK\x05\x06", "a zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document or Thumbs.db"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"\x00\x05\x16\x07", "a macOS side file (AppleDouble)"),
)

# The brand of an ISO media file: bytes 8 to 12, after `ftyp`.
_BRANDS = {
    b"heic": "a HEIC picture",
    b"heix": "a HEIC picture",
    b"heim": "a HEIC picture",
    b"heis": "a HEIC picture",
    b"hevc": "a HEIC picture",
    b"hevx": "a HEIC picture",
    b"mif1": "a HEIC picture",
    b"msf1": "a HEIC picture",
    b"avif": "an AVIF picture",
    b"avis": "an AVIF picture",
    b"crx ": "a camera raw picture",
}

_MARKUP = (
    ("<!doctype html", "a web page"),
    ("<html", "a web page"),
    ("<svg", "an SVG picture"),
    ("<?xml", "an XML file"),
)
_READABLE = frozenset(string.printable)


def is_jpeg(data: bytes) -> bool:
    """Whether `data` starts as every JPEG does, or as the first one or two bytes of one."""
    return bool(data) and _SOI[: len(data)] == data[:3]


def really(data: bytes) -> str:
    """What `data` is, as words that follow "it is": "a PNG picture"."""
    for where, magic, words in _MAGIC:
        if data.startswith(magic, where):
            return words
    if data.startswith(b"ftyp", 4):
        return _BRANDS.get(data[8:12], "a video")
    if data.startswith(b"BM") and data[6:10] == bytes(4):
        return "a BMP picture"
    return _text(data[:512]) or _filler(data)


def _text(start: bytes) -> str:
    # A cut through the last character must not make a text unreadable.
    text = start.decode("utf-8-sig", errors="ignore" if len(start) == 512 else "replace")
    if text.count("\ufffd") or "\x00" in text or sum(char in _READABLE for char in text) < len(text) * 0.7:
        return ""
    if len(text.encode()) < len(start) - 6:
        return ""
    lowered = text.lstrip().lower()
    return next((words for tag, words in _MARKUP if lowered.startswith(tag)), "a text file")


def _filler(data: bytes) -> str:
    # Space that was set aside for an upload that never came.
    return "nothing but zeros" if data.count(0) == len(data) else "something else"
