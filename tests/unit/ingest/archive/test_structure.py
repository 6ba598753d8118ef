"""Each contradiction in the structure, each cut and each damage refuses the whole archive with its own reason."""

from __future__ import annotations

import io
import struct
import zlib

import pytest

from ingest.archive import inspect
from tests.unit.ingest.archive.zips import (
    LIMITS,
    PHOTO,
    STREAMED,
    UTF8,
    Part,
    build,
    codes,
    deflate,
    end,
    end64,
    judged,
    laid_out,
    local,
    made,
    only,
    quoted_overlap,
)

GOOD = [Part(name=b"111111A111.jpg"), Part(name=b"222222A222.jpg", deflated=True)]


LIES: list[dict[str, int | bytes]] = [
    {"name": b"999999A999.jpg"},
    {"method": 8},
    {"crc": 1},
    {"size": 5},
    {"packed": 5},
    {"flags": 0x0020},
    {"crc": 0, "packed": 0, "size": 0},
]


@pytest.mark.parametrize("lie", LIES)
def test_local_lies(lie: dict[str, int | bytes]) -> None:
    """A local header that tells anything else than the directory is refused."""
    only(build(*GOOD, Part(local=lie)), "archive_mismatch")


@pytest.mark.parametrize("lie", LIES)
def test_directory_lies(lie: dict[str, int | bytes]) -> None:
    """And so is a directory that tells anything else than the local header."""
    assert "archive_mismatch" in codes(build(*GOOD, Part(central=lie), GOOD[0]))


def test_utf8_flag_on_one_side() -> None:
    """The flag changes how a name reads, so for one that is not plain ASCII both sides must have it."""
    only(build(Part(name="Zoë.jpg".encode(), local={"flags": UTF8})), "archive_mismatch")


@pytest.mark.parametrize(
    "behind", [b"", b"PK\x07\x08" + struct.pack("<3L", 1, 2, 3), struct.pack("<3L", zlib.crc32(PHOTO), 1, len(PHOTO))]
)
def test_descriptor_lies(behind: bytes) -> None:
    """Sizes behind the data must be there and right when the header had none."""
    unknown = {"crc": 0, "packed": 0, "size": 0}
    only(build(Part(flags=STREAMED, local=unknown, behind=behind), *GOOD), "archive_mismatch")


@pytest.mark.parametrize("offset", [7, 10**9, 0xFFFFFFFF])
def test_no_entry_at_its_place(offset: int) -> None:
    """A directory that points beside an entry, or out of the file, is refused."""
    only(build(*GOOD, Part(central={"offset": offset})), "archive_mismatch")


def test_disk_of_an_entry() -> None:
    """An entry that lies in another part of a split archive is not here."""
    only(build(*GOOD, Part(central={"disk": 2})), "archive_mismatch")


def test_overlap_bomb() -> None:
    """Entries that quote each other's headers, every checksum right, are refused before anything is unpacked."""
    assert "archive_overlap" in codes(quoted_overlap(50))


def test_overlap_of_stored_entries() -> None:
    """An entry inside the bytes of another is refused even where no ratio is suspicious."""
    inner = Part(name=b"inner.jpg")
    outer = Part(name=b"outer.bin", data=local(inner) + PHOTO)
    only(laid_out(local(outer) + outer.data, [(outer, 0), (inner, len(local(outer)))]), "archive_overlap")


def test_overlap_with_the_directory() -> None:
    """An entry that reaches into the directory is refused."""
    longer = {"packed": len(PHOTO) + 40, "size": len(PHOTO) + 40}
    only(build(*GOOD, Part(local=longer, central=longer)), "archive_overlap")


@pytest.mark.parametrize("said", [0, 2, 4, 30])
def test_count_that_lies(said: int) -> None:
    """More or fewer entries than the end record claims: some tools would lose photos."""
    assert "archive_count" in codes(build(*GOOD, Part(), count=said))


def with_end64(*, count: int = 2, narrow_count: int = 0xFFFF, at: int = 0, disks: int = 1) -> bytes:
    """A good archive with zip64 end records, of which one may lie."""
    plain = build(*GOOD)
    body = plain[:-22]
    size, directory = struct.unpack_from("<2L", plain, len(body) + 12)
    wide = end64(count=count, size=size, directory=directory, at=len(body) + at, disks=disks)
    return body + wide + end(count=narrow_count, size=size, directory=directory)


def test_end64() -> None:
    """zip64 end records that agree pass; a count that differs, a wrong place or a second disk does not."""
    assert judged(with_end64()).findings == ()
    only(with_end64(narrow_count=1), "archive_count")
    only(with_end64(count=3), "archive_count")
    for lie in ({"at": 5}, {"at": 2**62}, {"at": -40}, {"disks": 2}):
        only(with_end64(**lie), "archive_unreadable")


