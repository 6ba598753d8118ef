"""A CSV file with a header: read by column name, line by line, with everything wrong in it remembered.

A roster is all or nothing: `Problems` gathers what is wrong in all files of a folder, and one error
tells it, so that a person mends a file once and not once a line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from pictureday.errors import UserError
from pictureday.names import shown

__all__ = ["Line", "Problems", "Table"]

_SHOWN = 20  # problems in one error
_SEPARATORS = ",;\t"


class Problems:
    """What is wrong in a roster folder: the first twenty lines, and how many more."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._count = 0

    def add(self, file: str, line: int, what: str, fix: str) -> None:
        """Remember that `line` of `file` is wrong, and what to do about it."""
        self._count += 1
        if len(self._lines) < _SHOWN:
            self._lines.append(f"  {file} line {line}: {what} {fix}")

    def raise_if_any(self) -> None:
        """Raise `UserError` with all problems; nothing happens where there are none."""
        if not self._count:
            return
        more = self._count - len(self._lines)
        lines = [*self._lines, *([f"  and {more:,} more"] if more else [])]
        raise UserError("\n".join(["The roster can't be used; nothing was imported:", *lines]))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: its number in the file, from 1, and its cells."""

    number: int
    cells: Sequence[str]
    columns: Mapping[str, int]

    def get(self, name: str) -> str:
        """The cell under `name`, without spaces around it; '' where there is no such column or cell."""
        at = self.columns.get(name, -1)
        return self.cells[at].strip() if 0 <= at < len(self.cells) else ""

    def text(self, name: str) -> str:
        """The same, fit to be shown: spaces become single, control characters are escaped."""
        cell = " ".join(self.get(name).split())
        return cell if cell.isprintable() else shown(cell)


class Table:
    """One CSV file. UTF-8 with or without a BOM; separated by comma, semicolon or tab; header names in any case."""

    def __init__(self, path: Path, problems: Problems, *, required: Iterable[str] = ()) -> None:
        """Read the header. Raises `UserError` where the file can't be read or lacks a `required` column."""
        self.path = path
        self.name = path.name
        self._problems = problems
        with self._reading() as stream:
            header = next(self._text(stream), "")
        self._separator = max(_SEPARATORS, key=header.count)
        names = next(csv.reader([header], delimiter=self._separator), [])
        self._width = len(names)
        self.columns = {name.strip().casefold(): at for at, name in reversed(list(enumerate(names)))}
        self._require(required)

    def __contains__(self, name: str) -> bool:
        """Whether there is a column of this name."""
        return name in self.columns

    def __iter__(self) -> Iterator[Line]:
        """The lines after the header; empty ones are left out, one with too many cells is a problem."""
        width = self._width
        for number, cells in self._rows():
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                self.wrong(
                    number, f"it has {len(cells)} cells, the header {width}.", "Put a cell with a comma in quotes."
                )
            elif any(cell.strip() for cell in cells):
                yield Line(number, cells, self.columns)

    def wrong(self, line: int, what: str, fix: str) -> None:
        """Remember that a line of this file is wrong."""
        self._problems.add(self.name, line, what, fix)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        with self._reading() as stream:
            # Strict, so that a quote that never closes is said, and does not swallow the rest of the file.
            reader = csv.reader(self._text(stream), delimiter=self._separator, strict=True)
            try:
                next(reader, None)
                for cells in reader:
                    yield reader.line_num, cells
            except csv.Error as error:
                raise self._unusable(f"is no CSV at line {reader.line_num} ({error})") from error

    def _text(self, stream: TextIO) -> Iterator[str]:
        try:
            for line in stream:
                if "\0" in line:
                    raise self._unusable("is no text file: it holds NUL bytes")
                yield line
        except UnicodeDecodeError as error:
            raise self._unusable("is not in UTF-8") from error

    def _reading(self) -> TextIO:
        try:
            return self.path.open(encoding="utf-8-sig", newline="")
        except OSError as error:
            raise UserError(f"{self.path} can't be read: {error.strerror}.") from error

    def _require(self, names: Iterable[str]) -> None:
        missing = [name for name in names if name not in self.columns]
        if missing:
            found = ", ".join(shown(name, longest=40) for name in list(self.columns)[:20]) or "nothing"
            raise UserError(
                f"{self.name} has no column {' and no column '.join(missing)} (it has {found}).",
                fix="The first line must name the columns.",
            )

    def _unusable(self, what: str) -> UserError:
        return UserError(f"{self.name} {what}.", fix="Save it as CSV UTF-8 and import it again.")
