"""A roster folder, written line by line in each test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pictureday.config import Roster
from pictureday.roster import RosterFile, read_roster

TODAY = date(2026, 10, 1)
Read = Callable[..., RosterFile]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write files (`students="…"` makes students.csv) into a folder and read it as a roster."""

    def read(code_field: str = "identifier", **files: str | bytes) -> RosterFile:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (tmp_path / f"{name}.csv").write_bytes(data)
        return read_roster(tmp_path, Roster(code_field=code_field), today=TODAY)

    return read
