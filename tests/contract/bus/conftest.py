"""The ground the bus's contract is tested on: either bus on either catalogue, with real servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.bus.ground import Ground


def _catalogue_url(request: pytest.FixtureRequest, kind: str, folder: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder / 'catalogue.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["embedded-sqlite", "embedded-postgres", "amqp-sqlite", "amqp-postgres"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """Either bus on either catalogue."""
    bus, catalogue = request.param.split("-")
    url = "embedded:" if bus == "embedded" else request.getfixturevalue("amqp_url")
    with Ground(bus_url=url, catalogue_url=_catalogue_url(request, catalogue, tmp_path)) as ground:
        yield ground


@pytest.fixture(params=["sqlite", "postgres"])
def amqp_ground(request: pytest.FixtureRequest, tmp_path: Path, amqp_url: str) -> Iterator[Ground]:
    """RabbitMQ on either catalogue."""
    with Ground(bus_url=amqp_url, catalogue_url=_catalogue_url(request, request.param, tmp_path)) as ground:
        yield ground
