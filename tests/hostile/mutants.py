"""Damaged photos without end: good ones that are hurt by chance, each the same again from its seed.

    python -m tests.hostile.mutants 4711 mutant.jpg

writes mutant 4711 to a file, for `pictureday check` or a debugger.
"""

from __future__ import annotations

import random
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import ImageCms

from tests import photos

__all__ = ["Mutant", "mutant"]

Hurt = Callable[[bytes, random.Random], bytes]

_SOS = 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TELLING = (0x00, 0x01, 0x7F, 0x80, 0xC0, 0xC2, 0xC4, 0xD0, 0xD8, 0xD9, 0xDA, 0xE1, 0xFE, 0xFF)


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A damaged photo: its seed, how it came to be, and its bytes."""

    seed: int
    how: str
    data: bytes

    def __str__(self) -> str:
        return f"mutant {self.seed} ({self.how}): python -m tests.hostile.mutants {self.seed} mutant.jpg"


def mutant(seed: int) -> Mutant:
    """The mutant of this seed: one of the good photos, hurt one to three times."""
    luck = random.Random(seed)
    name = luck.choice(tuple(_GOOD))
    data, how = _good(name), [name]
    for _ in range(luck.choice((1, 1, 1, 2, 3))):
        hurt = luck.choice(_HURTS)
        data = hurt(data, luck)
        how.append(hurt.__name__)
    return Mutant(seed=seed, how=", ".join(how), data=data)


def _profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _small(**save: Any) -> bytes:
    # In the middle of the size window: what loses a few thousand bytes is not just too small.
    return photos.portrait(150, 200, bytes_between=(19_000, 26_000), **save)


# Small ones keep the run short; each kind of photo that a rule or a decoder treats in its own way is here.
_GOOD: dict[str, Callable[[], bytes]] = {
    "small": _small,
    "normal": photos.portrait,
    "the size of the district": lambda: photos.portrait(175, 233),
    "every pixel its own colour": lambda: _small(subsampling=0),
    "progressive": lambda: _small(progressive=True),
    "progressive, every pixel its own colour": lambda: _small(progressive=True, subsampling=0),
    "grey": photos.grey,
    "with restarts": lambda: _small(restart_marker_rows=1),
    "progressive with restarts": lambda: _small(progressive=True, restart_marker_blocks=7),
    "turned": lambda: photos.turned(6, 150, 200, bytes_between=(19_000, 26_000)),
    "with a place": lambda: photos.with_gps(150, 200),
    "with a comment": lambda: photos.with_comment(_small(), b"Fall 2026"),
    "with a profile": lambda: _small(icc_profile=_profile()),
    "padded": lambda: _small() + bytes(500),
    "two in one": photos.mpo,
    "four colours": photos.cmyk,
}


@cache
def _good(name: str) -> bytes:
    return _GOOD[name]()


def _other(luck: random.Random) -> bytes:
    return _good(luck.choice(tuple(_GOOD)))


def flipped_bits(data: bytes, luck: random.Random) -> bytes:
    """A few bits anywhere are flipped."""
    return _flipped(data, luck, len(data))


def flipped_header_bits(data: bytes, luck: random.Random) -> bytes:
    """A few bits in front of the first scan are flipped."""
    return _flipped(data, luck, min(len(data), _parts(data)[-1][0] + 16))


def telling_bytes(data: bytes, luck: random.Random) -> bytes:
    """Some bytes become markers, or ends of a range."""
    hurt = bytearray(data)
    for _ in range(luck.randint(1, 6) if hurt else 0):
        hurt[luck.randrange(len(hurt))] = luck.choice(_TELLING)
    return bytes(hurt)


def planted_marker(data: bytes, luck: random.Random) -> bytes:
    """Some marker comes where none was."""
    at = luck.randint(0, len(data))
    return data[:at] + bytes((0xFF, luck.randrange(1, 256))) + data[at + luck.choice((0, 2)) :]


def cut(data: bytes, luck: random.Random) -> bytes:
    """An upload that broke off, mostly near its end."""
    return data[: _late(data, luck)]


def cut_and_closed(data: bytes, luck: random.Random) -> bytes:
    """A cut, with an end marker behind it."""
    return cut(data, luck) + b"\xff\xd9"


def zero_tail(data: bytes, luck: random.Random) -> bytes:
    """Space that was set aside, not all of it written."""
    at = _late(data, luck)
    return data[:at] + bytes(len(data) - at)


def zero_hole(data: bytes, luck: random.Random) -> bytes:
    """A block that was never written."""
    start, end = _stretch(data, luck)
    return data[:start] + bytes(end - start) + data[end:]


def spliced(data: bytes, luck: random.Random) -> bytes:
    """The front of one photo and the back of another."""
    other = _other(luck)
    return data[: luck.randint(0, len(data))] + other[luck.randint(0, len(other)) :]


def spliced_within(data: bytes, luck: random.Random) -> bytes:
    """A stretch of another photo, or of the same, in place of its own or in between."""
    start, end = _stretch(data, luck)
    source = luck.choice((data, _other(luck)))
    first, last = _stretch(source, luck)
    return data[:start] + source[first:last] + data[luck.choice((start, end)) :]


def lost_bytes(data: bytes, luck: random.Random) -> bytes:
    """A stretch is missing."""
    start, end = _stretch(data, luck)
    return data[:start] + data[end:]


def more_behind(data: bytes, luck: random.Random) -> bytes:
    """Something follows the end."""
    return data + luck.choice((b"\0" * 99, b"PK\x05\x06" + bytes(18), luck.randbytes(40), b"\xff\xd9", _other(luck)))


def lying_frame(data: bytes, luck: random.Random) -> bytes:
    """The frame header tells another height, width, depth, or kind of colours than the data have."""
    frame = _part(data, luck, _FRAMES)
    if frame is None:
        return data
    at, field = frame[0] + 4, luck.choice(("B", ">H", ">H", ">H", ">H", "B", "B", "B"))
    place = at + {"B": luck.choice((-2, 0, 5, 6, 7, 9, 10)), ">H": luck.choice((1, 3))}[field]
    return _put(data, place, field, _near(data, place, field, luck))


def lying_length(data: bytes, luck: random.Random) -> bytes:
    """A segment tells a length that it does not have."""
    part = _part(data, luck)
    return _put(data, part[0] + 2, ">H", _near(data, part[0] + 2, ">H", luck)) if part else data


def lying_scan(data: bytes, luck: random.Random) -> bytes:
    """A scan header tells other components, tables or coefficients."""
    places = [at for at in range(len(data) - 14) if data[at] == 0xFF and data[at + 1] == _SOS]
    if not places:
        return data
    place = luck.choice(places) + luck.randint(2, 13)
    return _put(data, place, "B", luck.choice((luck.randrange(256), data[place] ^ 1 << luck.randrange(8))))


def lost_segment(data: bytes, luck: random.Random) -> bytes:
    """A segment is missing."""
    part = _part(data, luck)
    return data[: part[0]] + data[part[1] :] if part else data


def doubled_segment(data: bytes, luck: random.Random) -> bytes:
    """A segment is there twice, the second time anywhere among the others."""
    part = _part(data, luck)
    return _inserted(data, luck, data[slice(*part)]) if part else data


def foreign_segment(data: bytes, luck: random.Random) -> bytes:
    """A segment of another photo, among its own."""
    other = _other(luck)
    part = _part(other, luck)
    return _inserted(data, luck, other[slice(*part)]) if part else data


def made_up_segment(data: bytes, luck: random.Random) -> bytes:
    """A segment of chance: one that photos have, with a body that they don't."""
    marker = luck.choice((0xC4, 0xDB, 0xDC, 0xDD, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE, luck.randrange(0xC0, 0xFF)))
    name = luck.choice((b"", b"JFIF\0", b"Exif\0\0MM\0*\0\0\0\x08", b"ICC_PROFILE\0", b"Adobe\0", b"MPF\0II*\0"))
    body = name + luck.randbytes(luck.choice((0, 1, 5, 12, 64)))
    return _inserted(data, luck, struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body)


