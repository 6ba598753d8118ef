"""One command, run as people run it: when its first output comes, how long it takes, and what it costs.

The environment is what an installation leaves: compiled modules, which are in `folder` after the first run, and output
that is buffered where nobody watches.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self

__all__ = ["Command", "Cost", "middle"]

_EVERY = 0.01  # seconds between two looks at a process's memory
_NOT_AS_INSTALLED = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds until the first byte of output and until the end, CPU seconds, bytes of memory and of output.

    CPU is of the command and of the processes it has waited for, memory of the command alone.
    """

    first: float
    wall: float
    cpu: float
    peak: int
    written: int


class Command:
    """`pictureday …` in a home of its own."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in _NOT_AS_INSTALLED},
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
            "PICTUREDAY_HOME": str(home),
        }
        self._folder = folder

    def run(self, *words: str) -> Cost:
        """Run it once, reading all that it prints. It has to work."""
        return measured([_program(), *words], self._environment, self._folder)

    def often(self, times: int, *words: str) -> list[Cost]:
        """Run it once so that all is compiled and read, then so many times."""
        return [self.run(*words) for _ in range(times + 1)][1:]


def measured(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Cost:
    """What `command` costs."""
    quiet = subprocess.DEVNULL
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, env=environment, cwd=folder) as process:
        out = process.stdout
        if out is None:
            raise RuntimeError("it has no output")
        with _Memory(process.pid) as memory:
            written = len(out.read(1))
            first = time.monotonic() - started
            while part := out.read(1 << 20):
                written += len(part)
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} has ended with {process.returncode}")
    return Cost(first=first, wall=wall, cpu=used.ru_utime + used.ru_stime, peak=memory.peak, written=written)


class _Memory:
    """Follows the most memory that a process has had; `peak` is in bytes.

    The system tells it until the process ends. What `wait4` tells then counts our own memory, from before the exec.
    """

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._status = Path(f"/proc/{pid}/status")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_EVERY):
            with suppress(FileNotFoundError, ProcessLookupError):
                found = re.search(r"VmHWM:\s+(\d+) kB", self._status.read_text())
                self.peak = max(self.peak, int(found[1]) * 1024 if found else 0)


def middle(costs: Sequence[Cost], what: str) -> float:
    """The median of one of their figures."""
    return float(median(getattr(cost, what) for cost in costs))


def _program() -> str:
    return str(Path(sys.executable).parent / "pictureday")
