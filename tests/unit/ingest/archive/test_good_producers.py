"""What honest tools make must pass: a false refusal costs a school its photos as surely as a miss."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.archive import Entry
from tests.unit.ingest.archive.zips import PHOTO, STREAMED, UTF8, OneWay, Part, build, contents, judged, made

BLANK = b" " * 30_000
CRC = zlib.crc32(PHOTO)


def folder_of_photos(root: Path) -> dict[str, bytes]:
    """A drop as a vendor has it on disk: folders, a space, an umlaut, an empty file."""
    files = {
        "drop/123456A789.jpg": PHOTO,
        "drop/Room 12/123456A790.JPG": BLANK,
        "drop/Zoë Müller.jpg": PHOTO[:777],
        "drop/empty.txt": b"",
    }
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return files


@pytest.mark.parametrize(
    "options", [["-r"], ["-r0"], ["-rX"], ["-rD"], ["-rfz"], ["-r9l"], ["-r", "--compression-method", "store"]]
)
def test_info_zip(tmp_path: Path, options: list[str]) -> None:
    """Debian's `zip` passes with every option that a vendor may use, and reads back equal."""
    files = folder_of_photos(tmp_path)
    subprocess.run(["zip", "-q", *options, "out.zip", "drop"], cwd=tmp_path, check=True)
    assert contents((tmp_path / "out.zip").read_bytes()) == files | ({"drop/empty.txt": b""})


@pytest.mark.parametrize("options", ["-qr", "-qr0", "-qrfz-"])
def test_info_zip_streamed(tmp_path: Path, options: str) -> None:
    """`zip -r - drop` into a pipe writes data descriptors, with zip64 or without; it passes."""
    files = folder_of_photos(tmp_path)
    made_by = subprocess.run(["zip", options, "-", "drop"], cwd=tmp_path, check=True, stdout=subprocess.PIPE)
    assert contents(made_by.stdout) == files


def test_info_zip_from_standard_input(tmp_path: Path) -> None:
    """An entry of unknown size (`zip - - < photo`) has zip64 parts in a small archive; it passes."""
    (tmp_path / "photo").write_bytes(PHOTO)
    with (tmp_path / "photo").open("rb") as photo:
        done = subprocess.run(["zip", "-q", "-", "-"], stdin=photo, check=True, stdout=subprocess.PIPE)
    assert contents(done.stdout) == {"-": PHOTO}


def test_info_zip_from_a_pipe() -> None:
    """A photo that came through a pipe is listed as one, and has contents all the same; it passes."""
    done = subprocess.run(["zip", "-q", "-", "-"], input=PHOTO, check=True, stdout=subprocess.PIPE)
    assert contents(done.stdout) == {"-": PHOTO}


BSDTAR = ["bsdtar", "--format", "zip"]


@pytest.mark.parametrize("more", [[], ["--options", "zip:compression=store"], ["--options", "zip:zip64"]])
@pytest.mark.parametrize("target", ["out.zip", "-"])
def test_bsdtar(tmp_path: Path, more: list[str], target: str) -> None:
    """The `tar` of Windows and macOS passes, into a file and into a pipe, with zip64 or without."""
    files = folder_of_photos(tmp_path)
    done = subprocess.run([*BSDTAR, *more, "-cf", target, "drop"], cwd=tmp_path, check=True, stdout=subprocess.PIPE)
    assert contents(done.stdout or (tmp_path / target).read_bytes()) == files


@pytest.mark.parametrize("more", [[], ["-mx0"], ["-mx9"], ["-mcu=on"], ["-mtc=on"]])
def test_seven_zip(tmp_path: Path, more: list[str]) -> None:
    """7-Zip passes, however hard it tries and whatever times it writes."""
    files = folder_of_photos(tmp_path)
    subprocess.run(["7z", "a", "-tzip", *more, "out.zip", "drop"], cwd=tmp_path, check=True, stdout=subprocess.PIPE)
    assert contents((tmp_path / "out.zip").read_bytes()) == files


def test_seven_zip_from_a_pipe(tmp_path: Path) -> None:
    """A photo that 7-Zip was given through a pipe passes."""
    command = ["7z", "a", "-tzip", "-si123456A789.jpg", "out.zip"]
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.PIPE, input=PHOTO)
    assert contents((tmp_path / "out.zip").read_bytes()) == {"123456A789.jpg": PHOTO}


@pytest.mark.parametrize("options", ["-qrfd", "-qrfdX"])
def test_info_zip_streamed_into_a_file(tmp_path: Path, options: str) -> None:
    """`zip -fd` writes data descriptors where it need not; it passes."""
    files = folder_of_photos(tmp_path)
    subprocess.run(["zip", options, "out.zip", "drop"], cwd=tmp_path, check=True)
    assert contents((tmp_path / "out.zip").read_bytes()) == files


