"""A pen that draws soft outlines through a few points, in the units of a face.

A picture is 360 units high; (0, 0) is between the eyes' inner corners, x grows to the right, y grows
downwards. Shapes are drawn at twice the size and halved later, which smooths their edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

__all__ = ["Pen", "Points", "both", "oval"]

Points = Sequence[tuple[float, float]]

_STEPS = 6
_CIRCLE = [(cos(turn), sin(turn)) for turn in np.linspace(0, 2 * np.pi, 12, endpoint=False)]


class Pen:
    """Draws into `picture`; `eyes` is where (0, 0) lies, in those units, from the top."""

    def __init__(self, picture: Image.Image, *, eyes: float = 152.0, lean: float = 0.0) -> None:
        self._draw = ImageDraw.Draw(picture)
        self._scale = picture.height / 360
        self._origin = (picture.width / 2 / self._scale + lean, eyes)
        self.tilt(0)

    def tilt(self, degrees: float) -> None:
        """Turn all that is drawn from here on around (0, 40), as a head turns on its neck."""
        angle, neck = radians(degrees), np.array((0, 40))
        turn = np.array([[cos(angle), sin(angle)], [-sin(angle), cos(angle)]])
        self._turn = turn * self._scale
        self._shift = (neck - neck @ turn + self._origin) * self._scale

    def blob(self, points: Points, fill: tuple[int, ...]) -> None:
        """A filled shape with a soft outline through `points`."""
        self._draw.polygon(self._placed(_through(len(points)) @ points), fill=fill)

    def facets(self, points: Points, fill: tuple[int, ...]) -> None:
        """A filled shape with straight edges."""
        self._draw.polygon(self._placed(np.array(points)), fill=fill)

    def line(self, points: Points, fill: tuple[int, ...], *, width: float) -> None:
        """A line through `points`."""
        self._stroke(np.array(points), fill, width)

    def ring(self, points: Points, fill: tuple[int, ...], *, width: float) -> None:
        """The soft outline through `points`, not filled."""
        around = _through(len(points)) @ points
        self._stroke(np.concatenate([around, around[:2]]), fill, width)

    def _stroke(self, at: NDArray[np.float64], fill: tuple[int, ...], width: float) -> None:
        self._draw.line(self._placed(at), fill=fill, width=max(1, round(width * self._scale)), joint="curve")

    def _placed(self, at: NDArray[np.float64]) -> list[float]:
        placed: list[float] = (at @ self._turn + self._shift).ravel().tolist()
        return placed


@cache
def _through(count: int) -> NDArray[np.float64]:
    """The matrix that turns `count` points into a closed Catmull-Rom curve, which goes through all of them."""
    curve = np.zeros((count * _STEPS, count))
    for row in range(count * _STEPS):
        start, t = row // _STEPS, row % _STEPS / _STEPS
        weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
        for step, weight in zip((-1, 0, 1, 2), weights, strict=True):
            curve[row, (start + step) % count] += weight / 2
    return curve


def oval(x: float, y: float, wide: float, high: float) -> list[tuple[float, float]]:
    """Points around an oval with its centre at (`x`, `y`) and the given half axes."""
    return [(x + wide * across, y + high * down) for across, down in _CIRCLE]


def both(right: Points) -> list[tuple[float, float]]:
    """The outline whose right half, from the top to the bottom, is `right`; the left half mirrors it."""
    left = [(-x, y) for x, y in reversed(right) if x != 0]
    return [*right, *left]
