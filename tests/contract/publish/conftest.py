"""The publisher's tests run on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.publish.world import World


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A small district."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/catalogue.db" if sqlite else request.getfixturevalue("postgres_url")
    world = World(tmp_path, url)
    yield world
    world.catalogue.close()
