"""Quotas: how much one vendor may bring in. Pure: what lies there and what came before goes in, what to take comes out.

Three numbers: files and bytes within 24 hours, so that no vendor fills the disk or makes everybody's mails and
receipts wait; and photos without a verdict, so that none fills the queue. Over a quota nothing is lost or refused:
what lies in the inbox stays there until there is room again. Only what is larger than the whole quota never fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Admitted", "Load", "Quota", "Short", "Used", "admit"]


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What one vendor may bring in: files and bytes within 24 hours, and photos that wait for a verdict."""

    files: int
    bytes: int
    pending: int


@dataclass(frozen=True, kw_only=True)
class Used:
    """What a vendor has brought in within 24 hours, and how many photos of it wait for a verdict now."""

    files: int = 0
    bytes: int = 0
    pending: int = 0


@dataclass(frozen=True, kw_only=True)
class Load:
    """One file that could be taken now. A zip counts as the files that it says it has, and itself."""

    path: str
    files: int = 1
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Short:
    """A quota (`files` or `bytes`) that is used up, and how many came within 24 hours."""

    what: str
    most: int
    used: int


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """What is taken now, what waits for room within the 24 hours and why, and what is larger than a whole quota.

    What is in none of them waits for verdicts.
    """

    taken: tuple[Load, ...] = ()
    held: tuple[Load, ...] = ()
    short: tuple[Short, ...] = ()
    larger: tuple[Load, ...] = ()


def admit(loads: Sequence[Load], used: Used, quota: Quota) -> Admitted:
    """Take what fits, in the order given; what is too large for the room left lets smaller ones pass."""
    larger = tuple(load for load in loads if _never_fits(load, quota))
    taken: list[Load] = []
    held: list[Load] = []
    files, size, pending = quota.files - used.files, quota.bytes - used.bytes, quota.pending - used.pending
    for load in loads:
        if _never_fits(load, quota):
            continue
        if load.files > files or load.bytes > size:
            held.append(load)
        elif pending > 0:  # a zip is unpacked only while there is room for its photos, so here it counts as one
            taken.append(load)
            files, size, pending = files - load.files, size - load.bytes, pending - 1
    return Admitted(taken=tuple(taken), held=tuple(held), short=_short(held, taken, used, quota), larger=larger)


def _short(held: Sequence[Load], taken: Sequence[Load], used: Used, quota: Quota) -> tuple[Short, ...]:
    files = used.files + sum(load.files for load in taken)
    size = used.bytes + sum(load.bytes for load in taken)
    found = []
    if any(load.files > quota.files - files for load in held):
        found.append(Short(what="files", most=quota.files, used=files))
    if any(load.bytes > quota.bytes - size for load in held):
        found.append(Short(what="bytes", most=quota.bytes, used=size))
    return tuple(found)


def _never_fits(load: Load, quota: Quota) -> bool:
    return load.files > quota.files or load.bytes > quota.bytes
