"""The sync's tests run on SQLite and on a real PostgreSQL, catalogue and store each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.sync.world import World
from tests.servers import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The URLs of an empty catalogue and of an empty store."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/catalogue.db", f"sqlite:///{tmp_path}/misis.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    server.start()
    databases = server.new_database(), server.new_database()
    yield databases
    server.start()
    for url in databases:
        server.drop_database(url)


@pytest.fixture
def store_url(urls: tuple[str, str]) -> str:
    """The URL of an empty store."""
    return urls[1]


@pytest.fixture
def world(urls: tuple[str, str], tmp_path: Path) -> Iterator[World]:
    """A small district on that catalogue and that store."""
    world = World(tmp_path, *urls)
    yield world
    world.store.close()
    world.catalogue.close()
