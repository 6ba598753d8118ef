"""Blobs in a folder: full disks, damage, and what a killed process leaves behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pictureday.blobs import Batch, BlobDamaged, BlobMissing, connect
from pictureday.disk import sync_file
from pictureday.errors import FatalError, Outage


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KB."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], check=True)
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def fill(folder: Path) -> Path:
    """A file that leaves no room on the disk."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return path


@pytest.mark.parametrize("size", [100, 3000, 6000, 70_000])
def test_a_full_disk_is_an_outage(small_disk: Path, size: int) -> None:
    """However small the blob, it is told that there is no room, nothing is left behind, and later it works."""
    blobs = connect(f"file:{small_disk}/blobs")
    with blobs.batch() as batch:
        first = batch.put([b"x"]).sha256
    filler = fill(small_disk)
    with pytest.raises(Outage, match="the disk is full"), blobs.batch() as batch:
        batch.put([os.urandom(size)])
    assert list((small_disk / "blobs" / ".tmp").iterdir()) == []
    assert blobs.read(first) == b"x"
    filler.unlink()
    with blobs.batch() as batch:
        assert batch.put([bytes(100)]).size == 100


def test_a_write_that_ends_halfway_leaves_no_part(small_disk: Path) -> None:
    """A blob that fits in part is not there at all."""
    blobs = connect(f"file:{small_disk}/blobs")
    with pytest.raises(Outage, match="the disk is full"), blobs.batch() as batch:
        batch.put([bytes(30_000), bytes(30_000), bytes(30_000)])
    assert [path for path in (small_disk / "blobs").rglob("*") if path.is_file()] == []


def test_damage_is_found(tmp_path: Path) -> None:
    """Bytes that no longer have their hash are never handed out."""
    blobs = connect(f"file:{tmp_path}")
    with blobs.batch() as batch:
        sha256 = batch.put([b"good"]).sha256
    (tmp_path / sha256[:2] / sha256[2:]).write_bytes(b"gone")
    with pytest.raises(BlobDamaged, match="damaged"):
        blobs.read(sha256)


def test_a_disk_that_is_not_mounted_is_an_outage(tmp_path: Path) -> None:
    """Where all blobs are away at once, no photo is to blame."""
    blobs = connect(f"file:{tmp_path}/blobs")
    with blobs.batch() as batch:
        sha256 = batch.put([b"x"]).sha256
    shutil.move(tmp_path / "blobs", tmp_path / "elsewhere")
    (tmp_path / "blobs").mkdir()
    with pytest.raises(Outage, match="missing or empty"):
        blobs.read(sha256)
    (tmp_path / "blobs").rmdir()
    shutil.move(tmp_path / "elsewhere", tmp_path / "blobs")
    assert blobs.read(sha256) == b"x"


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """Half-written files go after a day; younger ones may be in somebody's hand."""
    (tmp_path / ".tmp").mkdir()
    for name, age in (("old", 90_000), ("young", 0)):
        (tmp_path / ".tmp" / name).touch()
        os.utime(tmp_path / ".tmp" / name, times=(time.time() - age,) * 2)
    with connect(f"file:{tmp_path}").batch() as batch:
        batch.put([b"x"])
    assert [path.name for path in (tmp_path / ".tmp").iterdir()] == ["young"]


def open_files() -> int:
    """How many files this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_few_files_are_open_at_a_time(tmp_path: Path) -> None:
    """A batch of 250 holds no 250 files open: several batches are at work in a process that may open 1024."""
    before = open_files()
    with connect(f"file:{tmp_path}").batch() as batch:
        for number in range(250):
            batch.put([b"%d" % number])
            assert open_files() <= before + 70


def test_bytes_are_on_disk_before_they_have_their_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that can be seen after a power cut is a whole blob: each is synced while it has none."""
    seen: list[bool] = []

    def noted(descriptor: int, name: str) -> None:
        seen.append(Path(name).exists())
        sync_file(descriptor, name)

    monkeypatch.setattr("pictureday.blobs.folder.sync_file", noted)
    with connect(f"file:{tmp_path}").batch() as batch:
        batch.put([b"one"])
        batch.put([b"two"])
    assert seen == [False, False]


