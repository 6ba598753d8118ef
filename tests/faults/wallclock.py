"""A wall clock of the tests' own, which the programs started under it go by; the machine's clock is left alone.

Debian's libfaketime can't do it: told to leave the monotonic clock alone, its 0.9.10 makes every `time.sleep` of
Python fail with EINVAL; not told so, it steps that clock too, which no one does who sets a machine's clock.
"""

from __future__ import annotations

import mmap
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

__all__ = ["WallClock"]

_SOURCE = Path(__file__).with_name("wallclock.c")
_AHEAD = struct.Struct("@q")  # nanoseconds, as wallclock.c reads them


class WallClock:
    """A clock in `folder`, right at first. Programs go by it that are started with `environment`."""

    def __init__(self, folder: Path) -> None:
        library, shared = folder / "wallclock.so", folder / "wallclock"
        command = ["gcc", "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-ldl"]
        subprocess.run(command, check=True, capture_output=True, text=True)
        shared.write_bytes(bytes(_AHEAD.size))
        with shared.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _AHEAD.size)
        self.environment = {"LD_PRELOAD": str(library), "WALL_CLOCK": str(shared)}

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of the machine's clock."""
        (nanoseconds,) = _AHEAD.unpack(self._shared[:])
        return timedelta(microseconds=nanoseconds // 1000)

    def now(self) -> datetime:
        """What it shows, in UTC."""
        return datetime.now(UTC) + self.ahead

    def step(self, by: timedelta) -> None:
        """Set it forward by so much, or back."""
        self._shared[:] = _AHEAD.pack((self.ahead + by) // timedelta(microseconds=1) * 1000)

    def set_to(self, moment: datetime) -> None:
        """Set it; it goes on from there."""
        self.step(moment - self.now())
