"""Small disks for tests: each a tmpfs of its own, which can be full or read-only though the tests run as root."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Disk", "mounted"]

_BLOCK = 4096


class Disk:
    """A small disk that is mounted at `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def make_read_only(self) -> None:
        """Let nobody write; refused while a file is open for writing."""
        self._mount("-o", "remount,ro")

    def make_writable(self) -> None:
        """Let everybody write again."""
        self._mount("-o", "remount,rw")

    def fill(self) -> None:
        """Leave no block free."""
        with (self.root / "filler").open("ab", buffering=0) as filler:
            while True:
                try:
                    filler.write(bytes(_BLOCK))
                except OSError:
                    return

    def free(self) -> None:
        """Give back what `fill` took."""
        (self.root / "filler").unlink()

    def mount(self, *, kilobytes: int, read_only: bool = False) -> None:
        """Make it, in the way of whatever lies at `root`."""
        options = f"size={kilobytes}k,mode=755" + (",ro" if read_only else "")
        self._mount("-t", "tmpfs", "-o", options, "pictureday-test")

    def unmount(self) -> None:
        """Take it away, whoever still has a file open there."""
        subprocess.run(["umount", "--lazy", self.root], check=True)

    def _mount(self, *words: str) -> None:
        subprocess.run(["mount", *words, self.root], check=True, capture_output=True)


@contextmanager
def mounted(root: Path, *, kilobytes: int = 8_000, read_only: bool = False) -> Iterator[Disk]:
    """A disk at `root`, which is made if it is missing; taken away at the end, however the test ends."""
    root.mkdir(parents=True, exist_ok=True)
    disk = Disk(root)
    disk.mount(kilobytes=kilobytes, read_only=read_only)
    try:
        yield disk
    finally:
        disk.unmount()
