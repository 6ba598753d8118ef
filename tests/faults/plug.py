"""The plug, from the tests' side: `plug.c` compiled, its shared counts, and what it can do to a call."""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
import subprocess
from enum import IntEnum
from pathlib import Path

__all__ = ["Mode", "Plug", "built", "plug_in"]

_SOURCE = Path(__file__).with_name("plug.c")
_NUMBERS = struct.Struct("@4l")  # calls, at, mode, hit: as struct counts in plug.c


class Mode(IntEnum):
    """What happens instead of a durable call (KILL: before it; SHORT: half of what is to be written is)."""

    NOTHING = 0
    KILL = 1
    EIO = 2
    ENOSPC = 3
    SHORT = 4


def built(folder: Path) -> Path:
    """The library, compiled into `folder`."""
    library = folder / "plug.so"
    command = ["gcc", "-O2", "-shared", "-fPIC", "-w", "-o", str(library), str(_SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return library


def plug_in(root: str, counts: str, log: str) -> None:
    """Count this process's durable calls below `root` from now on, and write them down in the file `log`.

    `counts` is a `Plug`'s file. The process must have been started with the library.
    """
    ctypes.CDLL(None).plug_in(os.fsencode(root), os.fsencode(counts), os.fsencode(log))


class Plug:
    """The counts in the file `path`, which all processes that are plugged in share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(bytes(_NUMBERS.size))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _NUMBERS.size)

    def set(self, mode: Mode, at: int) -> None:
        """Begin to count anew; the call number `at` (from 1) will be hit in this way."""
        self._shared[:] = _NUMBERS.pack(0, at, mode, 0)

    @property
    def calls(self) -> int:
        """Durable calls since `set`."""
        return self._read()[0]

    @property
    def is_hit(self) -> bool:
        """Whether the call came."""
        return bool(self._read()[3])

    def _read(self) -> tuple[int, int, int, int]:
        calls, at, mode, hit = _NUMBERS.unpack(self._shared[:])
        return calls, at, mode, hit
