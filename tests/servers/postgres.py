"""A PostgreSQL server of our own, on loopback, in a folder that goes when it stops."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql

from tests.servers.leftovers import make_folder, remove_folder
from tests.servers.ports import free_port
from tests.servers.processes import Process, account, program, rights, wait_until

__all__ = ["PostgresServer"]

# PostgreSQL's words for how to end, and the signals that say them.
_MODES = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_CONFIG = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 64MB
"""
# A killed process loses nothing without it; only a power cut would, and the tests can't make one.
_HASTY = "fsync = off\n"


class PostgresServer:
    """A server that can be stopped, killed and started again on the same data; `durable` as a real one is."""

    def __init__(self, *, durable: bool = False) -> None:
        self._bin = program("/usr/lib/postgresql/*/bin/initdb", package="postgresql").parent
        # It refuses to run as root.
        self._user = account("postgres", "nobody")
        self._folder = make_folder(Path(tempfile.gettempdir()), "postgres")
        self._port = free_port()
        self._names = (f"test{number}" for number in itertools.count(1))
        self._server: Process | None = None
        self._make_ground(durable=durable)

    @property
    def pid(self) -> int:
        """The number of the server's process; raises `RuntimeError` where it was never started."""
        if self._server is None:
            raise RuntimeError("PostgreSQL was never started")
        return self._server.pid

    def is_running(self) -> bool:
        """Whether the server's process is there."""
        return self._server is not None and self._server.is_alive()

    def start(self) -> None:
        """Start the server on the data it has, and return when it takes connections."""
        if self.is_running():
            return
        command = [self._bin / "postgres", "-D", self._folder / "data", "-p", str(self._port)]
        self._server = Process("server", [str(part) for part in command], folder=self._folder, user=self._user)
        wait_until(self._answers, "PostgreSQL did not start", process=self._server)

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """End it: `smart` waits for the connections, `fast` ends them, `immediate` leaves the data to be recovered."""
        if self._server is not None:
            self._server.end(_MODES[mode])

    def kill(self) -> None:
        """`kill -9` the server."""
        if self._server is not None:
            self._server.kill()

    def new_database(self) -> str:
        """`postgresql+psycopg://…` of an empty database that nobody used."""
        name = next(self._names)
        self._tell("CREATE DATABASE {}", name)
        return f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/{name}"

    def drop_database(self, url: str) -> None:
        """Remove the database behind `url`, whoever is still connected to it."""
        self._tell("DROP DATABASE IF EXISTS {} WITH (FORCE)", url.rpartition("/")[2])

    def close(self) -> None:
        """Stop the server and remove the folder."""
        self.stop("immediate")
        remove_folder(self._folder)

    def _make_ground(self, *, durable: bool) -> None:
        if self._user:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        data = self._folder / "data"
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        command = [str(self._bin / "initdb"), "-D", str(data), *options]
        subprocess.run(command, cwd=self._folder, capture_output=True, check=True, timeout=60, **rights(self._user))
        with (data / "postgresql.conf").open("a", encoding="ascii") as settings:
            settings.write(_CONFIG + ("" if durable else _HASTY))

    def _connect(self) -> psycopg.Connection[Any]:
        address = f"host=127.0.0.1 port={self._port} user=postgres dbname=postgres connect_timeout=5"
        return psycopg.connect(address, autocommit=True)

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _tell(self, statement: str, database: str) -> None:
        with self._connect() as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(database)))
