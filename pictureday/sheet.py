"""Tables for people's spreadsheets: CSV that no cell of can turn into a formula.

A file name, a student's name or a vendor's title is hostile text, and Excel and LibreOffice run what
starts with `=`. OWASP ASVS 5.0, 1.2.10: quote as RFC 4180 says, and put a single quote in front of
what could start a formula. Quoting alone does not stop it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

from pictureday.names import shown

__all__ = ["safe_cell", "write_rows"]

_STARTS_A_FORMULA = tuple("=+-@\u2212\t\r\n\0")  # U+2212 is the minus sign of printers
# Nearly every cell there is; asking this first is what keeps an export of a whole district fast.
_HARMLESS = re.compile(r"(?:[A-Za-z0-9][ -~]*)?")
_LONGEST = 32_000  # characters: a spreadsheet's cell holds 32,767


def safe_cell(value: object) -> str:
    """`value` as the text of one cell: nothing in it can run, break the line or hide.

    None is an empty cell and a number stays a number. Text that starts like a formula, also behind
    spaces, gets a single quote in front; what can't be printed is escaped.
    """
    if value is None:
        return ""
    text = str(value)
    if isinstance(value, (int, float)) or _HARMLESS.fullmatch(text):
        return text[:_LONGEST]
    return ("'" if _may_run(text) else "") + shown(text, longest=_LONGEST)[:_LONGEST]


def _may_run(text: str) -> bool:
    # Some spreadsheets read the full-width, small and raised forms (`\uff1d`, `\ufe66`, `\u207c`) as the plain ones.
    first = text.lstrip()[:1]
    return text.startswith(_STARTS_A_FORMULA) or unicodedata.normalize("NFKC", first).startswith(_STARTS_A_FORMULA)


def write_rows(stream: TextIO, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write `header` and `rows` to `stream` as they come, and return how many rows there were.

    Every cell is quoted, so that a semicolon or a tab in it can't start a new cell where the
    spreadsheet's separator is not the comma. Open `stream` with `newline=""`; lines end in CRLF (RFC 4180).
    """
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    writer.writerow([safe_cell(cell) for cell in header])
    written = 0
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
        written += 1
    return written
