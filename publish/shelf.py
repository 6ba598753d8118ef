"""Where a vendor finds its receipts: `<root>/<vendor>/receipts/`, on disk or in a bucket.

With `publish.bucketshelf` the only module of this stage that writes files.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pictureday import config
from pictureday.disk import troubles, write_whole
from pictureday.errors import Outage
from pictureday.log import get_logger
from publish.receipt import Receipt

__all__ = ["FolderShelf", "Shelf", "Shelves"]


class Shelf(Protocol):
    """The receipts of one vendor."""

    def put(self, stem: str, receipt: Receipt) -> None:
        """Write `<stem>.json` and `<stem>.csv`, each whole; an earlier revision is replaced. Raises `Outage`."""

    def holds(self, stem: str, receipt: Receipt) -> bool:
        """Whether exactly this receipt lies there."""


class Shelves:
    """The shelves of all vendors, by the name of the inbox and theirs."""

    def __init__(self, inboxes: Sequence[config.Inbox]) -> None:
        self._places = {inbox.name: inbox.events.place for inbox in inboxes if inbox.events}
        self._made: dict[tuple[str, str], Shelf] = {}

    def of(self, inbox: str, vendor: str) -> Shelf:
        """The shelf of a vendor in an inbox.

        A folder is found by its name alone. A bucket that is no longer in the settings is not: at which server it was
        is not known, and a receipt must not go to a stranger's bucket of that name.
        """
        if (inbox, vendor) not in self._made:
            self._made[inbox, vendor] = self._shelf(inbox, vendor)
        return self._made[inbox, vendor]

    def _shelf(self, inbox: str, vendor: str) -> Shelf:
        if inbox.startswith("file:"):
            return FolderShelf(Path(inbox.removeprefix("file:")), vendor)
        if inbox not in self._places:
            return NoShelf()
        from publish.bucketshelf import BucketShelf

        return BucketShelf(self._places[inbox], vendor)


class NoShelf:
    """Where there is no place for receipts any more: the delivery is told without one."""

    def put(self, stem: str, receipt: Receipt) -> None:
        """Say so in the log."""
        del receipt
        get_logger().warning("receipt_has_no_inbox", delivery=stem.partition("-")[0])

    def holds(self, stem: str, receipt: Receipt) -> bool:
        """There is nothing to write."""
        del stem, receipt
        return True


class FolderShelf:
    """The receipts of one vendor on disk. The folder is made when the first one comes."""

    def __init__(self, root: Path, vendor: str) -> None:
        self._root = root
        self._folder = root / vendor / "receipts"

    def put(self, stem: str, receipt: Receipt) -> None:
        """Write both files; raises `Outage` where the inbox is missing, read-only or full."""
        self._prepare()
        write_whole(self._folder / f"{stem}.json", receipt.as_json())
        write_whole(self._folder / f"{stem}.csv", receipt.as_csv())

    def holds(self, stem: str, receipt: Receipt) -> bool:
        """Whether exactly this receipt lies there."""
        files = {f"{stem}.json": receipt.as_json(), f"{stem}.csv": receipt.as_csv()}
        try:
            with troubles(f"The receipts folder {self._folder}"):
                return all((self._folder / name).read_bytes() == body for name, body in files.items())
        except FileNotFoundError:
            return False

    def _prepare(self) -> None:
        if not self._root.is_dir():
            raise Outage(
                f"The inbox folder {self._root} is missing.", fix="Mount or make it; it is tried again by itself."
            )
        # A link here would have us write wherever its maker likes.
        if self._folder.is_symlink() or self._folder.parent.is_symlink():
            raise Outage(
                f"The receipts folder {self._folder} is a link.", fix="Make it a folder that only we can change."
            )
        with troubles(f"The receipts folder {self._folder}", making=True):
            self._folder.mkdir(parents=True, exist_ok=True)
