"""What each part of the pipeline costs a photo, and whether what that predicts for other hosts comes true.

The parts run as they would on hosts of their own: an ingester (with publish), a validator, a broker, a database. Once
all share the cores; once the validator has a core to itself and all others the other one, as on two small hosts.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.contest import Load, wait
from bench.ours import Ours, Servers
from bench.photos import draw, zipped
from bench.processes import cpu_seconds, tree
from bench.target import Target
from tests.flow.district import end

__all__ = ["measure"]

_PHOTOS = 20_000
_NEAR = 0.25  # how far from the model a measured rate may be, as a share of it


@dataclass(frozen=True, kw_only=True)
class _Run:
    """Photos a second, and the CPU seconds that each part spent on a photo."""

    rate: float
    cpu: Mapping[str, float]


def measure(folder: Path, servers: Servers, *, photos: int = _PHOTOS) -> Iterator[Target]:
    """The costs; then the rate of a validator with a core of its own, against what the costs predict."""
    cores = sorted(os.sched_getaffinity(0))
    together = _run(folder / "together", servers, photos, dict.fromkeys(("validate", "others"), cores))
    costs = ", ".join(f"{part} {seconds * 1000:.2f}" for part, seconds in together.cpu.items())
    total = sum(together.cpu.values())
    yield _target("all on the same cores", len(cores) / total, together, f"CPU ms a photo: {costs}", photos)
    try:
        apart = _run(folder / "apart", servers, photos, {"validate": cores[:1], "others": cores[1:2]})
    finally:
        for server in (servers.rabbit.pid, servers.postgres.pid):
            _pin(server, cores)
    dearest = max(together.cpu["validate"], total - together.cpu["validate"])
    yield _target("a validator on a core of its own, all else on another", 1 / dearest, apart, "", photos)


def _run(folder: Path, servers: Servers, count: int, places: Mapping[str, list[int]]) -> _Run:
    photos = draw(folder / "photos", count)
    load = Load(form="zip", photos=photos, archives=[zipped(photos, folder / "school.zip", stored=True)])
    place = folder / "contest"
    place.mkdir()
    ours = Ours(count + 1, servers)
    with closing(ours):
        ours.prepare(place)
        parts = {
            "ingest and publish": _started(ours, places["others"], "--stage", "ingest", "--stage", "publish"),
            "validate": _started(ours, places["validate"], "--stage", "validate"),
        }
        try:
            return _timed(ours, {name: one.pid for name, one in parts.items()}, servers, load, places["others"])
        finally:
            for one in parts.values():
                end(one)


def _timed(ours: Ours, parts: dict[str, int], servers: Servers, load: Load, others: list[int]) -> _Run:
    pids = {**parts, "RabbitMQ": servers.rabbit.pid, "PostgreSQL": servers.postgres.pid}
    for name in ("RabbitMQ", "PostgreSQL"):
        _pin(pids[name], others)
    warm = Load(form="loose", photos=draw(load.archives[0].parent / "warm", 1, first=len(load.photos)))
    ours.hand_in(warm)
    wait(ours, 1)
    before = {name: cpu_seconds([pid]) for name, pid in pids.items()}
    seconds = -_now()
    ours.hand_in(load)
    wait(ours, len(load.photos) + 1)
    seconds += _now()
    spent = {name: (cpu_seconds([pid]) - before[name]) / len(load.photos) for name, pid in pids.items()}
    return _Run(rate=len(load.photos) / seconds, cpu=spent)


def _started(ours: Ours, cores: list[int], *words: str) -> subprocess.Popen[bytes]:
    process = ours.district.start("run", *words)
    _pin(process.pid, cores)
    return process


def _pin(root: int, cores: list[int]) -> None:
    for pid in tree([root]):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(ProcessLookupError):
                os.sched_setaffinity(int(task.name), cores)


def _now() -> float:
    return os.times().elapsed


def _target(what: str, predicted: float, run: _Run, costs: str, photos: int) -> Target:
    return Target(
        what=f"photos a second, {what}",
        wanted=f"within {_NEAR:.0%} of what the costs predict",
        found=f"{run.rate:,.0f}, predicted {predicted:,.0f}",
        met=abs(run.rate - predicted) <= _NEAR * predicted,
        how=f"RabbitMQ, PostgreSQL, a zip of {photos:,}, one run each" + (f"; {costs}" if costs else ""),
    )