_HURTS: tuple[Hurt, ...] = (
    flipped_bits,
    flipped_header_bits,
    telling_bytes,
    planted_marker,
    cut,
    cut_and_closed,
    zero_tail,
    zero_hole,
    spliced,
    spliced_within,
    lost_bytes,
    more_behind,
    lying_frame,
    lying_length,
    lying_scan,
    lost_segment,
    doubled_segment,
    foreign_segment,
    made_up_segment,
)


def _flipped(data: bytes, luck: random.Random, below: int) -> bytes:
    hurt = bytearray(data)
    for _ in range(luck.choice((1, 1, 2, 8)) if below else 0):
        hurt[luck.randrange(below)] ^= 1 << luck.randrange(8)
    return bytes(hurt)


def _late(data: bytes, luck: random.Random) -> int:
    # Half of all cuts take little: a cut that leaves too few bytes would be told as too small anyway.
    return max(0, len(data) - luck.choice((luck.randint(0, len(data)), luck.randint(0, 3000), luck.randint(0, 20))))


def _stretch(data: bytes, luck: random.Random) -> tuple[int, int]:
    start = luck.randint(0, len(data))
    return start, min(len(data), start + luck.choice((1, 2, 16, 64, 512, luck.randint(0, 5000))))


def _near(data: bytes, place: int, field: str, luck: random.Random) -> int:
    """Another number for the one at `place`: near to it, an end of its range, or any."""
    most = 0xFF if field == "B" else 0xFFFF
    now = int.from_bytes(data[place : place + struct.calcsize(field)], "big")
    return luck.choice((now + luck.randint(-16, 16), now * 2, 0, 1, most, most - 35, luck.randint(0, most))) & most


def _put(data: bytes, place: int, field: str, value: int) -> bytes:
    end = place + struct.calcsize(field)
    return data[:place] + struct.pack(field, value) + data[end:] if place >= 0 and end <= len(data) else data


def _inserted(data: bytes, luck: random.Random, piece: bytes) -> bytes:
    at = luck.choice(_parts(data))[0]
    return data[:at] + piece + data[at:]


def _part(data: bytes, luck: random.Random, markers: frozenset[int] = frozenset()) -> tuple[int, int] | None:
    found = [part for part in _parts(data)[:-1] if not markers or data[part[0] + 1] in markers]
    return luck.choice(found) if found else None


def _parts(data: bytes) -> list[tuple[int, int]]:
    """Where the segments in front of the first scan start and end; the last one is all the rest."""
    found = list(_walk(data))
    rest = found[-1][1] if found else min(2, len(data))
    return [*found, (rest, len(data))]


def _walk(data: bytes) -> Iterator[tuple[int, int]]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (_SOS, 0xD9):
        end = at + 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
        if end > len(data):
            return
        yield at, end
        at = end


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(mutant(int(sys.argv[1])).data)
