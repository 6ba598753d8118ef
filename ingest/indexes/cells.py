"""The cells of an index file, from whatever bytes a vendor's exporter wrote.

Separator, quotes, line ends and encoding are found out, not asked for: UTF-8, UTF-16 (Excel's "Unicode
text") or Windows-1252; CRLF, LF or CR; tab, semicolon or comma.
"""

from __future__ import annotations

import codecs
import csv
import re

__all__ = ["MOST_BYTES", "Cells", "decoded", "read_cells"]

MOST_BYTES = 10_000_000  # of one index: 100,000 rows of a hundred characters
_MOST_ROWS = 100_000
_LONGEST_LINE = 10_000  # characters
_SAMPLE = 200  # lines that tell the separator

Cells = tuple[str, ...]


def decoded(data: bytes) -> str:
    """`data` as text; never raises. What no encoding explains becomes U+FFFD."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def read_cells(data: bytes) -> tuple[list[Cells], int]:
    """The rows of `data` that have cells, and how many lines had to be skipped. More than `MOST_BYTES` is one skip."""
    if len(data) > MOST_BYTES:
        return [], 1
    lines = [line for line in re.split(r"\r\n|\r|\n", decoded(data)) if line.strip()]
    separator = _separator(lines[:_SAMPLE])
    rows = [_split(line, separator) for line in lines[:_MOST_ROWS]]
    good = [row for row in rows if row]
    return good, len(lines) - len(good)


def _separator(lines: list[str]) -> str:
    # A comma stands in names too ("Doe, Jane"), so it is asked last.
    for separator in "\t;":
        if sum(separator in line for line in lines) * 2 > len(lines):
            return separator
    return ","


def _split(line: str, separator: str) -> Cells:
    if len(line) > _LONGEST_LINE:
        return ()
    try:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except (csv.Error, StopIteration):
        return ()
    if len(cells) == 1 and separator in line:
        # A quote that never closes swallowed the line; it was no quote.
        cells = line.split(separator)
    return tuple(cell.strip().strip('"').strip() for cell in cells)
