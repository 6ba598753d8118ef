"""Reaching into a folder that belongs to somebody else, who may swap any part of a path for a link while we look.

So every folder is opened below its parent with O_NOFOLLOW, and files are opened and moved by folder descriptor, never
by path. What is no file of its own (`ingest.walking.is_own`) is never read.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self

from ingest.walking import FOLDER, is_own
from pictureday.disk import troubles
from pictureday.errors import Outage

__all__ = ["FolderTrouble", "Reach", "open_own", "troubles_of"]

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}  # nobody's own trouble, but everybody's
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a FIFO must not make us wait


class FolderTrouble(Outage):
    """One vendor's folder, or a part of it, can't be used. The other vendors' can."""


class Reach:
    """The files of one vendor, by their paths below its inbox folder; for one batch, in a `with` block.

    The folder of the last one stays open, so that files that lie side by side cost one walk. What somebody puts in
    its place meanwhile is seen by the next batch; until then it is still the vendor's own folder, and no other.
    """

    def __init__(self, root: Path, vendor: str) -> None:
        self._root = root
        self._vendor = vendor
        self._path = ""
        self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._let_go()

    def folder(self, path: str) -> int:
        """The open folder at `path`, '' for the inbox itself; until the next call. Raises `OSError`."""
        if self._descriptor < 0 or path != self._path:
            self._let_go()
            self._descriptor, self._path = _open_folder(self._root, self._vendor, "inbox", *path.split("/")), path
        return self._descriptor

    def opened(self, path: str) -> BinaryIO:
        """A file for reading, not buffered; raises `OSError` where it is gone or no file of its own."""
        folder, _, name = path.rpartition("/")
        return open_own(name, self.folder(folder))

    def take(self, path: str, taken: int, drop_id: str) -> os.stat_result | None:
        """Move a file into the open folder `taken`, and look at it there.

        None where the vendor removed, renamed or swapped it first. Raises `FolderTrouble` where this file can't be
        moved, though others may be.
        """
        folder, _, name = path.rpartition("/")
        try:
            os.rename(name, drop_id, src_dir_fd=self.folder(folder), dst_dir_fd=taken)
            found = os.lstat(drop_id, dir_fd=taken)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            with troubles_of(self._vendor):
                raise error
        return None if self.give_back_folder(path, taken, drop_id, found) else found

    def give_back_folder(self, path: str, taken: int, drop_id: str, found: os.stat_result) -> bool:
        """Give a folder that was swapped in for a file back to its vendor; True where it is one, and could be.

        It is not what was seen; what lies in it are drops of their own. Where its name is used again by now, it
        comes back as `returned-<id>`.
        """
        if not stat.S_ISDIR(found.st_mode):
            return False
        folder, _, name = path.rpartition("/")
        for place, called in ((folder, name), ("", f"returned-{drop_id}")):
            with suppress(OSError):
                os.rename(drop_id, called, src_dir_fd=taken, dst_dir_fd=self.folder(place))
                return True
        return False

    def _let_go(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def open_own(name: str, parent: int) -> BinaryIO:
    """A file of the open folder `parent` for reading, not buffered.

    Raises `OSError` where it is gone, or ELOOP where it is no file of its own.
    """
    descriptor = os.open(name, _FILE, dir_fd=parent)
    if is_own(os.fstat(descriptor)):
        return os.fdopen(descriptor, "rb", buffering=0)
    os.close(descriptor)
    raise OSError(errno.ELOOP, "it is no file of its own")  # swapped for something else since it was looked at


@contextmanager
def troubles_of(vendor: str) -> Iterator[None]:
    """Re-raise the operating system's errors as `FolderTrouble`, or as `Outage` where they are everybody's."""
    try:
        with troubles(f"The inbox of vendor {vendor}"):
            yield
    except Outage as outage:
        cause = outage.__cause__
        if isinstance(cause, OSError) and cause.errno in _DISK:
            raise
        raise FolderTrouble(outage.what, fix=outage.fix) from cause


def _open_folder(root: Path, *parts: str) -> int:
    descriptor = os.open(root, FOLDER)
    try:
        for part in filter(None, parts):
            inner = os.open(part, FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
