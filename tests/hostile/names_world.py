"""A district that meets every hostile name everywhere a name can come from: files, zips, indexes, roster, words."""

from __future__ import annotations

import csv
import os
import threading
import tty
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from sqlalchemy import update

from pictureday.catalogue import held, messages, tables
from pictureday.cli import build_parser, main
from pictureday.messages import PhotosReceived, Queue
from pictureday.roster import import_roster, read_roster
from tests.flow.district import District, code_of
from tests.hostile.names import NAMES, Hostile, unsafe
from tests.photos import portrait
from tests.unit.ingest.archive.zips import UTF8, Part, build

__all__ = ["COMMANDS", "World", "on_a_terminal", "printed"]

DISK = [name for name in NAMES if name.fits_disk]
CSV = [name for name in NAMES if name.fits_csv]
_GOOD = code_of(4)
_INDEXED = code_of(2)


class World:
    """Drops, registers and decides under every name; `dropped` are the paths that receipts must list.

    A folder, a zip and a vendor's folder is a delivery of its own, so only each `every`-th name is given to these.
    """

    def __init__(self, folder: Path, *, every: int = 1) -> None:
        folder.mkdir()
        self.district = District(folder, more='mail.ops = ["ops@district.example"]')
        self.dropped: list[str] = []
        self.refused: list[str] = []
        self._count = 0
        self._deliveries = DISK[::every]
        self.schools = [f"{number}" if not _is_code(name) else name.text for number, name in enumerate(CSV)]

    def run(self) -> str:
        """Everything, from the roster to the night; the log of it."""
        self._roster()
        self._words()
        self._drop()
        log = self._pipeline()
        assert self.call("sync", "--now") == 0
        self._decide()
        return log + self._pipeline()

    def call(self, *words: str) -> int:
        """A command of the real program, in this process."""
        return main(["--config", str(self.district.config), *words])

    def call_each(self, commands: Iterable[Sequence[str]]) -> None:
        """Many commands that must work; the program's parser and settings are made once for all."""
        parser = build_parser()
        for words in commands:
            args = parser.parse_args(words)
            assert args.run(args, self.district.settings) == 0

    def make_harmless(self) -> None:
        """Give everything that has a hostile name a plain one: what the same commands print then is our own."""
        plain = {
            tables.files: {"path": "plain.jpg"},
            tables.deliveries: {"name": "plain"},
            tables.students: {"name": "Plain"},
            tables.schools: {"name": "Plain"},
            tables.notices: {"text": "plain"},
            tables.grants: {"granted_by": "plain"},
            tables.vendors: {"title": "plain"},
            tables.audit: {"who": "plain", "why": "plain"},
            tables.messages: {"last_error": "plain"},
        }
        with self.district.catalogue.write() as tx:
            for table, values in plain.items():
                tx.execute(update(table).values(values))

    def _pipeline(self) -> str:
        done = self.district.call("--log-level", "debug", "run", "--until-idle")
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stderr

    def _roster(self) -> None:
        folder = self.district.folder / "hostile-roster"
        folder.mkdir()
        students = [(f"{number + 100:06}B001", self.schools[number], name.text) for number, name in enumerate(CSV)]
        known = [(_GOOD, "north", "Plain"), (_INDEXED, "north", "Plain")]
        _table(folder / "students.csv", ("student_code", "school_code", "name"), [*students, *known])
        schools = [(code, name.text) for code, name in zip(self.schools, CSV, strict=True)]
        _table(folder / "schools.csv", ("school_code", "name"), [*schools, ("north", "North"), ("south", "South")])
        contacts = [(code, f"school{number}@school.example") for number, code in enumerate(self.schools)]
        _table(folder / "contacts.csv", ("school_code", "email"), [*contacts, ("north", "north@school.example")])
        with self.district.catalogue.write() as tx:
            import_roster(tx, read_roster(folder, self.district.settings.roster), most_dropped=1.0, who="test")

    def _words(self) -> None:
        said = [name.text for name in NAMES if name.fits_disk or "/" in name.text]
        grants = (("grant", "add", f"--by={by}", "--", "acme", at) for at, by in zip(self.schools, said, strict=False))
        vendors = (("vendor", "add", f"v{number}", f"--title={title}") for number, title in enumerate(said))
        self.call_each([*grants, *vendors])

    def _drop(self) -> None:
        inbox = self.district.inbox()
        for name in DISK:
            self._put(inbox / f"{name.text}.jpg")
            self._put(inbox / "set" / f"{name.text}.jpg")
            self._put(inbox / "indexed" / f"{name.text}.jpg")
        for name in self._deliveries:
            self._put(inbox / name.text / "IMG_1.jpg")
            # A dot file waits for its rename, and is told as it is when that never comes.
            inside = "" if name.text.startswith(".") else "!IMG_2.jpg"
            self._put(inbox / f"{name.text}.zip", build(Part(name=b"IMG_2.jpg", data=self._bytes())), inside)
            (self.district.inboxes / name.text / "inbox").mkdir(parents=True)
        for number in range(len(CSV)):
            self._put(inbox / "students" / f"{number + 100:06}B001.jpg")
        rows = [(f"{name.text}.jpg", _INDEXED) for name in CSV] + [("IMG_3.jpg", name.text) for name in CSV]
        _table(inbox / "indexed" / "index.csv", ("file", "student_code"), rows)
        self.dropped.append("indexed/index.csv")
        self._zips()
        self._put(inbox / "good" / f"{_GOOD}.jpg", portrait())

    def _zips(self) -> None:
        fitting = [name for name in NAMES if name.fits_zip]
        parts = [self._entry(name) for name in fitting]
        (self.district.inbox() / "entries.zip").write_bytes(build(*parts))
        self.dropped += [f"entries.zip!{name.text}.jpg".replace("\\", "/") for name in fitting]
        for number, name in enumerate(name for name in NAMES if not name.fits_zip):
            zipped = build(self._entry(name), Part(name=f"{_INDEXED}.jpg".encode(), flags=UTF8))
            (self.district.inbox() / f"refused-{number}.zip").write_bytes(zipped)
            self.refused.append(f"refused-{number}.zip")

    def _entry(self, name: Hostile) -> Part:
        raw = f"{name.text}.jpg".encode("utf-8", "surrogatepass")
        return Part(name=raw, flags=UTF8, data=self._bytes())

    def _put(self, path: Path, data: bytes = b"", inside: str = "") -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data or self._bytes())
        self.dropped.append(f"{path.relative_to(self.district.inbox())}{inside}")

    def _bytes(self) -> bytes:
        self._count += 1  # no two alike: the same bytes again would join the entry that waits
        return f"no photo {self._count}".encode()

    def _decide(self) -> None:
        rows = (
            row for row in self.district.files() if row["state"] == "quarantined" and row["path"].startswith("set/")
        )
        said = ((f"--why={row['path'][4:-4]}", f"--who={row['path'][4:-4]}", str(row["id"])) for row in rows)
        self.call_each([("quarantine", "reject", *words) for words in said])
        with self.district.catalogue.write() as tx:
            for name in CSV[:60]:
                message = messages.say(tx, PhotosReceived(photo_ids=(1,)), vendor="acme")
                held.lease(tx, Queue.RECEIVED, owner="me", seconds=10)
                held.park(tx, message, owner="me", error=name.text)


