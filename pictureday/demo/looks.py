"""What a drawn student looks like: the choices that a seed makes, as data.

Colours are RGB from 0 to 255. Skin, hair and eyes are drawn from ranges that exist together, so that
two hundred portraits look like a school.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from pictureday.demo.hair import HAIR
from pictureday.demo.inks import Colour

__all__ = ["BACKDROPS", "Look", "look"]

# Skin, with the hair and eye colours that are usual with it.
_LIGHT_HAIR: tuple[Colour, ...] = ((196, 158, 98), (150, 104, 60), (104, 70, 44), (160, 82, 45), (58, 42, 34))
_DARK_HAIR: tuple[Colour, ...] = ((52, 38, 32), (34, 27, 26), (72, 48, 36), (24, 21, 23))
_LIGHT_EYES: tuple[Colour, ...] = ((84, 122, 156), (96, 124, 84), (110, 78, 48), (78, 98, 112))
_DARK_EYES: tuple[Colour, ...] = ((74, 48, 32), (58, 38, 28), (92, 62, 38))
_SKINS: tuple[tuple[Colour, tuple[Colour, ...], tuple[Colour, ...]], ...] = (
    ((244, 211, 188), _LIGHT_HAIR, _LIGHT_EYES),
    ((236, 196, 168), _LIGHT_HAIR, _LIGHT_EYES),
    ((232, 190, 154), _DARK_HAIR, _DARK_EYES),
    ((220, 172, 132), _DARK_HAIR, _DARK_EYES),
    ((200, 148, 108), _DARK_HAIR, _DARK_EYES),
    ((174, 120, 84), _DARK_HAIR, _DARK_EYES),
    ((142, 94, 66), _DARK_HAIR, _DARK_EYES),
    ((112, 72, 52), _DARK_HAIR, _DARK_EYES),
)
_SHIRTS: tuple[Colour, ...] = (
    (46, 74, 122), (152, 44, 52), (52, 104, 82), (232, 228, 220), (98, 74, 128), (214, 146, 60),
    (70, 78, 88), (206, 112, 124), (92, 146, 176), (40, 44, 54), (132, 152, 104), (226, 196, 112),
)  # fmt: skip
BACKDROPS: tuple[Colour, ...] = (
    (112, 142, 176), (128, 132, 142), (98, 128, 122), (146, 130, 116), (120, 116, 152), (86, 112, 148), (164, 168, 174),
)  # fmt: skip
_COLLARS = ("tee", "tee", "striped", "polo", "shirt", "sweater", "hoodie")
_SMILES = ("closed", "teeth", "teeth", "wide")


@dataclass(frozen=True, kw_only=True)
class Look:
    """One student on picture day. Lengths are in the units of `shapes.Pen`, `tilt` in degrees."""

    skin: Colour
    hair: Colour
    style: str
    eyes: Colour
    shirt: Colour
    collar: str
    backdrop: Colour
    smile: str
    tilt: float
    jaw: float
    chin: float
    eye_gap: float
    eye_size: float
    brow: float
    nose: float
    shoulders: float
    lean: float
    glasses: bool
    freckles: bool


def look(seed: int) -> Look:
    """The look of student `seed`; the same one every time."""
    dice = random.Random(seed)
    skin, hairs, eyes = dice.choice(_SKINS)
    return Look(
        skin=_near(dice, skin, 5),
        hair=_near(dice, dice.choice(hairs), 6),
        style=dice.choice(tuple(HAIR)),
        eyes=dice.choice(eyes),
        shirt=_near(dice, dice.choice(_SHIRTS), 10),
        collar=dice.choice(_COLLARS),
        backdrop=dice.choice(BACKDROPS),
        smile=dice.choice(_SMILES),
        tilt=dice.uniform(-3.5, 3.5),
        jaw=dice.uniform(-3, 4),
        chin=dice.uniform(-4, 5),
        eye_gap=dice.uniform(-1.5, 2),
        eye_size=dice.uniform(0.95, 1.15),
        brow=dice.uniform(0.7, 1.3),
        nose=dice.uniform(0.85, 1.2),
        shoulders=dice.uniform(-8, 8),
        lean=dice.uniform(-4, 4),
        glasses=dice.random() < 0.18,
        freckles=skin[0] > 230 and dice.random() < 0.3,
    )


def _near(dice: random.Random, colour: Colour, spread: int) -> Colour:
    shift = dice.randint(-spread, spread)
    red, green, blue = (min(250, max(12, value + shift + dice.randint(-3, 3))) for value in colour)
    return red, green, blue
