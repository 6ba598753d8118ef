"""How a vendor's SFTP client writes: piece by piece, in place, or under a temporary name.

`sent` is called after each file, for a progress bar or for a pause between two files.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

__all__ = ["Sent", "nothing", "upload", "upload_renamed", "zipped"]

Sent = Callable[[], None]

_PIECE = 32_768  # bytes in one write, as OpenSSH's sftp sends them
_WHEN = (2026, 9, 21, 15, 30, 0)


def nothing() -> None:
    """What is done after a file when nobody watches."""


def upload(folder: Path, files: Mapping[str, bytes], sent: Sent = nothing) -> None:
    """Write `files` (path below `folder`, bytes) one after the other, each in place under its final name."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, data)
        sent()


def upload_renamed(target: Path, data: bytes, sent: Sent = nothing) -> None:
    """Write `data` as WinSCP writes big files: under `<name>.filepart`, renamed when it is whole."""
    partial = target.with_name(target.name + ".filepart")
    _write(partial, data)
    partial.rename(target)
    sent()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of `files`; photos are stored as they are, for they don't get smaller."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, _WHEN), data)
    return written.getvalue()


def _write(target: Path, data: bytes) -> None:
    # Unbuffered, so that a watcher sees the file grow as it would over a network.
    with target.open("wb", buffering=0) as stream:
        for start in range(0, len(data), _PIECE):
            stream.write(data[start : start + _PIECE])
