"""Colours, and the inks made of them: a colour with a surface, which later gets grain, weave or strands."""

from __future__ import annotations

__all__ = ["BLACK", "BLOOD", "SMOOTH", "WHITE", "Colour", "Ink", "cloth", "mixed", "plain", "strands"]

Colour = tuple[int, int, int]
Ink = tuple[int, int, int, int]

BLACK: Colour = (18, 14, 16)
WHITE: Colour = (246, 243, 238)
BLOOD: Colour = (186, 62, 66)

# The fourth channel says how smooth a surface is: skin and buttons 255, the roughest hair 0.
SMOOTH, _CLOTH, _SLEEK = 255, 190, 140


def plain(colour: Colour) -> Ink:
    """A smooth surface, as skin is."""
    return (*colour, SMOOTH)


def cloth(colour: Colour) -> Ink:
    """A surface with a faint weave."""
    return (*colour, _CLOTH)


def strands(colour: Colour, curl: float) -> Ink:
    """Hair: sleek at `curl` 0, as rough as can be at 1."""
    return (*colour, round(_SLEEK * (1 - curl)))


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with `share` (0 to 1) of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
