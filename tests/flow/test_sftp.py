"""Real clients over a real OpenSSH: whole uploads, cut ones, resumed ones."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import paramiko  # type: ignore[import-untyped]  # it has no types of its own

from pictureday.catalogue import grants, vendors
from tests.flow.conftest import MakeDistrict
from tests.flow.district import District, code_of, eventually
from tests.photos import closed_early, portrait
from tests.servers import SftpServer, SftpVendor

_EACH = 40  # photos that one client uploads
_CUTS = (0.0, 0.25, 0.75, 0.99, 1.0)  # the last: all but one byte


@contextmanager
def _connected(vendor: SftpVendor) -> Iterator[paramiko.SFTPClient]:
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect("127.0.0.1", vendor.port, vendor.user, key_filename=str(vendor.key), look_for_keys=False)
        with client.open_sftp() as session:
            yield session


def _renamed(vendor: SftpVendor, folder: Path, ending: str) -> None:
    """Under a temporary name, renamed when it is whole."""
    with _connected(vendor) as session:
        for path in sorted(folder.iterdir()):
            session.put(str(path), path.name + ending)
            session.rename(path.name + ending, path.name)


_CLIENTS: dict[str, Callable[[SftpVendor, Path], None]] = {
    "sftp": lambda vendor, folder: vendor.sftp(f"put -rp {folder} drop"),
    "lftp": lambda vendor, folder: vendor.lftp(f"mirror -R --parallel=4 {folder} drop"),
    "rclone": lambda vendor, folder: vendor.rclone("copy", str(folder), "vendor:/inbox/drop"),
    "rclone-loose": lambda vendor, folder: vendor.rclone("copy", str(folder), "vendor:/inbox"),
    "winscp": lambda vendor, folder: _renamed(vendor, folder, ".filepart"),
    "paramiko": lambda vendor, folder: _renamed(vendor, folder, ".tmp"),
}


def test_each_file_of_each_real_client_gets_one_right_verdict(
    sftp_server: SftpServer, make_district: MakeDistrict, tmp_path: Path
) -> None:
    """Six clients upload at once, at the default settle: none fails or sends twice, and each receipt adds up."""
    given = {name: sftp_server.add_vendor(name) for name in _CLIENTS}
    district = _district(make_district, sftp_server, students=_EACH * len(given), settle=2.0, quiet=4.0)
    for number, name in enumerate(given):
        _welcome(district, name)
        _draw(tmp_path / name, number * _EACH)
    district.start("run")
    with ThreadPoolExecutor(len(given)) as pool:  # reading the results raises what a client met
        list(pool.map(lambda name: _CLIENTS[name](given[name], tmp_path / name), given))
    eventually(lambda: _told(district) == _EACH * len(given), "every file is in a receipt")
    for name in given:
        (receipt,) = district.receipts(name)
        assert receipt["totals"] == {"files": _EACH, "accepted": _EACH - 1, "quarantined": 1}
        assert _verdicts(district, name) == {path.name: _right(path) for path in (tmp_path / name).iterdir()}


def test_a_cut_upload_gets_no_verdict_and_the_resumed_whole_gets_one(
    sftp_server: SftpServer, make_district: MakeDistrict, tmp_path: Path
) -> None:
    """Photos and zips cut at 0, 25, 75, 99 % and before the last byte wait; `lftp put -c` completes each, once."""
    vendor = sftp_server.add_vendor("acme")
    district = _district(make_district, sftp_server, grace=60.0, settle=0.5)
    whole = _photos() | _zips()
    district.start("run")
    _cut(sftp_server, vendor, _parts(_photos()) | _parts(_zips()))
    # A whole photo that came later was judged and told: the parts were looked at, and passed over.
    (vendor.inbox / "later").mkdir()
    (vendor.inbox / "later" / f"{code_of(99)}.jpg").write_bytes(portrait(seed=99))
    eventually(lambda: bool(district.receipts()), "the later photo is told")
    _quiet_for(district, 1.5)
    assert [row["path"] for row in district.files()] == [f"later/{code_of(99)}.jpg"]
    for name, data in whole.items():
        (tmp_path / name).write_bytes(data)
    vendor.lftp("; ".join(f"put -c {tmp_path / name}" for name in whole))
    eventually(lambda: _told(district) == 16, "every file is in a receipt")
    assert district.states() == {"accepted": 16}
    assert sorted(len(receipt["files"]) for receipt in district.receipts()) == [1, 2, 2, 2, 2, 2, 5]


def test_a_cut_upload_that_is_never_resumed_is_judged_once_after_its_grace(
    sftp_server: SftpServer, make_district: MakeDistrict
) -> None:
    """After `grace` each part is a damaged photo in one receipt; the one that lacked only the close is good."""
    vendor = sftp_server.add_vendor("acme")
    district = _district(make_district, sftp_server, settle=0.5, grace=4.0)
    parts = _parts(_photos())
    district.start("run")
    _cut(sftp_server, vendor, parts | {f"{code_of(9)}.jpg": portrait(seed=9)})
    eventually(lambda: _told(district) == 6, "every file is in a receipt")
    _quiet_for(district, 1.5)
    (receipt,) = district.receipts()
    assert receipt["totals"] == {"files": 6, "accepted": 1, "quarantined": 5}
    reasons = {file["path"]: {reason["code"] for reason in file["reasons"]} for file in receipt["files"]}
    empty, *cut = (reasons[name] for name in parts)
    assert empty == {"empty"}
    assert all("damaged" in found for found in cut)


def test_a_temporary_name_is_never_taken_and_its_rename_is(
    sftp_server: SftpServer, make_district: MakeDistrict
) -> None:
    """Whole photos under temporary names wait, and hold their delivery open; renamed, each is judged once."""
    vendor = sftp_server.add_vendor("acme")
    district = _district(make_district, sftp_server, settle=0.5, grace=60.0)
    names = {f"{code_of(number)}.jpg": ending for number, ending in enumerate([".filepart", ".tmp", ".part"])}
    district.start("run")
    with _connected(vendor) as session:
        for name, ending in names.items():
            session.putfo(io.BytesIO(portrait(seed=int(name[:6]))), name + ending)
        session.putfo(io.BytesIO(portrait(seed=9)), f"{code_of(9)}.jpg")
        eventually(lambda: district.states() == {"accepted": 1}, "the other photo is judged")
        _quiet_for(district, 2.5)
        assert not district.receipts()
        for name, ending in names.items():
            session.rename(name + ending, name)
    eventually(lambda: _told(district) == 4, "all are told")
    (receipt,) = district.receipts()
    assert receipt["totals"] == {"files": 4, "accepted": 4}


def _district(make: MakeDistrict, server: SftpServer, *, students: int = 100, **timings: float) -> District:
    return make(students=students, inbox_root=server.root, timings={"quiet": 1.5, **timings})


def _welcome(district: District, vendor: str) -> None:
    with district.catalogue.write() as tx:
        vendors.add(tx, vendor, who="test", active=True)
        for school in ("north", "south"):
            grants.add(tx, vendor, school, by="principal", who="test")


def _draw(folder: Path, first: int) -> None:
    """`_EACH` photos from student `first` on; the last is broken inside, which no settling can see."""
    folder.mkdir()
    for number in range(first, first + _EACH):
        data = portrait(seed=number % 20)
        last = number == first + _EACH - 1
        (folder / f"{code_of(number)}.jpg").write_bytes(closed_early(data, 0.9) if last else data)


def _right(path: Path) -> str:
    number = int(path.name[:6])
    return "quarantined" if number % _EACH == _EACH - 1 else "accepted"


def _verdicts(district: District, vendor: str) -> dict[str, str]:
    rows = [row for row in district.files() if row["vendor"] == vendor]
    return {row["path"].rpartition("/")[2]: row["state"] for row in rows}


def _told(district: District) -> int:
    names = [path.name for path in district.inboxes.iterdir() if (path / "receipts").is_dir()]
    return sum(receipt["totals"]["files"] for name in names for receipt in district.receipts(name))


def _photos() -> dict[str, bytes]:
    return {f"{code_of(number)}.jpg": portrait(seed=number) for number in range(len(_CUTS))}


def _zips() -> dict[str, bytes]:
    return {f"set-{number}.zip": _zip(code_of(10 + number), code_of(20 + number)) for number in range(len(_CUTS))}


def _zip(*codes: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for code in codes:
            archive.writestr(f"{code}.jpg", portrait(seed=int(code[:6])))
    return out.getvalue()


def _parts(whole: dict[str, bytes]) -> dict[str, bytes]:
    """What of each file, one for each cut, is there when the line is cut."""
    return {
        name: data[: min(int(len(data) * share), len(data) - 1)]
        for (name, data), share in zip(whole.items(), _CUTS, strict=True)
    }


def _cut(server: SftpServer, vendor: SftpVendor, parts: dict[str, bytes]) -> None:
    """Upload these parts, and cut the line while all the files are open."""
    with _connected(vendor) as session:
        files = [session.open(name, "wb") for name in parts]
        for file, part in zip(files, parts.values(), strict=True):
            file.write(part)
        sizes = {name: len(part) for name, part in parts.items()}
        eventually(lambda: _sizes(vendor.inbox, sizes) == sizes, "every part has come")
        server.cut_lines()


def _sizes(folder: Path, names: Iterable[str]) -> dict[str, int]:
    return {name: (folder / name).stat().st_size for name in names if (folder / name).exists()}


def _quiet_for(district: District, seconds: float) -> None:
    """Watch for `seconds` that no file is entered or judged."""
    before = [(row["id"], row["state"]) for row in district.files()]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert [(row["id"], row["state"]) for row in district.files()] == before
        time.sleep(0.1)
