"""A table that is printed as its rows come: columns of fixed widths, and no row is kept.

rich measures a whole table before it prints the first line of it, and takes a third of a millisecond for each row.
"""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

__all__ = ["print_rows"]

_GAP = "  "
_LEAST = 20  # cells of the last column, however narrow the terminal is
_NO_TERMINAL = 140


def print_rows(columns: Mapping[str, int], rows: Iterable[Sequence[str]]) -> int:
    """Print `rows` under the names in `columns`, each so many cells wide; the last takes what is left of the line.

    What is longer is folded. Cells have to be fit to be shown. Returns how many rows there were; with none, prints
    nothing.
    """
    *fixed, _ = columns.values()
    widths = (*fixed, max(_LEAST, _across() - sum(fixed) - len(_GAP) * len(fixed)))
    count = 0
    for count, row in enumerate(rows, 1):
        if count == 1:
            _print(columns, widths)
        _print(row, widths)
    return count


def _across() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _NO_TERMINAL


def _print(row: Iterable[str], widths: Sequence[int]) -> None:
    folded = [list(_folded(cell, width)) for cell, width in zip(row, widths, strict=True)]
    for parts in zip_longest(*folded, fillvalue=""):
        padded = (part + " " * (width - _cells(part)) for part, width in zip(parts, widths, strict=True))
        sys.stdout.write(_GAP.join(padded).rstrip() + "\n")


def _folded(text: str, width: int) -> Iterator[str]:
    """`text` in pieces of at most `width` cells."""
    if text.isascii():
        yield from (text[at : at + width] for at in range(0, len(text), width))
        return
    start = taken = 0
    for at, letter in enumerate(text):
        size = _cells(letter)
        if taken + size > width:
            yield text[start:at]
            start, taken = at, 0
        taken += size
    yield text[start:]


def _cells(text: str) -> int:
    """How many cells of a terminal `text` takes: Chinese letters take two each, accents none."""
    return len(text) if text.isascii() else sum(map(_size, text))


def _size(letter: str) -> int:
    if unicodedata.category(letter) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
