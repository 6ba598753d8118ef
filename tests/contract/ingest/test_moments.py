"""Moments of a file's way: what stands too long, what was taken and is on no record, and a crash in between."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from ingest import closing, desk, inbox, taking
from ingest.settle import Look
from ingest.taking import SMALL
from ingest.walking import View
from ingest.whole import look_at
from pictureday.blobs import Batch, Part, Stored
from pictureday.catalogue import tables
from pictureday.disk import sync_folders
from tests.contract.ingest.world import World
from tests.photos import portrait

GOOD = "000000A001.jpg"


def test_a_temporary_name_alone_is_told_once(world: World) -> None:
    """Where no delivery is open, one of its own tells of it after `grace`; renamed, the file is taken."""
    part = world.inbox() / "monday" / f"{GOOD}.part"
    part.parent.mkdir()
    part.write_bytes(portrait())
    world.go(seconds=50)
    assert world.files() == {}
    world.go(seconds=100)
    assert world.files() == {f"monday/{GOOD}.part": "unfinished"}
    assert world.deliveries() == [("acme", "monday", "closed")]
    assert world.ingester.idle()
    part.rename(part.with_name(GOOD))
    world.go(seconds=20)
    assert world.files()[f"monday/{GOOD}"] == "received"
    assert world.deliveries() == [("acme", "monday", "closed")] * 2


def test_a_temporary_name_holds_its_delivery_open(world: World) -> None:
    """No delivery closes while one of its files may still be written; then it tells of it."""
    for name in (GOOD, "000001A001.jpg.filepart"):
        (world.inbox() / name).write_bytes(portrait())
    world.go(seconds=50)
    assert world.deliveries() == [("acme", "", "open")]
    world.go(seconds=30)
    assert world.deliveries() == [("acme", "", "closed")]
    assert sorted(world.files().values()) == ["received", "unfinished"]


def test_a_slow_scan_makes_no_file_older(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is not taken before it was quiet for `settle`, however long another vendor's folder took to scan."""
    scan = world.ingester._inbox.view

    def slow(vendor: str, **more: Any) -> View:
        world.clock.time += 10 if vendor == "acme" else 0  # far more than `settle`
        return scan(vendor, **more)

    (world.inbox("other") / GOOD).write_bytes(portrait())
    monkeypatch.setattr(world.ingester._inbox, "view", slow)
    world.turn()
    world.turn()
    assert world.rows(tables.drops) == []
    world.go(seconds=4)
    assert world.files() == {GOOD: "received"}


def test_what_waits_is_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is looked at again and again is read anew only if anything about it changed, its times apart."""
    read: list[BinaryIO] = []

    def reading(stream: BinaryIO) -> Look:
        read.append(stream)
        return look_at(stream)

    monkeypatch.setattr(desk, "look_at", reading)
    half = world.inbox() / GOOD
    half.write_bytes(portrait()[:-500])
    world.go(seconds=40)
    assert len(read) == 1
    times = half.stat()
    with half.open("r+b") as file:
        file.seek(-2, os.SEEK_END)
        file.write(b"\xff\xd9")
    os.utime(half, ns=(times.st_atime_ns, times.st_mtime_ns))
    world.ingester._due(["acme"])  # as an event has it, sooner or later
    world.go(seconds=1)
    assert len(read) == 2
    assert world.files() == {GOOD: "received"}


def test_many_temporary_names_are_told_together(world: World) -> None:
    """Each is in the receipt of its delivery, once; told again under another size, none is left out."""
    for number in range(600):
        (world.inbox() / f"{number:06d}A001.jpg.part").touch()
    world.go(seconds=70, every=5)
    (world.inbox() / "000599A001.jpg.part").write_bytes(b"more")
    world.go(seconds=150, every=5)
    assert len(world.files()) == 600
    assert len(world.rows(tables.files)) == 601
    assert set(world.files().values()) == {"unfinished"}
    assert world.ingester.idle()


def test_what_is_on_no_record_is_told(world: World) -> None:
    """A taken file that the catalogue doesn't know, as after a restore, is neither lost nor passed over."""
    (world.root / ".taken").mkdir()
    (world.root / ".taken" / "0123").write_bytes(portrait())
    world.go(seconds=2)
    assert "1 files" in world.notices()[0]
    assert (world.root / ".taken" / "0123").exists()


@pytest.mark.parametrize("steps", range(4))
def test_killed_in_the_middle_of_an_archive(world: World, steps: int) -> None:
    """After any number of batches another process goes on: every entry is entered once, and the delivery closes."""
    with zipfile.ZipFile(world.inbox() / "a.zip", "w") as archive:
        for number in range(600):
            archive.writestr(f"{number:06d}A001.jpg", b"%d" % number)
    world.go(seconds=2)
    world.ingester.ring()
    world.ingester.step()
    for _ in range(steps):
        world.ingester.unpack()
    world.ingester.stop()
    world.ingester = world.started()
    world.go(seconds=5)
    assert len(world.rows(tables.files)) == 600
    assert [(row["state"], row["pending"]) for row in world.rows(tables.deliveries)] == [("closed", 600)]


