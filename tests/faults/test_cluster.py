"""Nodes of a RabbitMQ cluster die one after the other, and the pipeline goes on with those that are left."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.faults.conftest import MakePipeline
from tests.faults.pipeline import Pipeline
from tests.figures import Figures, Scale
from tests.flow.scene import Moment
from tests.servers import RabbitCluster, RabbitServer

Victim = Callable[[], RabbitServer]

JUDGING = Moment(stages=("validate",), needs=("at_the_broker", "unjudged"))
TELLING = Moment(stages=("publish",), needs=("telling",))
_STAGES = ("ingest", "validate", "publish", "sync")


@pytest.fixture
def pipeline(make_pipeline: MakePipeline, cluster: RabbitCluster) -> Pipeline:
    """Four processes, one for each stage, that know all three nodes."""
    cluster.start()
    url = cluster.new_url()
    found = make_pipeline(urls={"bus": url})
    for stage in _STAGES:
        found.start(stage)
    found.drop()
    found.finish()  # all queues are there
    cluster.settle()
    return found


def victims(cluster: RabbitCluster, url: str) -> Iterator[tuple[Moment, Victim]]:
    """Leaders of the queues first, then each node by itself, for ever."""
    leaders: list[tuple[Moment, Victim]] = [
        (JUDGING, lambda: cluster.leader(url, "pictureday.received")),
        (TELLING, lambda: cluster.leader(url, "pictureday.verdicts")),
    ]
    nodes: list[tuple[Moment, Victim]] = [(JUDGING, lambda node=node: node) for node in cluster.nodes]  # type: ignore[misc]
    return itertools.cycle([*leaders, *nodes])


@pytest.mark.full  # three nodes take as long to start as many a test to run
@pytest.mark.timeout(900)
def test_a_node_of_three_may_die(pipeline: Pipeline, cluster: RabbitCluster, scale: Scale, figures: Figures) -> None:
    """`kill -9` of a queue's leader, or any node, in mid-flow: work ends without it, nothing is lost or twice."""
    times = scale(1, 15)
    url = pipeline.district.settings.bus.url
    for moment, choose in itertools.islice(victims(cluster, url), times):
        victim = choose()
        pipeline.drop()
        pipeline.strike(moment, victim.kill)
        pipeline.finish()
        cluster.start()
    assert pipeline.troubles(figures, "nodes of a RabbitMQ cluster killed", times=times) == []
