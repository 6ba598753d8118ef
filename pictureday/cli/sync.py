"""`pictureday sync`: accepted photos go into MiSiS, tonight by itself or now."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pictureday.config import Settings

if TYPE_CHECKING:
    from pictureday.bus import Bus
    from pictureday.catalogue import Catalogue
    from sync import Night, Tally, Trigger

__all__ = ["register", "run"]

_DONE = (
    ("applied", "in MiSiS now"),
    ("replaced", "of these, in place of an earlier photo"),
    ("already", "were in MiSiS from a night that was cut short"),
    ("held", "kept out: the roster changed since they were accepted"),
    ("superseded", "set aside for a newer photo of the student"),
    ("failed", "not applied; the log says which, they are tried again"),
    ("waiting", "accepted meanwhile, for the next night"),
)
_PLANNED = (
    ("applied", "would go into MiSiS"),
    ("replaced", "of these, in place of an earlier photo"),
    ("held", "would be kept out: the roster changed since they were accepted"),
    ("superseded", "would be set aside for a newer photo of the student"),
)


def register(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.description = "Hold the night's sync if it is due."
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--now", action="store_true", help="do not wait for the night")
    when.add_argument("--plan", action="store_true", help="say what the sync would do now; change nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Hold the night, plan it, or say when the next one is. Exit code 1 where photos failed."""
    from pictureday.cli import parts
    from pictureday.clock import SystemClock
    from sync import Calendar

    now = SystemClock().now()
    with parts.catalogue(settings) as catalogue:
        calendar = Calendar(catalogue, settings)
        if args.plan:
            return _plan(settings, catalogue)
        if args.now or calendar.due(now):
            return _hold(settings, catalogue, trigger="now" if args.now else "schedule")
    next_at = parts.local(settings, calendar.next_at(now))
    print(f"Nothing is due: the next night is {next_at}. `pictureday sync --now` does not wait for it.")
    return 0


def _plan(settings: Settings, catalogue: Catalogue) -> int:
    with _night(settings, catalogue) as night:
        _print(night.plan_only(), _PLANNED)
    return 0


def _hold(settings: Settings, catalogue: Catalogue, *, trigger: Trigger) -> int:
    from pictureday.tuning import tune
    from sync import LEASE_SECONDS

    tune()
    with (
        _bus(settings, catalogue) as bus,
        _progress() as progress,
        _night(settings, catalogue, bus=bus, progress=progress) as night,
    ):
        # A sync that was killed a moment ago still has its lease for some seconds.
        tally = night.run(trigger, patience=LEASE_SECONDS + 1)
    _print(tally, _DONE)
    return 1 if tally.failed else 0


@contextmanager
def _night(settings: Settings, catalogue: Catalogue, **more: Any) -> Iterator[Night]:
    from pictureday.cli import parts
    from pictureday.clock import SystemClock
    from sync import MisisStore, Night

    store = MisisStore.at(settings.misis.url)
    blobs, clock = parts.blobs(settings), SystemClock()
    try:
        yield Night(catalogue=catalogue, store=store, blobs=blobs, settings=settings, clock=clock, **more)
    finally:
        store.close()


@contextmanager
def _bus(settings: Settings, catalogue: Catalogue) -> Iterator[Bus | None]:
    from pictureday.bus import connect

    if settings.bus.url.startswith("embedded:"):
        yield None  # there is no broker whose feed could be drained
        return
    bus = connect(settings.bus, catalogue)
    bus.start()
    try:
        _wait_for(bus.healthy)
        yield bus
    finally:
        bus.close()


def _wait_for(healthy: Callable[[], bool], *, seconds: float = 5.0) -> None:
    # A broker that stays away stops nothing: the feed is only a hint.
    deadline = time.monotonic() + seconds
    while not healthy() and time.monotonic() < deadline:
        time.sleep(0.1)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from pictureday.cli import parts

    columns = (TextColumn("photos into MiSiS"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = parts.console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("sync", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print(tally: Tally, rows: tuple[tuple[str, str], ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    from pictureday.cli import parts

    counts = tally.as_json()
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="right")
    for name, meaning in rows:
        style = "bold red" if name == "failed" and counts[name] else "" if counts[name] else "dim"
        table.add_row(*(Text(cell, style=style) for cell in (f"{counts[name]:,}", name, meaning)))
    parts.console().print(table)
