"""Taking: on record, out of the vendor's reach, copied, in the catalogue. In that order (design, 5.5).

Killed after any step, the next start goes on from what the catalogue and `.taken/` say; see `resume`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from typing import Any, BinaryIO, cast

from ingest.inbox import FolderInbox, FolderTrouble
from ingest.placing import Place, place_of
from ingest.settle import Sight
from ingest.size import Sizes, files_in
from ingest.taken import Taken
from ingest.walking import is_own
from pictureday.blobs import Batch, Blobs, Stored
from pictureday.catalogue import Catalogue, deliveries, drops, files, intakes, notices
from pictureday.catalogue import messages as outbox
from pictureday.log import get_logger
from pictureday.messages import BATCH, FileState
from pictureday.names import student_code
from pictureday.reasons import ARCHIVE_REASONS, Finding

__all__ = ["SMALL", "Print", "Taker", "counted", "enter", "file_row", "refused_row", "say_received"]

_CHUNK = 1 << 20
SMALL = 1 << 18  # bytes up to which a file shares a blob with its neighbours; a photo has a tenth of it
_ODD = {errno.ELOOP, errno.ENXIO, errno.EISDIR}  # a link or a device, a socket, a folder that was swapped in
_STATES = {"ignored": FileState.IGNORED, "done": FileState.IGNORED, "index": FileState.INDEX}


@dataclass(frozen=True, kw_only=True)
class Print:
    """What shows that a taken file was not written to since: size in bytes, times in nanoseconds."""

    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> Print:
        """The print of a file that was just looked at."""
        return cls(size=found.st_size, mtime_ns=found.st_mtime_ns, ctime_ns=found.st_ctime_ns)


class Taker:
    """Takes settled files of one inbox, at most `BATCH` at a time; `stored` is told of them when they are ours."""

    def __init__(
        self,
        inbox: FolderInbox,
        url: str,
        catalogue: Catalogue,
        blobs: Blobs,
        sizes: Sizes,
        *,
        stored: Callable[[Sequence[dict[str, Any]]], None],
    ) -> None:
        self._inbox = inbox
        self._stored = stored
        self._sizes = sizes
        self._url = url
        self._catalogue = catalogue
        self._blobs = blobs
        self._noted: set[str] = set()

    def take(self, vendor: str, sights: Sequence[Sight]) -> int:
        """Take these settled files of one vendor; returns how many were still there.

        Raises `FolderTrouble` when all that can be taken was taken, and some can't.
        """
        rows = self._record(vendor, sights)
        there, trouble = self._moved(vendor, rows)
        kept = {row["id"] for row in there}
        gone = [row["id"] for row in rows if row["id"] not in kept]
        if gone:
            with self._catalogue.write() as tx:
                drops.forget(tx, gone)
        self._inbox.sync_taken()
        self.store(there)
        if trouble:
            raise trouble
        return len(there)

    def strangers(self) -> int:
        """How many files in `.taken` no drop on record explains, as after a database was restored."""
        with self._catalogue.read() as tx:
            known = drops.kept_ids(tx, self._url)
        with self._inbox.in_taken() as taken:
            return len(taken.ids() - known)

    def resume(self) -> list[dict[str, Any]]:
        """Drops on record whose file was taken but not stored; those that were never taken are forgotten."""
        with self._catalogue.read() as tx:
            recorded = drops.of_state(tx, self._url, "recorded")
        if not recorded:
            return []  # which is asked at each step, while thousands of files may lie there
        with self._inbox.in_taken() as taken:
            there = taken.ids()
            never = {row["id"] for row in recorded if row["id"] not in there or self._given_back(taken, row)}
        if never:
            with self._catalogue.write() as tx:
                drops.forget(tx, sorted(never))
        return [row for row in recorded if row["id"] not in never]

    def _given_back(self, taken: Taken, row: dict[str, Any]) -> bool:
        # Killed after a folder came with the move, before it went back.
        if not (found := taken.found(row["id"])):
            return False
        with self._inbox.reach(row["vendor"]) as reach:
            return reach.give_back_folder(row["path"], taken.descriptor, row["id"], found)

    def store(self, rows: Sequence[dict[str, Any]]) -> None:
        """Copy taken files into blobs and enter them into the catalogue, `BATCH` in one transaction.

        Each row has its `sight`, and whether what lies in `.taken` `is_own`. A file that no longer looks like its
        sight, or changes while it is copied, stays on record and is stored when it has settled again.
        """
        for at in range(0, len(rows), BATCH):
            self._store_batch(rows[at : at + BATCH])

    def _moved(self, vendor: str, rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], FolderTrouble | None]:
        there, trouble = [], None
        with self._inbox.in_taken() as taken, self._inbox.reach(vendor) as reach:
            for row in rows:
                try:
                    found = reach.take(row["path"], taken.descriptor, row["id"])
                except FolderTrouble as error:
                    trouble = error
                else:
                    there += [row | {"is_own": is_own(found)}] if found else []
        return there, trouble

    def _record(self, vendor: str, sights: Sequence[Sight]) -> list[dict[str, Any]]:
        with self._catalogue.write() as tx:
            # Asked once for each place: a file's own query would cost more than all else that is done here.
            places = dict.fromkeys(sight.place for sight in sights)  # in the files' order
            opened = {place: self._opened(tx, vendor, place) for place in places}
            rows = drops.record(tx, self._url, [_new_drop(vendor, sight, opened[sight.place]) for sight in sights])
        return [row | {"sight": sight} for row, sight in zip(rows, sights, strict=True)]

    def _opened(self, tx: Any, vendor: str, place: Place) -> int:
        return deliveries.opened(tx, inbox=self._url, vendor=vendor, kind=place.kind, name=place.name)

    def _store_batch(self, rows: Sequence[dict[str, Any]]) -> None:
        with self._inbox.in_taken() as taken, self._blobs.batch() as batch:
            copied = [found for row in rows if (found := self._copied(batch, taken, row))]
        with self._catalogue.write() as tx:
            enter(tx, copied)
        self._stored(copied)

    def _copied(self, batch: Batch, taken: Taken, row: dict[str, Any]) -> dict[str, Any] | None:
        if not row["is_own"]:  # not even opened: with some devices that alone does something
            return _odd(batch, row)
        try:
            with taken.opened(row["id"]) as stream:
                return _copy(batch, row, stream, self._sizes)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in _ODD:
                return _odd(batch, row)
            self._note_unreadable(row, error)
            return None  # it stays on record; the others go on

    def _note_unreadable(self, row: dict[str, Any], error: OSError) -> None:
        if row["id"] in self._noted:
            return
        get_logger().error("taken_file_not_readable", drop_id=row["id"], trouble=error.strerror)
        path = self._inbox.taken / row["id"]
        text = (
            f"{path}, a file of vendor {row['vendor']}, can't be read: {error.strerror}. It is tried again by itself."
        )
        with self._catalogue.write() as tx:
            notices.note(tx, key=f"taken:{row['id']}", kind="folder", text=text)
        self._noted.add(row["id"])


def _new_drop(vendor: str, sight: Sight, delivery: int) -> drops.NewDrop:
    return drops.NewDrop(vendor=vendor, path=sight.path, kind=sight.kind, delivery_id=delivery)


def _copy(batch: Batch, row: dict[str, Any], stream: BinaryIO, sizes: Sizes) -> dict[str, Any] | None:
    before = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (row["sight"].size, row["sight"].mtime_ns):
        return None
    if sizes.is_too_large(row["kind"], before.st_size):
        return _too_large(batch, row, Print.of(before), sizes)
    is_archive = row["kind"] == "archive"
    put = _kept(batch, stream, alone=is_archive or before.st_size > SMALL)
    after = Print.of(os.fstat(stream.fileno()))
    if after != Print.of(before) or after.size != put.size:
        return None
    state, files = ("stored", files_in(stream, sizes.archive.entries)) if is_archive else ("done", 1)
    kept = {"sha256": put.sha256, "place": put.place, "counted": (files, put.size)}
    return row | vars(after) | kept | {"state": state, "findings": ()}


def _kept(batch: Batch, stream: BinaryIO, *, alone: bool) -> Stored:
    return batch.put(_chunks(stream)) if alone else batch.add(stream.read(SMALL))


def _too_large(batch: Batch, row: dict[str, Any], found: Print, sizes: Sizes) -> dict[str, Any]:
    # Its size says it all: a verdict is on record, and nothing of it fills the disk.
    findings = sizes.finding(row["kind"], found.size)
    return row | vars(found) | _nothing(batch) | {"state": "done", "findings": findings}


def _odd(batch: Batch, row: dict[str, Any]) -> dict[str, Any]:
    none = {"size": 0, "mtime_ns": 0, "ctime_ns": 0, "state": "done", "findings": (Finding(code="not_a_file"),)}
    return row | _nothing(batch) | none


def _nothing(batch: Batch) -> dict[str, Any]:
    none = batch.add(b"")
    return {"sha256": none.sha256, "place": none.place, "counted": (1, 0)}


def _chunks(stream: BinaryIO) -> Iterator[memoryview]:
    # One buffer for all of it: a new one for each piece would take the kernel longer than reading does.
    room = memoryview(bytearray(_CHUNK))
    while count := cast("BufferedReader", stream).readinto(room):
        yield room[:count]


def enter(tx: Any, copied: Sequence[dict[str, Any]]) -> None:
    """The transaction that makes the files ours: drops stored, files entered, photos said."""
    if not copied:
        return
    drops.stored(tx, copied)
    say_received(tx, [_row_of(row) for row in copied if row["state"] == "done"])
    for row in copied:
        # Nobody will unpack what is no archive, or none that may come in: so nobody else will end its delivery.
        if row["findings"] and place_of(row["path"]).kind == "zip":
            _end(tx, row)
    intakes.add(tx, counted(copied))


def counted(copied: Iterable[dict[str, Any]]) -> list[tuple[str, int, int]]:
    """What these files use up of their vendors' quotas: vendor, files, bytes."""
    sums: dict[str, tuple[int, int]] = {}
    for row in copied:
        files, size = sums.get(row["vendor"], (0, 0))
        sums[row["vendor"]] = files + row["counted"][0], size + row["counted"][1]
    return [(vendor, files, size) for vendor, (files, size) in sums.items()]


