"""The catalogue's version: Alembic migrations, run on a connection that is already open.

Alembic takes longer to load than most commands take to run, so it is loaded only where tables change.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from pictureday.errors import Outage

__all__ = ["HEAD", "MIGRATIONS", "current", "upgrade"]

HEAD = "0004"  # the version this program needs; a test compares it with the newest migration
MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_202_611  # any number that is ours: two programs that start together must not both migrate


def current(tx: Connection) -> str | None:
    """The version the database has; None where it has no tables."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    return tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def upgrade(tx: Connection) -> None:
    """Run what is missing, in the caller's transaction; waits for another program that is at it."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    if current(tx) == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = tx
    try:
        command.upgrade(config, "head")
    except CommandError as error:  # it has a version that this program has never heard of
        raise Outage(
            f"The catalogue is of version {current(tx)}, newer than this program.", fix="Update it."
        ) from error
