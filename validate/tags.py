"""One number out of a TIFF directory: EXIF and MPF keep theirs in one.

Only the first directory is read and no offset is followed twice, so there is no loop to be caught in.
"""

from __future__ import annotations

import struct

__all__ = ["NUMBER_OF_IMAGES", "ORIENTATION", "tag"]

ORIENTATION = 0x0112  # EXIF 2.32: 1 to 8, how the stored picture has to be turned to be upright
NUMBER_OF_IMAGES = 0xB001  # CIPA DC-007 (MPF): pictures in the file

_ORDERS = {b"II*\x00": "<", b"MM\x00*": ">"}
_SHORT, _LONG = 3, 4
_MOST_ENTRIES = 512  # cameras write a few dozen


def tag(tiff: bytes, wanted: int) -> int | None:
    """The first value of tag `wanted` in the first directory of `tiff`, or None. Never raises."""
    order = _ORDERS.get(tiff[:4])
    if order is None or len(tiff) < 10:
        return None
    start = struct.unpack_from(order + "I", tiff, 4)[0]
    if start + 2 > len(tiff):
        return None
    entries = min(struct.unpack_from(order + "H", tiff, start)[0], _MOST_ENTRIES)
    for place in range(start + 2, start + 2 + 12 * entries, 12):
        if place + 12 > len(tiff):
            return None
        number, kind = struct.unpack_from(order + "HH", tiff, place)
        if number == wanted:
            return _value(tiff, order, kind, place + 8)
    return None


def _value(tiff: bytes, order: str, kind: int, place: int) -> int | None:
    if kind not in (_SHORT, _LONG):
        return None
    value: int = struct.unpack_from(order + ("H" if kind == _SHORT else "I"), tiff, place)[0]
    return value
