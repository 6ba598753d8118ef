"""Who may deliver here: one ingester an inbox, and only the folders of active vendors.

A folder of an unknown or suspended vendor is left untouched and told to ops, once.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select

from pictureday.catalogue import Catalogue, notices, tables
from pictureday.disk import troubles
from pictureday.errors import Outage
from pictureday.log import get_logger
from pictureday.names import shown

__all__ = ["Turnstile"]

_TOLD_AGAIN = {"pending": "is not activated yet", "suspended": "is suspended"}


class Turnstile:
    """Lets vendors' folders through, and keeps a second ingester out."""

    def __init__(self, root: Path, catalogue: Catalogue) -> None:
        self._root = root
        self._catalogue = catalogue
        self._lock: int | None = None
        self._noted: set[str] = set()

    def enter(self) -> None:
        """Make this process the inbox's only ingester; raises `Outage` while another one is at work."""
        if self._lock is not None:
            return
        with troubles(f"The inbox folder {self._root}", making=True):
            lock = os.open(self._root / ".taken.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise Outage(
                f"Another ingester works on {self._root}.", fix="This one takes over by itself when that one ends."
            ) from error
        self._lock = lock

    def leave(self) -> None:
        """Let another ingester in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def admitted(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that are active vendors; ops are told of the others."""
        names = list(names)
        if not names:
            return []
        table = tables.vendors
        # A vendor's name is plain; a folder's may hold bytes that no database takes.
        query = select(table.c.name, table.c.state).where(table.c.name.in_([shown(name) for name in names]))
        with self._catalogue.read() as tx:
            states = {row.name: row.state for row in tx.execute(query)}
        for name in names:
            if states.get(name) != "active":
                self._tell(name, _TOLD_AGAIN.get(states.get(name, ""), "is no vendor we know"))
        return [name for name in names if states.get(name) == "active"]

    def trouble(self, vendor: str, error: Outage) -> None:
        """Tell ops that a vendor's folder can't be used."""
        self._note(f"folder:{vendor}", "folder", str(error))

    def unreadable(self, vendor: str, error: OSError) -> None:
        """Tell ops that we may not read a vendor's file."""
        text = (
            f"A file of vendor {vendor} can't be read ({error.strerror}). Set the umask and group as deploy/sshd says."
        )
        self._note(f"unreadable:{vendor}", "folder", text)

    def strangers(self, count: int) -> None:
        """Tell ops that files were taken, and nothing is known of them."""
        text = (
            f"{count:,} files in {self._root / '.taken'} are on no record; was a database restored, or a disk not"
            " mounted? Have the vendors upload again what is missing, then remove them."
        )
        self._note(f"taken:{self._root}", "folder", text)

    def _tell(self, name: str, why: str) -> None:
        fix = "Its files are left untouched. Add or activate it with `pictureday vendor`, or remove the folder."
        self._note(
            f"vendor:{self._root}:{shown(name)}",
            "unknown_vendor",
            f"The folder {shown(name)} in {self._root} {why}. {fix}",
        )

    def _note(self, key: str, kind: str, text: str) -> None:
        if key in self._noted:
            return
        with self._catalogue.write() as tx:
            notices.note(tx, key=key[:255], kind=kind, text=text)
        get_logger().warning("ops_told", kind=kind)
        self._noted.add(key)
