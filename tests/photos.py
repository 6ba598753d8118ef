"""Photos for tests, drawn on the spot: good portraits, and every way of being wrong that a test needs.

Each is fast (a few milliseconds), the same on every run, and kept in memory once drawn.
"""

from __future__ import annotations

import io
import struct
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = [
    "bmp",
    "closed_early",
    "cmyk",
    "cut",
    "end_of_data",
    "gif",
    "grey",
    "heic",
    "mpo",
    "picture",
    "png",
    "portrait",
    "sized_header",
    "tiff",
    "turned",
    "webp",
    "with_comment",
    "with_gps",
    "with_segment",
    "zero_tail",
]

WINDOW = (15_000, 30_720)  # the district's size rule, in bytes
_GRAINS = (8, 3, 0, 16, 32, 64)
_QUALITIES = (90, 80, 70, 60, 50, 40, 30, 20, 10, 5, 95, 98)


def portrait(
    width: int = 300,
    height: int = 400,
    *,
    seed: int = 0,
    bytes_between: tuple[int, int] | None = WINDOW,
    **save: Any,
) -> bytes:
    """A good portrait as JPEG; another `seed` is another person.

    Grain and quality are chosen so that the file has `bytes_between` bytes, unless `quality` is given or
    `bytes_between` is None. `save` goes to Pillow (`progressive=True`, `exif=…`, `icc_profile=…`).
    """
    if bytes_between is None or "quality" in save:
        return _saved(picture(width, height, seed=seed), **{"quality": 85, **save})
    least, most = bytes_between
    return _within(width, height, seed, least, most, tuple(sorted(save.items())))


def picture(width: int = 300, height: int = 400, *, seed: int = 0, grain: int = 8) -> Image.Image:
    """The portrait before it is saved: a head and shoulders, with camera grain."""
    base = _figure(width, height).copy()
    luck = np.random.default_rng(seed)
    base += luck.integers(-24, 24, size=3)  # another light
    if grain:
        base += np.roll(_noise(width, height), int(luck.integers(0, width * height)), axis=0)[..., None] * grain
    row, column = int(luck.integers(0, height // 2)), int(luck.integers(0, width // 2))
    base[row : row + height // 8, column : column + width // 8] += 12
    return Image.fromarray(np.clip(base, 0, 255).astype(np.uint8))


def grey(width: int = 300, height: int = 400, *, seed: int = 0, quality: int = 80) -> bytes:
    """A portrait in greys, of a good size as 300 x 400."""
    return _saved(picture(width, height, seed=seed).convert("L"), quality=quality)


def cmyk(width: int = 300, height: int = 400, *, seed: int = 0, quality: int = 70) -> bytes:
    """A portrait in printers' colours, with an Adobe marker, of a good size as 300 x 400."""
    return _saved(picture(width, height, seed=seed, grain=3).convert("CMYK"), quality=quality)


def turned(orientation: int, width: int = 300, height: int = 400, *, seed: int = 0, **save: Any) -> bytes:
    """A portrait that is *shown* as `width` x `height`, stored as a camera held that way would (EXIF 1 to 8)."""
    stored = (height, width) if orientation >= 5 else (width, height)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return portrait(*stored, seed=seed, exif=exif.tobytes(), **save)


def with_gps(width: int = 300, height: int = 400, *, seed: int = 0) -> bytes:
    """A portrait that tells where it was taken, and whose camera it was."""
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera Works"
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 3.0, 8.0), 3: "W", 4: (118.0, 14.0, 37.0)})
    return portrait(width, height, seed=seed, exif=exif.tobytes())


def mpo(width: int = 300, height: int = 400, *, seed: int = 0, frames: int = 2) -> bytes:
    """Several pictures in one file, as a telephone with two lenses writes them; two have a good size."""
    first, *others = [picture(width, height, seed=seed + number) for number in range(frames)]
    return _saved(first, kind="MPO", save_all=True, append_images=others, quality=50)


def cut(data: bytes, share: float) -> bytes:
    """The first `share` of `data`: an upload that broke off."""
    return data[: int(len(data) * share)]


def zero_tail(data: bytes, share: float) -> bytes:
    """`data` in full length, with nothing but zeros after `share` of it: space set aside, never written."""
    kept = cut(data, share)
    return kept + bytes(len(data) - len(kept))


def closed_early(data: bytes, share: float) -> bytes:
    """A cut photo with an end marker put behind the cut."""
    return cut(data, share) + b"\xff\xd9"


