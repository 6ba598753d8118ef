"""The photos of a contest, drawn once; each contestant gets a copy of them, in the form that it is handed."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.contest import Load
from bench.photos import draw, zipped

__all__ = ["DEFLATED", "FOLDER", "LOOSE", "STORED", "Drawn"]

STORED, DEFLATED, FOLDER, LOOSE = "zip", "zip, deflated", "folder", "loose"


class Drawn:
    """`count` photos in `folder`, as files and in two zips, and one more to warm up with."""

    def __init__(self, folder: Path, count: int) -> None:
        self._photos = draw(folder / "photos", count)
        self._zips = {
            form: zipped(self._photos, folder / f"{form}.zip", stored=form == STORED) for form in (STORED, DEFLATED)
        }
        (self._warm,) = draw(folder / "warm", 1, first=count)

    def all_of_them(self) -> Load:
        """As they lie, for who only reads them."""
        return Load(form=FOLDER, photos=self._photos)

    def load(self, form: str, count: int, folder: Path) -> Load:
        """Copies below `folder`; a zip holds all of them."""
        if form in self._zips:
            archive = folder / "school.zip"
            shutil.copyfile(self._zips[form], archive)
            return Load(form=form, photos=self._photos, archives=[archive])
        photos = folder / "photos"
        photos.mkdir()
        return Load(form=form, photos=[Path(shutil.copy(path, photos)) for path in self._photos[:count]])

    def warm(self, folder: Path) -> Load:
        """One photo, for the first time that anything is done."""
        place = folder / "warm"
        place.mkdir()
        return Load(form=LOOSE, photos=[Path(shutil.copy(self._warm, place))])
