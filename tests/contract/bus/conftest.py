"""The ground the bus's contract is tested on: either bus on either catalogue, with real servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.bus.ground import Ground
from tests.servers import RabbitServer


@pytest.fixture(scope="module")
def _module_url(rabbit: RabbitServer) -> str:
    # One virtual host for all tests of a module, each with a prefix of its own: making one takes a second.
    rabbit.start()
    return rabbit.new_url()


@pytest.fixture
def broker_url(rabbit: RabbitServer, _module_url: str) -> str:
    """A running broker's URL."""
    rabbit.start()
    return _module_url


def _catalogue_url(request: pytest.FixtureRequest, kind: str, folder: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder / 'catalogue.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["embedded-sqlite", "embedded-postgres", "amqp-sqlite", "amqp-postgres"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """Either bus on either catalogue."""
    bus, catalogue = request.param.split("-")
    url = "embedded:" if bus == "embedded" else request.getfixturevalue("broker_url")
    with Ground(bus_url=url, catalogue_url=_catalogue_url(request, catalogue, tmp_path)) as ground:
        yield ground


@pytest.fixture
def amqp_ground(request: pytest.FixtureRequest, tmp_path: Path, broker_url: str) -> Iterator[Ground]:
    """RabbitMQ on SQLite, or on the catalogue that a test's parameter names."""
    kind = getattr(request, "param", "sqlite")
    with Ground(bus_url=broker_url, catalogue_url=_catalogue_url(request, kind, tmp_path)) as ground:
        yield ground
