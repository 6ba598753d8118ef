"""Each fault of an entry, and each limit, refuses the whole archive with its own reason."""

from __future__ import annotations

import random
import struct
import subprocess
import unicodedata
from pathlib import Path

import pytest

from ingest.archive import Inspection, Limits
from pictureday.reasons import ARCHIVE_REASONS
from tests.unit.ingest.archive.zips import (
    PHOTO,
    UTF8,
    Part,
    build,
    codes,
    judged,
    only,
)

GOOD = [Part(name=b"111111A111.jpg"), Part(name=b"222222A222.jpg", deflated=True)]
SMALL = Limits(entries=3, entry_bytes=20_000, total_bytes=40_000, ratio=100)


@pytest.mark.parametrize("name", [b"../x.jpg", b"a/../../x.jpg", b"a\\..\\x.jpg", b"..", b"a/.. /x.jpg"])
def test_traversal(name: bytes) -> None:
    """No entry climbs, whichever way its slashes lean."""
    only(build(*GOOD, Part(name=name)), "archive_path_traversal")


@pytest.mark.parametrize(
    "name", [b"/x.jpg", b"\\x.jpg", b"C:\\x.jpg", b"c:x.jpg", b"\\\\host\\share\\x.jpg", b"//host/x.jpg"]
)
def test_absolute(name: bytes) -> None:
    """No entry names a root, a drive or a server."""
    only(build(*GOOD, Part(name=name)), "archive_absolute_path")


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        (b"123456A789.jpg\0.exe", 0),
        (b"a\nb.jpg", 0),
        (b"a\x1b[2J.jpg", 0),
        (b"a\x7f.jpg", 0),
        ("a\x85.jpg".encode(), 0),
        (b"", 0),
        (b"\xff\xfe.jpg", UTF8),
    ],
)
def test_bad_names(name: bytes, flags: int) -> None:
    """Control characters and bytes that are no text are refused, and never come back raw in the finding."""
    finding = only(build(*GOOD, Part(name=name, flags=flags)), "archive_bad_name")
    assert finding.facts["entry"]
    assert str(finding.facts["entry"]).isprintable()


@pytest.mark.parametrize("made_by", [0x0014, 0x0314, 0x0A14, 0x0B14, 0x1314])
@pytest.mark.parametrize("kind", [0o120777, 0o010644, 0o020644, 0o060644, 0o140644])
def test_links_and_devices(made_by: int, kind: int) -> None:
    """Links, pipes, devices and sockets are refused, whatever system the archive claims to be from."""
    only(build(*GOOD, Part(name=b"x.jpg", made_by=made_by, attributes=kind << 16)), "archive_link")


def test_a_real_link(tmp_path: Path) -> None:
    """What `zip -y` makes of a symbolic link is refused."""
    (tmp_path / "x.jpg").symlink_to("/etc/passwd")
    subprocess.run(["zip", "-qy", "out.zip", "x.jpg"], cwd=tmp_path, check=True)
    only((tmp_path / "out.zip").read_bytes(), "archive_link")


def test_folder_with_contents() -> None:
    """Bytes in a folder entry would be seen by nobody."""
    only(build(*GOOD, Part(name=b"x.jpg/")), "archive_mismatch")
    only(build(*GOOD, Part(name=b"x.jpg", attributes=0o40755 << 16)), "archive_mismatch")


@pytest.mark.parametrize("other", [b"111111a111.JPG", b"./111111A111.jpg", b".//111111A111.jpg", b"111111A111.jpg/"])
def test_duplicates(other: bytes) -> None:
    """Two entries that one disk would take for the same are refused."""
    data = b"" if other.endswith(b"/") else PHOTO
    only(build(*GOOD, Part(name=other, data=data)), "archive_duplicate")


def test_duplicates_by_unicode_form() -> None:
    """A Mac writes decomposed letters: the same name in two forms is a duplicate."""
    names = [unicodedata.normalize(form, "Zoë.jpg").encode() for form in ("NFC", "NFD")]
    only(build(*(Part(name=name) for name in names)), "archive_duplicate")


def test_folders_are_no_duplicates() -> None:
    """A folder, its files, and the folder told twice do not collide."""
    folder = Part(name=b"Photos/", data=b"")
    assert judged(build(folder, Part(name=b"Photos/a.jpg"), folder)).findings == ()


@pytest.mark.parametrize("flag", [0x0001, 0x0041, 0x2001])
def test_encryption_flags(flag: int) -> None:
    """A password is told once, however many entries have it."""
    parts = [Part(name=name, flags=flag) for name in (b"a.jpg", b"b.jpg")]
    assert codes(build(*parts)) == ["archive_encrypted"]


