"""A district on disk for the flow tests: its own home, settings, roster and vendors, and the real program run on it.

The tests look from outside: inbox, catalogue, store, mails, receipts.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from pictureday.catalogue import Catalogue, grants, tables, vendors
from pictureday.config import Settings, load
from pictureday.roster import import_roster, read_roster
from sync import MisisStore

__all__ = ["District", "eventually", "stopped"]

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
        inbox_url: str = "",
        after: str = "delete",
        more: str = "",
    ) -> None:
        self.folder = folder
        self.inboxes = inbox_root or folder / "vendors"
        self._inbox = f'{{ url = "{inbox_url or f"file:{self.inboxes}"}", after = "{after}" }}'
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
            f"inboxes = [{self._inbox}]",
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

    def call(
        self, *words: str, timeout: float = 120, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, in the folder `cwd`; output as text."""
        return subprocess.run(
            self.command(*words),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env=_environment() | dict(env or {}),
            cwd=cwd,
        )

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a command in a process group of its own; `close` ends what is left of it."""
        log = (self.folder / f"log-{len(self._running)}.jsonl").open("wb")
        process = subprocess.Popen(
            self.command(*words),
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment() | dict(env or {}),
            start_new_session=True,
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

    def stop(self, process: subprocess.Popen[bytes], *, timeout: float = 60) -> int:
        """Ask a started command to end, as a service manager does; its exit code."""
        process.terminate()
        return process.wait(timeout)

    def set_url(self, part: str, url: str) -> None:
        """Change one URL in the settings, for commands that start from now on."""
        lines = self.config.read_text(encoding="utf-8").splitlines()
        changed = [f'{part}.url = "{url}"' if line.startswith(f"{part}.url") else line for line in lines]
        self.config.write_text("\n".join([*changed, ""]), encoding="utf-8")
        self.settings = load(self.config)

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Every row of a table of the catalogue, in the order of its key."""
        with self.catalogue.read() as tx:
            return _rows(tx, table)

    def files(self) -> list[dict[str, Any]]:
        """Every row of `files`, by number."""
        return self.rows(tables.files)

    def deliveries(self) -> list[dict[str, Any]]:
        """Every delivery, by number."""
        return self.rows(tables.deliveries)

    def states(self) -> Counter[str]:
        """How many files are in each state."""
        return Counter(row["state"] for row in self.files())

    def store(self) -> list[dict[str, Any]]:
        """Every photo in force in MiSiS, by student."""
        return self.misis()["student_photos"]

    def history(self) -> list[dict[str, Any]]:
        """Every replaced photo in MiSiS."""
        return self.misis()["student_photo_history"]

    def misis(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table of the MiSiS store, by the table's name."""
        from sync.tables import metadata

        store = MisisStore.open(self.settings.misis.url)
        try:
            with store._engine.connect() as connection:
                return {name: _rows(connection, table) for name, table in metadata.tables.items()}
        finally:
            store.close()

    def receipts(self, vendor: str = "acme") -> list[dict[str, Any]]:
        """Every receipt of a vendor, read from its folder, by delivery."""
        found = [json.loads(path.read_bytes()) for path in (self.inboxes / vendor / "receipts").glob("*.json")]
        return sorted(found, key=lambda receipt: int(receipt["delivery"]))

    def mails(self) -> list[EmailMessage]:
        """Every mail that was sent to the mail folder."""
        sent = (self.folder / "mail").glob("*.eml")
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sent]

    def close(self) -> None:
        """End every process that was started here, and the catalogue."""
        for process in self._running:
            end(process)
        self.catalogue.close()


def _rows(tx: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in tx.execute(select(table).order_by(*table.primary_key)).mappings()]


def code_of(number: int) -> str:
    """The code of the student with this number."""
    return f"{number:06d}A001"


def end(process: subprocess.Popen[bytes]) -> None:
    """End a started command and its children, at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def stopped(process: subprocess.Popen[bytes]) -> None:
    """Stop a started command in the middle of whatever it does; SIGCONT lets it go on."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)


def eventually(holds: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    """Wait until `holds`; fails with `what` after `seconds`."""
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, f"after {seconds} s still not: {what}"
        time.sleep(0.05)


def _environment() -> dict[str, str]:
    left_out = ("PICTUREDAY_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    own = {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONWARNINGS": "default"}
    return kept | own | {"PYTHONPYCACHEPREFIX": _compiled()}


@cache
def _compiled() -> str:
    # Without it every start compiles all modules again; and nothing is to be left in the tree.
    folder = tempfile.mkdtemp(prefix="pictureday-test-compiled-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
