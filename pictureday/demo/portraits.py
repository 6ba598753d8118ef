"""School portraits, drawn: no real student's face is needed to try this out, or to test it.

`portrait(seed)` is a JPEG as a photographer delivers it: head and shoulders before a studio backdrop,
some grain, EXIF, inside the district's size window. The same seed gives the same bytes.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from pictureday.demo import camera
from pictureday.demo.hair import HAIR
from pictureday.demo.inks import SMOOTH, Colour
from pictureday.demo.looks import BACKDROPS, Look, look
from pictureday.demo.person import UNLIT, draw_light, draw_person
from pictureday.demo.shapes import Pen

__all__ = ["picture", "portrait"]

Grid = NDArray[np.float32]

_SIDEWAYS_EVERY = 12  # about one photo in so many is stored turned
_GRAIN = 3.2  # standard deviation, of 255
_STRANDS, _CURLS = 9.0, 11.0  # the same, of hair
_USUAL, _SHIFT = 800, 256  # pixels: the longest usual side, and how far pieces of grain lie apart


@lru_cache(maxsize=512)  # 12 MB at most; demo and tests ask for the same students again and again
def portrait(seed: int, width: int = 300, height: int = 400, *, sideways: bool | None = None) -> bytes:
    """The JPEG of student `seed`, `width` x `height` as shown; 18,000 to 27,500 bytes at usual sizes.

    `sideways` stores the picture turned, with EXIF orientation 6; without it, a few seeds are.
    """
    turned = seed % _SIDEWAYS_EVERY == 7 if sideways is None else sideways
    shown = picture(seed, width, height)
    stored = shown.transpose(Image.Transpose.ROTATE_90) if turned else shown
    return camera.jpeg(stored, camera.exif(seed, sideways=turned))


def picture(seed: int, width: int = 300, height: int = 400) -> Image.Image:
    """The picture of student `seed`, upright, in RGB."""
    chosen = look(seed)
    flat = _flat(chosen, width, height)
    rough = 1 - flat[..., 3] * np.float32(1 / SMOOTH)
    lit = flat[..., :3] * _light(chosen, width, height) + _texture(seed, chosen, rough)
    return Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))


def _flat(chosen: Look, width: int, height: int) -> Grid:
    # Twice the size, then halved: smooth edges for the price of one reduction.
    canvas = _backdrop(chosen.backdrop, width * 2, height * 2).copy()
    draw_person(Pen(canvas, lean=chosen.lean), chosen)
    return np.asarray(canvas.reduce(2), dtype=np.float32)


@lru_cache(maxsize=2 * len(BACKDROPS))
def _backdrop(colour: Colour, width: int, height: int) -> Image.Image:
    """A mottled cloth with a lamp's glow behind the shoulders. A studio hangs up few of them, so they are kept."""
    across, down = np.meshgrid(np.linspace(-1, 1, 30), np.linspace(-1, 1, 40))
    glow = np.exp(-1.4 * ((across + 0.15) ** 2 + (0.8 * down) ** 2))
    mottle = np.random.default_rng(sum(colour)).normal(0, 0.035, (40, 30))
    lit = np.clip((0.5 + 0.62 * glow + mottle)[..., None] * np.array(colour), 0, 255)
    cloth = np.concatenate([lit, np.full((40, 30, 1), SMOOTH)], axis=2).astype(np.uint8)
    return Image.frombytes("RGBX", (30, 40), cloth.tobytes()).resize((width, height), Image.Resampling.BICUBIC)


def _light(chosen: Look, width: int, height: int) -> Grid:
    """How much brighter (over 1) or darker each place is, for each colour."""
    small = Image.new("RGB", (max(1, width * 160 // height), 160), (UNLIT, UNLIT, UNLIT))
    draw_light(Pen(small, lean=chosen.lean), chosen)
    soft = small.filter(ImageFilter.GaussianBlur(3.4)).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(soft, dtype=np.float32) * np.float32(1 / UNLIT)


def _texture(seed: int, chosen: Look, rough: Grid) -> Grid:
    """Grain everywhere, strands or curls where the surface is `rough` (0 to 1)."""
    high, wide = rough.shape
    grain, strands, curls = _tiles(max(high, wide, _USUAL) + _SHIFT)
    top, left = (seed * 37) % _SHIFT, (seed * 101) % _SHIFT
    place = np.s_[top : top + high, left : left + wide]
    hair = curls if HAIR[chosen.style].curl > 0.5 else strands
    mixed: Grid = grain[place] + rough * hair[place]
    return mixed[..., None]


@lru_cache(maxsize=2)
def _tiles(side: int) -> tuple[Grid, Grid, Grid]:
    """Film grain, strands of hair, curls: noise made once, of which every portrait takes a piece."""
    noise = np.random.default_rng(20260914).standard_normal((2, side, side), np.float32)
    strands = _smooth(_smooth(noise[1], 14, axis=0), 2, axis=1)
    curls = _smooth(_smooth(noise[1], 5, axis=0), 5, axis=1)
    return noise[0] * _GRAIN, strands / strands.std() * _STRANDS, curls / curls.std() * _CURLS


def _smooth(noise: Grid, length: int, *, axis: int) -> Grid:
    summed = noise.copy()
    for step in range(1, length):
        summed += np.roll(noise, step, axis=axis)
    return summed
