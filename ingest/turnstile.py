"""Who may work at a folder inbox: one ingester, which lets the folders of active vendors through."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ingest.admission import Admission
from pictureday.catalogue import Catalogue
from pictureday.disk import troubles
from pictureday.errors import Outage

__all__ = ["Turnstile"]


class Turnstile(Admission):
    """Lets vendors' folders through, and keeps a second ingester out."""

    def __init__(self, root: Path, catalogue: Catalogue) -> None:
        super().__init__(str(root), catalogue)
        self._root = root
        self._lock: int | None = None

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

    def unreadable(self, vendor: str, error: OSError) -> None:
        """Tell ops that we may not read a vendor's file."""
        text = (
            f"A file of vendor {vendor} can't be read ({error.strerror}). Set the umask and group as deploy/sshd says."
        )
        self.note(f"unreadable:{vendor}", text)

    def strangers(self, count: int) -> None:
        """Tell ops that files were taken, and nothing is known of them."""
        text = (
            f"{count:,} files in {self._root / '.taken'} are on no record; was a database restored, or a disk not"
            " mounted? Have the vendors upload again what is missing, then remove them."
        )
        self.note(f"taken:{self._root}", text)
