"""Archives with a fault each, made byte by byte: on their own and among good photos.

    python -m tests.hostile.faulty 4711 hurt.zip

writes the archive that chance hurts with seed 4711 to a file, for `pictureday check` or a debugger.
"""

from __future__ import annotations

import bz2
import random
import struct
import sys
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.photos import portrait
from tests.unit.ingest.archive.zips import (
    STREAMED,
    UTF8,
    Part,
    build,
    central,
    deflate,
    end,
    end64,
    laid_out,
    local,
    quoted_overlap,
)

__all__ = ["FAULTS", "OUTSIDE", "Fault", "Hurt", "good", "hurt", "quoted_by_extra"]

OUTSIDE = "outside-of-the-roots"  # in every name that would lead out of the archive
_OUT = OUTSIDE.encode()
_HUGE, _WIDE = {"packed": 0xFFFF_FFFF, "size": 0xFFFF_FFFF}, 2**64 - 1


@cache
def good() -> tuple[Part, ...]:
    """Three good photos: stored, deflated, in a folder."""
    names = (b"111111A111.jpg", b"222222A222.jpg", b"Room 12/333333A333.jpg")
    return tuple(
        Part(name=name, data=portrait(150, 200, seed=seed), deflated=seed > 0) for seed, name in enumerate(names)
    )


