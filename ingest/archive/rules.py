"""What the directory alone can be refused for: small rules, in the order they are told (design, section 4)."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Sequence

from ingest.archive import names
from ingest.archive.record import DEFLATE, STORE, Limits, Record, is_sealed
from pictureday.reasons import Finding

__all__ = ["ENTRY_LIMITS", "ENTRY_RULES", "TOTAL_LIMITS", "broken"]

_UNIX = (3, 19)  # "made by" Unix, and the Darwin that some Mac tools write
_PIPED = 0o010600  # what `zip` and 7-Zip write for a photo that came through a pipe; a pipe itself has no contents
_FREE_BYTES = 1_000_000  # up to here a ratio tells nothing: a short text of blanks is no bomb

_METHODS = {
    1: "shrink",
    2: "reduce",
    3: "reduce",
    4: "reduce",
    5: "reduce",
    6: "implode",
    9: "deflate64",
    10: "PKWARE implode",
    12: "bzip2",
    14: "LZMA",
    18: "IBM TERSE",
    19: "IBM LZ77",
    20: "zstd",
    93: "zstd",
    94: "MP3",
    95: "xz",
    96: "JPEG recompression",
    97: "WavPack",
    98: "PPMd",
}


def traversal(record: Record) -> Finding | None:
    """It must not climb out of the archive."""
    return record.finding("archive_path_traversal") if names.leaves(record.path) else None


def absolute(record: Record) -> Finding | None:
    """It must not name a root, a drive or a server."""
    return record.finding("archive_absolute_path") if names.is_absolute(record.path) else None


def bad_name(record: Record) -> Finding | None:
    """A NUL cuts a name short in some tools, and the rest may look like a good photo."""
    return record.finding("archive_bad_name") if names.is_bad(record.path) else None


def link(record: Record) -> Finding | None:
    """Files and folders only. What is not made on Unix counts when its mode can be nothing else."""
    kind = stat.S_IFMT(record.mode)
    if kind in (0, stat.S_IFREG, stat.S_IFDIR) or (record.mode == _PIPED and record.size):
        return None
    # Windows keeps its own attributes in these bits; they look like a device, but without the owner's permissions.
    clear = record.system in _UNIX or kind == stat.S_IFLNK or record.mode & 0o600
    return record.finding("archive_link") if clear else None


def folder_with_contents(record: Record) -> Finding | None:
    """A folder's bytes would be looked at by nobody."""
    if not record.size or not (record.is_folder or stat.S_ISDIR(record.mode)):
        return None
    return record.finding("archive_mismatch", fault="it is a folder and has contents")


def encrypted(record: Record) -> Finding | None:
    """We have no password, and want none."""
    return Finding(code="archive_encrypted") if is_sealed(record.flags, record.extras) or record.method == 99 else None


def method(record: Record) -> Finding | None:
    """Stored or deflated, as every tool can."""
    if record.method in (STORE, DEFLATE) or record.method == 99:
        return None
    return record.finding("archive_method", method=_METHODS.get(record.method, f"method {record.method}"))


def stored_sizes(record: Record) -> Finding | None:
    """What is stored is as long packed as unpacked (a password adds 12 bytes, but is refused anyway)."""
    if record.method != STORE or record.packed == record.size or is_sealed(record.flags, record.extras):
        return None
    return record.finding("archive_mismatch", fault="it is stored, but its two sizes differ")


def part(record: Record) -> Finding | None:
    """All of it is in this one file."""
    fault = "some of it is in another part of a split archive"
    return record.finding("archive_mismatch", fault=fault) if record.disk else None


def entry_bytes(record: Record, limits: Limits) -> Finding | None:
    """No photo is that large (OWASP ASVS 5.2.1, 5.2.3)."""
    if record.size <= limits.entry_bytes:
        return None
    return record.finding("archive_entry_too_big", bytes=record.size, most=limits.entry_bytes)


def ratio(record: Record, limits: Limits) -> Finding | None:
    """JPEG hardly compresses; a bomb does."""
    if record.size <= _FREE_BYTES or record.size <= limits.ratio * record.packed:
        return None
    return record.finding("archive_ratio", most=limits.ratio)


def duplicates(records: Sequence[Record]) -> Iterator[Finding]:
    """One entry a name, or the last one would silently win. A folder may be told twice: it holds nothing."""
    folders: dict[str, bool] = {}
    for record in records:
        key = names.key(record.path)
        if key in folders and not (folders[key] and record.is_folder):
            yield record.finding("archive_duplicate")
        folders[key] = record.is_folder


def total_bytes(records: Sequence[Record], limits: Limits) -> Finding | None:
    """All of it must fit (OWASP ASVS 5.2.3)."""
    total = sum(record.size for record in records)
    if total <= limits.total_bytes:
        return None
    return Finding(code="archive_too_big", facts={"bytes": total, "most": limits.total_bytes})


def total_ratio(records: Sequence[Record], limits: Limits) -> Finding | None:
    """Many entries just below the free bytes are a bomb together; the worst of them is named."""
    total, packed = sum(record.size for record in records), sum(record.packed for record in records)
    if total <= _FREE_BYTES or total <= limits.ratio * packed:
        return None
    worst = max(records, key=lambda record: record.size / (record.packed or 1))
    return worst.finding("archive_ratio", most=limits.ratio)


ENTRY_RULES: tuple[Callable[[Record], Finding | None], ...] = (
    traversal,
    absolute,
    bad_name,
    link,
    folder_with_contents,
    encrypted,
    method,
    stored_sizes,
    part,
)

# These hold an entry, and all entries, to the limits.
ENTRY_LIMITS: tuple[Callable[[Record, Limits], Finding | None], ...] = (entry_bytes, ratio)
TOTAL_LIMITS: tuple[Callable[[Sequence[Record], Limits], Finding | None], ...] = (total_bytes, total_ratio)


def broken(records: Sequence[Record], limits: Limits) -> Iterator[Finding]:
    """Every finding of every rule, entry by entry, then those of all entries together."""
    for record in records:
        for rule in ENTRY_RULES:
            if finding := rule(record):
                yield finding
        for limit in ENTRY_LIMITS:
            if finding := limit(record, limits):
                yield finding
    yield from duplicates(records)
    for total in TOTAL_LIMITS:
        if finding := total(records, limits):
            yield finding
