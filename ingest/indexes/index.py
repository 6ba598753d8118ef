"""One index file: its rows that say which file shows which student."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.indexes.cells import MOST_BYTES, Cells, decoded, read_cells
from ingest.indexes.columns import Columns, code_in, find_columns, is_header
from ingest.indexes.kinds import is_table

__all__ = ["Entry", "Index", "declared_fields", "read_index"]

_FIELD = re.compile(r"\s*\[\s*Field Definition\s*#\s*([0-9]{1,2})\s*\]\s*=(.*)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row: the file's path as the row has it, cut into its parts, and whose photo it is."""

    parts: tuple[str, ...]
    code: str
    volume: str = ""


@dataclass(frozen=True, kw_only=True)
class Index:
    """The rows of the file at `path` that name a file and a student, and how many lines did not."""

    path: str
    entries: tuple[Entry, ...] = ()
    skipped: int = 0


def read_index(path: str, data: bytes, fields: Sequence[str] = ()) -> Index:
    """The index at `path`. `fields` names its columns where it has no header of its own (README.TXT).

    Never raises: a line without a file and a valid student code is skipped and counted.
    """
    if not is_table(path):
        return Index(path=path)
    rows, skipped = read_cells(data)
    header, rows = (rows[0], rows[1:]) if rows and is_header(rows[0]) else (tuple(fields), rows)
    columns = find_columns(rows, header)
    if columns is None:
        return Index(path=path, skipped=skipped + len(rows))
    found = [entry for row in rows if (entry := _entry(row, columns))]
    return Index(path=path, entries=tuple(found), skipped=skipped + len(rows) - len(found))


def declared_fields(readme: bytes) -> tuple[str, ...]:
    """The columns that a PSPA README.TXT declares (`[Field Definition #11] = ID`), in order; '' for a gap."""
    lines = decoded(readme[:MOST_BYTES]).splitlines()
    named = {int(match[1]): match[2].strip() for line in lines if (match := _FIELD.match(line))}
    return tuple(named.get(number, "") for number in range(1, max(named, default=0) + 1))


def _entry(row: Cells, columns: Columns) -> Entry | None:
    code = code_in(_cell(row, columns.code))
    parts = _parts(_cell(row, columns.file))
    if code is None or not parts:
        return None
    folder = _parts(_cell(row, columns.folder)) if len(parts) == 1 else ()
    if ".." in (*folder, *parts):
        return None
    return Entry(parts=(*folder, *parts[:-1], _with_ending(parts[-1])), code=code, volume=_cell(row, columns.volume))


def _cell(row: Cells, number: int | None) -> str:
    return row[number] if number is not None and number < len(row) else ""


def _parts(path: str) -> tuple[str, ...]:
    # Vendors write on Windows: backslashes, `.\`, drive letters.
    return tuple(part for part in re.split(r"[/\\]", path) if part not in {"", "."} and not part.endswith(":"))


def _with_ending(name: str) -> str:
    return name if "." in name else f"{name}.jpg"
