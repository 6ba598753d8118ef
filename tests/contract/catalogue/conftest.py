"""The catalogue's tests run on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pictureday.catalogue import Catalogue
from tests.contract.catalogue.ground import Ground


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue on either database."""
    sqlite = request.param == "sqlite"
    opened = Catalogue.open(f"sqlite:///{tmp_path}/catalogue.db" if sqlite else request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()


@pytest.fixture
def ground(catalogue: Catalogue) -> Ground:
    """A small district in it."""
    return Ground(catalogue)


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Ground]:
    """The same on PostgreSQL, where transactions do run side by side."""
    opened = Catalogue.open(postgres_url)
    yield Ground(opened)
    opened.close()
