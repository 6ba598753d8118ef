"""Growth: ten times the photos take no more memory, and not much more than ten times as long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.contest import Cost, Load, cost
from bench.ours import Ours, Servers
from bench.photos import draw, zipped
from bench.target import Target

__all__ = ["measure"]

_FEW, _MANY = 10_000, 100_000
_ZIP = 10_000  # entries of each archive, of the one as of the ten
_LONGER, _LARGER, _MOST = 11.0, 1.2, 400_000_000  # times; times; bytes


def measure(folder: Path, servers: Servers, *, few: int = _FEW, many: int = _MANY) -> Iterator[Target]:  # noqa: ARG001
    """Zips of so many photos, then of ten times as many, each on a new catalogue."""
    small, large = _cost(folder / "few", few), _cost(folder / "many", many)
    how = f"embedded, SQLite; {few:,} and {many:,} photos in zips of {_ZIP:,}; PSS of all processes, every 0.5 s"
    yield Target(
        what=f"peak memory with {many:,} photos",
        wanted=f"at most {_LARGER} times that with {few:,}, and under {_MOST / 1e6:.0f} MB",
        found=f"{large.memory / 1e6:.0f} MB and {small.memory / 1e6:.0f} MB: {large.memory / small.memory:.2f} times",
        met=large.memory <= _LARGER * small.memory and large.memory < _MOST,
        how=how,
    )
    yield Target(
        what=f"time with {many:,} photos",
        wanted=f"at most {_LONGER:.0f} times that with {few:,}",
        found=f"{large.seconds:.1f} s and {small.seconds:.1f} s: {large.seconds / small.seconds:.1f} times",
        met=large.seconds <= _LONGER * small.seconds,
        how=f"{how}; CPU {large.cpu / large.photos * 1000:.2f} and {small.cpu / small.photos * 1000:.2f} ms a photo",
    )


def _cost(folder: Path, count: int) -> Cost:
    photos = draw(folder / "photos", count)
    parts = [photos[at : at + _ZIP] for at in range(0, count, _ZIP)]
    archives = [zipped(part, folder / f"part-{number}.zip") for number, part in enumerate(parts)]
    for path in photos:
        path.unlink()
    warm = Load(form="loose", photos=draw(folder / "warm", 1, first=count))
    place = folder / "contest"
    place.mkdir()
    return cost(Ours(count + 1), warm, Load(form="zip", photos=photos, archives=archives), place)
