"""Blobs in a folder: `<root>/ab/cdef…`, written under a temporary name, synced, then renamed.

A name that can be seen is therefore always a whole blob. A failed fsync is fatal: the kernel may have
dropped the dirty pages and would report the next fsync as fine.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pictureday.blobs.store import Batch, BlobDamaged, BlobMissing, Stored
from pictureday.disk import sync_file, sync_folders, troubles

__all__ = ["FolderBlobs"]


@dataclass(frozen=True, kw_only=True)
class _Written:
    temporary: Path
    file: BinaryIO
    final: Path


class FolderBlobs:
    """The blobs below `root`, which is made on the first put."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Puts that are durable when the block ends; nothing of a failed block is ever seen."""
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

    def open(self, sha256: str) -> BinaryIO:
        """The blob as a stream."""
        try:
            with troubles(f"The blob {sha256}"):
                return self._path(sha256).open("rb")
        except FileNotFoundError as error:
            raise BlobMissing(
                f"The blob {sha256} is missing.", fix="Restore it from a backup, or ask for the photo again."
            ) from error

    def _path(self, sha256: str) -> Path:
        return _place(self._root, sha256)


class _FolderBatch:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._written: list[_Written] = []

    def put(self, chunks: Iterable[bytes]) -> Stored:
        with troubles(f"The blob folder {self._root}", making=True):
            temporary, file = self._temporary()
        digest, size = hashlib.sha256(), 0
        self._written.append(_Written(temporary=temporary, file=file, final=temporary))
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            with troubles(f"The blob folder {self._root}", making=True):
                file.write(chunk)
        final = _place(self._root, digest.hexdigest())
        self._written[-1] = _Written(temporary=temporary, file=file, final=final)
        with troubles(f"The blob folder {self._root}", making=True):
            file.flush()
        return Stored(sha256=digest.hexdigest(), size=size)

    def commit(self) -> None:
        """The barrier: sync every file, give each its name, sync the folders."""
        with troubles(f"The blob folder {self._root}", making=True):
            for written in self._written:
                sync_file(written.file.fileno(), str(written.final))
            new = {folder for written in self._written if _made(folder := written.final.parent)}
            for written in self._written:
                written.temporary.replace(written.final)
            sync_folders({written.final.parent for written in self._written} | ({self._root} if new else set()))

    def discard(self) -> None:
        """Close everything, and remove what was not committed."""
        for written in self._written:
            written.file.close()
            written.temporary.unlink(missing_ok=True)

    def _temporary(self) -> tuple[Path, BinaryIO]:
        folder = self._root / ".tmp"
        _made(folder)
        path = folder / uuid.uuid4().hex
        return path, path.open("xb")


def _place(root: Path, sha256: str) -> Path:
    return root / sha256[:2] / sha256[2:]


def _made(folder: Path) -> bool:
    if folder.is_dir():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    return True
