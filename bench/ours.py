"""Picture Day itself: the real `pictureday run` with all stages, all guarantees on."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import func, select

from bench.contest import Load
from pictureday.catalogue import tables
from tests.flow.district import District, end, eventually
from tests.servers import PostgresServer, RabbitServer

__all__ = ["Ours", "Servers"]

# A contest is not about how long we wait for a client to go on. Everything else is as it is delivered.
_TIMINGS = {"settle": 0.2, "quiet": 1.0}


class Servers:
    """A broker and a database on this machine, started once; each contestant gets a ground of its own in them."""

    def __init__(self) -> None:
        self.rabbit = RabbitServer()
        self.postgres = PostgresServer(durable=True)

    def start(self) -> None:
        """Start both."""
        self.rabbit.start()
        self.postgres.start()

    def close(self) -> None:
        """Stop both, and remove what they wrote."""
        self.rabbit.close()
        self.postgres.close()


class Ours:
    """The pipeline on one machine: with nothing installed, or with a broker and a database."""

    lacks = "-"

    def __init__(
        self, students: int, servers: Servers | None = None, *, timings: Mapping[str, float] = _TIMINGS
    ) -> None:
        self.name = "Picture Day: RabbitMQ, PostgreSQL" if servers else "Picture Day: embedded, SQLite"
        self._students = students
        self._timings = dict(timings)
        self._servers = servers
        self._district: District | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def district(self) -> District:
        """The district that is at work."""
        if self._district is None:
            raise RuntimeError("it was not started")
        return self._district

    def prepare(self, folder: Path) -> None:
        """A district with that many students, in which nothing runs yet."""
        self._district = District(folder, students=self._students, urls=dict(self._urls()), timings=self._timings)

    def start(self, folder: Path) -> Sequence[int]:
        """A district with that many students, and its one process."""
        self.prepare(folder)
        self._process = self.district.start("run")
        eventually(lambda: '"started"' in self.district.logs(), "the pipeline is up", seconds=60)
        servers = [self._servers.rabbit.pid, self._servers.postgres.pid] if self._servers else []
        return [self._process.pid, *servers]

    def hand_in(self, load: Load) -> None:
        """Move the load into the inbox: on one file system it is there at once, whole."""
        inbox = self.district.inbox()
        if load.archives:
            for archive in load.archives:
                archive.rename(inbox / archive.name)
        elif load.form == "folder":
            load.photos[0].parent.rename(inbox / "autumn")
        else:
            for path in load.photos:
                path.rename(inbox / path.name)

    def verdicts(self) -> int:
        """How many photos are judged: quickly asked, for each look takes time from the work."""
        table, photos = tables.deliveries, tables.files
        with self.district.catalogue.read() as tx:
            pending = tx.execute(select(func.sum(table.c.pending))).scalar()
            if pending is None or pending > 0:
                return 0
            return int(tx.execute(select(func.count()).where(photos.c.judged_at.is_not(None))).scalar_one())

    def close(self) -> None:
        """End the process and forget the district."""
        if self._process is not None:
            end(self._process)
        if self._district is not None:
            self._district.close()
        self._district = self._process = None

    def _urls(self) -> Mapping[str, str]:
        if self._servers is None:
            return {}
        database = self._servers.postgres.new_database()
        return {"bus": self._servers.rabbit.new_url(), "catalogue": database, "misis": database}
