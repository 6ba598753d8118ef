"""What students wear: the shoulders, and a collar for each kind of shirt."""

from __future__ import annotations

from pictureday.demo.inks import BLACK, WHITE, Colour, cloth, mixed, plain
from pictureday.demo.looks import Look
from pictureday.demo.shapes import Pen, Points, both, oval

__all__ = ["draw_body"]


def _torso(look: Look) -> Points:
    wide = look.shoulders
    return both([(0, 96), (24, 98), (62, 110), (102 + wide, 124), (124 + wide, 154), (134 + wide, 260), (0, 270)])


def draw_body(pen: Pen, look: Look) -> None:
    """Draw the shoulders, the collar and the neck."""
    pen.blob(_torso(look), cloth(look.shirt))
    _COLLARS[look.collar](pen, look)


def _darker(look: Look, share: float) -> Colour:
    return mixed(look.shirt, BLACK, share)


def _neck(pen: Pen, look: Look, opening: Points) -> None:
    pen.blob(opening, plain(look.skin))
    pen.blob(both([(0, 40), (27, 44), (28, 84), (33, 102), (0, 118)]), plain(look.skin))


def _tee(pen: Pen, look: Look) -> None:
    pen.blob(oval(0, 104, 43, 25), cloth(_darker(look, 0.2)))
    _neck(pen, look, oval(0, 102, 37, 20))


def _striped(pen: Pen, look: Look) -> None:
    for y, half in ((152, 117), (178, 123), (204, 126)):
        top = [(share * (half + look.shoulders), y + 9 * (1 - share**2)) for share in (-1, -0.6, -0.2, 0.2, 0.6, 1)]
        low = [(x, down + 9) for x, down in reversed(top)]
        pen.facets([*top, *low], cloth(mixed(look.shirt, WHITE, 0.72)))
    _tee(pen, look)


def _polo(pen: Pen, look: Look) -> None:
    pen.facets([(-10, 128), (10, 128), (10, 196), (-10, 196)], cloth(_darker(look, 0.12)))
    _buttons(pen, look, 0, (156, 178))
    _open_collar(pen, look)


def _shirt(pen: Pen, look: Look) -> None:
    pen.line([(0, 140), (0, 270)], cloth(_darker(look, 0.25)), width=2)
    _buttons(pen, look, 4, (164, 190))
    _open_collar(pen, look)


def _sweater(pen: Pen, look: Look) -> None:
    pen.facets([(-50, 100), (50, 100), (0, 182)], cloth(_darker(look, 0.25)))
    pen.facets([(-44, 98), (44, 98), (0, 172)], cloth(WHITE))
    _neck(pen, look, [(-34, 98), (34, 98), (14, 122), (0, 134), (-14, 122)])
    _flaps(pen, WHITE)


def _hoodie(pen: Pen, look: Look) -> None:
    pen.blob(both([(0, 84), (46, 82), (70, 104), (56, 134), (0, 146)]), cloth(_darker(look, 0.12)))
    pen.blob(oval(0, 108, 44, 26), cloth(_darker(look, 0.42)))
    _neck(pen, look, oval(0, 100, 35, 20))
    for side in (-1, 1):
        string = [(side * 24, 128), (side * 27, 160), (side * 24, 190)]
        pen.line(string, plain(mixed(look.shirt, WHITE, 0.8)), width=3)


def _buttons(pen: Pen, look: Look, x: float, heights: tuple[float, ...]) -> None:
    for y in heights:
        pen.blob(oval(x, y, 3, 3), plain(mixed(look.shirt, WHITE, 0.7)))


def _open_collar(pen: Pen, look: Look) -> None:
    pen.facets([(-40, 96), (40, 96), (0, 152)], cloth(_darker(look, 0.3)))
    _neck(pen, look, [(-34, 98), (34, 98), (14, 126), (0, 142), (-14, 126)])
    _flaps(pen, mixed(look.shirt, WHITE, 0.18))


def _flaps(pen: Pen, colour: Colour) -> None:
    for side, shade in ((-1, 0.0), (1, 0.06)):
        flap = [(side * x, y) for x, y in ((34, 88), (46, 98), (42, 134), (30, 142), (4, 128), (22, 112))]
        pen.facets([(x, y + 2.5) for x, y in flap], cloth(mixed(colour, BLACK, 0.3)))
        pen.facets(flap, cloth(mixed(colour, BLACK, shade)))


_COLLARS = {
    "hoodie": _hoodie,
    "polo": _polo,
    "shirt": _shirt,
    "striped": _striped,
    "sweater": _sweater,
    "tee": _tee,
}
