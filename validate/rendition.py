"""The clean rendition: what MiSiS gets of a photo (design, section 4).

Upright, without EXIF, GPS, XMP, comments, thumbnails or anything behind the end, at most
`most_bytes`. Where nothing has to be turned or made smaller, whole segments are dropped and the pixels
stay bit for bit: such a rendition is pieces of the photo, and nothing is kept a second time. The same photo
always gives the same bytes. Pillow never decodes here: it turns and saves pixels that were already decoded
strictly.
"""

from __future__ import annotations

import io
from bisect import bisect_left
from collections.abc import Iterator

from PIL import Image

from pictureday.profile import Profile
from validate.header import Header
from validate.judged import Rendition, Span
from validate.segments import APP0, APP2, APP14, DHT, DQT, DRI, EOI, FRAMES, SOS, Segment
from validate.whole import decoded

__all__ = ["TooBig", "clean", "render"]

_ICC = b"ICC_PROFILE\x00"
_JFIF = b"JFIF\x00"
_ADOBE = b"Adobe"
# What decoders need: frames, tables, restarts and scans. They pass over some others, which can hold anything.
_PICTURE = FRAMES | {DHT, DQT, DRI, SOS}
_JFIF_BODY, _ADOBE_BODY = 14, 12  # the last two of JFIF's are the size of its thumbnail

# Of a photo that lost more than cameras and programs put in, a copy is simpler to keep than so many pieces.
_MOST_PIECES = 8

# How a picture with this EXIF orientation is made upright (EXIF 2.32, tag 0x0112).
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Best first. Below the last one faces fall to pieces.
_QUALITIES = (95, 92, 90, 88, 85, 80, 75, 70, 65, 60, 55, 50, 45, 40, 35, 30)


class TooBig(Exception):
    """No clean copy fits. `bytes` is what the smallest one has."""

    def __init__(self, length: int) -> None:
        super().__init__(f"the smallest clean copy has {length} bytes")
        self.bytes = length


def render(data: bytes, header: Header, profile: Profile) -> Rendition:
    """The rendition of a whole photo in RGB or grey; `TooBig` where none has at most `profile.most_bytes`.

    Only a photo that has to be turned or made smaller is decoded once more, for its pixels: `Damaged` passes.
    """
    copy = clean(data, header)
    if header.orientation == 1 and copy.size <= profile.most_bytes:
        return copy
    return Rendition.made(_saved_again(data, header, profile.most_bytes))


def clean(data: bytes, header: Header) -> Rendition:
    """The whole photo `data` with nothing but what the picture and its colours need."""
    kept = [piece for part in header.segments if (piece := _kept(data, part))]
    pieces: list[Span] = [(0, 2)]
    for piece in kept:
        if isinstance(piece, bytes):
            break
        if piece[0] == pieces[-1][1]:
            pieces[-1] = (pieces[-1][0], piece[1])
        else:
            pieces.append(piece)
    else:
        if len(pieces) <= _MOST_PIECES:
            return Rendition.cut(data, pieces)
    return Rendition.made(
        data[:2] + b"".join(piece if isinstance(piece, bytes) else data[slice(*piece)] for piece in kept)
    )


def _kept(data: bytes, part: Segment) -> Span | bytes | None:
    """Where the part lies, or what becomes of it, or None where it goes."""
    if part.marker == EOI:
        return part.end - 2, part.end
    if part.marker == APP0 and _is(data, part, _JFIF, _JFIF_BODY):
        # Without the thumbnail that may follow: a small, old, uncropped copy of the picture.
        return _unless_same(
            data, part, b"\xff\xe0\x00\x10" + data[part.body : part.body + _JFIF_BODY - 2] + b"\x00\x00"
        )
    if part.marker == APP14 and _is(data, part, _ADOBE, _ADOBE_BODY):
        return _unless_same(data, part, b"\xff\xee\x00\x0e" + data[part.body : part.body + _ADOBE_BODY])
    wanted = part.marker in _PICTURE or _is_profile(data, part)
    return (part.start, part.end) if wanted else None


def _unless_same(data: bytes, part: Segment, become: bytes) -> Span | bytes:
    return (part.start, part.end) if data[part.start : part.end] == become else become


def _is(data: bytes, part: Segment, name: bytes, least: int) -> bool:
    # A shorter one is none to libjpeg, and must not become one here: it decides how colours are read.
    return data.startswith(name, part.body, part.end) and part.end - part.body >= least


def _is_profile(data: bytes, part: Segment) -> bool:
    return part.marker == APP2 and data.startswith(_ICC, part.body, part.end)


def _saved_again(data: bytes, header: Header, most: int) -> bytes:
    pixels = decoded(data, header)
    picture = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    if header.orientation in _TURNS:
        picture = picture.transpose(_TURNS[header.orientation])
    profile = b"".join(_profile(data, header))
    if len(profile) >= most:
        raise TooBig(len(profile))
    tried: dict[int, bytes] = {}

    def fits(quality: int) -> bool:
        tried[quality] = _saved(picture, quality, profile)
        return len(tried[quality]) <= most

    best = bisect_left(_QUALITIES, True, key=fits)
    if best == len(_QUALITIES):
        raise TooBig(min(len(copy) for copy in tried.values()))
    return tried[_QUALITIES[best]]


def _saved(picture: Image.Image, quality: int, profile: bytes) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True, icc_profile=profile or None)
    return out.getvalue()


def _profile(data: bytes, header: Header) -> Iterator[bytes]:
    # Each part starts with its number and the count of all (ICC.1, annex B.4).
    parts = (part for part in header.segments if _is_profile(data, part))
    for part in sorted(parts, key=lambda part: data[part.body + len(_ICC) : part.body + len(_ICC) + 1]):
        yield data[part.body + len(_ICC) + 2 : part.end]
