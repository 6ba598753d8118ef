"""Photos with one thing wrong each, as they come from real studios."""

from __future__ import annotations

import io

from PIL import Image

from pictureday.demo import camera
from pictureday.demo.portraits import picture, portrait

__all__ = ["cmyk", "cut_off", "png", "too_big", "too_small", "wrong_shape"]


def too_big(seed: int) -> bytes:
    """The photo as the camera made it: a shape that is right, 600 x 800 pixels, some 70,000 bytes."""
    return _saved(picture(seed, 600, 800), "JPEG", quality=85)


def too_small(seed: int) -> bytes:
    """The photo as a web site shows it, some 6,000 bytes."""
    return _saved(picture(seed), "JPEG", quality=30)


def cut_off(seed: int) -> bytes:
    """An upload whose connection broke: the last 1,500 bytes are missing, the rest is in the size window."""
    return portrait(seed, sideways=False)[:-1500]


def wrong_shape(seed: int) -> bytes:
    """A square picture."""
    return portrait(seed, 340, 340, sideways=False)


def png(seed: int) -> bytes:
    """A PNG whose size a JPEG might have."""
    return _saved(picture(seed).quantize(12), "PNG")


def cmyk(seed: int) -> bytes:
    """A photo prepared for a printing press."""
    return camera.jpeg(picture(seed).convert("CMYK"))


def _saved(drawn: Image.Image, kind: str, **options: int) -> bytes:
    written = io.BytesIO()
    drawn.save(written, kind, **options)
    return written.getvalue()
