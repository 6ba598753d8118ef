"""The archive guard: what a zip really holds, and whether any of it may come in (design, section 4).

In: the bytes of a zip, as a seekable binary file, and the `Limits`.  Out: an `Inspection` with either
the entries or the findings that refuse the whole archive, never both.

Guaranteed: the raw bytes are read by our own parser (the standard library misses most attacks, and
loses photos silently on some); every cheap refusal comes before anything is unpacked; an archive that
passes was unpacked once, every length and CRC right; nothing raises but the source itself (`OSError`),
the caller's own `beat`, and `ArchiveChanged` when bytes that passed are read again and differ.
"""

from __future__ import annotations

from ingest.archive.ending import entries_said, looks_like_archive, looks_whole
from ingest.archive.inspection import ArchiveChanged, Inspection, inspect, inspecting, outline, too_large
from ingest.archive.record import Entry, Extent, Limits

__all__ = [
    "ArchiveChanged",
    "Entry",
    "Extent",
    "Inspection",
    "Limits",
    "entries_said",
    "inspect",
    "inspecting",
    "looks_like_archive",
    "looks_whole",
    "outline",
    "too_large",
]
