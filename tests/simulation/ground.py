"""The ground that every run stands on: databases, a folder and a roster, made once and emptied for each seed."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, event, insert, select
from sqlalchemy.pool import ConnectionPoolEntry

import sync.tables
from pictureday.catalogue import tables
from pictureday.catalogue.engine import make_engine
from pictureday.config import Settings, load
from tests.simulation.memory import Store
from tests.simulation.nature import Life, MortalCatalogue, VirtualClock

__all__ = ["CODES", "SCHOOLS", "VENDORS", "Ground"]

VENDORS = ("acme", "bolt")
SCHOOLS = {"N": "North", "S": "South"}
CODES = {**{f"00000{n}A000": "N" for n in range(4)}, "000008A000": "S"}


class Ground:
    """A catalogue, a store, a folder of vendors, a clock and a life."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "vendors"
        self.life, self.clock = Life(), VirtualClock()
        self.catalogue = MortalCatalogue(_engine(folder / "catalogue.db"))
        self.catalogue.life = self.life
        self.catalogue.upgrade()
        self.store = Store(_engine(folder / "misis.db"))
        self.store.life = self.life
        self.store.prepare()
        self.settings = _settings(self.root)

    def clear(self) -> None:
        """Put everything back to the beginning."""
        self.clock.reset()
        self.life.spare()
        shutil.rmtree(self.root, ignore_errors=True)
        for vendor in VENDORS:
            (self.root / vendor / "inbox").mkdir(parents=True)
        with self.catalogue.write() as tx:
            for table in reversed(tables.metadata.sorted_tables):
                tx.execute(table.delete())
            self._fill(tx)
        with self.store._writing() as tx:
            for table in sync.tables.metadata.sorted_tables:
                tx.execute(table.delete())

    def _fill(self, tx: Any) -> None:
        now = self.clock.now()
        tx.execute(insert(tables.vendors), [{"name": name, "state": "active", "created_at": now} for name in VENDORS])
        tx.execute(insert(tables.schools), [{"code": code, "name": name} for code, name in SCHOOLS.items()])
        mail = [{"school_code": code, "email": f"{code}@school.example", "role": "principal"} for code in SCHOOLS]
        tx.execute(insert(tables.contacts), mail)
        flags = {"do_not_photograph": False, "no_release": False, "enrolled": True}
        tx.execute(insert(tables.students), [flags | {"code": c, "school_code": s} for c, s in CODES.items()])
        given = {"granted_by": "principal", "granted_at": now}
        granted = [("acme", "N"), ("acme", "S"), ("bolt", "N")]
        tx.execute(insert(tables.grants), [given | {"vendor": v, "school_code": s} for v, s in granted])

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Every row of a table of the catalogue or of the store."""
        inside = table.metadata is sync.tables.metadata
        with self.store._reading() if inside else self.catalogue.read() as tx:
            return [dict(row) for row in tx.execute(select(table).order_by(*table.primary_key)).mappings()]

    def close(self) -> None:
        """Close both databases."""
        self.store.close()
        self.catalogue.close()


def _engine(path: Path) -> Engine:
    # Processes die here, the machine doesn't: what was committed is there, synced or not.
    engine = make_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _never_sync)
    return engine


def _never_sync(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA synchronous=OFF")
    record.info["synchronous"] = "OFF"


def _settings(root: Path) -> Settings:
    settings = load()
    inbox = replace(settings.inboxes[0], url=f"file:{root}")
    mail = replace(settings.mail, allowed_domains=("school.example",), ops=("ops@school.example",))
    return replace(settings, inboxes=(inbox,), mail=mail, sync=replace(settings.sync, batch=2))
