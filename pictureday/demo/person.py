"""One student, drawn from back to front: hair behind, body, neck, head, face, hair over it.

Two pictures are made of one look: `draw_person` in flat colours, and `draw_light`, which holds how much
brighter or darker the studio lamps make each place.
"""

from __future__ import annotations

from pictureday.demo.clothes import draw_body
from pictureday.demo.faces import draw_face, draw_glasses, face
from pictureday.demo.hair import HAIR
from pictureday.demo.inks import BLACK, WHITE, Colour, Ink, cloth, mixed, strands
from pictureday.demo.looks import Look
from pictureday.demo.shapes import Pen, oval

__all__ = ["UNLIT", "draw_light", "draw_person"]

UNLIT = 128  # in `draw_light`: neither brighter nor darker

# Light on the shirt's folds, and on the face: x, y, half axes, and how bright; a warm tint is a cheek.
_FOLDS: tuple[tuple[float, float, float, float, int], ...] = (
    (-60, 150, 44, 22, 138),
    (72, 168, 36, 40, 114),
    (-26, 206, 12, 40, 116),
    (34, 216, 10, 40, 118),
    (0, 200, 16, 44, 133),
)
_RELIEF: tuple[tuple[float, float, float, float, Colour], ...] = (
    (-7, 4, 45, 62, (135, 134, 133)),  # the middle of the face
    (-8, -40, 30, 13, (141, 140, 139)),  # the forehead
    (-22, -13, 16, 8, (121, 118, 118)),  # the eyes' hollows
    (22, -13, 16, 8, (116, 113, 113)),
    (-32, 24, 15, 11, (141, 127, 126)),  # the cheeks
    (32, 24, 14, 11, (134, 120, 119)),
    (8, 8, 4, 16, (116, 112, 111)),  # the nose: its shade, its ridge, its tip
    (-2, 14, 4, 16, (145, 144, 143)),
    (0, 33, 12, 4, (116, 111, 110)),
    (0, 62, 13, 4, (118, 114, 113)),  # the hollow under the lip, and the chin
    (-3, 72, 12, 6, (137, 135, 134)),
)


def draw_person(pen: Pen, look: Look) -> None:
    """Draw the student in flat colours."""
    style = HAIR[look.style]
    pen.tilt(look.tilt)
    for shape in style.back:
        pen.blob(shape, _hair(look, shade=0.16))
    pen.tilt(0)
    draw_body(pen, look)
    for shape in style.over:
        pen.blob(shape, _hair(look))
    pen.tilt(look.tilt)
    draw_face(pen, look)
    for shape in style.front:
        pen.blob(shape, _hair(look))
    if look.glasses:
        draw_glasses(pen, look)


def draw_light(pen: Pen, look: Look) -> None:
    """Draw soft light and shade in RGB: a lamp at the upper left, a weaker one at the right."""
    style = HAIR[look.style]
    for x, y, wide, high, grey in _FOLDS:
        pen.blob(oval(x, y, wide, high), (grey, grey, grey))
    pen.blob(oval(3, 92, 36, 20), (92, 88, 88))  # under the chin
    pen.tilt(look.tilt)
    for shape in (*style.back, *style.front):
        pen.blob(shape, (116, 116, 118))
    pen.blob(oval(-16, -82, 30, 9), (158, 156, 152))  # the lamp on the hair
    pen.blob(face(look), (115, 112, 111))
    for x, y, wide, high, shade in _RELIEF:
        pen.blob(oval(x, y, wide, high), shade)


def _hair(look: Look, *, shade: float = 0.0) -> Ink:
    style = HAIR[look.style]
    if style.cloth:  # a scarf that goes with the shirt
        red, green, blue = look.shirt
        return cloth(mixed(mixed((blue, green, red), WHITE, 0.3), BLACK, shade))
    return strands(mixed(look.hair, BLACK, shade), style.curl)
