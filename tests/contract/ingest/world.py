"""A real inbox, catalogue and blobs, and an ingester whose clock the test turns."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ingest.worker import Ingester
from pictureday import blobs
from pictureday.catalogue import Catalogue, tables, vendors
from pictureday.config import decoded

__all__ = ["World"]

_TIMES = {"settle": 2, "quiet": 5, "grace": 60, "rescan": 30}


class Clock:
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> datetime:
        """Some day."""
        return datetime(2026, 10, 5, tzinfo=UTC)

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return self.time


class World:
    """The vendors `acme` and `other`, both active."""

    def __init__(self, folder: Path, **times: float) -> None:
        self.root = folder / "vendors"
        self.clock = Clock()
        self.settings = decoded(
            {
                "ingest": _TIMES | times,
                "inboxes": [{"url": f"file:{self.root}"}],
                "blobs": {"url": f"file:{folder}/blobs"},
            }
        )
        self.catalogue = Catalogue.open(f"sqlite:///{folder}/catalogue.db")
        self.blobs = blobs.connect(self.settings.blobs.url)
        with self.catalogue.write() as tx:
            for vendor in ("acme", "other"):
                self.inbox(vendor).mkdir(parents=True)
                vendors.add(tx, vendor, who="test", active=True)
        self.ingester = self.started()

    def started(self) -> Ingester:
        """Another process's ingester of the same inbox."""
        return Ingester(
            self.settings.inboxes[0], self.settings, self.catalogue, self.blobs, wake=lambda: None, clock=self.clock
        )

    def inbox(self, vendor: str = "acme") -> Path:
        """Where a vendor writes."""
        return self.root / vendor / "inbox"

    def go(self, *, seconds: float = 120, every: float = 1.0) -> None:
        """Let the ingester work for so long by its clock."""
        for _ in range(int(seconds / every)):
            self.turn()
            self.clock.time += every

    def turn(self) -> None:
        """One step of each of the ingester's threads, at once."""
        self.ingester.ring()  # its wait is for events, and here the clock stands
        self.ingester.step()
        while self.ingester.unpack() == 0:
            pass

    def files(self) -> dict[str, str]:
        """The state of every file by its path."""
        return {row["path"]: row["state"] for row in self.rows(tables.files)}

    def rows(self, table: Any) -> list[dict[str, Any]]:
        """Every row of a table."""
        with self.catalogue.read() as tx:
            return [dict(row) for row in tx.execute(select(table).order_by(*table.primary_key)).mappings()]

    def deliveries(self) -> list[tuple[str, str, str]]:
        """Every delivery: vendor, name, state."""
        return [(row["vendor"], row["name"], row["state"]) for row in self.rows(tables.deliveries)]

    def notices(self) -> list[str]:
        """What ops are told."""
        return [row["text"] for row in self.rows(tables.notices)]

    def close(self) -> None:
        """End it."""
        self.ingester.stop()
        self.catalogue.close()
