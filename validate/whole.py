"""Whether a photo is whole: a full decode in which every warning of libjpeg is fatal.

Pillow drops those warnings: its `load()` passes files whose second half is zeros, cuts that were closed
with an end marker, and headers that claim more rows than there are. libjpeg-turbo, behind simplejpeg,
tells of all of them. This is the only module that knows simplejpeg.

What is damaged shows while the codes of the picture are read, and libjpeg reads each of them whatever size it is asked
for. So a photo is proven at an eighth of its size, which costs two thirds of the time: no pixel of it is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from validate.header import Frame, Header
from validate.segments import DRI, SOS

__all__ = ["Damaged", "Pixels", "decoded", "prove"]

Pixels = NDArray[np.uint8]  # rows x columns x channels

# Photo shops write about ten. Each layer costs a pass over the whole picture, so a thousand cost minutes.
MOST_SCANS = 100

# A restart interval that no scan of so many blocks (of 8 x 8 pixels) reaches.
_UNREACHED, _MOST_BLOCKS = b"\xff\xdd\x00\x04\xff\xff", 0xFFFF

_EIGHTH = 8  # libjpeg's smallest: one pixel for each block

# How libjpeg is asked for a picture of so many components; no camera writes another number.
_SPACES = {1: "GRAY", 3: "RGB", 4: "CMYK"}
# To prove a photo, its brightness will do: the codes of its colours are read all the same, and then not made use of.
_PROVING = {1: "GRAY", 3: "GRAY", 4: "CMYK"}

# libjpeg's words (jerror.h) in ours; the first that is found counts.
_PLAIN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("Premature end of JPEG file"), "the end is missing"),
    (re.compile("premature end of data segment"), "a part of the picture is missing"),
    (re.compile("extraneous bytes"), "there are bytes in it that don't belong to the picture"),
    (re.compile("bad Huffman code|RST|Inconsistent progression|DCT coefficient"), "the picture data are corrupt"),
    (re.compile("ICC"), "its colour profile is corrupt"),
    (re.compile("subsampling"), "its colours are stored in a way no photo program uses"),
    (re.compile("Unsupported|not supported"), "it is built in a way no photo program uses"),
)
_OTHERWISE = "its header is corrupt"


class Damaged(Exception):
    """The picture can't be decoded in full; the text says why, in plain words that follow a colon."""


def prove(data: bytes, header: Header) -> None:
    """Nothing where every code of the picture is there and good, or `Damaged`.

    The caller has checked the number of pixels. A file that tells libjpeg another size than `header` found is refused
    before it costs anything.
    """
    frame = _decodable(header)
    watched = _watched(data, header, frame)
    with _in_our_words():
        if simplejpeg.decode_jpeg_header(watched)[:2] != (frame.height, frame.width):
            raise Damaged(header.fault or _OTHERWISE)
        least = {"min_height": -(-frame.height // _EIGHTH), "min_width": -(-frame.width // _EIGHTH)}
        simplejpeg.decode_jpeg(watched, _PROVING[frame.components], strict=True, **least)
    if header.end is None:
        raise Damaged(header.fault or _OTHERWISE)


def decoded(data: bytes, header: Header) -> Pixels:
    """All pixels as they are stored (not turned) of a photo that is proven, or `Damaged`.

    libjpeg is given room for just the size that `header` found.
    """
    frame = _decodable(header)
    room = np.empty((frame.height, frame.width, frame.components), np.uint8)
    with _in_our_words():
        pixels = simplejpeg.decode_jpeg(
            _watched(data, header, frame), _SPACES[frame.components], buffer=room, strict=True
        )
    if pixels.shape != room.shape:
        raise Damaged(header.fault or _OTHERWISE)
    return np.asarray(pixels, np.uint8)


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise
    # ValueError for all that libjpeg says; KeyError for sampling that simplejpeg has no name for.
    except (ValueError, KeyError, IndexError, RuntimeError, OverflowError) as error:
        raise Damaged(_plain(str(error))) from None


def _decodable(header: Header) -> Frame:
    frame = header.frame
    if not header.scans and header.fault:
        raise Damaged(header.fault)
    if frame is None or not header.scans or not frame.width or not frame.height or frame.components not in _SPACES:
        raise Damaged(_OTHERWISE)
    if header.scans > MOST_SCANS:
        raise Damaged(f"it is built of {header.scans} layers, and no photo program writes more than {MOST_SCANS}")
    return frame


def _watched(data: bytes, header: Header, frame: Frame) -> bytes:
    """The same photo, built so that libjpeg-turbo tells of codes that none of its tables has.

    Where there are no restarts, it decodes by a shorter way that takes such codes for zeros without a word.
    """
    if -(-frame.width // 8) * -(-frame.height // 8) > _MOST_BLOCKS:
        return data
    return b"".join(_with_restarts(data, header))


def _with_restarts(data: bytes, header: Header) -> Iterator[bytes | memoryview]:
    whole = memoryview(data)
    done, has_restarts = 0, False
    for part in header.segments:
        if part.marker == DRI:
            has_restarts = any(data[part.body : part.end])
        if part.marker == SOS and not has_restarts:
            yield whole[done : part.start]
            yield _UNREACHED
            done = part.start
    yield whole[done:]


def _plain(said: str) -> str:
    return next((words for pattern, words in _PLAIN if pattern.search(said)), _OTHERWISE)
