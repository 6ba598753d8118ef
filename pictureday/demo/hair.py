"""Hair styles, as outlines: what lies behind the shoulders, behind the face, and over the forehead."""

from __future__ import annotations

from dataclasses import dataclass

from pictureday.demo.shapes import Points, both, oval

__all__ = ["HAIR", "Hair"]


@dataclass(frozen=True, kw_only=True)
class Hair:
    """One style. `curl` is how rough it looks (0 to 1); `cloth` means it is a scarf, not hair."""

    back: tuple[Points, ...] = ()
    front: tuple[Points, ...] = ()
    over: tuple[Points, ...] = ()  # falls over the shirt
    curl: float = 0.4
    cloth: bool = False


def _curls(*centres: tuple[float, float, float]) -> tuple[Points, ...]:
    return tuple(oval(sign * x, y, r, r) for x, y, r in centres for sign in ((1, -1) if x else (1,)))


def _braid(side: int) -> tuple[Points, ...]:
    return tuple(oval(side * (60 + step * 1.6), 40 + step * 15, 13 - step * 0.6, 11) for step in range(8))


_CAP = both([(0, -100), (30, -95), (54, -72), (64, -34), (61, 4), (55, -8), (53, -32), (36, -58), (0, -68)])
_SWEPT = [
    (-61, 4), (-65, -30), (-56, -70), (-32, -95), (4, -105), (38, -95), (59, -64), (62, 4), (54, -14),
    (50, -38), (34, -50), (4, -48), (-26, -44), (-46, -48), (-53, -26), (-55, -8),
]  # fmt: skip
_PARTED = [
    (-61, 2), (-65, -34), (-54, -76), (-24, -100), (18, -102), (52, -80), (64, -38), (61, 2), (54, -18),
    (48, -42), (20, -60), (-24, -70), (-34, -54), (-50, -38), (-54, -16),
]  # fmt: skip
_BUZZ = both([(0, -91), (28, -86), (50, -64), (60, -24), (58, -2), (55, -8), (53, -34), (36, -58), (14, -66), (0, -67)])
_CURTAINS = both([(0, -101), (31, -95), (57, -66), (68, -20), (64, 26), (58, 12), (53, -20), (38, -48), (0, -72)])
_BANGS = [
    (-62, 22), (-67, -24), (-56, -70), (-31, -95), (0, -104), (31, -95), (56, -70), (67, -24), (62, 22), (56, 4),
    (53, -24), (46, -31), (24, -27), (0, -29), (-24, -27), (-46, -31), (-53, -24), (-56, 4),
]  # fmt: skip
_LONG = both([(0, -101), (38, -90), (68, -48), (76, 20), (80, 90), (74, 150), (44, 156), (0, 120)])
_BOB = both([(0, -102), (40, -91), (69, -48), (76, 14), (72, 58), (50, 72), (0, 60)])
_AFRO = both([(0, -122), (52, -110), (86, -70), (94, -20), (82, 24), (56, 44), (0, 40)])
_SHORT_AFRO = both([(0, -108), (40, -100), (66, -70), (72, -30), (64, 4), (0, 0)])
_VEIL = both([(0, -104), (46, -94), (72, -48), (76, 20), (74, 90), (86, 134), (0, 160)])
_DRAPE = both([(0, 78), (46, 76), (74, 110), (66, 150), (0, 176)])
# A ring: down the outside, up around the face.
_WIMPLE = both([
    (0, -106), (40, -95), (68, -50), (70, 30), (52, 90), (1, 112),
    (1, 82), (34, 66), (52, 34), (56, -10), (44, -46), (0, -62),
])  # fmt: skip

HAIR: dict[str, Hair] = {
    "crop": Hair(front=(_SWEPT,)),
    "side part": Hair(front=(_PARTED,)),
    "buzz": Hair(front=(_BUZZ,), curl=0.6),
    "cap": Hair(front=(_CAP,)),
    "long": Hair(back=(_LONG,), front=(_CURTAINS,), curl=0.35),
    "long, one side": Hair(
        back=(_LONG,), front=(_PARTED,), curl=0.35,
        over=([(44, 60), (70, 40), (78, 96), (74, 150), (58, 178), (46, 150), (50, 104)],),
    ),
    "bob": Hair(back=(_BOB,), front=(_BANGS,), curl=0.35),
    "bangs, long": Hair(back=(_LONG,), front=(_BANGS,), curl=0.35),
    "ponytail": Hair(
        front=(_CAP,), back=([(30, -70), (74, -66), (96, -20), (92, 50), (74, 96), (70, 40), (62, -10)],),
    ),
    "bun": Hair(front=(_CAP,), back=(oval(0, -108, 30, 26),)),
    "two puffs": Hair(front=(_CAP,), back=_curls((62, -78, 32)), curl=0.9),
    "afro": Hair(back=(_AFRO,), front=(_CAP,), curl=1.0),
    "short afro": Hair(back=(_SHORT_AFRO,), front=(_CAP,), curl=1.0),
    "braids": Hair(front=(_CURTAINS,), over=(*_braid(1), *_braid(-1)), curl=0.7),
    "curls": Hair(
        back=_curls(
            (0, -90, 26), (30, -84, 26), (56, -60, 26), (70, -26, 24), (74, 10, 24), (74, 44, 22), (68, 74, 20)
        ),
        front=(_CAP, *_curls((14, -66, 14), (38, -56, 14), (56, -30, 12))),
        curl=0.9,
    ),
    "scarf": Hair(cloth=True, back=(_VEIL,), front=(_WIMPLE,), over=(_DRAPE,)),
}  # fmt: skip
