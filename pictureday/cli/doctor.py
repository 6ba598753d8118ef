"""`pictureday doctor`: is everything in place? One line for each part, and what to do where not."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from pictureday.config import Inbox, Settings
from pictureday.errors import Outage, PictureDayError
from pictureday.names import shown

__all__ = ["checks", "register", "run"]


def register(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.description = __doc__
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace, settings: Settings) -> int:
    """Check each part; exit 1 where one is not well."""
    ill = 0
    for name, check in checks(settings):
        try:
            print(f"   ok  {name}: {check()}")
        except PictureDayError as error:
            ill += 1
            print(f"  BAD  {name}: {shown(str(error), longest=2000)}")
    print("Everything is in place." if not ill else f"{ill} to mend.")
    return 1 if ill else 0


def checks(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    """Each part's name, and a check that says how it is or raises what is wrong."""
    yield "packages", _packages
    yield "catalogue", lambda: _catalogue(settings)
    yield "MiSiS store", lambda: _misis(settings)
    yield "blobs", lambda: _blobs(settings)
    yield "bus", lambda: _bus(settings)
    yield "mail", lambda: _mail(settings)
    for inbox in settings.inboxes:
        yield f"inbox {inbox.name}", lambda inbox=inbox: _inbox(inbox)  # type: ignore[misc]  # bound at once


def _packages() -> str:
    from importlib import import_module

    ours = Path(__file__).parents[2]
    for name in ("ingest", "validate", "publish", "sync", "pictureday"):
        found = Path(import_module(name).__file__ or "")
        if ours not in found.parents:
            # configobj ships a package of the same name that can overwrite ours.
            raise PictureDayError(
                f"The package {name} is not ours; it comes from {found}.",
                fix="Install pictureday into its own environment.",
            )
    return "ours"


def _catalogue(settings: Settings) -> str:
    from pictureday.cli import parts

    with parts.catalogue(settings) as catalogue, catalogue.read():
        return "can be read and is up to date"


def _misis(settings: Settings) -> str:
    from sync import MisisStore

    MisisStore.open(settings.misis.url).close()
    return "can be reached"


def _blobs(settings: Settings) -> str:
    from pictureday.cli import parts

    blobs = parts.blobs(settings)
    with blobs.batch() as batch:
        stored = batch.put([b"pictureday doctor"])
    blobs.read(stored.sha256)
    return "can be written and read"


def _bus(settings: Settings) -> str:
    import time

    from pictureday.bus import connect
    from pictureday.cli import parts

    with parts.catalogue(settings) as catalogue:
        bus = connect(settings.bus, catalogue)
        bus.start()
        try:
            for _ in range(50):
                if bus.healthy():
                    return "messages flow"
                time.sleep(0.1)
            raise Outage(bus.why_not())
        finally:
            bus.close()


def _mail(settings: Settings) -> str:
    from pictureday.mail import connect

    connect(settings.mail)
    return "is set; the first mail shows whether the server takes it"


def _inbox(inbox: Inbox) -> str:
    if inbox.events:
        from pictureday.cli.bucketcheck import check

        return check(inbox.events)
    from ingest import FolderInbox

    folder = FolderInbox(inbox.root)
    folder.prepare()
    return f"{len(folder.vendors())} vendors' folders"
