"""The demo at play: the vendors upload, the pipeline runs, the night comes, and the numbers are checked.

Where it plays is up to its site, a folder or a bucket. Only the timings differ from a district's: nobody wants
to wait half a minute of quiet for a demo.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
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
from pictureday.demo.sites import Site, near
from pictureday.demo.uploads import Client, Sent
from pictureday.roster import import_roster, read_roster
from sync import MisisStore, Night, Tally

__all__ = ["UPLOADS", "Upload", "play"]

Upload = tuple[str, Callable[[Client, Sent], deliveries.Expected]]  # the vendor, and what it delivers

UPLOADS: tuple[Upload, ...] = (
    ("brightside", deliveries.clean_zip),
    ("brightside", deliveries.indexed_folder),
    ("lumen-studio", deliveries.loose_files),
    ("lumen-studio", deliveries.bad_folder),
    ("lumen-studio", deliveries.attack_zip),
)
_WHO = "demo"


def play(folder: Path, site: Site, console: Console, *, uploads: Sequence[Upload] = UPLOADS) -> int:
    """Play everything at `site`, with all else in `folder`; returns 0 if every number is what it must be."""
    settings = _settings(folder, site)
    began = time.monotonic()
    with (folder / "pictureday.log").open("w", encoding="utf-8") as stream:
        log.set_up(json=True, stream=stream)
        catalogue = Catalogue.open(settings.catalogue.url)
        try:
            _prepare(folder, settings, catalogue)
            with story.progress(console) as progress:
                expected = _deliver(_Vendors(site, uploads), settings, catalogue, progress)
                _night(settings, catalogue, progress)
            found = audit.look(catalogue, settings, expected, site.receipts)
        finally:
            catalogue.close()
    story.print_summary(console, audit.summary(found, expected, _places(folder, site), time.monotonic() - began))
    for wrong in found.wrong:
        console.print(f"[bold red]Not as it must be:[/] {wrong}")
    return 1 if found.wrong else 0


def _settings(folder: Path, site: Site) -> config.Settings:
    text = _SETTINGS.format(folder=folder, inbox=site.inbox, blobs=site.blobs)
    (folder / "pictureday.toml").write_text(text, encoding="utf-8")
    return config.load(folder / "pictureday.toml")


_SETTINGS = """\
# The demo's settings. Look around with: pictureday --config {folder}/pictureday.toml status
catalogue.url = "sqlite:///{folder}/catalogue.db"
misis.url = "sqlite:///{folder}/misis.db"
blobs.url = "{blobs}"
inboxes = [{{ url = "{inbox}", after = "delete" }}]
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


class _Vendors:
    """The vendors at work, in a thread of their own, as they are in another town."""

    def __init__(self, site: Site, uploads: Sequence[Upload]) -> None:
        self.expected: list[deliveries.Expected] = []
        self._site = site
        self._uploads = uploads
        self._failed: Exception | None = None
        self._thread = threading.Thread()

    def start(self, sent: Sent) -> None:
        """Begin to upload; `sent` is called after each file."""
        self._thread = threading.Thread(target=self._run, args=(sent,), name="vendors")
        self._thread.start()

    def are_done(self) -> bool:
        """Whether all is uploaded; raises what kept them from it."""
        done = not self._thread.is_alive()
        if self._failed:
            raise self._failed
        return done

    def wait(self) -> None:
        """Return when they are done; raises what kept them from it."""
        self._thread.join()
        self.are_done()

    def _run(self, sent: Sent) -> None:
        try:
            for vendor, upload in self._uploads:
                self.expected.append(upload(self._site.client(vendor), sent))
        except Exception as error:  # noqa: BLE001 - raised again where somebody sees it
            self._failed = error


def _deliver(
    uploading: _Vendors, settings: config.Settings, catalogue: Catalogue, progress: Progress
) -> list[deliveries.Expected]:
    sending = progress.add_task("The vendors upload", total=None)
    judging = progress.add_task("Every file gets its verdict", total=None)
    uploading.start(lambda: progress.advance(sending))
    Supervisor(settings, catalogue, stages=("ingest", "validate", "publish")).run(
        until_idle=True, watch=_watch(catalogue, uploading, progress, judging)
    )
    uploading.wait()
    for task in (sending, judging):
        done = progress.tasks[task].completed
        progress.update(task, total=done)
    return uploading.expected


def _watch(catalogue: Catalogue, uploading: _Vendors, progress: Progress, task: object) -> Callable[[], bool]:
    def watch() -> bool:
        with catalogue.read() as tx:
            counted = overview.files_by_state(tx)
        done = sum(count for state, count in counted.items() if state != "received")
        progress.update(task, completed=done, total=max(done, sum(counted.values())))  # type: ignore[arg-type]  # a TaskID
        return uploading.are_done()

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


def _places(folder: Path, site: Site) -> list[story.Place]:
    command = f"{near(Path(sys.argv[0]))} --config {near(folder)}/pictureday.toml"
    return [
        story.Place(what="mails", where=f"{near(folder)}/mail/"),
        *site.places(),
        story.Place(what="quarantine", where=f"{command} quarantine list"),
        story.Place(what="roster", where=f"{command} roster export"),
        story.Place(what="store", where=f"{near(folder)}/misis.db (table student_photos)"),
        story.Place(what="log", where=f"{near(folder)}/pictureday.log"),
    ]
