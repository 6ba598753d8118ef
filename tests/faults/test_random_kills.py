"""`kill -9` of random processes again and again, while thousands of files are dropped."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.faults.auditor import audit
from tests.faults.crew import Crew
from tests.figures import Figures, Scale
from tests.flow.conftest import MakeDistrict
from tests.flow.district import District, eventually
from tests.flow.scene import Gate, Scene
from tests.flow.workload import Workload
from tests.servers import PostgresServer

_MORE = "bus.lease = 2.0\nmail.retry = 0.1\nsync.batch = 20\nvalidate.processes = 1"
_SEED = 20261124


def drops(work: Workload, files: int) -> Iterator[None]:
    """Drop so many files, a portion at each step: zips, folders, loose files, and some of these again."""
    turn = 0
    while len(work.dropped) < files:
        (work.zip, work.folder, work.loose)[turn % 3](40, vendor=("acme", "acme", "other")[turn // 3 % 3])
        turn += 1
        yield


def run(district: District, *, files: int, kills: int) -> tuple[Workload, Crew]:
    """Drop and kill, both evenly over the time; then let everything end."""
    work, luck = Workload(district), random.Random(_SEED)
    work.loose(11)
    crew = Crew(district, luck)
    scene = Scene(district, Gate())
    portions = files // 42
    for _ in drops(work, files):
        crew.kill_some(kills // portions + 1 if crew.kills < kills else 0, between=(0.1, 0.6))
    crew.kill_some(max(kills - crew.kills, 0), between=(0.1, 0.6))
    crew.end()
    eventually(lambda: not scene.unfinished(), "all work done", seconds=300)
    crew.stop()
    scene.close()
    return work, crew


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("bus", ["embedded", "rabbitmq"])
def test_random_processes_killed_again_and_again(
    bus: str, request: pytest.FixtureRequest, make_district: MakeDistrict, scale: Scale, figures: Figures
) -> None:
    """Whatever is killed, each file ends in one state, is told once, and the newest photo of each student is stored."""
    urls = {}
    if bus == "rabbitmq":
        postgres: PostgresServer = request.getfixturevalue("postgres")
        urls = {
            "bus": request.getfixturevalue("amqp_url"),
            "catalogue": request.getfixturevalue("postgres_url"),
            "misis": postgres.new_database(),
        }
    district = make_district(students=7000, urls=urls, timings={"settle": 0.3, "quiet": 1.0}, more=_MORE)
    work, crew = run(district, files=scale(120, 5000), kills=scale(8, 300))
    for words in (("sync", "--now"), ("run", "--until-idle")):
        ended = district.call(*words)
        assert ended.returncode == 0, ended.stderr
    mails = [path.read_bytes() for path in (district.folder / "mail").glob("*.eml")]
    ledger = audit(district, work.dropped, mails, after_a_night=True)
    figure = ledger.as_figure(f"random processes killed, {bus}")
    figures(figure.of(times=crew.kills))
    assert crew.kills >= scale(8, 300)
    assert ledger.passed, ledger
