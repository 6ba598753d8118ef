"""The demo at play: the vendors upload, the pipeline runs, the night comes, and the numbers are checked.

Only the timings differ from a district's: nobody wants to wait half a minute of quiet for a demo.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from pictureday import config, log
from pictureday.blobs import connect
from pictureday.catalogue import Catalogue, grants, overview, vendors
from pictureday.cli.supervisor import Supervisor
from pictureday.clock import SystemClock
from pictureday.demo import audit, deliveries, story
from pictureday.demo.district import DISTRICT, write_roster
from pictureday.demo.uploads import Sent
from pictureday.roster import import_roster, read_roster
from sync import MisisStore, Night, Tally

__all__ = ["play"]

_UPLOADS = (
    deliveries.clean_zip,
    deliveries.indexed_folder,
    deliveries.loose_files,
    deliveries.bad_folder,
    deliveries.attack_zip,
)
_VENDOR_OF = {deliveries.clean_zip: "brightside", deliveries.indexed_folder: "brightside"}
_WHO = "demo"


def play(folder: Path, console: Console) -> int:
    """Play everything in the empty `folder`; returns 0 if every number is what it must be."""
    settings = _settings(folder)
    began = time.monotonic()
    with (folder / "pictureday.log").open("w", encoding="utf-8") as stream:
        log.set_up(json=True, stream=stream)
        catalogue = Catalogue.open(settings.catalogue.url)
        try:
            _prepare(folder, settings, catalogue)
            with story.progress(console) as progress:
                expected = _deliver(folder, settings, catalogue, progress)
                _night(settings, catalogue, progress)
            found = audit.look(catalogue, settings, expected)
        finally:
            catalogue.close()
    story.print_summary(console, audit.summary(found, expected, _places(folder), time.monotonic() - began))
    for wrong in found.wrong:
        console.print(f"[bold red]Not as it must be:[/] {wrong}")
    return 1 if found.wrong else 0


def _settings(folder: Path) -> config.Settings:
    text = _SETTINGS.format(folder=folder)
    (folder / "pictureday.toml").write_text(text, encoding="utf-8")
    return config.load(folder / "pictureday.toml")


_SETTINGS = """\
# The demo's settings. Look around with: pictureday --config {folder}/pictureday.toml status
catalogue.url = "sqlite:///{folder}/catalogue.db"
misis.url = "sqlite:///{folder}/misis.db"
blobs.url = "file:{folder}/blobs"
inboxes = [{{ url = "file:{folder}/vendors" }}]
# A district waits longer: 2 s, 30 s of quiet, 10 minutes for a cut upload to be resumed.
ingest = {{ settle = 0.5, quiet = 2, grace = 4, rescan = 2 }}

[mail]
url = "file:{folder}/mail"
school_interval = 0 # a district gathers a school's reports for an hour
"""


def _prepare(folder: Path, settings: config.Settings, catalogue: Catalogue) -> None:
    write_roster(folder / "roster")
    roster = read_roster(folder / "roster", settings.roster)
    with catalogue.write() as tx:
        import_roster(tx, roster, most_dropped=settings.roster.most_dropped, who=_WHO)
        for vendor in DISTRICT.vendors:
            vendors.add(tx, vendor.name, who=_WHO, title=vendor.title, email=vendor.email, active=True)
        for grant in DISTRICT.grants:
            grants.add(tx, grant.vendor, grant.school_code, by=grant.granted_by, who=_WHO)
    for vendor in DISTRICT.vendors:
        (folder / "vendors" / vendor.name / "inbox").mkdir(parents=True)


@dataclass
class _Uploads:
    """The vendors at work, in a thread of their own, as they are in another town."""

    folder: Path
    sent: Sent
    expected: list[deliveries.Expected]
    failed: Exception | None = None

    def run(self) -> None:
        try:
            for upload in _UPLOADS:
                vendor = _VENDOR_OF.get(upload, "lumen-studio")
                self.expected.append(upload(self.folder / "vendors" / vendor / "inbox", self.sent))
        except Exception as error:  # noqa: BLE001 - raised again where somebody sees it
            self.failed = error


def _deliver(
    folder: Path, settings: config.Settings, catalogue: Catalogue, progress: Progress
) -> list[deliveries.Expected]:
    sending = progress.add_task("The vendors upload", total=None)
    judging = progress.add_task("Every file gets its verdict", total=None)
    uploads = _Uploads(folder=folder, sent=lambda: progress.advance(sending), expected=[])
    thread = threading.Thread(target=uploads.run, name="vendors")
    thread.start()
    Supervisor(settings, catalogue, stages=("ingest", "validate", "publish")).run(
        until_idle=True, watch=_watch(catalogue, thread, progress, judging)
    )
    thread.join()
    if uploads.failed:
        raise uploads.failed
    for task in (sending, judging):
        done = progress.tasks[task].completed
        progress.update(task, total=done)
    return uploads.expected


def _watch(catalogue: Catalogue, thread: threading.Thread, progress: Progress, task: object) -> Callable[[], bool]:
    def watch() -> bool:
        with catalogue.read() as tx:
            counted = overview.files_by_state(tx)
        done = sum(count for state, count in counted.items() if state != "received")
        progress.update(task, completed=done, total=max(done, sum(counted.values())))  # type: ignore[arg-type]  # a TaskID
        return not thread.is_alive()

    return watch


def _night(settings: config.Settings, catalogue: Catalogue, progress: Progress) -> Tally:
    task = progress.add_task("The night: photos go into MiSiS", total=None)
    store = MisisStore.open(settings.misis.url)
    try:
        night = Night(
            catalogue=catalogue,
            store=store,
            blobs=connect(settings.blobs.url),
            settings=settings,
            clock=SystemClock(),
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
        tally = night.run("now")
    finally:
        store.close()
    # The night's summary to ops is a mail like any other.
    Supervisor(settings, catalogue, stages=("publish",)).run(until_idle=True)
    return tally


def _places(folder: Path) -> list[story.Place]:
    shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    program = Path(sys.argv[0])
    called = program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program
    command = f"{called} --config {shown}/pictureday.toml"
    return [
        story.Place(what="mails", where=f"{shown}/mail/"),
        story.Place(what="receipts", where=f"{shown}/vendors/*/receipts/"),
        story.Place(what="quarantine", where=f"{command} quarantine list"),
        story.Place(what="roster", where=f"{command} roster export"),
        story.Place(what="store", where=f"{shown}/misis.db (table student_photos)"),
        story.Place(what="log", where=f"{shown}/pictureday.log"),
    ]
