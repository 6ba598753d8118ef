"""The disk: syncing files and folders, writing a file whole, and its errors in our words."""

from __future__ import annotations

import ctypes
import errno
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pictureday.errors import FatalError, Outage

__all__ = ["begin_sync", "sync_file", "sync_folders", "troubles", "write_whole"]

_BEGIN = 2  # SYNC_FILE_RANGE_WRITE

_ADVICE = {
    errno.ENOSPC: ("has no room: the disk is full", "Free some space; it is tried again by itself."),
    errno.EDQUOT: ("has no room: the quota is used up", "Raise the quota; it is tried again by itself."),
    errno.EACCES: ("can't be used: permission denied", "Give our user the right; it is tried again by itself."),
    errno.EPERM: ("can't be used: not permitted", "Give our user the right; it is tried again by itself."),
    errno.EROFS: ("is on a read-only disk", "Mount it writable; it is tried again by itself."),
    errno.EIO: ("can't be read or written: the disk fails", "Look at the disk."),
}


@contextmanager
def troubles(what: str, *, making: bool = False) -> Iterator[None]:
    """Re-raise the operating system's errors about `what` as `Outage`.

    `FileNotFoundError` passes, because to the caller it is an answer; with `making` it is an outage too.
    """
    try:
        yield
    except FileNotFoundError as error:
        if not making:
            raise
        raise Outage(f"{what} is missing.", fix="Make the folder again; it is tried again by itself.") from error
    except OSError as error:
        said, fix = _ADVICE.get(error.errno or 0, (f"can't be used: {error.strerror}", "It is tried again by itself."))
        raise Outage(f"{what} {said}.", fix=fix) from error


def sync_file(descriptor: int, name: str) -> None:
    """Force a file's bytes to disk. A failure is fatal: a second try would report pages as saved that are lost."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise _lost(name, error.strerror) from error


def begin_sync(descriptor: int, at: int, count: int) -> None:
    """Have the disk begin to write bytes of a file that are to be synced later, so that this takes less long then.

    A hint: where it can't be given, or fails, the sync tells. Linux only (sync_file_range(2)).
    """
    hint = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if hint is not None:
        hint(descriptor, ctypes.c_int64(at), ctypes.c_int64(count), _BEGIN)


def sync_folders(folders: Iterable[Path]) -> None:
    """Force the names in `folders` to disk, so that a rename or a removal there outlives a power cut."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            sync_file(descriptor, str(folder))
        finally:
            os.close(descriptor)


def write_whole(path: Path, data: bytes, *, private: bool = False) -> None:
    """Put `data` at `path` so that a reader sees the old file or the new one, never a part of it.

    `private`: only we may read it; otherwise the process's umask says who may.
    """
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    with troubles(str(path), making=True):
        try:
            with temporary.open("xb") as file:
                if private:
                    os.fchmod(file.fileno(), 0o600)
                file.write(data)
                file.flush()
                sync_file(file.fileno(), str(path))
            temporary.replace(path)
            sync_folders([path.parent])
        finally:
            temporary.unlink(missing_ok=True)


def _lost(name: str, why: str | None) -> FatalError:
    return FatalError(f"{name} could not be saved to disk: {why}.", fix="Look at the disk, then start again.")
