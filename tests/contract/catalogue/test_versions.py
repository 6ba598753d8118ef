"""The tables and the migrations agree, on either database."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from pictureday.catalogue import Catalogue, versions
from pictureday.catalogue.tables import metadata
from pictureday.errors import Outage
from tests.contract.catalogue.ground import together


def test_the_migrations_make_the_tables(catalogue: Catalogue) -> None:
    """What the migrations have made is what `tables.py` says: no column, index or constraint differs."""
    with catalogue.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": False})
        assert compare_metadata(context, metadata) == []


def test_an_index_holds_the_rows_it_is_for(catalogue: Catalogue) -> None:
    """What `tables.py` says is an index of some rows is made so: a unique one of all would refuse good rows."""
    sqlite, server = "SELECT name, sql FROM sqlite_master", "SELECT indexname, indexdef FROM pg_indexes"
    with catalogue.read() as tx:
        made = {
            name: definition or "" for name, definition in tx.execute(text(sqlite if catalogue.is_sqlite else server))
        }
    for index in (index for table in metadata.tables.values() for index in table.indexes):
        _, _, condition = made[str(index.name)].partition(" WHERE ")
        assert _plain(condition) == _plain(index.info.get("where", "")), index.name


def _plain(condition: str) -> str:
    # PostgreSQL writes it with brackets and types of its own.
    return re.sub(r"[()\s]|::text", "", condition.replace("character varying", "text")).casefold()


def test_the_program_knows_the_newest_version(catalogue: Catalogue) -> None:
    """The number in the program is that of the newest migration, and a new catalogue has it."""
    config = Config()
    config.set_main_option("script_location", str(versions.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == versions.HEAD
    catalogue.check_version()
    with catalogue.read() as tx:
        assert versions.current(tx) == versions.HEAD


def test_two_programs_that_start_together(tmp_path: Path, postgres_url: str) -> None:
    """Both find the tables made, once, whichever came first."""
    for url in (f"sqlite:///{tmp_path}/catalogue.db", postgres_url):
        together(*[lambda url=url: Catalogue.open(url).close()] * 3)
        Catalogue.open(url, upgrade=False).close()


def test_a_newer_catalogue_is_left_alone(catalogue: Catalogue) -> None:
    """A program that was set back says so, and changes nothing."""
    with catalogue.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Outage, match="newer than this program"):
        catalogue.upgrade()


def test_an_older_catalogue_is_not_used(catalogue: Catalogue) -> None:
    """A program that may not upgrade says which command does."""
    with catalogue.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(Outage, match="db upgrade"):
        catalogue.check_version()