def test_split_archive() -> None:
    """The last part of a split archive is told as such."""
    finding = only(build(*GOOD)[:-22] + end(count=2, size=1, directory=1, disk=3), "archive_unreadable")
    assert "part" in str(finding.facts["fault"])


def test_second_end_in_the_comment() -> None:
    """A second end record in the comment would make some tools see no photos at all."""
    for inner in (end(count=0, size=0, directory=0), end(count=0, size=0, directory=0) + b"more"):
        only(build(*GOOD, comment=inner), "archive_unreadable")


def test_an_end_around_the_end() -> None:
    """Nor may an end record in an entry swallow the true one as its comment."""
    after = len(build(Part(name=b"x.bin", data=b""))) - 22 - 30 - 5
    shell = Part(name=b"x.bin", data=b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 0, 0, 0, 0, after + 22))
    only(build(shell), "archive_unreadable")


def test_two_archives_joined() -> None:
    """Of two archives in one file, most tools see only the last; we refuse both."""
    only(build(*GOOD) + build(Part()), "archive_unreadable")
    only(build(Part(), before=build(*GOOD)), "archive_unreadable")


def test_something_in_front() -> None:
    """A program or a photo in front of the archive is refused, whether the offsets know of it or not."""
    only(b"MZ" + bytes(100) + build(*GOOD), "archive_unreadable")
    only(build(*GOOD, before=b"\xff\xd8\xff"), "archive_unreadable")
    only(build(before=b"\xff\xd8\xff"), "archive_unreadable")


def test_an_entry_that_nobody_lists() -> None:
    """A whole entry between two others, which the directory leaves out, is a photo that would be lost."""
    unlisted = Part(name=b"lost.jpg")
    finding = only(build(GOOD[0], gap=local(unlisted) + PHOTO), "archive_mismatch")
    assert finding.facts["entry"] == "lost.jpg"


def test_something_behind() -> None:
    """What follows the end is told as such, not as a cut."""
    finding = only(build(*GOOD) + b"<html>", "archive_unreadable")
    assert "6 bytes" in str(finding.facts["fault"])


@pytest.mark.parametrize(
    "data", [b"MZ" * 500, b"\xff\xd8\xff" + bytes(100), b"Rar!\x1a\x07\x01\x00" + bytes(99), bytes(500)]
)
def test_no_zip(data: bytes) -> None:
    """What is no zip at all is unreadable."""
    only(data, "archive_unreadable")


def test_damaged_directory() -> None:
    """A directory whose records break off says at which entry."""
    data = build(*GOOD, Part())
    at = data.rindex(b"PK\x01\x02")
    for broken in (b"PK\x01\x03" + data[at + 4 :], data[at : at + 28] + b"\xff\xff" + data[at + 30 :]):
        assert "entry 3" in str(only(data[:at] + broken, "archive_unreadable").facts["fault"])


def lying(**said: int) -> bytes:
    """A deflated entry about which both headers tell the same lie."""
    return build(*GOOD, Part(deflated=True, local=said, central=said))


def test_lengths_are_counted() -> None:
    """Unpacking stops at the declared size, and a shorter entry is refused too."""
    only(lying(size=100), "archive_mismatch")
    only(lying(size=len(PHOTO) + 1), "archive_mismatch")
    only(build(Part(deflated=True, packed=deflate(PHOTO) + bytes(25))), "archive_mismatch")


def test_damaged_bytes() -> None:
    """A wrong CRC, a broken deflate and one that never ends are damage, told for three entries at most."""
    only(lying(crc=1), "archive_bad_crc")
    only(build(Part(packed=PHOTO[:-1] + b"!")), "archive_bad_crc")
    for packed in (b"\xff" * 50, deflate(PHOTO)[:-5]):
        only(build(*GOOD, Part(deflated=True, packed=packed)), "archive_bad_crc")
    many = [Part(name=b"%d" % number, packed=b"x" * len(PHOTO)) for number in range(9)]
    assert codes(build(*many)) == ["archive_bad_crc"] * 3


@pytest.mark.parametrize("cut", range(16))
def test_cut_at_sixteen_places(cut: int) -> None:
    """An archive that was cut off anywhere is told as cut off, even at its first byte."""
    data = made({f"{number}.jpg": PHOTO for number in range(20)} | {"n.zip": made({"a.jpg": PHOTO})})
    assert codes(data[: len(data) * cut // 16]) == codes(data[:-1]) == ["archive_truncated"]


def test_short_reads() -> None:
    """A source that gives one byte at a time is read to the same verdict."""

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 100))

    assert len(inspect(Slow(build(*GOOD)), LIMITS).entries) == 2
