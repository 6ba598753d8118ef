"""The flags `do_not_photograph` and `no_release`: columns of the roster, or a flags.csv beside it.

A flag protects a child, so nothing is guessed: a word that is neither yes nor no is a problem, and a
roster that has neither columns nor a flags.csv leaves the known flags as they are.
"""

from __future__ import annotations

import re
from pathlib import Path

from pictureday.names import as_code, shown
from pictureday.roster.records import Flags
from pictureday.roster.table import Line, Problems, Table

__all__ = ["FlagColumns", "read_flags"]

_YES = frozenset({"yes", "y", "true", "t", "1", "x"})
_NO = frozenset({"", "no", "n", "false", "f", "0"})
_NAMES = ("do_not_photograph", "no_release")


class FlagColumns:
    """The flag columns of a roster table, under any usual spelling (`metadata.do_not_photograph`, `No Release`)."""

    def __init__(self, table: Table) -> None:
        self._table = table
        found = {_plain(column): column for column in reversed(table.columns)}
        self._columns = {name: found.get(_plain(name)) for name in _NAMES}

    def read(self, line: Line, name: str) -> bool | None:
        """The flag `name` of a line; None where there is no such column, or a word that had to be reported."""
        column = self._columns[name]
        if column is None:
            return None
        word = line.get(column).casefold()
        if word not in _YES | _NO:
            self._table.wrong(line.number, f"{name} is {shown(word, longest=20)!r}.", "Write yes or no.")
            return None
        return word in _YES


def read_flags(path: Path, problems: Problems) -> dict[str, Flags]:
    """flags.csv (`student_code,flag`): one line for each flag that a student has; all others have none."""
    table = Table(path, problems, required=("student_code", "flag"))
    found: dict[str, set[str]] = {}
    for line in table:
        code, flag = as_code(line.get("student_code")), _plain(line.get("flag"))
        names = {_plain(name): name for name in _NAMES}
        if code is None:
            table.wrong(line.number, "student_code is no student code.", "Write it like 000000X000.")
        elif flag not in names:
            table.wrong(line.number, "there is no such flag.", "Write do_not_photograph or no_release.")
        else:
            found.setdefault(code, set()).add(names[flag])
    return {code: Flags(**dict.fromkeys(flags, True)) for code, flags in found.items()}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.casefold().removeprefix("metadata."))
