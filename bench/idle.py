"""What `pictureday run` costs while there is nothing to do: before the first photo, and after some."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.ours import Servers
from bench.photos import draw
from bench.processes import Peak, cpu_seconds, memory
from bench.target import Target
from tests.flow.district import District, eventually

__all__ = ["SECONDS", "measure"]

SECONDS = 60.0
_CORE = 0.01  # of a core
_MEMORY = 120e6  # bytes, PSS of all processes
_PHOTOS = 500
_TIMINGS = {"settle": 2.0, "quiet": 5.0, "grace": 600.0, "rescan": 30.0}  # as delivered, but for the quiet period
_LONG = 600.0  # seconds until the decoders must have ended
_CALM = 5.0  # seconds after which nothing is finished or tidied up any more


@dataclass(frozen=True, kw_only=True)
class _Idle:
    """Seconds of CPU within so many seconds, and the most bytes."""

    seconds: float
    cpu: float
    memory: int

    @property
    def share(self) -> float:
        """Of a core."""
        return self.cpu / self.seconds


def measure(folder: Path, servers: Servers, *, seconds: float = SECONDS) -> Iterator[Target]:
    """The embedded pipeline, then the same with a broker and a database, whose own processes aren't counted."""
    database = servers.postgres.new_database()
    at_scale = {"bus": servers.rabbit.new_url(), "catalogue": database, "misis": database}
    for name, urls in (("embedded, SQLite", {}), ("RabbitMQ, PostgreSQL", at_scale)):
        yield from _measured(folder / name.partition(",")[0], name, urls, seconds)


def _measured(folder: Path, name: str, urls: Mapping[str, str], seconds: float) -> Iterator[Target]:
    folder.mkdir()
    district = District(folder, students=_PHOTOS, urls=dict(urls), timings=_TIMINGS)
    with closing(district):
        process = district.start("run")
        eventually(lambda: '"started"' in district.logs(), "the pipeline is up")
        yield _target(f"idle from its start: {name}", _idle(process.pid, seconds))
        for path in draw(folder / "drawn", _PHOTOS):
            path.rename(district.inbox() / path.name)
        eventually(lambda: any(row["told_at"] for row in district.deliveries()), "the photos are judged and told")
        awake, helpers = memory([process.pid]), len(_children(process.pid))
        eventually(lambda: len(_children(process.pid)) < helpers, "the decoders have ended", seconds=_LONG)
        more = f" before its decoders ended for want of photos: {awake / 1e6:.0f} MB;"
        yield _target(f"idle after {_PHOTOS} photos: {name}", _idle(process.pid, seconds), more)


def _idle(pid: int, seconds: float) -> _Idle:
    time.sleep(_CALM)
    began, spent = time.perf_counter(), cpu_seconds([pid])
    with Peak([pid], every=seconds / 10) as peak:
        time.sleep(seconds)
    return _Idle(seconds=time.perf_counter() - began, cpu=cpu_seconds([pid]) - spent, memory=peak.bytes)


def _children(pid: int) -> list[str]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [child for task in tasks for child in (task / "children").read_text().split()]


def _target(what: str, found: _Idle, more: str = "") -> Target:
    return Target(
        what=what,
        wanted=f"under {_CORE:.0%} of a core and {_MEMORY / 1e6:.0f} MB",
        found=f"{found.share:.2%} of a core, {found.memory / 1e6:.0f} MB",
        met=found.share < _CORE and found.memory < _MEMORY,
        how=f"CPU of all processes within {found.seconds:.0f} s: {found.cpu:.2f} s; the most PSS of ten looks;{more}"
        " all stages in one process, timings as delivered",
    )
