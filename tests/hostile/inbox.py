"""What an attacker can put into an inbox, and how it is swapped while somebody looks."""

from __future__ import annotations

import ctypes
import os
import socket
import stat
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path

from tests.flow.district import code_of

__all__ = ["HARMLESS", "SECRET", "exchanging", "lay", "leaks", "write"]

_WORDS = b"nobody's business "
SECRET = b"\xff\xd8" + _WORDS * 1000 + b"\xff\xd9"  # it looks whole, so that nothing else holds it back
HARMLESS = b"\xff\xd8" + bytes(len(SECRET) - 4) + b"\xff\xd9"  # the vendor's own, of the same size
_WHEN = 1_790_000_000_000_000_000  # nanoseconds: all have one mtime, so that nothing that is swapped is told by it
_HERE, _EXCHANGE = -100, 2
_libc = ctypes.CDLL(None, use_errno=True)


def write(path: Path, data: bytes = SECRET) -> Path:
    """A file with the time that all have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, ns=(_WHEN, _WHEN))
    return path


def leaks(folder: Path) -> int:
    """How many files below hold a piece of the secret."""
    return sum(_WORDS in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def lay(inbox: Path, targets: Sequence[Path]) -> None:
    """Everything that is no file of the vendor's own: links of both kinds to each target, devices, pipes, a socket."""
    numbers = map(code_of, range(100, 1000))
    (inbox / "album").mkdir()
    for number, target in enumerate(targets):
        names = (f"{next(numbers)}.jpg", f"{number}.zip", f"index-{number}.csv", f"album/{next(numbers)}.jpg")
        for name in names:
            (inbox / name).symlink_to(target)
            if target.is_file() and target.stat().st_dev == inbox.stat().st_dev:
                (inbox / name).with_stem(f"{(inbox / name).stem}-hard").hardlink_to(target)
    for device in ((1, 3), (1, 5), (1, 7), (1, 8), (250, 250)):  # null, zero, full, random, and one without a driver
        os.mknod(inbox / f"{next(numbers)}.jpg", stat.S_IFCHR | 0o666, os.makedev(*device))
    os.mknod(inbox / f"{next(numbers)}.jpg", stat.S_IFBLK | 0o666, os.makedev(7, 255))
    for name in (f"{next(numbers)}.jpg", "pipe.zip", "index.csv"):
        os.mkfifo(inbox / name)
    with socket.socket(socket.AF_UNIX) as made, tempfile.TemporaryDirectory() as short:
        made.bind(f"{short}/socket")  # such a path may have 107 bytes
        Path(short, "socket").rename(inbox / f"{next(numbers)}.jpg")


@contextmanager
def exchanging(pairs: Sequence[tuple[Path, Path]]) -> Iterator[list[int]]:
    """While this lasts, the two of each pair swap their places as fast as they can; yields how often they did."""
    done, stop = [0], threading.Event()

    def swap() -> None:
        for one, other in cycle(pairs):
            if stop.is_set():
                return
            done[0] += _libc.renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0

    thread = threading.Thread(target=swap, daemon=True)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join()
        for _, other in pairs:
            with suppress(OSError):
                other.unlink()
