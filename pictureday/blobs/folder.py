"""Blobs in a folder: `<root>/ab/cdef…`, written under a temporary name, synced, then renamed.

A name that can be seen is therefore always a whole blob. A failed sync is fatal: the kernel may have
dropped the dirty pages and would report the next sync as fine. What a batch adds bit by bit goes into one file, its
pack, so that 250 photos cost two syncs and not five hundred.
"""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pictureday.blobs.part import Part, content
from pictureday.blobs.store import Batch, BlobDamaged, BlobMissing, Chunk, Stored
from pictureday.blobs.writing import write_hashed
from pictureday.disk import sync_file, sync_folders, troubles
from pictureday.errors import Outage

__all__ = ["FolderBlobs"]

_MOST_OPEN = 64  # files of one batch; several batches are at work, and a process may often open 1024 files only
_DEAD = 24 * 3600.0  # seconds after which a temporary file belongs to a process that was killed


@dataclass(frozen=True, kw_only=True)
class _Written:
    temporary: Path
    file: BinaryIO
    final: Path


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

    def read(self, sha256: str, place: str = "") -> bytes:
        """The bytes of one blob or part, checked."""
        found = self.read_all({sha256: place})[sha256]
        if not isinstance(found, bytes):
            raise found
        return found

    def read_all(self, wanted: Mapping[str, str]) -> dict[str, bytes | BlobMissing | BlobDamaged]:
        """The bytes of many, each file opened once."""
        return dict(self._read_all(wanted))

    def open(self, sha256: str) -> BinaryIO:
        """The blob as a stream."""
        try:
            with troubles(f"The blob {sha256}"):
                return _place(self._root, sha256).open("rb")
        except FileNotFoundError as error:
            self._check_mounted()
            raise _missing(sha256) from error

    def _read_all(self, wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes | BlobMissing | BlobDamaged]]:
        held: dict[str, dict[str, Part | None]] = {}
        for sha256, place in wanted.items():
            part = Part.parse(place) if place else None
            held.setdefault(part.holder if part else sha256, {})[sha256] = part
        for holder, parts in held.items():
            try:
                with self.open(holder) as stream:
                    yield from ((sha256, _checked(sha256, part, stream)) for sha256, part in parts.items())
            except BlobMissing:
                yield from ((sha256, _missing(sha256)) for sha256 in parts)

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


class _FolderBatch:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._what = f"The blob folder {root}"
        self._written: list[_Written] = []
        self._pack: _Written | None = None
        self._length = 0  # of the pack

    def put(self, chunks: Iterable[Chunk]) -> Stored:
        with troubles(self._what, making=True):
            temporary, file = self._temporary()
        self._written.append(_Written(temporary=temporary, file=file, final=temporary))
        sha256, size = write_hashed(file, chunks, self._what)
        self._written[-1] = _Written(temporary=temporary, file=file, final=_place(self._root, sha256))
        with troubles(self._what, making=True):
            file.flush()
            if len(self._written) % _MOST_OPEN == 0:
                self._save(self._written)
        return Stored(sha256=sha256, size=size)

    def add(self, data: Chunk) -> Stored:
        with troubles(self._what, making=True):
            if self._pack is None:
                temporary, file = self._temporary()
                # It has no hash for a name: what is in it has.
                self._pack = _Written(temporary=temporary, file=file, final=_place(self._root, temporary.name))
            self._pack.file.write(data)
        part = Part(holder=self._pack.temporary.name, at=self._length, length=len(data))
        self._length += len(data)
        return Stored(sha256=hashlib.sha256(data).hexdigest(), size=len(data), place=str(part))

    def commit(self) -> None:
        """Sync the bytes of every file, give each its name, sync the names."""
        with troubles(self._what, making=True):
            self._save(self._all())
            folders = {written.final.parent for written in self._all()}
            new = {folder for folder in folders if _made(folder)}
            for written in self._all():
                written.temporary.replace(written.final)
            sync_folders(folders | ({self._root} if new else set()))

    def discard(self) -> None:
        """Close everything, and remove what was not committed."""
        for written in self._all():
            with suppress(OSError):  # closing writes what a full disk refused before, and that is told already
                written.file.close()
            with suppress(OSError):
                written.temporary.unlink()

    def _all(self) -> list[_Written]:
        return [*self._written, self._pack] if self._pack else self._written

    def _save(self, files: Iterable[_Written]) -> None:
        for written in files:
            if not written.file.closed:
                written.file.flush()
                sync_file(written.file.fileno(), str(written.final))
                written.file.close()

    def _temporary(self) -> tuple[Path, BinaryIO]:
        if not self._all():
            _made(_waiting(self._root))
        path = _waiting(self._root) / uuid.uuid4().hex
        return path, path.open("xb")


def _checked(sha256: str, part: Part | None, stream: BinaryIO) -> bytes | BlobDamaged:
    def read(at: int, length: int) -> bytes:
        return os.pread(stream.fileno(), length, at)

    with troubles(f"The blob {sha256}"):
        data = content(part, read) if part else stream.read()
    if hashlib.sha256(data).hexdigest() == sha256:
        return data
    return BlobDamaged(
        f"The blob {sha256} is damaged on disk.", fix="Restore it from a backup, or ask for the photo again."
    )


def _missing(sha256: str) -> BlobMissing:
    return BlobMissing(f"The blob {sha256} is missing.", fix="Restore it from a backup, or ask for the photo again.")


def _waiting(root: Path) -> Path:
    return root / ".tmp"


def _place(root: Path, name: str) -> Path:
    return root / name[:2] / name[2:]


def _made(folder: Path) -> bool:
    if folder.is_dir():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    return True
