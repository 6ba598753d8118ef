"""Where a vendor finds its receipts: `<root>/<vendor>/receipts/`. The only module of this stage that writes files."""

from __future__ import annotations

from pathlib import Path

from pictureday.disk import troubles, write_whole
from pictureday.errors import Outage
from publish.receipt import Receipt

__all__ = ["Shelf"]


class Shelf:
    """The receipts of one vendor. The folder is made when the first one comes."""

    def __init__(self, inbox: str, vendor: str) -> None:
        self._root = Path(inbox.removeprefix("file:"))
        self._folder = self._root / vendor / "receipts"

    def put(self, stem: str, receipt: Receipt) -> None:
        """Write `<stem>.json` and `<stem>.csv`, each whole; an earlier revision is replaced.

        Raises `Outage` where the inbox is missing, read-only or full.
        """
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
