"""The catalogue's tests run on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pictureday.catalogue import Catalogue


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue on either database."""
    sqlite = request.param == "sqlite"
    opened = Catalogue.open(f"sqlite:///{tmp_path}/catalogue.db" if sqlite else request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()