def test_killed_between_taking_and_storing(world: World) -> None:
    """A file that was moved and not stored is stored; one that was recorded and not moved is dropped anew."""
    for name in (GOOD, "000001A001.jpg"):
        (world.inbox() / name).write_bytes(portrait())
    world.go(seconds=2)
    world.ingester._taker.store = list  # type: ignore[assignment, method-assign]  # killed here
    world.ingester.ring()
    world.ingester.step()
    moved, back = world.rows(tables.drops)
    assert moved["state"] == back["state"] == "recorded"
    (world.root / ".taken" / back["id"]).rename(world.inbox() / back["path"])
    world.ingester.stop()
    world.ingester = world.started()
    world.go(seconds=20)
    assert world.files() == {GOOD: "received", "000001A001.jpg": "received"}
    assert list((world.root / ".taken").iterdir()) == []
    assert len(world.rows(tables.drops)) == 2


def test_a_drop_in_hand_keeps_its_delivery_open(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was taken and is not stored yet belongs to its delivery: that one does not close without it."""
    (world.inbox() / GOOD).write_bytes(portrait())
    with monkeypatch.context() as patch:
        patch.setattr(world.ingester._taker, "store", list)  # it changes all the time
        world.go(seconds=20)
    assert not (world.inbox() / GOOD).exists()
    assert world.deliveries() == [("acme", "", "open")]
    world.go(seconds=20)
    assert world.files() == {GOOD: "received"}
    assert world.deliveries() == [("acme", "", "closed")]


@pytest.mark.parametrize("small", [0, SMALL])
def test_what_changes_while_it_is_copied_is_copied_again(
    world: World, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    """No file is entered that is half of one and half of another, in a pack or alone."""
    old, new = portrait(seed=1), portrait(seed=2)
    kept, file = taking._kept, (world.inbox() / GOOD).open("wb", buffering=0)

    def written_to(batch: Batch, stream: BinaryIO, *, alone: bool) -> Stored:
        stored = kept(batch, stream, alone=alone)
        if not file.closed:
            os.pwrite(file.fileno(), new, 0)
            file.close()
        return stored

    with file:
        file.write(old)
        monkeypatch.setattr(taking, "SMALL", small)
        monkeypatch.setattr(taking, "_kept", written_to)
        world.go(seconds=20)
    (row,) = world.rows(tables.files)
    assert row["sha256"] == sha256(new + old[len(new) :]).hexdigest()


def test_what_is_written_after_the_take_is_a_newer_drop(world: World) -> None:
    """A client that holds a taken file open and goes on writing: its last bytes come in as well, and as the newer."""
    with (world.inbox() / GOOD).open("wb", buffering=0) as file:
        file.write(portrait(seed=1))
        world.go(seconds=3)
        assert [row["state"] for row in world.rows(tables.files)] == ["received"]
        os.pwrite(file.fileno(), portrait(seed=2), 0)
        os.ftruncate(file.fileno(), len(portrait(seed=2)))
        world.go(seconds=20)
    rows = sorted(world.rows(tables.files), key=lambda row: int(row["arrival"]))
    assert [row["sha256"] for row in rows] == [sha256(portrait(seed=seed)).hexdigest() for seed in (1, 2)]
    assert list((world.root / ".taken").iterdir()) == []


def test_a_move_is_on_disk_before_the_catalogue_relies_on_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut brings no file back that was entered as taken, and none that was noted as removed."""
    seen: list[tuple[int, str, bool]] = []

    def noted(folders: Iterable[Path]) -> None:
        (drop,) = world.rows(tables.drops)
        seen.append((len(list((world.root / ".taken").iterdir())), drop["state"], drop["removed"]))
        sync_folders(folders)

    monkeypatch.setattr(inbox, "sync_folders", noted)
    (world.inbox() / GOOD).write_bytes(portrait())
    world.go(seconds=20)
    assert seen == [(1, "recorded", False), (0, "done", False)]


def test_indexes_that_are_too_much_are_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than so much of index files is not read; then none is, because the rest could name the wrong child."""
    monkeypatch.setattr(closing, "_INDEX_BYTES", 1000)
    with zipfile.ZipFile(world.inbox() / "a.zip", "w") as archive:
        archive.writestr("a/INDEX.TXT", "img1.jpg,000000A001\n")
        archive.writestr("b/INDEX.TXT", "img1.jpg,000001A001\n" * 100)
        archive.writestr("a/img1.jpg", portrait(seed=1))
        archive.writestr("b/img1.jpg", portrait(seed=2))
    world.go(seconds=5)
    found = {row["path"]: row["student_code"] for row in world.rows(tables.files)}
    assert found["a.zip!a/img1.jpg"] is found["a.zip!b/img1.jpg"] is None
    assert world.deliveries() == [("acme", "a.zip", "closed")]


def test_an_index_whose_bytes_are_lost_holds_up_nobody(world: World) -> None:
    """Its photos are judged by the names they have."""
    with zipfile.ZipFile(world.inbox() / "a.zip", "w") as archive:
        archive.writestr("INDEX.TXT", "img1.jpg,000000A001\n")
        archive.writestr("img1.jpg", portrait())
    world.go(seconds=2)
    world.ingester.ring()
    world.ingester.step()
    for _ in range(2):  # inspected, then entered, but not yet closed
        world.ingester.unpack()
    index = next(row for row in world.rows(tables.files) if row["state"] == "index")
    holder = Part.parse(index["place"]).holder
    (world.root.parent / "blobs" / holder[:2] / holder[2:]).unlink()
    world.go(seconds=3)
    assert world.deliveries() == [("acme", "a.zip", "closed")]
