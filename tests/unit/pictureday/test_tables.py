"""The catalogue's column types: what goes in comes out, on any database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, create_engine, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError

from pictureday.catalogue.types import PathText, Utc

_SQLITE = sqlite.dialect()
_ROWS = Table("rows", MetaData(), Column("id", Integer, primary_key=True), Column("path", PathText), Column("at", Utc))


@pytest.fixture
def tx() -> Iterator[Connection]:
    """A connection to a database that has the table `rows`."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        _ROWS.create(connection)
        yield connection
    engine.dispose()


@given(st.text(alphabet=st.characters() | st.sampled_from("\\u0dcf")))
@example("\\udcff")
@example("\udcff\\")
@example("\\\udcff")
@example("\\u00e9\udce9é")
@example("\ud83d\ude00😀")
def test_a_path_comes_back_as_it_was(path: str) -> None:
    """Backslashes, bytes that are no UTF-8 and what looks like their escapes are all told apart."""
    stored = PathText().process_bind_param(path, _SQLITE)
    assert stored is not None
    stored.encode("utf-8")
    assert PathText().process_result_value(stored, _SQLITE) == path


@given(st.binary())
def test_any_file_name_can_be_stored(name: bytes) -> None:
    """Whatever bytes a vendor's client sends as a name, they can be found again."""
    path = name.decode("utf-8", "surrogateescape")
    stored = PathText().process_bind_param(path, _SQLITE)
    back = PathText().process_result_value(stored, _SQLITE)
    assert back is not None
    assert back.encode("utf-8", "surrogateescape") == name


@given(st.text(alphabet=st.characters(exclude_characters="\\", codec="utf-8")))
def test_a_plain_path_is_stored_as_it_is(path: str) -> None:
    """Who looks into the database reads the name."""
    assert PathText().process_bind_param(path, _SQLITE) == path


def test_a_stored_path_is_found_by_its_name(tx: Connection) -> None:
    """A comparison goes through the same door as the value."""
    path = "a\\b/\udcff.jpg"
    tx.execute(insert(_ROWS).values(path=path))
    assert tx.execute(select(_ROWS.c.path).where(_ROWS.c.path == path)).scalar_one() == path


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2999, 1, 1)), st.integers(-23, 23))  # noqa: DTZ001
def test_a_moment_stays_the_moment(naive: datetime, hours: int) -> None:
    """Whatever zone a time is given in, the same moment comes back, in UTC, to the microsecond."""
    moment = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    stored = Utc().process_bind_param(moment, _SQLITE)
    assert stored is not None
    for kept in (stored, stored.replace(tzinfo=None)):  # PostgreSQL keeps the zone, SQLite drops it
        back = Utc().process_result_value(kept, _SQLITE)
        assert back == moment
        assert back.tzinfo is UTC


def test_sqlite_gives_the_zone_back(tx: Connection) -> None:
    """A stored time can be compared with the clock's."""
    moment = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    tx.execute(insert(_ROWS).values(at=moment))
    assert tx.execute(select(_ROWS.c.at)).scalar_one() == moment


def test_a_time_without_a_zone_is_refused(tx: Connection) -> None:
    """Nobody can store a time that means another moment elsewhere."""
    with pytest.raises(StatementError, match="needs its zone"):
        tx.execute(insert(_ROWS).values(at=datetime(2026, 11, 1)))  # noqa: DTZ001  # that is what must fail


def test_nothing_stays_nothing(tx: Connection) -> None:
    """A missing path or time is not turned into text."""
    tx.execute(insert(_ROWS).values(path=None, at=None))
    assert tx.execute(select(_ROWS.c.path, _ROWS.c.at)).one() == (None, None)
