"""The catalogue as one object: read and write transactions, and its version."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from pictureday.catalogue import versions
from pictureday.catalogue.engine import BUSY_SECONDS, make_engine, shown_url, sqlite_path, translated, writing
from pictureday.errors import Outage

__all__ = ["Catalogue"]


class Catalogue:
    """Our own database. One object serves all threads of a process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._name = f"The catalogue {shown_url(str(engine.url.render_as_string(hide_password=False)))}"

    @classmethod
    def open(cls, url: str, *, upgrade: bool = True) -> Catalogue:
        """The catalogue at `url`. A new one gets its tables; an older one is brought up to date.

        With `upgrade=False` an older catalogue is an `Outage` that names the command. Raises `Outage` where
        the database can't be opened.
        """
        catalogue = cls(make_engine(url))
        path = sqlite_path(url)
        if path is not None:
            _make_folder(path.parent)
        catalogue.upgrade() if upgrade else catalogue.check_version()
        return catalogue

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, where one writer at a time is the rule and no row locks exist."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def write(self, *, fleeting: bool = False) -> Iterator[Connection]:
        """A transaction that may write: committed at the end, rolled back on any exception.

        `fleeting`: what a power cut may undo, as leases are; it is quicker, and in order with all others.
        """
        with self._in_turn(), writing(self._engine, self._name, fleeting=fleeting) as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads: one consistent picture, never waiting for writers."""
        with translated(self._name), self._engine.connect() as tx, tx.begin():
            yield tx

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        # SQLite has one writer at a time, and whoever waits for it sleeps and looks again: our threads need not.
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise Outage(
                f"{self._name} is busy: one of our own threads takes long.", fix="It is tried again by itself."
            )
        try:
            yield
        finally:
            self._turn.release()

    def upgrade(self) -> None:
        """Bring the tables up to this program's version; does nothing where they are."""
        if self._version() == versions.HEAD:
            return  # most commands come here, and need not wait for who is writing
        with writing(self._engine, self._name) as tx:
            versions.upgrade(tx)

    def check_version(self) -> None:
        """Raise `Outage` unless the tables are of this program's version."""
        if (found := self._version()) != versions.HEAD:
            raise Outage(f"{self._name} is of version {found or 'none'}.", fix="Run `pictureday db upgrade`.")

    def _version(self) -> str | None:
        with self.read() as tx:
            return versions.current(tx)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Outage(
            f"The folder {folder} can't be made: {error.strerror}.", fix="Check the rights of its parent."
        ) from error
