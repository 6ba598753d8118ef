"""A folder inbox on disk: its root, the vendors' folders, and what lies in them.

How a vendor's folders are entered and files are taken out of its reach is in `ingest.reach`, what becomes of them
there in `ingest.taken`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from ingest.reach import FolderTrouble, Reach, troubles_of
from ingest.settle import Seen
from ingest.taken import Taken, opened_taken
from ingest.walking import DEPTH, FOLDER, MOST, View, view_of
from pictureday.disk import sync_folders, troubles
from pictureday.errors import Outage

__all__ = ["FolderInbox", "FolderTrouble"]


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
        with troubles_of(vendor), suppress(FileNotFoundError), self.reach(vendor) as reach:
            return view_of(reach.folder(""), most=most, passed=passed, known=known)
        return View()

    def reach(self, vendor: str) -> Reach:
        """The vendor's files, for one batch, in a `with` block."""
        return Reach(self.root, vendor)

    def in_taken(self) -> AbstractContextManager[Taken]:
        """`.taken`, for one batch. Raises `Outage`."""
        return opened_taken(self.taken)

    def sync_taken(self) -> None:
        """Make the moves into `.taken` outlive a power cut."""
        with troubles(f"The folder {self.taken}", making=True):
            sync_folders([self.taken])

    def tidy(self, vendor: str, folder: str) -> None:
        """Remove the empty folders of a delivery that is closed; one with anything in it stays."""
        with self.reach(vendor) as reach:
            with suppress(OSError):
                _remove_empty(reach.folder(folder), DEPTH)
            with suppress(OSError):
                os.rmdir(folder, dir_fd=reach.folder(""))


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
