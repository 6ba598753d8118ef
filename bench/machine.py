"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

__all__ = ["described"]


def described(folder: Path) -> str:
    """Processor, cores, memory, file system and versions in one line."""
    return ", ".join(
        (
            f"{len(os.sched_getaffinity(0))} cores of {_processor()}",
            f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB",
            f"{_file_system(folder)} on {platform.system()} {platform.release()}",
            f"Python {platform.python_version()}",
        )
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(folder: Path) -> str:
    """The type of the mount that `folder` is on: the one with the longest name that begins its path."""
    path, best, kind = str(folder.resolve()), "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _device, place, found, *_ = line.split()
        if (path == place or path.startswith(place.rstrip("/") + "/")) and len(place) >= len(best):
            best, kind = place, found
    return kind
