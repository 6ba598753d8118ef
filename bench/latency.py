"""Latency: one loose photo, from the moment it lies in the inbox to its verdict on record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select

from bench.ours import Ours, Servers
from bench.photos import draw, zipped
from bench.target import Target
from pictureday.catalogue import tables
from tests.flow.district import District

__all__ = ["measure"]

_SETTLE = 2.0  # seconds, as it is delivered: what is measured is beyond it
_ALONE, _BESIDE = 200, 20_000  # photos
_EVERY = 0.25  # seconds between two drops
_LOOK = 0.002  # seconds between two looks at the catalogue
_PATIENCE = 120.0  # seconds for the last verdict


def measure(folder: Path, servers: Servers, *, alone: int = _ALONE, beside: int = _BESIDE) -> Iterator[Target]:  # noqa: ARG001
    """Single photos on a pipeline that has nothing else to do, then beside another vendor's zip."""
    ours = Ours(alone + beside + 1_000, timings={"settle": _SETTLE, "quiet": 5.0})
    photos = draw(folder / "photos", alone + 1)
    archive = zipped(draw(folder / "school", beside, first=alone + 1), folder / "school.zip")
    single = draw(folder / "single", 900, first=alone + beside + 1)
    with closing(ours):
        ours.start(_made(folder / "contest"))
        _drop_each(ours.district, photos[:1], lambda: False)
        waits = _drop_each(ours.district, photos[1:], lambda: False)
        yield _target("one loose photo", waits, {0.5: 0.05, 0.99: 0.25})
        archive.rename(ours.district.inbox("acme") / archive.name)
        others = _drop_each(ours.district, single, lambda: _judged(ours.district) >= beside)
        yield _target(f"one loose photo beside a zip of {beside:,}", others, {0.99: 2.0})


def _drop_each(district: District, photos: Sequence[Path], is_over: Callable[[], bool]) -> list[float]:
    """Drop one photo after the other until `is_over`; the seconds that each took, without the settle time."""
    dropped: dict[str, float] = {}
    found: dict[str, float] = {}
    next_at, left = time.monotonic(), list(photos)
    while left or len(found) < len(dropped):
        now = time.monotonic()
        if left and is_over():
            left.clear()
        elif left and now >= next_at:
            path = left.pop(0)
            dropped[path.stem] = time.monotonic()
            path.rename(district.inbox("other") / path.name)
            next_at = now + _EVERY
        found |= {code: time.monotonic() for code in _verdicts(district, dropped.keys() - found.keys())}
        if not left and now > max(dropped.values()) + _PATIENCE:
            raise TimeoutError(f"{len(dropped) - len(found)} photos have no verdict after {_PATIENCE:.0f} s")
        time.sleep(_LOOK)
    return [found[code] - dropped[code] - _SETTLE for code in dropped]


def _verdicts(district: District, codes: set[str]) -> list[str]:
    table = tables.files
    given = table.c.student_code.in_(codes) & table.c.judged_at.is_not(None) & (table.c.vendor == "other")
    with district.catalogue.read() as tx:
        return list(tx.execute(select(table.c.student_code).where(given)).scalars())


def _judged(district: District) -> int:
    table = tables.deliveries
    with district.catalogue.read() as tx:
        left = tx.execute(select(func.sum(table.c.pending)).where(table.c.vendor == "acme")).scalar()
        there = tx.execute(select(func.count()).where(tables.files.c.vendor == "acme")).scalar_one()
    return int(there - (left or 0))


def _target(what: str, waits: Sequence[float], bounds: Mapping[float, float]) -> Target:
    shares = {share: _share(waits, share) for share in (0.5, 0.99)}
    return Target(
        what=f"{what}, until its verdict",
        wanted=", ".join(f"p{share * 100:.0f} under {bound * 1000:.0f} ms" for share, bound in bounds.items()),
        found=", ".join(f"p{share * 100:.0f} {found * 1000:.0f} ms" for share, found in shares.items()),
        met=all(shares[share] < bound for share, bound in bounds.items()),
        how=f"embedded, SQLite; beyond ingest.settle ({_SETTLE:.0f} s); {len(waits)} photos, one each {_EVERY:.2f} s; "
        "from the rename into the inbox until the verdict can be read",
    )


def _share(waits: Sequence[float], share: float) -> float:
    return sorted(waits)[min(len(waits) - 1, int(len(waits) * share))]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
