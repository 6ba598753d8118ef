"""A target of the design, and what was found: one line of the table that `make bench-full` writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.ours import Servers

__all__ = ["Measure", "Target", "markdown"]

_HEAD = ("what", "target", "found", "met", "how it was measured")


@dataclass(frozen=True, kw_only=True)
class Target:
    """What was measured, what it should be, what it is, whether that is enough, and how (numbers, durability)."""

    what: str
    wanted: str
    found: str
    met: bool
    how: str

    def cells(self) -> tuple[str, ...]:
        """What the table shows."""
        return self.what, self.wanted, self.found, "yes" if self.met else "**no**", self.how


class Measure(Protocol):
    """One part of `make bench-full`: works in an empty folder, yields what it found."""

    def __call__(self, folder: Path, servers: Servers) -> Iterator[Target]:
        """What was found."""


def markdown(targets: Sequence[Target]) -> str:
    """The table for docs/benchmarks.md."""
    rows = [_HEAD, ("---",) * len(_HEAD), *(target.cells() for target in targets)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
