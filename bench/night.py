"""The nightly sync: accepted photos into a PostgreSQL, beside a bare loop that writes the same rows."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import func, select

from bench.bare import write_bare
from bench.ours import Servers
from bench.processes import Peak, cpu_seconds
from bench.stock import Stock, fill, stock
from bench.target import Target
from pictureday.catalogue import tables
from pictureday.config import Settings
from pictureday.messages import FileState
from sync import MisisStore
from tests.flow.district import District

__all__ = ["PHOTOS", "measure"]

PHOTOS = 100_000
_SHARE = 0.7  # of the loop's photos a second
_FLAT = 1.25  # times the memory of a night of a tenth of the photos
_LONG = 3600.0  # seconds that a night may take at most
_WHERE = ("SQLite", "PostgreSQL")
_WRITTEN = "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables"


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What one way of writing took: seconds by the clock, CPU seconds of its own and of the server; bytes at most."""

    wall: float
    own: float
    server: float
    memory: int = 0

    def __str__(self) -> str:
        return f"{self.wall:.1f} s, CPU {self.own:.1f} s and the server's {self.server:.1f} s"


def measure(folder: Path, servers: Servers, *, photos: int = PHOTOS) -> Iterator[Target]:
    """The loop, a night with the catalogue in SQLite, one with it in PostgreSQL, the loop again: its best counts."""
    stocked = stock(folder, photos)
    loops = [_loop(stocked, servers)]
    nights = {where: _night(folder / where, stocked, servers, where) for where in _WHERE}
    loops.append(_loop(stocked, servers))
    for where, (night, again) in nights.items():
        yield _speed(where, photos, night, min(loops, key=lambda run: run.wall))
        yield _nothing_again(where, again)
    small, _ = _night(folder / "small", stocked.part(photos // 10), servers, "SQLite")
    yield _memory(photos, nights["SQLite"][0], small)


def _loop(stocked: Stock, servers: Servers) -> _Run:
    url = servers.postgres.new_database()
    MisisStore.open(url).close()  # the tables, as ours are
    began, own, server = time.perf_counter(), time.process_time(), cpu_seconds([servers.postgres.pid])
    good = write_bare(url, stocked, Settings().sync.batch)
    run = _Run(
        wall=time.perf_counter() - began,
        own=time.process_time() - own,
        server=cpu_seconds([servers.postgres.pid]) - server,
    )
    servers.postgres.drop_database(url)
    if good != len(stocked.photos):
        raise RuntimeError(f"only {good} photos were read back")
    return run


def _night(folder: Path, stocked: Stock, servers: Servers, where: str) -> tuple[_Run, int]:
    """One night, and the rows that a second one writes."""
    folder.mkdir()
    url = servers.postgres.new_database()
    urls = {"misis": url, "blobs": f"file:{stocked.blobs}"}
    urls |= {"catalogue": servers.postgres.new_database()} if where == "PostgreSQL" else {}
    district = District(folder, students=len(stocked.photos), urls=urls)
    with closing(district):
        district.call("sync", "--plan", timeout=_LONG).check_returncode()  # installed, it is compiled already
        fill(district.catalogue, stocked)
        run = _timed(district, servers)
        before = _written(url)
        district.call("sync", "--now", timeout=_LONG).check_returncode()
        again = _written(url) - before
        if (applied := _applied(district)) != len(stocked.photos):
            raise RuntimeError(f"only {applied} photos were applied")
    for made in {url, urls.get("catalogue", url)}:
        servers.postgres.drop_database(made)
    return run, again


def _timed(district: District, servers: Servers) -> _Run:
    began, own, server = time.perf_counter(), _children(), cpu_seconds([servers.postgres.pid])
    process = district.start("sync", "--now")
    with Peak([process.pid]) as peak:
        if process.wait(_LONG) != 0:
            raise RuntimeError(district.logs())
        wall = time.perf_counter() - began
    server = cpu_seconds([servers.postgres.pid]) - server
    return _Run(wall=wall, own=_children() - own, server=server, memory=peak.bytes)


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _applied(district: District) -> int:
    files = tables.files
    with district.catalogue.read() as tx:
        applied = select(func.count()).where(files.c.state == FileState.APPLIED)
        return int(tx.execute(applied).scalar_one())


def _written(url: str) -> int:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return int(connection.execute(_WRITTEN).fetchall()[0][0])


def _speed(where: str, photos: int, night: _Run, loop: _Run) -> Target:
    share = loop.wall / night.wall
    return Target(
        what=f"the night's {photos:,} photos into PostgreSQL, catalogue in {where}",
        wanted=f"{_SHARE} of a bare loop's photos a second",
        found=f"{share:.2f}: {photos / night.wall:,.0f} of {photos / loop.wall:,.0f} a second",
        met=share >= _SHARE,
        how=f"`pictureday sync --now`, from its start to its end: {night}; psycopg's `executemany` of the same rows, a"
        f" commit for as many, hashes read back: {loop} (the better of two); both with fsync",
    )


def _nothing_again(where: str, rows: int) -> Target:
    return Target(
        what=f"rows of the store that a second night writes, catalogue in {where}",
        wanted="0",
        found=str(rows),
        met=rows == 0,
        how="what PostgreSQL counts as inserted, updated or deleted",
    )


def _memory(photos: int, night: _Run, small: _Run) -> Target:
    return Target(
        what=f"memory of a night of {photos:,} photos",
        wanted=f"at most {_FLAT} times that of {photos // 10:,}",
        found=f"{night.memory / 1e6:.0f} MB; {small.memory / 1e6:.0f} MB for a tenth",
        met=night.memory <= _FLAT * small.memory,
        how="the most PSS of its process, looked at twice a second; catalogue in SQLite",
    )
