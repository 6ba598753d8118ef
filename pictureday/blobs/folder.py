"""Blobs in a folder: `<root>/ab/cdef…`, written under a temporary name, synced, then renamed.

A name that can be seen is therefore always a whole blob. A failed sync is fatal: the kernel may have
dropped the dirty pages and would report the next sync as fine. A batch of many is synced as a whole, where the
file system allows it: 250 photos cost two barriers then, and not 250 for the bytes and 160 for the names.
"""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pictureday.blobs.store import Batch, BlobDamaged, BlobMissing, Stored
from pictureday.disk import can_sync_all, sync_all, sync_file, sync_folders, troubles
from pictureday.errors import Outage

__all__ = ["FolderBlobs"]

_MOST_OPEN = 64  # files of one batch; several batches are at work, and a process may often open 1024 files only
_MANY = 4  # blobs from which on two barriers are cheaper than a sync of each file and each folder
_DEAD = 24 * 3600.0  # seconds after which a temporary file belongs to a process that was killed


@dataclass(frozen=True, kw_only=True)
class _Written:
    temporary: str
    file: BinaryIO
    final: str


class FolderBlobs:
    """The blobs below `root`, which is made on the first put."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept = False

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Puts that are durable when the block ends; nothing of a failed block is ever seen."""
        self._sweep()
        batch = _FolderBatch(self._root)
        try:
            yield batch
            batch.commit()
        finally:
            batch.discard()

    def read(self, sha256: str) -> bytes:
        """The bytes of one blob, checked."""
        with self.open(sha256) as stream, troubles(f"The blob {sha256}"):
            data = stream.read()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BlobDamaged(
                f"The blob {sha256} is damaged on disk.", fix="Restore it from a backup, or ask for the photo again."
            )
        return data

    def read_all(self, hashes: Sequence[str]) -> dict[str, bytes | BlobMissing | BlobDamaged]:
        """The bytes of many blobs."""
        return {sha256: self._answer(sha256) for sha256 in hashes}

    def open(self, sha256: str) -> BinaryIO:
        """The blob as a stream."""
        try:
            with troubles(f"The blob {sha256}"):
                return self._path(sha256).open("rb")
        except FileNotFoundError as error:
            self._check_mounted()
            raise BlobMissing(
                f"The blob {sha256} is missing.", fix="Restore it from a backup, or ask for the photo again."
            ) from error

    def _answer(self, sha256: str) -> bytes | BlobMissing | BlobDamaged:
        try:
            return self.read(sha256)
        except (BlobMissing, BlobDamaged) as error:
            return error

    def _check_mounted(self) -> None:
        # Every put leaves `.tmp` behind: without it this is another folder, as under a disk that is not mounted.
        if not _waiting(self._root).is_dir():
            raise Outage(
                f"The blob folder {self._root} is missing or empty.", fix="Mount its disk; it is tried again by itself."
            )

    def _sweep(self) -> None:
        """Remove, once, what killed processes left half written."""
        if self._swept:
            return
        self._swept = True
        with suppress(OSError):
            for path in _waiting(self._root).iterdir():
                if path.stat().st_mtime < time.time() - _DEAD:
                    path.unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        return _place(self._root, sha256)


class _FolderBatch:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._what = f"The blob folder {root}"
        self._barrier: int | None = None  # the root, open since before the first byte: it hears of each failed write
        self._written: list[_Written] = []

    def put(self, chunks: Iterable[bytes]) -> Stored:
        with troubles(self._what, making=True):
            temporary, file = self._temporary()
        digest, size = hashlib.sha256(), 0
        self._written.append(_Written(temporary=temporary, file=file, final=temporary))
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            with troubles(self._what, making=True):
                file.write(chunk)
        sha256 = digest.hexdigest()
        self._written[-1] = _Written(temporary=temporary, file=file, final=str(_place(self._root, sha256)))
        with troubles(self._what, making=True):
            file.flush()
            if len(self._written) % _MOST_OPEN == 0:
                self._save(together=self._barrier is not None)
        return Stored(sha256=sha256, size=size)

    def commit(self) -> None:
        """Sync the bytes of every file, give each its name, sync the names."""
        together = self._barrier is not None and len(self._written) >= _MANY
        with troubles(self._what, making=True):
            self._save(together=together)
            self._force(together)
            folders = {Path(written.final).parent for written in self._written}
            new = {folder for folder in folders if _made(folder)}
            for written in self._written:
                os.replace(written.temporary, written.final)  # noqa: PTH105 - a Path would cost as much as the rename
            if not self._force(together):
                sync_folders(folders | ({self._root} if new else set()))

    def discard(self) -> None:
        """Close everything, and remove what was not committed."""
        for written in self._written:
            with suppress(OSError):  # closing writes what a full disk refused before, and that is told already
                written.file.close()
            with suppress(OSError):
                os.unlink(written.temporary)  # noqa: PTH108 - as above
        if self._barrier is not None:
            os.close(self._barrier)
            self._barrier = None

    def _save(self, *, together: bool) -> None:
        """Close the files, synced unless all are synced together later."""
        for written in self._written:
            if not written.file.closed:
                if not together:
                    sync_file(written.file.fileno(), written.final)
                written.file.close()

    def _force(self, together: bool) -> bool:
        if together and self._barrier is not None:
            sync_all(self._barrier, str(self._root))
        return together

    def _temporary(self) -> tuple[str, BinaryIO]:
        if not self._written:
            _made(_waiting(self._root))
            if can_sync_all(self._root):
                self._barrier = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        path = f"{_waiting(self._root)}/{uuid.uuid4().hex}"
        return path, open(path, "xb")


def _waiting(root: Path) -> Path:
    return root / ".tmp"


def _place(root: Path, sha256: str) -> Path:
    return root / sha256[:2] / sha256[2:]


def _made(folder: Path) -> bool:
    if folder.is_dir():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    return True
