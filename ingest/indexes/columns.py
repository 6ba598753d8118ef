"""Which column of an index holds what: by its header, by README.TXT, and above all by what stands in it.

Sources disagree on nearly everything but the first three PSPA columns (volume, folder, file), and none
has a student's ID among the standard ones. A student code looks like nothing else, so cells decide and
names only break ties.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.indexes.cells import Cells
from pictureday.names import as_code

__all__ = ["Columns", "code_in", "find_columns", "is_header", "looks_like_image"]

_SAMPLE = 1000  # rows that are looked at
_PSPA_WIDTH = 7  # the shortest PSPA row known
_IMAGE = re.compile(r".+\.(jpe?g?|png|tiff?|bmp|gif|heic|webp|pi?ct)", re.IGNORECASE | re.DOTALL)

_ID_NAMES = frozenset({"id", "studentid", "identifier", "pupilid", "permanentid", "permid", "districtid", "sisid"})
_CODE_NAMES = _ID_NAMES | {"studentcode", "code", "studentnumber", "studentno"}
_IMAGE_NAMES = frozenset({"image", "imagename", "imagefile", "imagefilename", "photo", "photofile", "photofilename"})
_FILE_NAMES = _IMAGE_NAMES | {"file", "filename", "filepath", "path", "picture"}
_FOLDER_NAMES = frozenset({"imagefolder", "folder", "foldername", "directory", "subfolder"})
_VOLUME_NAMES = frozenset({"volumename", "volume"})
_ALL_NAMES = _CODE_NAMES | _FILE_NAMES | _FOLDER_NAMES | _VOLUME_NAMES


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Column numbers, from 0."""

    code: int
    file: int
    folder: int | None = None
    volume: int | None = None


def code_in(cell: str) -> str | None:
    """The student code in `cell`; a spreadsheet's leading quote is forgiven."""
    return as_code(cell.removeprefix("'"))


def looks_like_image(cell: str) -> bool:
    """Whether `cell` is the name of a picture."""
    return _IMAGE.fullmatch(cell) is not None


def is_header(row: Cells) -> bool:
    """Whether `row` names the columns."""
    if any(code_in(cell) or looks_like_image(cell) for cell in row):
        return False
    return any(_plain(cell) in _ALL_NAMES for cell in row)


def find_columns(rows: Sequence[Cells], header: Sequence[str]) -> Columns | None:
    """The columns of `rows`; None where no column holds student codes or none holds file names."""
    sample = rows[:_SAMPLE]
    width = max((len(row) for row in sample), default=0)
    names = [_plain(name) for name in header[:width]] + [""] * (width - len(header))
    code = _fullest(sample, names, lambda cell: code_in(cell) is not None, _CODE_NAMES, set(range(width)))
    if code is None:
        return None
    others = set(range(width)) - {code}
    file = _fullest(sample, names, looks_like_image, _FILE_NAMES, others)
    if file is None:
        file = _without_endings(names, others)
    return None if file is None else _with_folder(names, code, file, width)


def _fullest(
    rows: Sequence[Cells], names: Sequence[str], test: Callable[[str], bool], known: frozenset[str], among: set[int]
) -> int | None:
    # Of the columns where the test holds at all: a declared one first, then the one where it holds most.
    counts = {number: sum(number < len(row) and test(row[number]) for row in rows) for number in among}
    found = [number for number in sorted(among) if counts[number]]
    return max(found, key=lambda number: (names[number] in known, counts[number]), default=None)


def _without_endings(names: Sequence[str], others: set[int]) -> int | None:
    # `IMG_0001` without `.jpg`: only a header, or being the only other column, tells.
    declared = [number for number in sorted(others) if names[number] in _FILE_NAMES]
    return declared[0] if declared else min(others) if len(others) == 1 else None


def _with_folder(names: Sequence[str], code: int, file: int, width: int) -> Columns:
    pspa = width >= _PSPA_WIDTH and file == 2 and code > 2
    folder = next((number for number, name in enumerate(names) if name in _FOLDER_NAMES), 1 if pspa else None)
    volume = next((number for number, name in enumerate(names) if name in _VOLUME_NAMES), 0 if pspa else None)
    return Columns(code=code, file=file, folder=folder, volume=volume)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
