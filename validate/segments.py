"""The parts of a JPEG file, found by walking its markers; nothing is decoded.

The walk never raises, takes time in proportion to the length, and ends at the end marker of the first
picture. Source: ITU-T T.81, annex B.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

__all__ = [
    "APP0",
    "APP1",
    "APP2",
    "APP14",
    "COMMENT",
    "DHT",
    "DQT",
    "DRI",
    "EOI",
    "FRAMES",
    "SOI",
    "SOS",
    "Segment",
    "Walk",
    "walk",
]

SOI, EOI, SOS, COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
DHT, DQT, DRI = 0xC4, 0xDB, 0xDD
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
# SOF0 to SOF15, without DHT (C4), JPG (C8) and DAC (CC), which lie among them.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

_ALONE = frozenset({0x01, *range(0xD0, 0xD8), EOI})  # TEM, RST and the end have no length
# What ends the coded data of a scan: FF and anything but a stuffed zero, a restart or a fill byte.
_NEXT = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_FILL = re.compile(rb"\xff+")  # any number of FF may come before a marker's own byte
# A 60 MB photo with its colour profile has some hundred parts; a file of nothing but markers has millions.
_MOST = 2_000

CUT = "the end is missing"
STRAY = "there are bytes between its parts that belong to none"
CROWDED = "it has thousands of parts, as no camera writes them"


class Segment(NamedTuple):
    """One part, `data[start:end]`, from its marker on; `body` is where its own bytes start.

    A scan holds its coded data.
    """

    marker: int
    start: int
    body: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """All parts up to the end marker. `end` is the place behind it, None where there is none; `fault` says why."""

    segments: tuple[Segment, ...]
    end: int | None
    fault: str


class _Broken(Exception):
    pass


def walk(data: bytes) -> Walk:
    """The parts of `data`, which starts with the start marker."""
    found: list[Segment] = []
    place = 2
    try:
        while place < len(data):
            segment = _segment(data, place)
            found.append(segment)
            if segment.marker == EOI:
                return Walk(segments=tuple(found), end=segment.end, fault="")
            if len(found) > _MOST:
                raise _Broken(CROWDED)
            place = segment.end
    except _Broken as broken:
        return Walk(segments=tuple(found), end=None, fault=str(broken))
    return Walk(segments=tuple(found), end=None, fault=CUT)


def _segment(data: bytes, start: int) -> Segment:
    if data[start] != 0xFF:
        raise _Broken(STRAY)
    marked = start + 1
    if data.startswith(b"\xff", marked):  # which it hardly ever does
        fill = _FILL.match(data, marked)
        marked = fill.end() if fill else marked
    if marked >= len(data):
        raise _Broken(CUT)
    marker = data[marked]
    if marker in _ALONE:
        return Segment(marker, start, marked + 1, marked + 1)
    return Segment(marker, start, marked + 3, _end(data, marker, marked + 1))


def _end(data: bytes, marker: int, place: int) -> int:
    length = int.from_bytes(data[place : place + 2], "big")
    if place + 2 > len(data) or place + length > len(data):
        raise _Broken(CUT)
    if length < 2 or marker in (0x00, SOI):
        raise _Broken(STRAY)
    if marker != SOS:
        return place + length
    following = _NEXT.search(data, place + length)
    return following.start() if following else len(data)
