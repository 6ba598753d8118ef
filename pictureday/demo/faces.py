"""The head and the face on it: ears, eyes, brows, nose, mouth, freckles and glasses."""

from __future__ import annotations

from pictureday.demo.inks import BLACK, BLOOD, WHITE, Colour, Ink, mixed, plain
from pictureday.demo.looks import Look
from pictureday.demo.shapes import Pen, Points, both, oval

__all__ = ["draw_face", "draw_glasses", "face"]

_SIDES = (-1, 1)
_WARM_SHADE: Colour = (96, 34, 30)
_INSIDE = plain((104, 38, 40))


def face(look: Look) -> Points:
    """The outline of the head, without hair."""
    jaw, chin = look.jaw, look.chin
    sides = [(34.0, -75.0), (54, -46), (59, -8), (56 + jaw / 2, 26), (43 + jaw, 56)]
    return both([(0, -82), *sides, (22, 75 + chin), (0, 81 + chin)])


def draw_face(pen: Pen, look: Look) -> None:
    """Draw the head and all of the face but the hair over it."""
    _ears(pen, look)
    pen.blob(face(look), plain(look.skin))
    if look.freckles:
        _freckles(pen, look)
    for side in _SIDES:
        _eye(pen, look, side)
        _brow(pen, look, side)
    _nose(pen, look)
    _mouth(pen, look)


def draw_glasses(pen: Pen, look: Look) -> None:
    """Draw glasses; they sit over the hair at the temples."""
    frame = plain(mixed(look.shirt, BLACK, 0.6))
    for side in _SIDES:
        pen.ring([(side * (25 + x), -4 + y) for x, y in oval(0, 0, 17, 14)], frame, width=2.2)
        pen.line([(side * 42, -8), (side * 59, -7)], frame, width=2.2)
    pen.line([(-8, -6), (0, -8.5), (8, -6)], frame, width=2.2)


def _shade(look: Look, other: Colour, share: float) -> Ink:
    return plain(mixed(look.skin, other, share))


def _ears(pen: Pen, look: Look) -> None:
    for side in _SIDES:
        pen.blob(oval(side * 59, 4, 9, 16), _shade(look, BLACK, 0.06))
        pen.blob(oval(side * 60, 5, 4, 10), _shade(look, BLOOD, 0.24))


def _freckles(pen: Pen, look: Look) -> None:
    for x, y in ((20, 16), (26, 20), (32, 15), (38, 20), (24, 26), (34, 25), (8, 14)):
        for side in _SIDES:
            pen.blob(oval(side * x + y % 3, y, 1.2, 1.0), _shade(look, (140, 80, 40), 0.2))


def _eye(pen: Pen, look: Look, side: int) -> None:
    middle, size = 24 + look.eye_gap, look.eye_size

    def at(*points: tuple[float, float]) -> Points:
        return [(side * (middle + x * size), -6 + y * size) for x, y in points]

    pen.blob(at((-11, 1.5), (-5, -4.6), (3, -5.6), (11, -1), (5, 4), (-4, 4.4)), plain(WHITE))
    _iris(pen, look, side * middle)
    lash = at((-12, 2), (-6, -4.2), (3, -6), (10, -2.2), (13, -3), (4, -8.4), (-6, -6.8))
    pen.blob(lash, _shade(look, BLACK, 0.86))
    pen.line(at((-9, -8), (-3, -11), (5, -11.5), (11, -8)), _shade(look, BLACK, 0.3), width=1.2)
    pen.line(at((-4, 5.6), (3, 5.6), (8, 3.2)), _shade(look, BLACK, 0.28), width=1)


def _iris(pen: Pen, look: Look, x: float) -> None:
    pen.blob(oval(x, -6.4, 5.2, 5.2), plain(mixed(look.eyes, BLACK, 0.45)))
    pen.blob(oval(x, -6.2, 4.3, 4.3), plain(look.eyes))
    pen.blob(oval(x, -6.4, 2.3, 2.3), plain(BLACK))
    pen.blob(oval(x - 1.8, -8.2, 1.3, 1.3), plain((255, 255, 255)))


def _brow(pen: Pen, look: Look, side: int) -> None:
    dark, thick = mixed(mixed(look.hair, BLACK, 0.35), look.skin, 0.15), 2.6 * look.brow
    top = ((9, -23), (20, -28), (32, -27), (42, -20))
    low = ((32, -27 + thick), (20, -27.5 + 1.5 * thick), (10, -22 + 1.6 * thick))
    pen.blob([(side * x, y) for x, y in (*top, *low)], plain(dark))


def _nose(pen: Pen, look: Look) -> None:
    for side in _SIDES:
        pen.blob(oval(side * 4.6 * look.nose, 29, 2.6, 1.5), _shade(look, _WARM_SHADE, 0.42))
        wing = [(side * x * look.nose, y) for x, y in ((8.2, 21.5), (10, 26), (8, 29.5))]
        pen.line(wing, _shade(look, _WARM_SHADE, 0.26), width=1.5)


def _mouth(pen: Pen, look: Look) -> None:
    lips = _shade(look, BLOOD, 0.38)
    corner = _MOUTHS[look.smile](pen, look, lips)
    for side in _SIDES:
        dimple = [
            (side * corner[0], corner[1] - 3),
            (side * (corner[0] + 2), corner[1]),
            (side * corner[0], corner[1] + 3),
        ]
        pen.line(dimple, _shade(look, BLACK, 0.2), width=1.2)


def _closed(pen: Pen, look: Look, lips: Ink) -> tuple[float, float]:
    pen.blob(both([(0, 45), (7, 43.5), (19, 46), (9, 55), (0, 56.5)]), lips)
    smile = [(-21, 45), (-14, 48.5), (-5, 50), (5, 50), (14, 48.5), (21, 45)]
    pen.line(smile, _shade(look, (80, 20, 24), 0.62), width=1.6)
    return 22, 45


def _teeth(pen: Pen, _: Look, lips: Ink) -> tuple[float, float]:
    pen.blob(both([(0, 43.5), (8, 42), (22, 44), (13, 56.5), (0, 61)]), lips)
    pen.blob(both([(0, 47), (8, 46.5), (19, 45.5), (11, 53), (0, 56)]), _INSIDE)
    pen.blob(both([(0, 47.4), (8, 47), (17, 46.2), (9, 52), (0, 53.6)]), plain(WHITE))
    return 24, 43


def _wide(pen: Pen, _: Look, lips: Ink) -> tuple[float, float]:
    pen.blob(both([(0, 42.5), (9, 41), (25, 42), (16, 58), (0, 65)]), lips)
    pen.blob(both([(0, 45.5), (9, 45), (22, 43.5), (13, 56), (0, 60.5)]), _INSIDE)
    pen.blob(both([(0, 46), (9, 45.5), (20, 44.3), (12, 53), (0, 55.5)]), plain(WHITE))
    return 27, 41


_MOUTHS = {"closed": _closed, "teeth": _teeth, "wide": _wide}
