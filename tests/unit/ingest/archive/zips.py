"""A small zip writer that can lie: every field of every structure can be set to what it should not be."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest.archive import Inspection, Limits, inspect
from pictureday.reasons import Finding

LIMITS = Limits(entries=20_000, entry_bytes=50_000_000, total_bytes=2_000_000_000, ratio=100)
PHOTO = bytes(range(256)) * 60

STREAMED, UTF8 = 0x0008, 0x0800


@dataclass(frozen=True, kw_only=True)
class Part:
    """One entry. `local` and `central` override fields of one side, `behind` is what follows the data."""

    name: bytes = b"123456A789.jpg"
    data: bytes = PHOTO
    deflated: bool = False
    flags: int = 0
    made_by: int = 0x0314
    attributes: int = 0o100644 << 16
    extra: bytes = b""
    local_extra: bytes = b""
    packed: bytes | None = None
    behind: bytes = b""
    local: Mapping[str, int | bytes] = field(default_factory=dict)
    central: Mapping[str, int | bytes] = field(default_factory=dict)

    def bytes_packed(self) -> bytes:
        """What lies in the file."""
        if self.packed is not None:
            return self.packed
        return deflate(self.data) if self.deflated else self.data

    def facts(self) -> dict[str, int | bytes]:
        """The truth that both headers should tell."""
        return {
            "name": self.name,
            "flags": self.flags,
            "method": 8 if self.deflated else 0,
            "crc": zlib.crc32(self.data),
            "packed": len(self.bytes_packed()),
            "size": len(self.data),
        }


def deflate(data: bytes) -> bytes:
    """Raw deflate, as in a zip."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return machine.compress(data) + machine.flush()


def local(part: Part) -> bytes:
    """The local header of `part` with name and extra."""
    said = {**part.facts(), **part.local}
    name, extra = bytes(said.pop("name")), part.local_extra
    fixed = struct.pack("<5H", 20, said["flags"], said["method"], 0, 0x21)
    sizes = struct.pack("<3L2H", said["crc"], said["packed"], said["size"], len(name), len(extra))
    return b"PK\x03\x04" + fixed + sizes + name + extra


def central(part: Part, offset: int) -> bytes:
    """The directory record of `part` with name and extra."""
    said = {"offset": offset, "disk": 0, **part.facts(), **part.central}
    name = bytes(said.pop("name"))
    fixed = struct.pack("<6H", part.made_by, 20, said["flags"], said["method"], 0, 0x21)
    sizes = struct.pack("<3L3H", said["crc"], said["packed"], said["size"], len(name), len(part.extra), 0)
    return (
        b"PK\x01\x02"
        + fixed
        + sizes
        + struct.pack("<2H2L", said["disk"], 0, part.attributes, said["offset"])
        + name
        + part.extra
    )


def end(
    *, count: int, size: int, directory: int, comment: bytes = b"", disk: int = 0, here: int | None = None
) -> bytes:
    """The end record."""
    counts = (count if here is None else here, count)
    return b"PK\x05\x06" + struct.pack("<4H2LH", disk, disk, *counts, size, directory, len(comment)) + comment


def end64(*, count: int, size: int, directory: int, at: int, disks: int = 1) -> bytes:
    """The zip64 end record and its locator; `at` is where the record will be."""
    record = struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, count, count, size, directory)
    return b"PK\x06\x06" + record + b"PK\x06\x07" + struct.pack("<LQL", 0, at, disks)


def build(*parts: Part, comment: bytes = b"", count: int | None = None, gap: bytes = b"", before: bytes = b"") -> bytes:
    """A zip of `parts`; `gap` lies after each entry, `before` in front of all (and offsets know of it)."""
    body, directory = before, b""
    for part in parts:
        directory += central(part, len(body))
        body += local(part) + part.bytes_packed() + part.behind + gap
    said = len(parts) if count is None else count
    return body + directory + end(count=said, size=len(directory), directory=len(body), comment=comment)


def laid_out(body: bytes, places: Sequence[tuple[Part, int]]) -> bytes:
    """A zip whose directory says that each part lies at its place in `body`, whatever is there."""
    directory = b"".join(central(part, offset) for part, offset in places)
    return body + directory + end(count=len(places), size=len(directory), directory=len(body))


def quoted_overlap(count: int) -> bytes:
    """The quoted-overlap bomb: each entry's deflate quotes the next one's header, down to one shared kernel."""
    data, body = bytes(100_000), deflate(bytes(100_000))
    from_the_back: list[tuple[Part, int]] = []
    for number in range(count):
        part = Part(name=b"%06dA000.jpg" % number, data=data, deflated=True, packed=body)
        header = local(part)
        quote = struct.pack("<B2H", 0, len(header), len(header) ^ 0xFFFF)
        data, body = header + data, quote + header + body
        from_the_back.append((part, len(body) - len(quote)))
    return laid_out(body, [(part, len(body) - behind) for part, behind in from_the_back])


def made(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """What the standard library makes of `files`."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def judged(data: bytes, limits: Limits = LIMITS) -> Inspection:
    """The guard's verdict on `data`."""
    return inspect(io.BytesIO(data), limits)


def codes(data: bytes, limits: Limits = LIMITS) -> list[str]:
    """The reasons why `data` is refused, in order."""
    return [finding.code for finding in judged(data, limits).findings]


def only(data: bytes, code: str, limits: Limits = LIMITS) -> Finding:
    """`data` is refused for `code` alone; the first finding of it."""
    found = judged(data, limits)
    assert {finding.code for finding in found.findings} == {code}
    assert found.entries == ()
    return found.findings[0]


def contents(data: bytes) -> dict[str, bytes]:
    """Path and bytes of all files in `data`, which must pass."""
    source, found = io.BytesIO(data), judged(data)
    assert found.findings == ()
    files = [entry for entry in found.entries if not entry.is_folder]
    return {entry.path: b"".join(found.read(source, entry)) for entry in files}


class OneWay(io.RawIOBase):
    """A target that can't be moved, like a pipe: tools then write data descriptors."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Take all of it."""
        self.parts.append(bytes(data))
        return len(data)

    def getvalue(self) -> bytes:
        """All that was written."""
        return b"".join(self.parts)
