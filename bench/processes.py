"""What a tree of processes costs: CPU seconds and memory, read from /proc."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

__all__ = ["Peak", "cpu_seconds", "memory", "tree"]

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def cpu_seconds(roots: Iterable[int]) -> float:
    """CPU seconds, of user and system, of these processes, their children, and the children they waited for."""
    found = _stats()
    return sum(sum(map(int, found[pid][11:15])) for pid in tree(roots, found)) / _TICKS


def memory(roots: Iterable[int]) -> int:
    """Bytes of these processes and their children; what they share is counted once (PSS)."""
    return sum(map(_pss, tree(roots, _stats())))


class Peak:
    """Looks at the memory of a tree every so often within its `with` block; `bytes` is the most that was seen."""

    def __init__(self, roots: Iterable[int], every: float = 0.5) -> None:
        self.bytes = 0
        self._roots = tuple(roots)
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._look()
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(self._every):
            self._look()

    def _look(self) -> None:
        self.bytes = max(self.bytes, memory(self._roots))


def _stats() -> dict[int, list[str]]:
    """By pid, what follows the name in `/proc/<pid>/stat`: the parent is number 1, the CPU times are 11 to 14."""
    found = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                found[int(entry.name)] = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
    return found


def tree(roots: Iterable[int], found: Mapping[int, list[str]] | None = None) -> set[int]:
    """These processes and all below them, among those `found`, or those there are."""
    found = _stats() if found is None else found
    reached, more = set[int](), {pid for pid in roots if pid in found}
    while more:
        reached |= more
        more = {pid for pid, stat in found.items() if int(stat[1]) in more} - reached
    return reached


def _pss(pid: int) -> int:
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
