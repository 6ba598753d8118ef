"""The limit: one process for each core that only reads, hashes and strictly decodes. No pipeline can beat it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import simplejpeg

from bench.contest import Load

__all__ = ["Limit"]


class Limit:
    """Reads the photos of a folder. A line of standard input names it; a line of output says it is done."""

    name = "limit: read, SHA-256, strict decode"
    lacks = "everything else"

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[str]] = []
        self._decoded = 0

    def start(self, folder: Path) -> Sequence[int]:  # noqa: ARG002 - it leaves nothing behind
        """One process for each core."""
        self._decoded = 0
        cores = len(os.sched_getaffinity(0))
        for share in range(cores):
            command = [sys.executable, "-m", "bench.limit", str(share), str(cores)]
            self._processes.append(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
            )
        for process in self._processes:
            _line(process)  # it has loaded its libraries
        return [process.pid for process in self._processes]

    def hand_in(self, load: Load) -> None:
        """Name the folder, and wait for all shares."""
        for process in self._processes:
            assert process.stdin is not None  # noqa: S101
            process.stdin.write(f"{load.photos[0].parent}\n")
        self._decoded += sum(int(_line(process)) for process in self._processes)

    def verdicts(self) -> int:
        """How many were decoded."""
        return self._decoded

    def close(self) -> None:
        """They end with their input."""
        for process in self._processes:
            process.communicate()
        self._processes = []


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None  # noqa: S101
    return process.stdout.readline()


def _work(share: int, shares: int) -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        photos = sorted(Path(line.strip()).iterdir())
        # Not every other one: small and large ones take turns, and one core would have all the large ones.
        mine = photos[len(photos) * share // shares : len(photos) * (share + 1) // shares]
        for path in mine:
            data = path.read_bytes()
            hashlib.sha256(data).digest()
            simplejpeg.decode_jpeg(data, strict=True)
        sys.stdout.write(f"{len(mine)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _work(int(sys.argv[1]), int(sys.argv[2]))
