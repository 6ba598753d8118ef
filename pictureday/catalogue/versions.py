"""The catalogue's version: Alembic migrations, run on a connection that is already open."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

__all__ = ["current", "head", "upgrade"]

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_202_611  # any number that is ours: two programs that start together must not both migrate


def head() -> str | None:
    """The version this program needs."""
    return ScriptDirectory(str(_FOLDER)).get_current_head()


def current(tx: Connection) -> str | None:
    """The version the database has; None where it has no tables."""
    return MigrationContext.configure(tx).get_current_revision()


def upgrade(tx: Connection) -> None:
    """Run what is missing, in the caller's transaction; waits for another program that is at it."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    if current(tx) == head():
        return
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = tx
    command.upgrade(config, "head")
