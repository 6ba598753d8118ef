"""`pictureday ingest`: the first stage alone, or one look for whatever no event told of."""

from __future__ import annotations

import argparse
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from pictureday.config import Inbox, Settings

if TYPE_CHECKING:
    from pictureday.catalogue import Catalogue

__all__ = ["register", "run"]

_BUSY = 60.0  # seconds that are waited for open deliveries when the listings have ended


def register(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.description = __doc__
    parser.add_argument(
        "--reconcile",
        action="store_true",
        help="list every bucket, take what was never taken, and end; where an ingester runs, that one does it",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Run the stage until SIGTERM or Ctrl-C; with `--reconcile`, until what the listings found is taken."""
    from pictureday.cli.run import waited_for
    from pictureday.cli.supervisor import Supervisor

    buckets = tuple(inbox for inbox in settings.inboxes if inbox.events)
    if args.reconcile and not buckets:
        print(f"No inbox is in a bucket. Folders are looked at every {settings.ingest.rescan:g} s by whoever ingests.")
        return 0
    catalogue = waited_for(settings)
    try:
        if args.reconcile:
            return _reconcile(replace(settings, inboxes=buckets), catalogue, buckets)
        return Supervisor(settings, catalogue, stages=("ingest",)).run()
    finally:
        catalogue.close()


def _reconcile(settings: Settings, catalogue: Catalogue, buckets: tuple[Inbox, ...]) -> int:
    from pictureday.catalogue import listings
    from pictureday.cli.supervisor import Supervisor
    from pictureday.errors import Outage

    with catalogue.write() as tx:
        asked = {inbox.name: listings.ask(tx, inbox.name) for inbox in buckets}

    def answered() -> bool:
        with suppress(Outage), catalogue.read() as tx:
            return all(listings.find(tx, name)["done"] >= number for name, number in asked.items())
        return False

    # On a busy day it would never be idle: whoever ingests next goes on with what is left.
    answered_at: list[float] = []

    def enough() -> bool:
        if answered() and not answered_at:
            answered_at.append(time.monotonic())
        return bool(answered_at) and time.monotonic() - answered_at[0] > _BUSY

    code = Supervisor(settings, catalogue, stages=("ingest",)).run(until_idle=True, watch=answered, enough=enough)
    if not answered():
        print("It was stopped before the listings had ended; what was not looked at is found by the next one.")
        return code or 1
    for inbox in buckets:
        with catalogue.read() as tx:
            print(_told(inbox.name, **{key: listings.find(tx, inbox.name)[key] for key in ("seen", "found")}))
    return code


def _told(name: str, *, seen: int, found: int) -> str:
    objects = "object lay" if seen == 1 else "objects lay"
    if not found:
        return f"{name}: {seen:,} {objects} in its inboxes, and all were taken before."
    now = "is" if found == 1 else "are"
    return f"{name}: {seen:,} {objects} in its inboxes; {found:,} had never been taken, and {now} now."
