"""A folder inbox on disk: what lies in it, and taking a file out of the vendor's reach.

The vendor owns these folders and may swap any part of a path for a link while we look. So every folder
is opened below its parent with O_NOFOLLOW, and files are moved by folder descriptor, never by path.
What is no file of its own (`ingest.walking.is_own`) is never read, neither here nor in `.taken`.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ingest.settle import Seen, Sight
from ingest.walking import DEPTH, FOLDER, MOST, View, is_own, sight_of, view_of
from pictureday.disk import sync_folders, troubles
from pictureday.errors import Outage

__all__ = ["FolderInbox", "FolderTrouble"]

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}  # nobody's own trouble, but everybody's
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a FIFO must not make us wait


class FolderTrouble(Outage):
    """One vendor's folder, or a part of it, can't be used. The other vendors' can."""


class FolderInbox:
    """One root of vendors' folders: `<root>/<vendor>/inbox/…`, and our own `<root>/.taken/<id>`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.taken = root / ".taken"

    def prepare(self, *, has_taken: Callable[[], bool] = lambda: False) -> tuple[int, int]:
        """Make `.taken`, which only we can enter; what tells this root from one made anew (disk, inode).

        Raises `Outage` where the root is missing or not ours, or where `.taken` is missing though files that
        were taken should be in it: forgetting them because their disk is away would lose them.
        """
        if not self.root.is_dir():
            raise Outage(
                f"The inbox folder {self.root} is missing.",
                fix="Make it, or add a vendor with `pictureday vendor add`.",
            )
        if not self.taken.is_dir() and has_taken():
            raise Outage(
                f"The folder {self.taken} is missing, and files that were taken should be in it.",
                fix="Mount its disk again; if they are gone for good, make the folder.",
            )
        with troubles(f"The inbox folder {self.root}", making=True):
            self.taken.mkdir(mode=0o700, exist_ok=True)
            found = self.root.stat()
        return found.st_dev, found.st_ino

    def vendors(self) -> list[str]:
        """The names of all vendors' folders, known to us or not."""
        with troubles(f"The inbox folder {self.root}", making=True), os.scandir(self.root) as entries:
            return sorted(
                entry.name
                for entry in entries
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
            )

    def view(
        self,
        vendor: str,
        *,
        most: int = MOST,
        passed: Container[str] = frozenset(),
        known: Mapping[str, Seen] | None = None,
    ) -> View:
        """What lies below the vendor's inbox folder, see `view_of`; empty where it has none yet.

        Raises `FolderTrouble`.
        """
        with _troubles_of(vendor), suppress(FileNotFoundError), self._folder(vendor, "") as folder:
            return view_of(folder, most=most, passed=passed, known=known)
        return View()

    @contextmanager
    def opened(self, vendor: str, path: str) -> Iterator[BinaryIO]:
        """A file of the vendor for reading; raises `OSError` where it is gone or no file of its own."""
        folder, _, name = path.rpartition("/")
        with self._folder(vendor, folder) as parent, _open(name, parent) as stream:
            yield stream

    def take(self, vendor: str, path: str, drop_id: str) -> bool:
        """Move a file to `.taken/<drop_id>`; False where the vendor removed, renamed or swapped it first.

        Raises `FolderTrouble` where this file can't be moved, though others may be.
        """
        folder, _, name = path.rpartition("/")
        gone = suppress(FileNotFoundError, NotADirectoryError)
        with _troubles_of(vendor), gone, self._folder(vendor, folder) as parent:
            os.rename(name, self.taken / drop_id, src_dir_fd=parent)
            return not self.give_back_folder(vendor, path, drop_id)
        return False

    def give_back_folder(self, vendor: str, path: str, drop_id: str) -> bool:
        """Give a folder that was swapped in for a file back to its vendor; True where it is one, and could be.

        It is not what was seen; what lies in it are drops of their own. Where its name is used again by now, it
        comes back as `returned-<id>`.
        """
        if not stat.S_ISDIR((self.taken / drop_id).lstat().st_mode):
            return False
        folder, _, name = path.rpartition("/")
        for place, called in ((folder, name), ("", f"returned-{drop_id}")):
            with suppress(OSError), self._folder(vendor, place) as parent:
                os.rename(self.taken / drop_id, called, dst_dir_fd=parent)
                return True
        return False

    def taken_ids(self) -> set[str]:
        """What lies in `.taken`."""
        with troubles(f"The folder {self.taken}", making=True):
            return {path.name for path in self.taken.iterdir()}

    def sight_taken(self, drop_id: str) -> Sight | None:
        """A taken file as it is now; its path is the drop's id."""
        try:
            return sight_of(drop_id, (self.taken / drop_id).lstat())
        except FileNotFoundError:
            return None

    def sync_taken(self) -> None:
        """Make the moves into `.taken` outlive a power cut."""
        with troubles(f"The folder {self.taken}", making=True):
            sync_folders([self.taken])

    def remove_taken(self, drop_id: str) -> None:
        """Remove a taken file, if it is there. A folder stays: it was never looked into, and ops are told of it."""
        with troubles(f"The folder {self.taken}", making=True), suppress(IsADirectoryError):
            (self.taken / drop_id).unlink(missing_ok=True)

    @contextmanager
    def opened_taken(self, drop_id: str) -> Iterator[BinaryIO]:
        """A taken file for reading; raises `OSError` where it is no file of its own or is gone."""
        parent = os.open(self.taken, FOLDER)
        try:
            with _open(drop_id, parent) as stream:
                yield stream
        finally:
            os.close(parent)

    def tidy(self, vendor: str, folder: str) -> None:
        """Remove the empty folders of a delivery that is closed; one with anything in it stays."""
        with suppress(OSError), self._folder(vendor, folder) as descriptor:
            _remove_empty(descriptor, DEPTH)
        with suppress(OSError), self._folder(vendor, "") as inbox:
            os.rmdir(folder, dir_fd=inbox)

    @contextmanager
    def _folder(self, vendor: str, path: str) -> Iterator[int]:
        descriptor = os.open(self.root, FOLDER)
        try:
            for part in (vendor, "inbox", *filter(None, path.split("/"))):
                inner = os.open(part, FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)


@contextmanager
def _troubles_of(vendor: str) -> Iterator[None]:
    try:
        with troubles(f"The inbox of vendor {vendor}"):
            yield
    except Outage as outage:
        cause = outage.__cause__
        if isinstance(cause, OSError) and cause.errno in _DISK:
            raise
        raise FolderTrouble(outage.what, fix=outage.fix) from cause


@contextmanager
def _open(name: str, parent: int) -> Iterator[BinaryIO]:
    descriptor = os.open(name, _FILE, dir_fd=parent)
    with os.fdopen(descriptor, "rb") as stream:
        if not is_own(os.fstat(descriptor)):  # swapped for something else since it was looked at
            raise OSError(errno.ELOOP, "it is no file of its own")
        yield stream


def _remove_empty(folder: int, depth: int) -> None:
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    for name in names if depth else []:
        with suppress(OSError):
            inner = os.open(name, FOLDER, dir_fd=folder)
            try:
                _remove_empty(inner, depth - 1)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=folder)