def _row_of(row: dict[str, Any]) -> dict[str, Any]:
    if _is_refused(row):
        return refused_row(row, row["findings"])
    known = {name: row[name] for name in ("path", "kind", "sha256", "place", "size", "findings")}
    return file_row(row, entry=0, **known)


def _is_refused(row: dict[str, Any]) -> bool:
    return any(finding.code in ARCHIVE_REASONS for finding in row["findings"])


def _end(tx: Any, row: dict[str, Any]) -> None:
    if _is_refused(row):
        deliveries.refuse(tx, row["delivery_id"], row["findings"])
    else:
        deliveries.close(tx, row["delivery_id"])


def say_received(tx: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Enter files, count their photos to their deliveries, and say those that can be judged now."""
    ids = files.insert_all(tx, rows)
    waiting = [row for row in rows if row["state"] == FileState.RECEIVED]
    for delivery in sorted({row["delivery_id"] for row in waiting}):
        deliveries.add_pending(tx, delivery, sum(row["delivery_id"] == delivery for row in waiting))
    for vendor in sorted({row["vendor"] for row in waiting}):
        mine = [row for row in waiting if row["vendor"] == vendor and not row["waits"]]
        for message in files.received_messages([ids[row["drop_id"], row["entry"]] for row in mine]):
            outbox.say(tx, message, vendor=vendor)


def file_row(
    drop: dict[str, Any],
    *,
    entry: int,
    path: str,
    kind: str,
    sha256: str,
    size: int,
    place: str = "",
    findings: Sequence[Finding] = (),
) -> dict[str, Any]:
    """The `files` row of one dropped file or archive entry; with `findings`, its verdict.

    A photo whose name is no code waits for the close.
    """
    # An entry is named inside its archive: `drop.zip!x.jpg` is called x.jpg.
    code = student_code(path.removeprefix(f"{drop['path']}!") if entry else path)
    state: FileState = _STATES.get(kind, FileState.RECEIVED)
    if findings:
        state = FileState.QUARANTINED
    received = state is FileState.RECEIVED
    return {
        "delivery_id": drop["delivery_id"],
        "drop_id": drop["id"],
        "entry": entry,
        "vendor": drop["vendor"],
        "path": path,
        "state": state,
        "arrival": drop["arrival"],
        "received_at": datetime.now(UTC),
        "sha256": sha256,
        "place": place,
        "bytes": size,
        "waits": received and code is None,
        "student_code": code if received else None,
        "judged_at": None if received else datetime.now(UTC),
        "findings": [finding.as_json() for finding in findings],
    }


def refused_row(drop: dict[str, Any], findings: Sequence[Finding]) -> dict[str, Any]:
    """The `files` row of an archive of which nothing gets in."""
    row = file_row(
        drop,
        entry=0,
        path=drop["path"],
        kind="ignored",
        sha256=drop["sha256"],
        size=drop["size"],
        place=drop.get("place", ""),
    )
    return row | {"state": FileState.REFUSED, "findings": [finding.as_json() for finding in findings]}
