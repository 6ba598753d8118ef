"""How vendors' clients write: an SFTP client piece by piece, in place or under a temporary name; an S3 client at once.

`sent` is called after each file, for a progress bar or for a pause between two files.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from pictureday.bucketurl import BucketUrl
from pictureday.s3 import Bucket

__all__ = ["BucketClient", "Client", "FolderClient", "Sent", "nothing", "upload", "upload_large", "zipped"]

Sent = Callable[[], None]

_PIECE = 32_768  # bytes in one write, as OpenSSH's sftp sends them
_WHEN = (2026, 9, 21, 15, 30, 0)


def nothing() -> None:
    """What is done after a file when nobody watches."""


class Client(Protocol):
    """A client that is logged in to one vendor's inbox; paths are below it."""

    def put(self, path: str, data: bytes) -> None:
        """Write a file under its final name."""

    def put_large(self, path: str, data: bytes) -> None:
        """Write a file that takes its time, as this kind of client does it."""


class FolderClient:
    """An SFTP client: what it writes can be seen to grow."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox

    def put(self, path: str, data: bytes) -> None:
        """Write a file in place."""
        target = self._inbox / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered, so that a watcher sees the file grow as it would over a network.
        with target.open("wb", buffering=0) as stream:
            for start in range(0, len(data), _PIECE):
                stream.write(data[start : start + _PIECE])

    def put_large(self, path: str, data: bytes) -> None:
        """Write as WinSCP writes big files: under `<name>.filepart`, renamed when it is whole."""
        self.put(f"{path}.filepart", data)
        (self._inbox / f"{path}.filepart").rename(self._inbox / path)


class BucketClient:
    """An S3 client: an object is there when it is whole, however large it is."""

    def __init__(self, place: BucketUrl, vendor: str) -> None:
        self._bucket = Bucket(place)
        self._inbox = place.key(vendor, "inbox")

    def put(self, path: str, data: bytes) -> None:
        """Put an object."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._bucket.put(f"{self._inbox}/{path}", data, sha256=sha256, size=len(data))

    def put_large(self, path: str, data: bytes) -> None:
        """Put an object; S3 has no renames, and needs none."""
        self.put(path, data)


def upload(client: Client, files: Mapping[str, bytes], sent: Sent = nothing, *, folder: str = "") -> None:
    """Write `files` (path, bytes) one after the other, below `folder` where one is named."""
    for path, data in files.items():
        client.put(f"{folder}/{path}" if folder else path, data)
        sent()


def upload_large(client: Client, path: str, data: bytes, sent: Sent = nothing) -> None:
    """Write one large file."""
    client.put_large(path, data)
    sent()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of `files`; photos are stored as they are, for they don't get smaller."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, _WHEN), data)
    return written.getvalue()
