"""One way to open a database, SQLite or PostgreSQL, and one place where their errors become ours.

SQLite runs in WAL mode with `synchronous=FULL` (NORMAL can lose the last commits at a power cut), and
every write begins with `BEGIN IMMEDIATE`: a read that turns into a write fails at once with
SQLITE_BUSY_SNAPSHOT, whatever the busy timeout says.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from pictureday.errors import FatalError, Outage, PictureDayError

__all__ = ["BUSY_SECONDS", "make_engine", "translated", "writing"]

BUSY_SECONDS = 10.0

# Seconds of silence, and between three questions after it, until one end of a line believes that the other is gone.
_SILENCE, _QUESTION = 10, 5
# A host that loses its power in mid-transaction says nothing; by the defaults its locks would hold up all others for
# more than two hours. Whoever asks nothing for a minute within a transaction of ours is gone, too: behind a proxy that
# stays up the server never sees the line break.
_PER_SESSION = {
    "timezone": "utc",
    "tcp_keepalives_idle": _SILENCE,
    "tcp_keepalives_interval": _QUESTION,
    "tcp_keepalives_count": 3,
    "idle_in_transaction_session_timeout": "60s",
}
_POSTGRES = {
    "connect_timeout": 10,
    "keepalives_idle": _SILENCE,
    "keepalives_interval": _QUESTION,
    "keepalives_count": 3,
    "options": " ".join(f"-c {name}={value}" for name, value in _PER_SESSION.items()),
}


def make_engine(url: str) -> Engine:
    """An engine for `url` (`sqlite:///…` or `postgresql+psycopg://…`); nothing is opened yet."""
    if url.startswith("sqlite"):
        return _sqlite(url)
    return create_engine(
        url,
        poolclass=QueuePool,
        pool_size=5,
        max_overflow=20,
        pool_pre_ping=True,
        hide_parameters=True,  # an error's text goes to the log; codes and names don't
        connect_args=_POSTGRES,
    )


def _sqlite(url: str) -> Engine:
    # Each thread checks a connection out for one transaction; SQLite's own lock makes the queue.
    engine = create_engine(
        url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, pool_size=20, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _let_go)
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    # Python's driver must not begin transactions by itself: `_begin` says which kind.
    connection.isolation_level = None
    _use_wal(connection)
    for pragma in ("foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _let_go(context: ExceptionContext) -> None:
    # A connection that once could not open the log for writing only reads for ever, whatever the disk does later.
    context.is_disconnect = any(piece in str(context.original_exception) for piece in _SPOILS)


def _use_wal(connection: sqlite3.Connection) -> None:
    # Where two programs make a new database at once, this one statement does not wait by itself.
    limit = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            if connection.execute("PRAGMA journal_mode=WAL").fetchone() == ("delete",):
                # It failed, was undone, and SQLite does not call it an error.
                raise sqlite3.OperationalError("disk I/O error: the journal mode can't be changed")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > limit:
                raise
        time.sleep(0.02)


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    _sync(connection, "NORMAL" if options.get("fleeting") else "FULL")
    connection.exec_driver_sql(f"BEGIN {'IMMEDIATE' if options.get('writes') else 'DEFERRED'}")


def _sync(connection: Connection, mode: str) -> None:
    # It can't be changed within a transaction, and asking costs as much as setting it. Whoever made the engine may
    # have said OFF once and for all, as a simulation does that never cuts the power.
    if connection.info.get("synchronous") not in (mode, "OFF"):
        connection.exec_driver_sql(f"PRAGMA synchronous={mode}")
        connection.info["synchronous"] = mode


@contextmanager
def writing(engine: Engine, what: str, *, fleeting: bool = False) -> Iterator[Connection]:
    """A transaction that may write, committed at the end; `what` names the database in errors.

    A `fleeting` one is not waited for until it is on disk: a power cut may undo it, and the death of any process can't.
    """
    options = {"writes": True, "fleeting": fleeting}
    with translated(what), engine.connect().execution_options(**options) as connection, connection.begin():
        if fleeting and engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        yield connection


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Re-raise what the database says in our words: `Outage` where waiting helps, `FatalError` where it can't."""
    try:
        yield
    except DBAPIError as error:
        raise _ours(what, error) from error
    except SQLAlchemyError as error:
        raise Outage(f"{what} can't be used: {error}.") from error


def _ours(what: str, error: DBAPIError) -> PictureDayError | DBAPIError:
    text = " ".join(str(error.orig).split())
    if getattr(error.orig, "sqlite_errorname", "") in _NOT_SYNCED:
        # What SQLite had written may be lost, and the next sync would report it as saved (design, 5.7).
        return FatalError(f"{what} could not be saved to disk: {text}.", fix="Look at the disk, then start again.")
    for piece, said, fix in _SQLITE_SAYS:
        if piece in text:
            return Outage(f"{what} {said}.", fix=fix)
    if "malformed" in text or "not a database" in text:
        return FatalError(f"{what} is damaged: {text}.", fix="Restore it from a backup.")
    if error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError)):
        return Outage(f"{what} can't be reached: {text}.", fix="It is tried again by itself.")
    return error


_SPOILS = ("readonly database", "disk I/O error", "unable to open database file")
_NOT_SYNCED = ("SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC")
_SQLITE_SAYS = (
    ("database is locked", "is locked by another program", "Close what holds it; it is tried again by itself."),
    ("readonly database", "is read-only", "Make the file and its folder writable; it is tried again by itself."),
    ("disk is full", "has no room: the disk is full", "Free some space; it is tried again by itself."),
    (
        "disk I/O error",
        "can't be read or written: the disk fails or is full",
        "Look at the disk; it is tried again by itself.",
    ),
    ("unable to open database file", "can't be opened", "Check that its folder exists and is writable."),
    ("no such table", "has no tables yet", "Run `pictureday db upgrade`."),
    ("does not exist", "has no tables yet", "Run `pictureday db upgrade`."),
    ("no such column", "is of an older version", "Run `pictureday db upgrade`."),
)


def shown_url(url: str) -> str:
    """`url` without its password, for people and logs."""
    return make_url(url).render_as_string(hide_password=True)


def sqlite_path(url: str) -> Path | None:
    """The file behind a SQLite `url`, None for a server."""
    database = make_url(url).database
    return Path(database) if url.startswith("sqlite") and database else None