def with_segment(data: bytes, marker: int, body: bytes) -> bytes:
    """`data` with one more header segment (`marker` is 0xE1 for APP1) right after the start marker."""
    return data[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + data[2:]


def with_comment(data: bytes, text: bytes) -> bytes:
    """`data` with a comment segment."""
    return with_segment(data, 0xFE, text)


def sized_header(data: bytes, width: int, height: int) -> bytes:
    """`data` whose frame header claims to be `width` x `height`."""
    start = next(place for sof in (b"\xff\xc0", b"\xff\xc2") if (place := data.find(sof)) >= 0)
    return data[: start + 5] + struct.pack(">HH", height, width) + data[start + 9 :]


def end_of_data(data: bytes) -> int:
    """Where the last end marker stops."""
    return data.rindex(b"\xff\xd9") + 2


def png(width: int = 300, height: int = 400, *, seed: int = 0) -> bytes:
    """A portrait as PNG."""
    return _saved(picture(width, height, seed=seed, grain=0), kind="PNG")


def gif(width: int = 300, height: int = 400, *, seed: int = 0) -> bytes:
    """A portrait as GIF."""
    return _saved(picture(width, height, seed=seed, grain=0), kind="GIF")


def bmp(width: int = 100, height: int = 133, *, seed: int = 0) -> bytes:
    """A portrait as Windows bitmap."""
    return _saved(picture(width, height, seed=seed), kind="BMP")


def tiff(width: int = 100, height: int = 133, *, seed: int = 0) -> bytes:
    """A portrait as TIFF."""
    return _saved(picture(width, height, seed=seed), kind="TIFF")


def webp(width: int = 300, height: int = 400, *, seed: int = 0) -> bytes:
    """A portrait as WebP."""
    return _saved(picture(width, height, seed=seed), kind="WEBP")


def heic(length: int = 20_000) -> bytes:
    """The outside of a telephone's HEIC file: only its first box is real."""
    box = b"ftypheic" + bytes(4) + b"mif1heic"
    return (struct.pack(">I", len(box) + 4) + box).ljust(length, b"\x2a")


@cache
def _within(
    width: int,
    height: int,
    seed: int,
    least: int,
    most: int,
    save: tuple[tuple[str, Any], ...],
) -> bytes:
    for grain, quality in _settings(width, height, least, most, save):
        data = _saved(
            picture(width, height, seed=seed, grain=grain),
            quality=quality,
            **dict(save),
        )
        if least <= len(data) <= most:
            return data
    raise ValueError(f"no portrait of {width} x {height} has {least} to {most} bytes")


def _settings(
    width: int, height: int, least: int, most: int, save: tuple[tuple[str, Any], ...]
) -> list[tuple[int, int]]:
    every = [(grain, quality) for grain in _GRAINS for quality in _QUALITIES]
    return [*_fitting(width, height, least, most, save), *every]


@cache
def _fitting(
    width: int, height: int, least: int, most: int, save: tuple[tuple[str, Any], ...]
) -> tuple[tuple[int, int], ...]:
    """What fits one person nearly always fits the next: the search is paid once for each size."""
    for grain in _GRAINS:
        for quality in _QUALITIES:
            data = _saved(picture(width, height, grain=grain), quality=quality, **dict(save))
            if least <= len(data) <= most:
                return ((grain, quality),)
    return ()


def _saved(drawn: Image.Image, *, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    drawn.save(out, kind, **options)
    return out.getvalue()


@cache
def _figure(width: int, height: int) -> NDArray[np.float32]:
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    down, across = down / height, across / width
    drawn = np.stack([150 + 40 * down, 165 + 30 * across, 190 - 40 * down], axis=-1)
    head = ((across - 0.5) / 0.22) ** 2 + ((down - 0.4) / 0.24) ** 2 < 1
    shoulders = ((across - 0.5) / 0.48) ** 2 + ((down - 1.0) / 0.34) ** 2 < 1
    drawn[shoulders] = (60, 70, 110)
    drawn[head] = (205, 165, 140)
    for eye in (0.42, 0.58):
        drawn[((across - eye) / 0.03) ** 2 + ((down - 0.37) / 0.015) ** 2 < 1] = (
            50,
            40,
            40,
        )
    return drawn.astype(np.float32)


@cache
def _noise(width: int, height: int) -> NDArray[np.float32]:
    return np.random.default_rng(1).standard_normal((height, width)).astype(np.float32)
