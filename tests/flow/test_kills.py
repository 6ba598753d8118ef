"""Killed in the middle of everything: no file lost, none judged or stored or told twice."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial

import pytest

from tests.flow.auditor import Auditor
from tests.flow.conftest import MakeDistrict
from tests.flow.district import District, end, eventually
from tests.flow.scene import Caught, Gate, Moment, RanPast, Scene, catch
from tests.flow.workload import STUDENTS, Workload
from tests.servers import PostgresServer, RabbitServer
from tests.servers.smtp import serve

STAGES = ("take", "unpack", "validate", "publish", "mail", "sync")

# Small batches and short leases: what a killed process held is soon free again.
MORE = """
bus.lease = 1.0
mail.retry = 0.1
sync.batch = 5
"""
TIMINGS = {"settle": 0.3, "quiet": 1.0}

ON_RECORD = Moment(stages=("take",), needs=("recorded",))
COPYING = Moment(stages=("take",), needs=("recorded", "temporaries"))
CLEARING = Moment(stages=("take",), needs=("standing",))
UNPACKING = Moment(stages=("unpack",), needs=("archives",))
HALF_UNPACKED = Moment(stages=("unpack",), needs=("archives", "entered"))
JUDGING = Moment(stages=("validate",), needs=("judging", "unjudged"))
HALF_JUDGED = Moment(stages=("validate",), needs=("judging", "unjudged", "judged"))
TELLING = Moment(stages=("publish",), needs=("untold", "telling"))
GATHERING = Moment(stages=("publish",), needs=("unmailed",))
SENDING = Moment(stages=("mail",), needs=("unanswered",))
ONLY_SENDING = Moment(stages=("mail",), needs=("unanswered", "all_judged"))
STORING = Moment(stages=("sync",), needs=("stored", "accepted"))
AHEAD = Moment(stages=("sync",), needs=("stored", "ahead"))

FIRST = (
    ON_RECORD,
    COPYING,
    UNPACKING,
    HALF_UNPACKED,
    JUDGING,
    HALF_JUDGED,
    TELLING,
    GATHERING,
    SENDING,
    ONLY_SENDING,
)
SECOND = (COPYING, CLEARING, UNPACKING, UNPACKING, JUDGING, HALF_JUDGED, TELLING, SENDING)

# With a broker: what is dropped, and then the moment in which the broker is killed. First with the gate shut.
Outage = tuple[Callable[[Workload], None], Moment]
UNMAILED: tuple[Outage, ...] = (
    (lambda work: work.zips(7, 12), Moment(stages=("validate",), needs=("at_the_broker", "unjudged"))),
    (lambda work: work.zip(80), TELLING),
    (lambda work: work.folder(80), Moment(stages=("take", "mail"), needs=("recorded", "temporaries", "unanswered"))),
    (lambda work: work.zip(80), Moment(stages=("unpack", "mail"), needs=("archives", "unanswered"))),
)
MAILED: tuple[Outage, ...] = (
    (lambda work: work.loose(80), COPYING),
    (
        lambda work: work.zips(7, 12, vendor="other"),
        Moment(stages=("unpack", "validate"), needs=("archives", "judging", "unjudged")),
    ),
    (lambda work: work.loose(20), TELLING),
)


class World:
    """A district whose mails go through a gate, with its workload and what is seen of it."""

    def __init__(self, district: District, gate: Gate) -> None:
        self.district = district
        self.gate = gate
        self.work = Workload(district)
        self.scene = Scene(district, gate)
        self.running: list[subprocess.Popen[bytes]] = []

    def killed_at(self, moments: Sequence[Moment], *words: str) -> list[Caught]:
        """Start the command and kill it, with every process it has, once in each of the moments."""
        return [self._killed(moment, *words) for moment in moments]

    def _killed(self, moment: Moment, *words: str) -> Caught:
        self.scene.begin()
        process = self.district.start(*words)
        return catch(self.scene, moment, [process], partial(end, process), self.helping)

    def broker_killed_at(self, rabbit: RabbitServer, moment: Moment, *more: subprocess.Popen[bytes]) -> Caught:
        """Kill the broker under the running commands, in the moment, and start it again."""
        self.scene.begin()
        caught = catch(self.scene, moment, [*self.running, *more], rabbit.kill, self.helping)
        rabbit.start()
        return caught

    def broker_killed_after(self, outages: Sequence[Outage], rabbit: RabbitServer) -> list[Caught]:
        """The same again and again, each time with something new to do."""
        caught = []
        for drop, moment in outages:
            drop(self.work)
            caught.append(self.broker_killed_at(rabbit, moment))
        return caught

    def broker_killed_in_the_night(self, rabbit: RabbitServer, moment: Moment) -> Caught:
        """Kill the broker under a sync; one that was done before it was seen in the moment is followed by another."""
        for left in reversed(range(5)):
            self.work.zip(80)
            self.finish()
            night = self.district.start("sync", "--now")
            try:
                caught = self.broker_killed_at(rabbit, moment, night)
            except RanPast:
                if not left:
                    raise
            else:
                break
        assert night.wait(60) == 0
        return caught

    def start(self, *stages: str) -> None:
        """Start a process with these stages, that is to stay."""
        self.running.append(self.district.start("run", *(word for stage in stages for word in ("--stage", stage))))

    def helping(self) -> None:
        """A little more of everything."""
        self.work.zips(5, 5)
        self.work.loose(15)

    def finish(self) -> None:
        """Wait until the running commands have nothing left to do."""
        eventually(lambda: not self.scene.unfinished(), "all work done")

    def troubles(self) -> list[str]:
        """What the auditor finds."""
        return Auditor(self.district, self.work.dropped, [body for body, _ in self.gate.received]).troubles()


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(make_district: MakeDistrict) -> Iterator[MakeWorld]:
    """Make a world with some other parts than the embedded ones; its mails wait `patience` seconds for an answer."""
    gate = Gate()
    with serve(gate) as port, ExitStack() as scenes:

        def make(*, patience: float, **urls: str) -> World:
            urls["mail"] = f"smtp://127.0.0.1:{port}"
            more = f"{MORE}mail.timeout = {patience}\n"
            world = World(make_district(students=STUDENTS, urls=urls, timings=TIMINGS, more=more), gate)
            scenes.callback(world.scene.close)
            return world

        yield make


def assert_every_stage_was_hit(caught: Sequence[Caught], kills: int) -> None:
    """So many kills, each with its evidence, and every stage in the middle of its work at two of them or more."""
    tally = Counter(stage for one in caught for stage in one.stages)
    assert len(caught) == kills
    assert all(one.seen and all(one.seen.values()) for one in caught)
    assert {stage: tally[stage] for stage in STAGES if tally[stage] < 2} == {}, tally


def judged(district: District, number: int) -> list[int]:
    """How many photos the process that was started as this one judged, message by message."""
    lines = (district.folder / f"log-{number}.jsonl").read_text().splitlines()
    return [line["photos"] for line in map(json.loads, lines) if line["event"] == "photos_judged"]


def consumers(rabbit: RabbitServer, url: str) -> int:
    """How many consumers wait for photos to judge."""
    listed = rabbit.ctl("list_queues", "-p", url.rpartition("/")[2], "name", "consumers").split()
    return int(dict(zip(listed[::2], listed[1::2], strict=True)).get("pictureday.received", "0"))


@pytest.mark.timeout(400)
def test_killed_at_20_moments_nothing_is_lost_or_done_twice(make_world: MakeWorld) -> None:
    """`kill -9` of the whole pipeline, 20 times in the middle of a stage: every file ends as if there was none."""
    world = make_world(patience=1.0)
    world.work.zip(270)
    world.work.folder(120)
    world.work.loose(80)
    caught = world.killed_at(FIRST, "run") + world.killed_at([STORING], "sync", "--now")
    world.work.zip(60, vendor="other")
    world.work.loose(20)
    world.work.again()
    caught += world.killed_at(SECOND, "run") + world.killed_at([AHEAD], "sync", "--now")
    world.gate.shut = False
    for words in (("run", "--until-idle"), ("sync", "--now"), ("run", "--until-idle")):
        ended = world.district.call(*words)
        assert ended.returncode == 0, ended.stderr
    assert_every_stage_was_hit(caught, 20)
    assert world.work.photos >= 500
    assert world.troubles() == []


@pytest.mark.timeout(400)
def test_the_broker_killed_at_20_moments_loses_nothing(
    rabbit: RabbitServer, amqp_url: str, make_world: MakeWorld
) -> None:
    """`kill -9` of RabbitMQ, 20 times while the pipeline is in the middle of a stage: it just goes on."""
    world = make_world(patience=30.0, bus=amqp_url)
    for stages in (["validate"], ["validate"], ["ingest", "publish", "sync"]):
        world.start(*stages)
    world.work.loose(1)
    eventually(lambda: world.scene.judged() > 0, "a first photo judged")
    rabbit.settle()
    caught = world.broker_killed_after(UNMAILED * 2, rabbit)
    world.gate.shut = False
    caught += world.broker_killed_after(MAILED * 2, rabbit)
    caught += [world.broker_killed_in_the_night(rabbit, moment) for moment in (AHEAD, STORING) * 3]
    world.finish()
    assert_every_stage_was_hit(caught, 20)
    assert world.work.photos >= 500
    assert world.troubles() == []


@pytest.mark.timeout(400)
def test_three_validators_share_the_work_and_none_does_what_another_did(
    rabbit: RabbitServer, amqp_url: str, postgres: PostgresServer, postgres_url: str, make_world: MakeWorld
) -> None:
    """On RabbitMQ and PostgreSQL three validators have a part in 500 photos, and each photo is judged by one."""
    world = make_world(patience=30.0, bus=amqp_url, catalogue=postgres_url, misis=postgres.new_database())
    world.gate.shut = False
    for stages in (["validate"], ["validate"], ["validate"], ["ingest", "publish", "sync"]):
        world.start(*stages)
    eventually(lambda: consumers(rabbit, amqp_url) == 6, "all validators at their queue")
    world.work.zips(16, 30)
    world.work.folder(40, vendor="other")
    world.finish()
    assert world.district.call("sync", "--now").returncode == 0
    world.finish()
    shares = [judged(world.district, number) for number in range(3)]
    assert all(shares), shares
    assert sum(map(sum, shares)) == world.work.photos
    assert world.troubles() == []
