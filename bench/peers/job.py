"""The peers' job: judge one photo with Pillow, record the verdict, move the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from PIL import Image

__all__ = ["judge", "judged", "prepare"]

_LEAST, _MOST = 15_000, 30_720  # bytes


def prepare(folder: Path) -> None:
    """The folders, and a database of the verdicts, that the job needs."""
    for name in ("inbox", "accepted", "quarantine"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    with closing(_connect(folder)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE IF NOT EXISTS verdicts (name TEXT PRIMARY KEY, verdict TEXT NOT NULL)")


def judge(folder: Path, name: str) -> None:
    """Give one photo of the inbox its verdict."""
    path = folder / "inbox" / name
    verdict = _verdict(path)
    with closing(_connect(folder)) as database, database:
        database.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", (name, verdict))
    path.rename(folder / ("accepted" if verdict == "good" else "quarantine") / name)


def judged(folder: Path) -> int:
    """How many verdicts are on record."""
    with closing(_connect(folder)) as database:
        return int(database.execute("SELECT count(*) FROM verdicts").fetchone()[0])


def _verdict(path: Path) -> str:
    if not _LEAST <= path.stat().st_size <= _MOST:
        return "wrong size"
    try:
        with Image.open(path) as picture:
            if picture.format != "JPEG" or picture.width < 150 or picture.height < 200:
                return "wrong picture"
            picture.load()
    except OSError:
        return "damaged"
    return "good"


def _connect(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "verdicts.db", timeout=60)
