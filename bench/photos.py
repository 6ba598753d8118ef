"""The photos that everybody is given: drawn, of the two usual sizes, each with bytes of its own.

Like a camera's, each holds a segment that must not reach MiSiS (here a comment), so each good one needs a clean copy.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.flow.district import code_of
from tests.photos import portrait, with_comment

__all__ = ["draw", "zipped"]

_FACES = 200


def draw(folder: Path, count: int, *, first: int = 0) -> list[Path]:
    """Write `count` photos as `<code>.jpg`: half 300 x 400, half 175 x 233 pixels, 15,000 to 30,720 bytes each."""
    folder.mkdir(parents=True)
    paths = [folder / f"{code_of(number)}.jpg" for number in range(first, first + count)]
    for number, path in enumerate(paths, first):
        path.write_bytes(_photo(number))
    return paths


def _photo(number: int) -> bytes:
    size = (300, 400) if number % 2 else (175, 233)
    face = portrait(*size, seed=number % _FACES, bytes_between=(15_000, 30_600))
    return with_comment(face, f"photo {number:08d}".encode())


def zipped(photos: Sequence[Path], archive: Path, *, stored: bool = False) -> Path:
    """One zip of them, deflated as the usual tools do with all they are given, or stored as some do with pictures."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as out:
        for path in photos:
            out.write(path, path.name)
    return archive