def _is_code(name: Hostile) -> bool:
    whole = name.text == name.text.strip() and 0 < len(name.text) <= 64
    return whole and not unsafe(name.text, but="") and not unicodedata.combining(name.text[0])


def _table(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        writer.writerows(rows)


# What a person may call to look at all this, and the exit codes are not the point.
COMMANDS = (
    ("status",),
    ("deliveries", "--last", "1000"),
    ("quarantine", "list"),
    ("roster", "export"),
    ("roster", "export", "--csv"),
    ("vendor", "list"),
    ("grant", "list", "--all"),
    ("parked", "list"),
    ("sync", "--plan"),
    ("doctor",),
)


def printed(act: Callable[[], object]) -> str:
    """What `act` prints where nobody watches, to stdout and stderr, as UTF-8 that must be right."""
    reader, writer = os.pipe()
    return _read(reader, writer, act)


def on_a_terminal(act: Callable[[], object]) -> str:
    """The same on a terminal, which gets colours and progress."""
    leader, follower = os.openpty()
    tty.setraw(follower)
    return _read(leader, follower, act)


def _read(reader: int, writer: int, act: Callable[[], object]) -> str:
    found: list[bytes] = []
    thread = threading.Thread(target=lambda: found.extend(_chunks(reader)))
    thread.start()
    with os.fdopen(writer, "w", encoding="utf-8", newline="") as out, redirect_stdout(out), redirect_stderr(out):
        act()
    thread.join()
    os.close(reader)
    return b"".join(found).decode("utf-8")


def _chunks(reader: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(reader, 65536)
        except OSError:  # how a terminal ends
            return
        if not chunk:
            return
        yield chunk
