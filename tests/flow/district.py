"""A district on disk for the flow tests: its own home, settings, roster and vendors, and the real program run on it.

The tests look from outside: inbox, catalogue, store, mails, receipts.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pictureday.catalogue import Catalogue, grants, tables, vendors
from pictureday.config import Settings, load
from pictureday.roster import import_roster, read_roster
from sync import MisisStore

__all__ = ["District", "eventually"]

_TIMINGS = {"settle": 0.4, "quiet": 1.5, "grace": 3.0, "rescan": 2.0}


class District:
    """One school year in a temporary folder.

    `north` and `south` are schools; the vendor `acme` is granted both, `other` only `south`. Students are
    `000000A001`, `000001A001`, … up to `students`, the even ones in `north`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        students: int = 100,
        urls: dict[str, str] | None = None,
        timings: dict[str, float] | None = None,
        inbox_root: Path | None = None,
        more: str = "",
    ) -> None:
        self.folder = folder
        self.inboxes = inbox_root or folder / "vendors"
        self.config = folder / "pictureday.toml"
        self._running: list[subprocess.Popen[bytes]] = []
        self._write_settings(urls or {}, _TIMINGS | (timings or {}), more)
        self.settings: Settings = load(self.config)
        self.catalogue = Catalogue.open(self.settings.catalogue.url)
        self._fill(students)

    def _write_settings(self, urls: dict[str, str], timings: dict[str, float], more: str) -> None:
        at = {
            "catalogue": f"sqlite:///{self.folder}/catalogue.db",
            "misis": f"sqlite:///{self.folder}/misis.db",
            "blobs": f"file:{self.folder}/blobs",
            "bus": "embedded:",
            "mail": f"file:{self.folder}/mail",
        } | urls
        lines = [
            f'inboxes = [{{ url = "file:{self.inboxes}" }}]',
            *(f'{part}.url = "{url}"' for part, url in at.items()),
        ]
        lines += [f"ingest.{name} = {seconds}" for name, seconds in timings.items()]
        self.config.write_text("\n".join([*lines, "mail.school_interval = 0", more, ""]), encoding="utf-8")

    def _fill(self, students: int) -> None:
        folder = self.folder / "roster"
        folder.mkdir()
        rows = (
            f"{code},{'south' if number % 2 else 'north'},5,active"
            for number, code in enumerate(map(code_of, range(students)))
        )
        (folder / "students.csv").write_text("\n".join(["student_code,school_code,grade,status", *rows, ""]))
        (folder / "schools.csv").write_text("school_code,name\nnorth,North School\nsouth,South School\n")
        (folder / "contacts.csv").write_text(
            "school_code,email,role\nnorth,north@school.example,principal\nsouth,south@school.example,principal\n"
        )
        with self.catalogue.write() as tx:
            roster = read_roster(folder, self.settings.roster)
            import_roster(tx, roster, most_dropped=1.0, who="test")
            for vendor in ("acme", "other"):
                vendors.add(tx, vendor, who="test", active=True)
                grants.add(tx, vendor, "south", by="principal", who="test")
            grants.add(tx, "acme", "north", by="principal", who="test")
        for vendor in ("acme", "other"):
            self.inbox(vendor).mkdir(parents=True, exist_ok=True)

    def inbox(self, vendor: str = "acme") -> Path:
        """Where a vendor writes."""
        return self.inboxes / vendor / "inbox"

    def command(self, *words: str) -> list[str]:
        """The command line of the real program on this district."""
        return [sys.executable, "-m", "pictureday", "--config", str(self.config), *words]

    def call(self, *words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; output as text."""
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=timeout, check=False, env=_environment()
        )

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command in a process group of its own; `close` ends what is left of it."""
        log = (self.folder / f"log-{len(self._running)}.jsonl").open("wb")
        process = subprocess.Popen(
            self.command(*words), stdout=log, stderr=subprocess.STDOUT, env=_environment(), start_new_session=True
        )
        log.close()
        self._running.append(process)
        return process

    def run_until_idle(self, *words: str, timeout: float = 120) -> None:
        """Run the pipeline until nothing is left to do."""
        done = self.call("run", "--until-idle", *words, timeout=timeout)
        assert done.returncode == 0, done.stderr

    def logs(self) -> str:
        """What all started commands wrote."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("log-*.jsonl")))

    def files(self) -> list[dict[str, Any]]:
        """Every row of `files`, by number."""
        with self.catalogue.read() as tx:
            return [dict(row) for row in tx.execute(select(tables.files).order_by(tables.files.c.id)).mappings()]

    def deliveries(self) -> list[dict[str, Any]]:
        """Every delivery, by number."""
        with self.catalogue.read() as tx:
            return [
                dict(row) for row in tx.execute(select(tables.deliveries).order_by(tables.deliveries.c.id)).mappings()
            ]

    def states(self) -> Counter[str]:
        """How many files are in each state."""
        return Counter(row["state"] for row in self.files())

    def store(self) -> list[dict[str, Any]]:
        """Every photo in force in MiSiS, by student."""
        return self._store_rows("student_photos", "student_code")

    def history(self) -> list[dict[str, Any]]:
        """Every replaced photo in MiSiS."""
        return self._store_rows("student_photo_history", "photo_id")

    def _store_rows(self, table: str, order: str) -> list[dict[str, Any]]:
        from sync.tables import metadata

        found = metadata.tables[table]
        store = MisisStore.open(self.settings.misis.url)
        try:
            with store._engine.connect() as connection:
                return [dict(row) for row in connection.execute(select(found).order_by(found.c[order])).mappings()]
        finally:
            store.close()

    def receipts(self, vendor: str = "acme") -> list[dict[str, Any]]:
        """Every receipt of a vendor, read from its folder, by delivery."""
        found = [json.loads(path.read_bytes()) for path in (self.inboxes / vendor / "receipts").glob("*.json")]
        return sorted(found, key=lambda receipt: int(receipt["delivery"]))

    def mails(self) -> list[EmailMessage]:
        """Every mail that was sent to the mail folder."""
        parsed = (
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in (self.folder / "mail").glob("*.eml")
        )
        return [mail for mail in parsed if isinstance(mail, EmailMessage)]

    def close(self) -> None:
        """End every process that was started here, and the catalogue."""
        for process in self._running:
            end(process)
        self.catalogue.close()


def code_of(number: int) -> str:
    """The code of the student with this number."""
    return f"{number:06d}A001"


def end(process: subprocess.Popen[bytes]) -> None:
    """End a started command and its children, at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def eventually(holds: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    """Wait until `holds`; fails with `what` after `seconds`."""
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, f"after {seconds} s still not: {what}"
        time.sleep(0.05)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PICTUREDAY_")}
    return kept | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONWARNINGS": "default"}
