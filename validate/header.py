"""What a JPEG says about itself, read from its headers without decoding anything.

`read` never raises, whatever the bytes, and takes time in proportion to their length.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from validate.segments import APP1, APP2, FRAMES, SOS, Segment, walk
from validate.tags import NUMBER_OF_IMAGES, ORIENTATION, tag

__all__ = ["Frame", "Header", "read"]

_EXIF = b"Exif\x00\x00"
_MPF = b"MPF\x00"

# SOF0 to SOF2 are what everything reads; the others exist in the standard and in no photo shop (T.81, table B.1).
_UNUSUAL = {3: "lossless", 5: "hierarchical", 6: "hierarchical", 7: "lossless"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """The picture as it is stored: pixels before turning, and in what way it is `unusual` ('' if not)."""

    width: int
    height: int
    components: int
    unusual: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """The parts of a JPEG and what they say.

    `end` is the place behind the first picture's end marker, None where there is none; `fault` says, in
    plain words, what is wrong with the order of the parts ('' if nothing). `pictures` is what the file
    claims to hold (MPO).
    """

    segments: tuple[Segment, ...]
    frame: Frame | None
    orientation: int
    pictures: int
    scans: int
    end: int | None
    fault: str

    @property
    def shown(self) -> tuple[int, int] | None:
        """Width and height as a viewer shows them, turned as EXIF says; None where it has no size."""
        if self.frame is None or not self.frame.width or not self.frame.height:
            return None
        size = (self.frame.width, self.frame.height)
        return size[::-1] if self.orientation >= 5 else size


def read(data: bytes) -> Header:
    """The header of `data`, which starts as a JPEG does."""
    walked = walk(data)
    segments = walked.segments
    markers = [part.marker for part in segments]
    return Header(
        segments=segments,
        frame=next((_frame(data, part) for part in segments if part.marker in FRAMES), None),
        orientation=_orientation(data, segments) if APP1 in markers else 1,
        pictures=(APP2 in markers and _number(data, segments, APP2, _MPF, NUMBER_OF_IMAGES)) or 1,
        scans=markers.count(SOS),
        end=walked.end,
        fault=walked.fault,
    )


def _frame(data: bytes, part: Segment) -> Frame | None:
    body = data[part.body : part.end]
    if len(body) < 6:
        return None
    bits, components = body[0], body[5]
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    return Frame(
        width=width,
        height=height,
        components=components,
        unusual=_unusual(part.marker - 0xC0, bits),
    )


def _unusual(process: int, bits: int) -> str:
    if process > 8:
        return "arithmetic coding"
    if process in _UNUSUAL:
        return _UNUSUAL[process]
    return "" if bits == 8 else f"{bits} bits a colour"


def _orientation(data: bytes, segments: Iterable[Segment]) -> int:
    found = _number(data, segments, APP1, _EXIF, ORIENTATION)
    return found if found in range(1, 9) else 1


def _number(data: bytes, segments: Iterable[Segment], marker: int, name: bytes, wanted: int) -> int:
    # The first such segment counts, as in browsers: a second one is a leftover of some editor.
    for part in segments:
        if part.marker == marker and data.startswith(name, part.body, part.end):
            return tag(data[part.body + len(name) : part.end], wanted) or 0
    return 0
