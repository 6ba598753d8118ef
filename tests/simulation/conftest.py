"""`--seed`, and the ground that the runs of one process share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.ground import Ground
from tests.simulation.nature import under_virtual_time


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--seed`."""
    parser.addoption("--seed", type=int, action="append", help="replay the simulated run of this seed, with its trace")


@pytest.fixture(scope="session")
def _shared_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    ground = Ground(tmp_path_factory.mktemp("simulation"))
    yield ground
    ground.close()


@pytest.fixture
def ground(_shared_ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    """The ground, under virtual time."""
    under_virtual_time(monkeypatch, _shared_ground.clock, _shared_ground.life)
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))  # thousands of planned troubles
    yield _shared_ground
    structlog.configure(**before)
