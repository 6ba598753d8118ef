"""PostgreSQL stops in mid-batch, its answers are lost, SQLite is held by somebody else, and two syncs begin at once."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import cycle
from urllib.parse import urlsplit

import pytest

from tests.faults.conftest import MakePipeline
from tests.faults.pipeline import Pipeline
from tests.faults.proxy import Proxy, serve
from tests.figures import Figures, Scale
from tests.flow.district import District, eventually
from tests.flow.scene import Moment
from tests.servers import PostgresServer

AT_WORK = Moment(stages=("take", "validate"), needs=("unjudged",))
SYNCS = "two syncs at once"


@pytest.fixture
def postgres_pipeline(make_pipeline: MakePipeline, postgres: PostgresServer, postgres_url: str) -> Pipeline:
    """Catalogue and store on PostgreSQL."""
    return make_pipeline(urls={"catalogue": postgres_url, "misis": postgres.new_database()})


@pytest.mark.timeout(600)
def test_a_server_that_stops_in_the_middle_of_a_batch(
    postgres_pipeline: Pipeline, postgres: PostgresServer, scale: Scale, figures: Figures
) -> None:
    """Stopped at once, killed and stopped in good order, and started again: all goes on by itself."""
    stops = scale(2, 12)
    postgres_pipeline.start()
    blows: list[Callable[[], None]] = [
        partial(postgres.stop, "immediate"),
        partial(postgres.stop, "fast"),
        postgres.kill,
    ]
    for number, blow in zip(range(stops), cycle(blows), strict=False):
        postgres_pipeline.drop(20)
        eventually(lambda: bool(postgres_pipeline.scene.sees(AT_WORK)), "at work")
        blow()
        time.sleep(0.5 + number % 2)
        postgres.start()
    assert postgres_pipeline.troubles(figures, "PostgreSQL stopped in mid-batch", times=stops) == []


@pytest.fixture
def proxy(postgres: PostgresServer) -> Iterator[Proxy]:
    """A line to the server that can break."""
    with serve(urlsplit(postgres.new_database()).port or 0, seed=20261124) as found:
        yield found


def by(proxy: Proxy, url: str) -> str:
    """The same database, by the proxy."""
    parts = urlsplit(url)
    return url.replace(f":{parts.port}/", f":{proxy.port}/")


@pytest.mark.timeout(900)
def test_a_commit_whose_answer_is_lost(
    postgres_pipeline: Pipeline, proxy: Proxy, scale: Scale, figures: Figures
) -> None:
    """Committed or not, who can tell: what is handled once more changes nothing, and nothing is left out."""
    pipeline, cuts = postgres_pipeline, scale(12, 300)
    direct = pipeline.district.settings
    for part, url in (("catalogue", direct.catalogue.url), ("misis", direct.misis.url)):
        pipeline.district.set_url(part, by(proxy, url))
    pipeline.start()
    proxy.share = 0.1
    while proxy.before + proxy.after < cuts:
        pipeline.drop(20)
        eventually(lambda: not pipeline.scene.archives(), "unpacked", seconds=300)
        pipeline.district.call("sync", "--now")  # it may end with an outage, and is called again
    proxy.share = 0.0
    assert min(proxy.before, proxy.after) > cuts // 4
    what = "connections cut at COMMIT"
    assert pipeline.troubles(figures, what, times=proxy.before + proxy.after) == []


@pytest.mark.timeout(400)
def test_a_database_that_somebody_else_holds(make_pipeline: MakePipeline, scale: Scale, figures: Figures) -> None:
    """SQLite is locked for longer than anybody waits, in mid-flow; then all goes on by itself."""
    pipeline = make_pipeline()
    pipeline.start()
    pipeline.drop(20)
    eventually(lambda: bool(pipeline.scene.sees(AT_WORK)), "at work")
    path = pipeline.district.folder / "catalogue.db"
    with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(scale(11, 60))
    assert pipeline.troubles(figures, "SQLite locked by another program", times=1) == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_two_syncs_at_once(
    kind: str, request: pytest.FixtureRequest, make_pipeline: MakePipeline, scale: Scale, figures: Figures
) -> None:
    """One does the night; the other waits for it or says so. Each photo is written once."""
    pipeline = request.getfixturevalue("postgres_pipeline") if kind == "postgres" else make_pipeline()
    pipeline.start("ingest", "validate", "publish")
    for _ in range(scale(1, 10)):
        pipeline.drop(20)
        pipeline.finish()
        both = [sync(pipeline.district) for _ in range(2)]
        codes = sorted(one.wait(60) for one in both)
        assert codes in ([0, 0], [0, 1]), pipeline.district.logs()[-3000:]
    ledger = pipeline.district.misis()["sync_ledger"]
    assert len({row["photo_id"] for row in ledger}) == len(ledger) > 0
    assert pipeline.troubles(figures, SYNCS, times=scale(1, 10)) == []


def sync(district: District) -> subprocess.Popen[bytes]:
    """A night, begun now."""
    return district.start("sync", "--now")