def test_encryption_otherwise() -> None:
    """AES by its extra field or method, or a password in the local header only, is encryption too."""
    aes = b"\x01\x99\x07\x00\x02\x00AE\x03\x08\x00"
    assert codes(build(Part(extra=aes, local_extra=aes))) == ["archive_encrypted"]
    assert codes(build(Part(local={"method": 99}, central={"method": 99}))) == ["archive_encrypted"]
    assert codes(build(Part(local={"flags": 1}))) == ["archive_encrypted"]


def test_real_encryption(tmp_path: Path) -> None:
    """What `zip -P` makes is refused for the password and nothing else."""
    (tmp_path / "x.jpg").write_bytes(PHOTO)
    subprocess.run(["zip", "-q", "-P", "secret", "out.zip", "x.jpg"], cwd=tmp_path, check=True)
    only((tmp_path / "out.zip").read_bytes(), "archive_encrypted")


@pytest.mark.parametrize(
    ("method", "name"), [(9, "deflate64"), (12, "bzip2"), (14, "LZMA"), (93, "zstd"), (77, "method 77")]
)
def test_methods(method: int, name: str) -> None:
    """Only store and deflate; the finding says what it is."""
    finding = only(build(*GOOD, Part(local={"method": method}, central={"method": method})), "archive_method")
    assert finding.facts["method"] == name


def test_limits() -> None:
    """Entries, bytes of one and bytes of all are limited; the limit itself is in."""
    names = [b"%d.jpg" % number for number in range(4)]
    assert codes(build(*(Part(name=name, data=bytes(9_000)) for name in names[:3])), SMALL) == []
    only(build(*(Part(name=name, data=b"") for name in names)), "archive_too_many", SMALL)
    only(build(Part(data=bytes(20_001))), "archive_entry_too_big", SMALL)
    only(build(*(Part(name=name, data=bytes(15_000)) for name in names[:3])), "archive_too_big", SMALL)


def test_counts_are_refused_unread() -> None:
    """A count over the limit is refused though the directory has few; so is a directory with more than it says."""
    only(build(*GOOD, count=20_001), "archive_too_many")
    only(build(*(Part(name=b"%d" % number, data=b"") for number in range(9)), count=1), "archive_too_many", SMALL)


def test_huge_claims_cost_nothing() -> None:
    """Sizes of 2^64 in a zip64 field are numbers to refuse, not to allocate."""
    wide = struct.pack("<2H2Q", 1, 16, 2**64 - 1, 2**64 - 1)
    huge = {"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF}
    found = codes(build(Part(local=huge, central=huge, extra=wide, local_extra=wide)))
    assert {"archive_entry_too_big", "archive_overlap"} <= set(found)


def test_ratio() -> None:
    """A ratio over 100 is refused past 1 MB, for one entry and for many small ones together."""
    assert judged(build(Part(data=bytes(999_000), deflated=True))).findings == ()
    only(build(Part(data=bytes(1_100_000), deflated=True)), "archive_ratio")
    many = [Part(name=b"%d.txt" % number, data=bytes(600_000), deflated=True) for number in range(3)]
    only(build(*many), "archive_ratio")


def test_ratio_among_others() -> None:
    """A bomb is refused though what lies beside it hardly compresses."""
    noise = Part(name=b"noise.bin", data=random.Random(1).randbytes(200_000), deflated=True)
    only(build(Part(data=bytes(1_100_000), deflated=True), noise), "archive_ratio")


def test_all_faults_are_told() -> None:
    """Every kind of fault is told at once, a few of each."""
    links = [Part(name=b"%d" % number, attributes=0o120777 << 16) for number in range(9)]
    found = codes(build(*links, Part(name=b"../x"), Part(flags=1), GOOD[0], GOOD[0]))
    assert found.count("archive_link") == 3
    assert {"archive_link", "archive_path_traversal", "archive_encrypted", "archive_duplicate"} == set(found)


def test_sentences() -> None:
    """Every finding reads as a sentence without a blank or an escape that a terminal would run."""
    for data in (build(Part(name=b"../\x1b[31m")), build(Part(), count=9), b"", build() + b"x"):
        found: Inspection = judged(data)
        assert found.refused
        assert all(finding.code in ARCHIVE_REASONS for finding in found.findings)
        assert all("{" not in finding.message and finding.message.isprintable() for finding in found.findings)
