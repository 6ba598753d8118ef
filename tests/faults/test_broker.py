"""RabbitMQ goes away, loses its queues, or is fed a photo that kills whoever judges it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from pictureday.messages import Queue
from tests.faults.conftest import MakePipeline
from tests.faults.pipeline import Pipeline
from tests.faults.poison import poisoned
from tests.figures import Figures, Scale
from tests.flow.district import end
from tests.flow.scene import Moment
from tests.servers import RabbitServer

AT_WORK = Moment(stages=("take", "validate"), needs=("at_the_broker", "unjudged"))
_WORK = tuple(f"pictureday.{queue.value}" for queue in Queue)


@contextmanager
def broker(pipeline: Pipeline) -> Iterator[BlockingChannel]:
    """The broker as somebody else sees it."""
    with pika.BlockingConnection(pika.URLParameters(pipeline.district.settings.bus.url)) as connection:
        yield connection.channel()


@pytest.fixture
def pipeline(make_pipeline: MakePipeline, amqp_url: str, rabbit: RabbitServer) -> Pipeline:
    """One process with all stages on RabbitMQ, which has done its first work."""
    found = make_pipeline(urls={"bus": amqp_url})
    found.start()
    found.work.loose(1)
    found.finish()
    rabbit.settle()
    return found


@pytest.mark.timeout(400)
def test_a_broker_that_is_away_for_a_minute(
    pipeline: Pipeline, rabbit: RabbitServer, scale: Scale, figures: Figures
) -> None:
    """Killed, and stopped, in mid-flow; what is dropped meanwhile is taken, and all ends when it is back."""
    blows: list[Callable[[], object]] = [rabbit.kill, rabbit.stop]
    for blow in blows[: scale(1, 2)]:
        pipeline.drop(scale(12, 40))
        pipeline.strike(AT_WORK, blow)
        pipeline.drop(scale(12, 40))
        time.sleep(scale(3, 60))
        assert pipeline.scene.unfinished()
        rabbit.start()
        pipeline.finish()
    assert pipeline.troubles(figures, "broker away in mid-flow", times=scale(1, 2)) == []


@pytest.mark.timeout(400)
def test_queues_that_are_deleted_under_it(pipeline: Pipeline, scale: Scale, figures: Figures) -> None:
    """Each queue, all of them, and the dead letters' exchange: what was in them is said again, and nothing is lost."""
    choices = [*[(name,) for name in _WORK], _WORK] * 2
    for names in choices[: scale(2, len(choices))]:
        pipeline.drop(12)
        pipeline.strike(AT_WORK, lambda names=names: delete(pipeline, names))  # type: ignore[misc]
        pipeline.finish()
    assert pipeline.troubles(figures, "queues deleted in mid-flow", times=scale(2, len(choices))) == []


def delete(pipeline: Pipeline, names: tuple[str, ...]) -> None:
    """Delete these queues with all that is in them, and what dead letters go by."""
    with broker(pipeline) as channel:
        channel.queue_unbind("pictureday.parking", "pictureday.dead")
        channel.exchange_delete("pictureday.dead")
        for name in names:
            channel.queue_delete(name)


class Crashing:
    """A validator that a photo kills, and that a service manager starts again each time."""

    def __init__(self, pipeline: Pipeline, folder: Path, poison: str, slow: str) -> None:
        self.times = 0
        self._pipeline = pipeline
        self._environment = poisoned(folder, poison, slow=slow)
        self._validator = pipeline.start("validate", environment=self._environment)

    def until(self, holds: Callable[[], bool]) -> None:
        """Start it again whenever it is killed, until `holds`."""
        limit = time.monotonic() + 120
        while not holds():
            assert time.monotonic() < limit, self._pipeline.district.logs()[-6000:]
            if self._validator.poll() is not None:
                self.times += 1
                self._pipeline.running.remove(self._validator)
                self._validator = self._pipeline.start("validate", environment=self._environment)
            time.sleep(0.05)

    def end(self) -> None:
        """End the one that runs now."""
        end(self._validator)
        self._pipeline.running.remove(self._validator)


def parked(pipeline: Pipeline) -> list[dict[str, Any]]:
    """What `pictureday parked list` shows."""
    done = pipeline.district.call("parked", "list", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.timeout(400)
@pytest.mark.parametrize("alone", [pytest.param(True, marks=pytest.mark.full), False], ids=["alone", "in a batch"])
def test_one_photo_that_kills_its_judge_again_and_again(
    alone: bool, make_pipeline: MakePipeline, amqp_url: str, tmp_path: Path, scale: Scale, figures: Figures
) -> None:
    """Its neighbours get their verdicts; it is parked, listed, quarantined, and accepted when it is replayed."""
    pipeline = make_pipeline(urls={"bus": amqp_url})
    pipeline.work.zips(1, 1 if alone else 8)
    pipeline.work.zips(scale(6, 30), 1)
    photos = [file for file in pipeline.work.dropped if file.state == "applied"]
    poison, slow = photos[0], photos[-1]
    pipeline.start("ingest", "publish")
    crashing = Crashing(pipeline, tmp_path / "poison", poison.sha256, slow.sha256)
    crashing.until(lambda: not pipeline.scene.unjudged() and bool(pipeline.scene.parked()))
    bad = [(row["sha256"], row["findings"][0]["code"]) for row in pipeline.district.files() if row["findings"]]
    assert bad == [(poison.sha256, "could_not_be_checked")]
    (message,) = parked(pipeline)
    assert "ended its process each time" in message["last_error"]
    crashing.end()
    pipeline.start("validate")
    assert pipeline.district.call("parked", "replay", str(message["id"])).returncode == 0
    assert pipeline.troubles(figures, "a judge killed by one photo", times=crashing.times) == []
    assert crashing.times >= 5
