"""The camera: what it writes beside the picture (EXIF), and a JPEG of a size that the district takes."""

from __future__ import annotations

import io
import random
from datetime import datetime, timedelta

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

__all__ = ["exif", "jpeg"]

# The district's window is 15,000 to 30,720 bytes; a portrait stays well inside it.
_LEAST, _MOST = 18_000, 27_500
_QUALITIES = range(12, 98)

_CAMERAS = (
    ("Canon", "Canon EOS 90D", False),
    ("Canon", "Canon EOS 6D Mark II", False),
    ("NIKON CORPORATION", "NIKON D7500", False),
    ("SONY", "ILCE-7M3", False),
    ("Apple", "iPhone 13", True),  # a telephone knows where it is
)
_FIRST_DAY = datetime(2026, 9, 14, 8, 0, 0)  # noqa: DTZ001 - EXIF times have no zone
# Tag numbers: CIPA DC-008 (Exif 2.32), tables 4 to 15.
_MAKE, _MODEL, _ORIENTATION, _DATE = 0x010F, 0x0110, 0x0112, 0x0132
_EXPOSURE, _F_NUMBER, _SPEED, _TAKEN, _FOCAL = 0x829A, 0x829D, 0x8827, 0x9003, 0x920A
_CAMERA_PART, _GPS_PART = 0x8769, 0x8825


def exif(seed: int, *, sideways: bool) -> bytes:
    """The EXIF block of photo `seed`: camera, moment, exposure, for some the place.

    `sideways` says that the picture is stored turned (orientation 6), as a camera held upright does it.
    """
    dice = random.Random(seed)
    make, model, knows_place = dice.choice(_CAMERAS)
    moment = (_FIRST_DAY + timedelta(seconds=dice.randrange(6 * 3600))).strftime("%Y:%m:%d %H:%M:%S")
    block = Image.Exif()
    block.update({_MAKE: make, _MODEL: model, _ORIENTATION: 6 if sideways else 1, _DATE: moment})
    block.get_ifd(_CAMERA_PART).update(
        {
            _EXPOSURE: IFDRational(1, dice.choice((125, 160, 200))),
            _F_NUMBER: IFDRational(dice.choice((56, 71, 80)), 10),
            _SPEED: dice.choice((100, 200)),
            _TAKEN: moment,
            _FOCAL: IFDRational(dice.choice((50, 70, 85))),
        }
    )
    if knows_place:
        block.get_ifd(_GPS_PART).update(_place(dice))
    written: bytes = block.tobytes()
    return written


def _place(dice: random.Random) -> dict[int, object]:
    # Out at sea: no real school's place stands in a sample photo.
    north, west = ((33, 30, dice.randrange(60)), (120, 15, dice.randrange(60)))
    return {1: "N", 2: tuple(map(IFDRational, north)), 3: "W", 4: tuple(map(IFDRational, west))}


def jpeg(picture: Image.Image, block: bytes = b"") -> bytes:
    """`picture` as a JPEG between 18,000 and 27,500 bytes, or as near as its quality can bring it."""
    least, most = _QUALITIES.start, _QUALITIES.stop - 1
    quality = _first_guess(picture.width * picture.height)
    while True:
        written = _saved(picture, block, quality)
        if len(written) > _MOST:
            most = quality - 1
        elif len(written) < _LEAST:
            least = quality + 1
        else:
            return written
        if least > most:
            return written
        quality = (least + most) // 2


def _first_guess(pixels: int) -> int:
    # Measured on these portraits; a wrong guess only costs one more encoding.
    return 93 if pixels < 60_000 else 86 if pixels < 150_000 else 50


def _saved(picture: Image.Image, block: bytes, quality: int) -> bytes:
    written = io.BytesIO()
    # Fine colour only where there is room for it; a press always has it.
    subsampling = 0 if quality > 90 or picture.mode == "CMYK" else 2
    picture.save(written, "JPEG", quality=quality, subsampling=subsampling, exif=block)
    return written.getvalue()