@pytest.mark.parametrize("date", [0x0000, 0x0021, 0xFFFF, 0xFF9F])
def test_odd_dates(date: int) -> None:
    """No date at all, the first and the last one of the format, and impossible ones say nothing about the photos."""
    data = build(Part(), Part(name=b"b.jpg", deflated=True)).replace(b"\0\0\x21\0", struct.pack("<2H", date, date))
    assert set(contents(data)) == {"123456A789.jpg", "b.jpg"}


def test_zeros_behind_the_end() -> None:
    """Bsdtar fills what it writes into a pipe up with zeros; they pass, and nothing else does."""
    data = build(Part())
    assert contents(data + bytes(10_000)) == contents(data)
    assert judged(data + bytes(9_999) + b"x").findings


def test_info_zip_changed_later(tmp_path: Path) -> None:
    """A zip that was updated, thinned out and given a comment afterwards passes."""
    files = folder_of_photos(tmp_path)
    for command in (
        ["zip", "-qr", "out.zip", "drop"],
        ["zip", "-qd", "out.zip", "drop/empty.txt"],
        ["zip", "-q", "out.zip", "drop/123456A789.jpg"],
    ):
        subprocess.run(command, cwd=tmp_path, check=True)
    subprocess.run(["zip", "-qz", "out.zip"], cwd=tmp_path, check=True, input=b"Fall 2026\n.\n")
    files.pop("drop/empty.txt")
    assert contents((tmp_path / "out.zip").read_bytes()) == files


def test_info_zip_without_a_locale(tmp_path: Path) -> None:
    """Under `LC_ALL=C` the tool writes names its own way; it passes, with as many files."""
    files = folder_of_photos(tmp_path)
    subprocess.run(["zip", "-qr", "out.zip", "drop"], cwd=tmp_path, check=True, env=os.environ | {"LC_ALL": "C"})
    assert len(contents((tmp_path / "out.zip").read_bytes())) == len(files)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("zip64", [False, True])
@pytest.mark.parametrize("target_type", [io.BytesIO, OneWay])
def test_python(method: int, zip64: bool, target_type: type[io.BytesIO | OneWay]) -> None:
    """Python's zipfile passes: seekable or into a pipe, zip64 forced or not."""
    target = target_type()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name in ("a/123456A789.jpg", "a/123456A790.jpg"):
            with archive.open(name, "w", force_zip64=zip64) as entry:
                entry.write(PHOTO)
    assert contents(target.getvalue()) == {"a/123456A789.jpg": PHOTO, "a/123456A790.jpg": PHOTO}


@pytest.mark.parametrize("made_by", [0x0014, 0x0A14, 0x0B14])
def test_windows_explorer(made_by: int) -> None:
    """Windows names the system 0, 10 or 11, gives DOS attributes and no Unix mode; it passes."""
    folder = Part(name=b"Photos/", data=b"", made_by=made_by, attributes=0x10)
    photo = Part(name=b"Photos/123456A789.jpg", made_by=made_by, attributes=0x20, deflated=True)
    assert contents(build(folder, photo)) == {"Photos/123456A789.jpg": PHOTO}


def test_windows_backslashes() -> None:
    """Backslashes between the parts are slashes, for folders too, and even when only one side has them."""
    photo = Part(name=b"Photos\\123456A789.jpg", local={"name": b"Photos/123456A789.jpg"})
    found = judged(build(Part(name=b"Photos\\", data=b"", made_by=20, attributes=0x10), photo))
    assert found.entries[0] == Entry(number=1, path="Photos/", size=0, is_folder=True)
    assert found.entries[1].path == "Photos/123456A789.jpg"


@pytest.mark.parametrize("attributes", [0x0040_0420, 0x2008_0020, 0x0008_0020, 0x0002_8020])
def test_windows_cloud_attributes(attributes: int) -> None:
    """OneDrive's and NTFS's attribute bits lie where a Unix mode would be, and are no devices."""
    assert contents(build(Part(made_by=0x0014, attributes=attributes))) == {"123456A789.jpg": PHOTO}


def mac_part(name: bytes, data: bytes) -> Part:
    """As Archive Utility and ditto write it: UTF-8 without the flag, sizes behind the data."""
    packed = Part(data=data, deflated=True).bytes_packed()
    behind = b"PK\x07\x08" + struct.pack("<3L", zlib.crc32(data), len(packed), len(data))
    unknown = {"crc": 0, "packed": 0, "size": 0}
    return Part(name=name, data=data, deflated=True, flags=STREAMED, made_by=0x0315, local=unknown, behind=behind)


def test_macos() -> None:
    """A Mac's zip passes, with its `__MACOSX` shadow, and its names are read as UTF-8."""
    name = unicodedata.normalize("NFD", "Drop/Zoë.jpg")
    folder = Part(name=b"Drop/", data=b"", attributes=0o40755 << 16)
    parts = [folder, mac_part(name.encode(), PHOTO), mac_part(b"__MACOSX/Drop/._Zoe.jpg", b"\0\5\x16\7")]
    assert contents(build(*parts)) == {name: PHOTO, "__MACOSX/Drop/._Zoe.jpg": b"\0\5\x16\7"}