def _photo() -> bytes:
    return portrait(150, 200, seed=9)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault: the reason that must be among those told, and the archive among these good parts."""

    reason: str
    among: Callable[[Sequence[Part]], bytes]


def _entry(reason: str, *, name: bytes = b"999999A999.jpg", **said: Any) -> Fault:
    """One bad entry behind good ones."""
    return Fault(reason=reason, among=lambda parts: build(*parts, _part(name, **said)))


def _part(name: bytes, **said: object) -> Part:
    return Part(**{"name": name, "data": _photo(), **said})  # type: ignore[arg-type]


def _both(reason: str, lie: dict[str, int | bytes], **said: Any) -> Fault:
    """One entry about which both headers tell the same lie."""
    return _entry(reason, local=lie, central=lie, **said)


def _twice(first: bytes, second: bytes) -> Fault:
    return Fault(reason="archive_duplicate", among=lambda parts: build(*parts, _part(first), _part(second)))


def _ended(reason: str, change: Callable[[bytes], bytes]) -> Fault:
    """A good archive whose ending is changed."""
    return Fault(reason=reason, among=lambda parts: change(build(*parts, _part(b"999999A999.jpg"))))


def _end_says(**said: int) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        count, size, directory = struct.unpack_from("<H2L", data, len(data) - 12)
        return data[:-22] + end(**({"count": count, "size": size, "directory": directory} | said))

    return change


def _wide_end(*, more: int = 0, at: int | None = None, size: int = 0, disks: int = 1) -> Callable[[bytes], bytes]:
    """zip64 end records that tell so many more entries or bytes, or lie at another place."""

    def change(data: bytes) -> bytes:
        body, (count, length, directory) = data[:-22], struct.unpack_from("<H2L", data, len(data) - 12)
        place = len(body) if at is None else at
        wide = end64(count=count + more, size=length + size, directory=directory, at=place, disks=disks)
        return body + wide + end(count=0xFFFF, size=0xFFFF_FFFF, directory=0xFFFF_FFFF)

    return change


def _same_bytes(parts: Sequence[Part]) -> bytes:
    """Ten entries that are all the same bytes."""
    inner = _part(b"999999A999.jpg", deflated=True)
    body = build(*parts)[: -22 - sum(len(central(part, 0)) for part in parts)]
    places = _places(parts)
    return laid_out(body + local(inner) + inner.bytes_packed(), [*places, *[(inner, len(body))] * 10])


def _places(parts: Sequence[Part]) -> list[tuple[Part, int]]:
    places, at = [], 0
    for part in parts:
        places.append((part, at))
        at += len(local(part)) + len(part.bytes_packed())
    return places


def _quoted(parts: Sequence[Part]) -> bytes:
    """A quoted-overlap bomb, with the good photos behind it in its own directory."""
    bomb = quoted_overlap(40)
    body = bomb[: bomb.index(b"PK\x01\x02")]
    listed = bomb[len(body) : -22] + b"".join(central(part, len(body) + at) for part, at in _places(parts))
    photos = b"".join(local(part) + part.bytes_packed() for part in parts)
    size, directory = len(listed), len(body) + len(photos)
    return body + photos + listed + end(count=40 + len(parts), size=size, directory=directory)


def quoted_by_extra(parts: Sequence[Part], count: int = 40) -> bytes:
    """The same bomb by another way: each entry's extra field holds the next one's header."""
    kernel, body = deflate(bytes(100_000)), b""
    said = Part(data=bytes(100_000), deflated=True, packed=kernel)
    places: list[tuple[Part, int]] = []
    for number in range(count):
        extra = struct.pack("<2H", 0x9999, len(body)) + body if len(body) < 60_000 and body else b""
        part = Part(name=b"%06dB000.jpg" % number, data=said.data, deflated=True, packed=kernel, local_extra=extra)
        header = local(part)
        places.append((part, len(header)))
        body = header
    front = b"".join(local(part) + part.bytes_packed() for part in parts)
    after = len(front) + len(body)
    return laid_out(front + body + kernel, [*_places(parts), *((part, after - behind) for part, behind in places)])


def _claims(reason: str, size: int, entries: int = 1) -> Fault:
    """Entries that claim so many bytes each."""
    lie = {"size": size}
    claiming = [_part(b"%06dC000.jpg" % number, deflated=True, local=lie, central=lie) for number in range(entries)]
    return Fault(reason=reason, among=lambda parts: build(*parts, *claiming))


def _zip64(*sizes: int) -> bytes:
    return struct.pack(f"<2H{len(sizes)}Q", 1, 8 * len(sizes), *sizes)


def _wide(reason: str, inside: bytes, outside: bytes) -> Fault:
    """Sizes that are told in zip64 fields, which may differ between the two headers."""
    return _entry(reason, local=_HUGE, central=_HUGE, local_extra=inside, extra=outside)


_TRUE = _zip64(len(_photo()), len(_photo()))
_UNKNOWN: dict[str, int | bytes] = {"crc": 0, "packed": 0, "size": 0}
_AES = b"\x01\x99\x07\x00\x02\x00AE\x03\x08\x00"

FAULTS: dict[str, Fault] = {
    "climbs": _entry("archive_path_traversal", name=b"../../../" + _OUT + b".jpg"),
    "climbs with backslashes": _entry("archive_path_traversal", name=b"a\\..\\..\\" + _OUT + b".jpg"),
    "absolute": _entry("archive_absolute_path", name=b"/tmp/" + _OUT + b".jpg"),
    "drive": _entry("archive_absolute_path", name=b"C:\\" + _OUT + b".jpg"),
    "server": _entry("archive_absolute_path", name=b"\\\\host\\share\\" + _OUT + b".jpg"),
    "NUL": _entry("archive_bad_name", name=b"123456A789.jpg\0.exe"),
    "line break": _entry("archive_bad_name", name=b"123456A789\n.jpg"),
    "escape": _entry("archive_bad_name", name=b"\x1b[2J.jpg"),
    "no text": _entry("archive_bad_name", name=b"\xff\xfe.jpg", flags=UTF8),
    "no name": _entry("archive_bad_name", name=b""),
    "link": _entry("archive_link", data=b"/etc/passwd", attributes=0o120777 << 16),
    "link up": _entry("archive_link", data=b"../../" + _OUT, attributes=0o120777 << 16, made_by=0x0014),
    "device": _entry("archive_link", data=b"", attributes=0o020644 << 16),
    "pipe": _entry("archive_link", data=b"", attributes=0o010644 << 16),
    "folder with contents": _entry("archive_mismatch", name=b"999999A999.jpg/"),
    "all the same bytes": Fault(reason="archive_overlap", among=_same_bytes),
    "quoted by deflate": Fault(reason="archive_overlap", among=_quoted),
    "quoted by extra fields": Fault(reason="archive_overlap", among=quoted_by_extra),
    "into the directory": _both("archive_overlap", {"packed": 2**20, "size": 2**20}),
    "twice": _twice(b"999999A999.jpg", b"999999A999.jpg"),
    "twice by case": _twice(b"999999A999.jpg", b"999999a999.JPG"),
    "twice by Unicode": _twice(*(unicodedata.normalize(form, "Zoë.jpg").encode() for form in ("NFC", "NFD"))),
    "password": _entry("archive_encrypted", flags=1),
    "AES": _entry("archive_encrypted", extra=_AES, local_extra=_AES),
    "password inside only": _entry("archive_encrypted", local={"flags": 1}),
    "bzip2": _both("archive_method", {"method": 12}, packed=bz2.compress(_photo())),
    "LZMA": _both("archive_method", {"method": 14}),
    "two names": _entry("archive_mismatch", local={"name": b"888888A888.jpg"}),
    "two methods": _entry("archive_mismatch", local={"method": 8}),
    "two sizes": _entry("archive_mismatch", local={"size": 5, "packed": 5}),
    "two checksums": _entry("archive_mismatch", local={"crc": 5}),
    "points beside": _entry("archive_mismatch", central={"offset": 7}),
    "points out": _entry("archive_mismatch", central={"offset": 2**31}),
    "sizes behind are wrong": _entry("archive_mismatch", flags=STREAMED, local=_UNKNOWN, behind=b"\1" * 12),
    "not listed": Fault(
        reason="archive_mismatch", among=lambda parts: build(_part(b"a.jpg"), *parts, gap=local(_part(b"lost.jpg")))
    ),
    "longer than told": _both("archive_mismatch", {"size": 99}, deflated=True),
    "shorter than told": _both("archive_mismatch", {"size": 99_999}, deflated=True),
    "one entry too few": Fault(
        reason="archive_count", among=lambda parts: build(*parts, _part(b"a"), count=len(parts))
    ),
    "one entry too many": Fault(
        reason="archive_count", among=lambda parts: build(*parts, _part(b"a"), count=len(parts) + 2)
    ),
    "claims 65,534 entries": _ended("archive_too_many", _end_says(count=65_534)),
    "claims 50 MB and one": _claims("archive_entry_too_big", 50_000_001),
    "claims 2 GB in all": _claims("archive_too_big", 49_000_000, entries=41),
    "ratio": _entry("archive_ratio", data=bytes(1_100_000), deflated=True),
    "ratio of many": Fault(
        reason="archive_ratio",
        among=lambda parts: build(*parts, *(_part(b"%d" % n, data=bytes(600_000), deflated=True) for n in range(9))),
    ),
    "checksum": _both("archive_bad_crc", {"crc": 1}),
    "no deflate": _entry("archive_bad_crc", deflated=True, packed=b"\xff" * 50),
    "deflate without end": _entry("archive_bad_crc", deflated=True, packed=deflate(_photo())[:-5]),
    "a program in front": _ended("archive_unreadable", lambda data: b"MZ" + bytes(98) + data),
    "a page behind": _ended("archive_unreadable", lambda data: data + b"<html>"),
    "two joined": _ended("archive_unreadable", lambda data: build(_part(b"a.jpg")) + data),
    "a second end": Fault(
        reason="archive_unreadable",
        among=lambda parts: build(*parts, comment=end(count=0, size=0, directory=0)),
    ),
    "one of several": _ended("archive_unreadable", _end_says(disk=3)),
    "directory of 4 GB": _ended("archive_truncated", _end_says(size=2**32 - 2)),
    "zip64: wider than all": _wide("archive_entry_too_big", _zip64(_WIDE, _WIDE), _zip64(_WIDE, _WIDE)),
    "zip64: two sizes": _wide("archive_mismatch", _TRUE, _zip64(len(_photo()) + 1, len(_photo()) + 1)),
    "zip64: not there": _wide("archive_overlap", b"", b""),
    "zip64: too short": _wide("archive_overlap", _TRUE[:10], _TRUE[:10]),
    "zip64: place": _entry("archive_mismatch", central={"offset": 2**32 - 1}, extra=_zip64(_WIDE)),
    "zip64: count": _ended("archive_count", _wide_end(more=1)),
    "zip64: 2^63 entries": _ended("archive_too_many", _wide_end(more=2**63)),
    "zip64: directory of 2^62": _ended("archive_truncated", _wide_end(size=2**62)),
    "zip64: end elsewhere": _ended("archive_unreadable", _wide_end(at=2**62)),
    "zip64: end at the start": _ended("archive_unreadable", _wide_end(at=0)),
    "zip64: two disks": _ended("archive_unreadable", _wide_end(disks=2)),
}


@dataclass(frozen=True, kw_only=True)
class Hurt:
    """An archive that chance has hurt: its seed, what it was, and its bytes."""

    seed: int
    was: str
    data: bytes

    def __str__(self) -> str:
        return f"archive {self.seed} ({self.was}): python -m tests.hostile.faulty {self.seed} hurt.zip"


def hurt(seed: int) -> Hurt:
    """The hurt archive of this seed: a good or a faulty one, with a few bytes flipped and maybe a piece lost."""
    luck = random.Random(seed)
    name = luck.choice(("good", "good, streamed") if luck.random() < 0.3 else tuple(FAULTS))
    data = bytearray(_whole(name, mixed=luck.random() < 0.7))
    for _ in range(luck.choice((1, 1, 2, 4))):
        at = _place(data, luck)
        data[at] = luck.choice((data[at] ^ 1 << luck.randrange(8), 0, 0xFF, luck.randrange(256)))
    if luck.random() < 0.1:
        at = _place(data, luck)
        del data[at : at + luck.randint(1, 40)]
    return Hurt(seed=seed, was=name, data=bytes(data))


def _whole(name: str, *, mixed: bool) -> bytes:
    if name == "good":
        return build(*good(), comment=b"Fall 2026")
    if name == "good, streamed":
        return build(*(_streamed(part) for part in good()))
    return FAULTS[name].among(good() if mixed else ())


def _streamed(part: Part) -> Part:
    facts = part.facts()
    behind = b"PK\x07\x08" + struct.pack("<3L", facts["crc"], facts["packed"], facts["size"])
    return Part(name=part.name, data=part.data, deflated=part.deflated, flags=STREAMED, local=_UNKNOWN, behind=behind)


def _place(data: bytearray, luck: random.Random) -> int:
    """Anywhere; mostly in a header or in the directory, as photos are the greater part of the bytes."""
    starts = [at for mark in (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06") if (at := data.find(mark)) >= 0]
    if luck.random() < 0.2 or not starts:
        return luck.randrange(len(data))
    start = luck.choice((*starts, max(0, len(data) - 400)))
    return min(len(data) - 1, start + luck.randrange(luck.choice((30, 60, 400))))


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(hurt(int(sys.argv[1])).data)
