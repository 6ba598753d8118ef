"""The flow tests' districts, for the faults too, and a cluster of brokers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults.pipeline import Pipeline
from tests.flow.conftest import MakeDistrict, make_district
from tests.servers import RabbitCluster

__all__ = ["MakePipeline", "cluster", "make_district", "make_pipeline"]

MakePipeline = Callable[..., Pipeline]


@pytest.fixture
def make_pipeline(make_district: MakeDistrict) -> Iterator[MakePipeline]:
    """Make pipelines; see `Pipeline` for the arguments."""
    made: list[Pipeline] = []

    def make(**options: Any) -> Pipeline:
        made.append(Pipeline(make_district, **options))
        return made[-1]

    yield make
    for pipeline in made:
        pipeline.scene.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[RabbitCluster]:
    """Three brokers that are one cluster; whoever stops or kills one may leave it so."""
    brokers = RabbitCluster()
    try:
        brokers.start()
        yield brokers
    finally:
        brokers.close()