@pytest.mark.parametrize("signature", [b"", b"PK\x07\x08"])
@pytest.mark.parametrize("layout", ["<3L", "<LQQ"])
@pytest.mark.parametrize(
    "said", [{"crc": 0, "packed": 0, "size": 0}, {}, {"crc": 0, "packed": 0xFFFFFFFF, "size": 0xFFFFFFFF}]
)
def test_all_data_descriptors(signature: bytes, layout: str, said: dict[str, int]) -> None:
    """Sizes behind the data may be of 4 or 8 bytes, with a signature or without."""
    behind = signature + struct.pack(layout, CRC, len(PHOTO), len(PHOTO))
    part = Part(flags=STREAMED, local=said, behind=behind)
    assert contents(build(part, Part(name=b"b.jpg"))) == {"123456A789.jpg": PHOTO, "b.jpg": PHOTO}


def test_streamed_by_flag_only() -> None:
    """The flag without a descriptor is harmless when the header knew everything; so is the flag on one side only."""
    assert contents(build(Part(flags=STREAMED), Part(name=b"b.jpg", local={"flags": STREAMED})))


def test_zip64_in_a_small_archive() -> None:
    """zip64 fields on both sides, and in the end records, pass whatever the size is."""
    wide = struct.pack("<2H2Q", 1, 16, len(PHOTO), len(PHOTO))
    huge = {"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF}
    plain = build(Part(local=huge, central=huge, extra=wide, local_extra=wide))
    body = plain[:-22]
    count, size, directory = struct.unpack_from("<H2L", plain, len(body) + 10)
    more = b"PK\x06\x06" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, count, count, size, directory)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, len(body), 1)
    ending = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert contents(body + more + locator + ending) == {"123456A789.jpg": PHOTO}


def test_odd_but_honest_details() -> None:
    """A comment, a date of zero, extra fields, a ragged extra field and a UTF-8 flag on one side pass."""
    odd = Part(extra=b"UT\x05\x00\x01abcd", local_extra=b"\0\0\0")
    flagged = Part(name=b"b.jpg", central={"flags": UTF8})
    data = build(odd, flagged, comment=b"Fall 2026, PK and all").replace(b"\0\0\x21\0", b"\0\0\0\0")
    assert set(contents(data)) == {"123456A789.jpg", "b.jpg"}


def test_alignment_between_entries() -> None:
    """Padding between entries holds no photo, so it passes."""
    assert len(contents(build(Part(), Part(name=b"b.jpg"), gap=b"\0" * 100))) == 2


@pytest.mark.parametrize("marker", [b"PK00", b"PK\x07\x08"])
def test_split_marker(marker: bytes) -> None:
    """A tool that could have split the archive leaves four bytes in front; they pass."""
    assert contents(build(Part(), before=marker)) == {"123456A789.jpg": PHOTO}


def test_small_overlap() -> None:
    """Real tools let entries overlap by a few bytes: a descriptor counted twice is no attack."""
    first = Part(name=b"a.jpg", packed=PHOTO + b"\0" * 16, deflated=True)
    packed = Part(name=b"a.jpg", deflated=True).bytes_packed()
    first = Part(name=b"a.jpg", deflated=True, local={"packed": len(packed) + 16}, central={"packed": len(packed) + 16})
    assert contents(build(first, Part(name=b"b.jpg"))) == {"a.jpg": PHOTO, "b.jpg": PHOTO}


def test_deflated_nothing() -> None:
    """A folder or an empty file that is called deflated and has no bytes at all passes."""
    parts = [Part(name=name, data=b"", deflated=True, packed=b"") for name in (b"Photos/", b"empty.txt")]
    assert contents(build(*parts)) == {"empty.txt": b""}


@pytest.mark.parametrize("data", [build(), build(comment=b"nothing today"), made({})])
def test_empty_archive(data: bytes) -> None:
    """An archive without entries is whole and has none."""
    assert judged(data).entries == () == judged(data).findings


def test_five_thousand_photos() -> None:
    """Five thousand stored photos in one zip is a normal Tuesday."""
    files = {f"{number:06}A000.jpg": b"%d" % number * 50 for number in range(5000)}
    assert contents(made(files, zipfile.ZIP_STORED)) == files


NAMES = st.lists(
    st.sampled_from(["a", "Zoë", "123456A789.jpg", "名前", "photo (2)", "B", ".x"]), min_size=1, max_size=4
).map("/".join)


@given(
    files=st.dictionaries(NAMES, st.binary(max_size=300), max_size=6),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
@settings(max_examples=60, deadline=None)
def test_any_zip_of_python(files: dict[str, bytes], method: int) -> None:
    """Whatever names and contents Python packs, they pass and read back equal."""
    unique = {name.casefold(): name for name in files}
    kept = {name: files[name] for name in unique.values()}
    assert contents(made(kept, method)) == kept
