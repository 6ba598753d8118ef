"""Mail into a folder: one `.eml` file each, for one machine, for tests and for looking at."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path

from pictureday.disk import troubles, write_whole
from pictureday.mail.mailer import Outcome

__all__ = ["FolderMailer"]


class FolderMailer:
    """The mails below `root`, which is made when the first one comes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def send(self, body: bytes, recipients: Sequence[str]) -> Outcome:  # noqa: ARG002 - a folder has no envelope
        """Write the mail under a name made from its Message-ID, so that a second sending is the same file."""
        with troubles(f"The mail folder {self._root}", making=True):
            self._root.mkdir(parents=True, exist_ok=True)
        write_whole(self._root / _file_name(body), body, private=True)
        return Outcome()


def _file_name(body: bytes) -> str:
    headers = BytesHeaderParser(policy=default).parsebytes(body)
    identity = str(headers["Message-ID"] or "").strip().encode() or body
    return hashlib.sha256(identity).hexdigest()[:32] + ".eml"