def test_names_are_on_disk_when_the_batch_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each blob's folder is synced when it has its name, and the root, where that folder is new."""
    synced: set[Path] = set()

    def noted(folders: Iterable[Path]) -> None:
        assert [path.name for path in (tmp_path / ".tmp").iterdir()] == []
        synced.update(folders)

    monkeypatch.setattr("pictureday.blobs.folder.sync_folders", noted)
    with connect(f"file:{tmp_path}").batch() as batch:
        names = {batch.put([data]).sha256 for data in (b"one", b"two")}
    assert synced == {tmp_path, *(tmp_path / name[:2] for name in names)}


def test_a_pack_is_on_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a batch adds is one file, synced once, whose name comes after; then the name is synced."""
    seen: list[tuple[int, int]] = []

    def noted(descriptor: int, name: str) -> None:
        hidden = sum(path.stat().st_size for path in (tmp_path / ".tmp").iterdir())
        seen.append((hidden, len(files_of(tmp_path))))
        sync_file(descriptor, name)

    monkeypatch.setattr("pictureday.blobs.folder.sync_file", noted)
    store = connect(f"file:{tmp_path}")
    with store.batch() as batch:
        stored = [batch.add(b"%03d" % number) for number in range(150)]
    assert seen == [(450, 0)]
    assert len(files_of(tmp_path)) == 1
    assert store.read_all({one.sha256: one.place for one in stored}) == {
        one.sha256: b"%03d" % number for number, one in enumerate(stored)
    }


def test_a_sync_that_fails_is_fatal_and_nothing_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refused what a batch wrote: the process must end, and no name of the batch is there."""

    def failing(_descriptor: int, name: str) -> None:
        raise FatalError(f"{name} could not be saved to disk.")

    monkeypatch.setattr("pictureday.blobs.folder.sync_file", failing)
    with pytest.raises(FatalError), connect(f"file:{tmp_path}").batch() as batch:
        add_all(batch, [b"one", b"two"])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_part_that_fits_only_half_is_not_there(small_disk: Path) -> None:
    """A full disk ends the whole batch: what was added before would lie in a pack that is not whole."""
    blobs = connect(f"file:{small_disk}/blobs")
    with pytest.raises(Outage, match="the disk is full"), blobs.batch() as batch:
        add_all(batch, [os.urandom(20_000)] * 5)
    assert [path for path in (small_disk / "blobs").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("harm", ["damaged", "cut", "missing"])
def test_damage_within_a_pack_costs_what_lies_there(tmp_path: Path, harm: str) -> None:
    """Its neighbours are read as before, unless the whole file is gone."""
    store = connect(f"file:{tmp_path}")
    with store.batch() as batch:
        good, bad = batch.add(b"a good photo"), batch.add(b"another photo")
    (pack,) = files_of(tmp_path)
    data = pack.read_bytes()
    pack.write_bytes(data[:-1] + b"?" if harm == "damaged" else data[:-1])
    if harm == "missing":
        pack.unlink()
    found = store.read_all({one.sha256: one.place for one in (good, bad)})
    expected = BlobMissing if harm == "missing" else BlobDamaged
    assert isinstance(found[bad.sha256], expected)
    assert found[good.sha256] == b"a good photo" or harm == "missing"
    with pytest.raises(expected):
        store.read(bad.sha256, bad.place)


def files_of(root: Path) -> list[Path]:
    """The blobs and packs that can be seen."""
    return list(root.glob("[0-9a-f][0-9a-f]/*"))


def add_all(batch: Batch, pieces: Iterable[bytes]) -> None:
    """Add one piece after the other."""
    for piece in pieces:
        batch.add(piece)
