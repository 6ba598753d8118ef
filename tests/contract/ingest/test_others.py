"""One vendor's trouble is not another's: whatever one inbox holds, the other's photos get in."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.reach import Reach
from pictureday.catalogue import tables, vendors
from pictureday.errors import Outage
from tests.contract.ingest.world import World
from tests.photos import portrait

NOBODY = 65_534
GOOD = "000000A001.jpg"


@contextmanager
def as_nobody() -> Iterator[None]:
    """Act as a user without rights, who owns what it made and nothing else."""
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def top(tmp_path: Path) -> Iterator[Path]:
    """A folder that anybody can reach, for a world that is not root's."""
    World(tmp_path).close()  # loads what only root may read, where Python lies in its home
    # pytest shuts its own folders, also while another test runs.
    with tempfile.TemporaryDirectory(prefix="pictureday-others-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_a_folder_we_may_not_take_from(top: Path) -> None:
    """Files that can't be moved stay, their vendor is told to ops, and the same vendor's other files get in too."""
    with as_nobody():
        world = World(top)
        (world.inbox() / "a").mkdir()
        for path in (world.inbox() / "a" / GOOD, world.inbox() / "b.jpg", world.inbox("other") / GOOD):
            path.write_bytes(portrait())
    os.chown(world.inbox() / "a", 0, 0)
    with as_nobody():
        world.go(seconds=40)
        assert sorted(world.files()) == [GOOD, "b.jpg"]
        assert not world.ingester.idle()
        (notice,) = world.notices()
        assert "vendor acme can't be used: permission denied" in notice
    os.chown(world.inbox() / "a", NOBODY, NOBODY)
    with as_nobody():
        world.go(seconds=40)
        assert sorted(world.files()) == [GOOD, f"a/{GOOD}", "b.jpg"]
        world.close()


def test_a_file_we_may_not_read(top: Path) -> None:
    """It is left in its vendor's reach and told as unfinished; when it can be read, it is taken."""
    with as_nobody():
        world = World(top)
        for vendor in ("acme", "other"):
            (world.inbox(vendor) / GOOD).write_bytes(portrait())
    shut = world.inbox() / GOOD
    shut.chmod(0o600)
    os.chown(shut, 0, 0)
    with as_nobody():
        world.go(seconds=80)
        assert [(row["vendor"], row["state"]) for row in world.rows(tables.files)] == [
            ("other", "received"),
            ("acme", "unfinished"),
        ]
        assert world.ingester.idle()
        assert "can't be read" in world.notices()[0]
    shut.chmod(0o644)
    with as_nobody():
        world.go(seconds=40)
        assert sorted(row["state"] for row in world.rows(tables.files)) == ["received", "received", "unfinished"]
        world.close()


def test_a_folder_that_a_killed_process_has_moved(world: World) -> None:
    """A folder swapped in at the very moment of taking goes back at the next start, and its photos get in."""
    for vendor in ("acme", "other"):
        (world.inbox(vendor) / GOOD).write_bytes(portrait())
    world.go(seconds=2)
    world.turn()
    recorded = world.rows(tables.drops)
    assert [row["state"] for row in recorded] == ["done", "done"]
    with world.catalogue.write() as tx:
        tx.execute(tables.files.delete())
        tx.execute(tables.drops.update().values(state="recorded"))
        tx.execute(tables.deliveries.update().values(pending=0))
    taken = world.root / ".taken" / recorded[0]["id"]
    taken.unlink()
    (taken / "inside").mkdir(parents=True)
    (taken / "inside" / "000001A001.jpg").write_bytes(portrait(seed=1))
    world.go(seconds=30)
    assert world.files() == {f"{GOOD}/inside/000001A001.jpg": "received", GOOD: "received"}
    assert list((world.root / ".taken").iterdir()) == []
    assert {state for _, _, state in world.deliveries()} == {"closed"}


def test_a_swapped_folder_keeps_its_files(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that has taken a file's name by the time of taking is looked into like any other."""
    seen = Reach.take

    def swapped(reach: Reach, path: str, taken: int, drop_id: str) -> os.stat_result | None:
        monkeypatch.undo()
        (world.inbox() / GOOD).unlink()
        (world.inbox() / GOOD).mkdir()
        (world.inbox() / GOOD / "000001A001.jpg").write_bytes(portrait())
        return seen(reach, path, taken, drop_id)

    (world.inbox() / GOOD).write_bytes(portrait())
    monkeypatch.setattr(Reach, "take", swapped)
    world.go(seconds=30)
    assert world.files() == {f"{GOOD}/000001A001.jpg": "received"}


def test_an_archive_whose_bytes_are_lost(world: World) -> None:
    """It is tried again and again, after all the others, which get in; mended, it gets in too."""
    for number, vendor in enumerate(("acme", "acme", "other")):
        with zipfile.ZipFile(world.inbox(vendor) / f"{number}.zip", "w") as archive:
            archive.writestr(f"00000{number}A001.jpg", portrait(seed=number))
    world.go(seconds=2)
    world.ingester.ring()
    world.ingester.step()
    (lost,) = [row for row in world.rows(tables.drops) if row["path"] == "0.zip"]
    blob = world.root.parent / "blobs" / lost["sha256"][:2] / lost["sha256"][2:]
    blob.rename(blob.with_name("away"))
    failures = 0
    for _ in range(20):
        try:
            world.ingester.unpack()
        except Exception as error:  # noqa: BLE001 - as the loop around it does
            failures += "missing" in str(error)
    assert failures >= 2
    assert sorted(world.files()) == ["1.zip!000001A001.jpg", "2.zip!000002A001.jpg"]
    blob.with_name("away").rename(blob)
    world.go(seconds=3)
    assert len(world.files()) == 3


def test_many_archives_are_not_all_open_at_once(world: World) -> None:
    """A vendor may send a zip for each student: one of each vendor is open at a time, and vendors take turns."""
    for number in range(30):
        vendor = "other" if number == 29 else "acme"
        with zipfile.ZipFile(world.inbox(vendor) / f"{number:02d}.zip", "w") as archive:
            archive.writestr(f"0000{number:02d}A001.jpg", b"x")
    world.go(seconds=2)
    world.ingester.ring()
    world.ingester.step()
    before = open_files()
    for _ in range(8):
        world.ingester.unpack()
        assert open_files() <= before + 2
    assert "29.zip!000029A001.jpg" in world.files()
    world.turn()
    assert len(world.files()) == 30


def open_files() -> int:
    """How many files this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_strange_folders_cost_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that are no active vendor's, of whatever name, are left untouched, told once, and cost nothing."""
    (world.root / os.fsdecode(b"\xff\x1b[31m") / "inbox").mkdir(parents=True)
    (world.root / "nobody" / "inbox").mkdir(parents=True)
    (world.root / "nobody" / "inbox" / GOOD).write_bytes(portrait())
    world.go(seconds=10)
    assert len(world.notices()) == 2
    assert "\x1b" not in "".join(world.notices())
    assert (world.root / "nobody" / "inbox" / GOOD).exists()
    waits: list[float] = []

    def wait(seconds: float) -> set[str]:
        waits.append(seconds)
        return set()

    monkeypatch.setattr(world.ingester._watch, "wait", wait)
    world.ingester.step()
    assert waits[0] > 1


def test_a_vendor_that_is_suspended_gets_its_receipt(world: World) -> None:
    """What was taken before is closed and told; what lies there now is left untouched."""
    (world.inbox() / GOOD).write_bytes(portrait())
    world.go(seconds=4)
    with world.catalogue.write() as tx:
        vendors.suspend(tx, "acme", who="test")
    (world.inbox() / "000001A001.jpg").write_bytes(portrait())
    world.go(seconds=60)
    assert world.deliveries() == [("acme", "", "closed")]
    assert (world.inbox() / "000001A001.jpg").exists()
    assert world.ingester.idle()


def test_a_second_ingester_keeps_out(world: World) -> None:
    """It waits, and unpacks nothing either, until the first one ends."""
    with zipfile.ZipFile(world.inbox() / "a.zip", "w") as archive:
        archive.writestr(GOOD, portrait())
    world.go(seconds=2)
    world.ingester.ring()
    world.ingester.step()
    second = world.started()
    with pytest.raises(Outage, match="Another ingester"):
        second.step()
    second.unpack()
    assert world.files() == {}
    second.stop()


def test_a_folder_nested_without_end_is_told_once(world: World) -> None:
    """Vendor and ops are told; what lies beside it, and the other vendor's files, come in all the same."""
    world.inbox().joinpath(*("d" * 200)).mkdir(parents=True)
    (world.inbox() / GOOD).write_bytes(portrait())
    (world.inbox("other") / "000001A001.jpg").write_bytes(portrait())
    world.go(seconds=50)
    assert list(world.files()) == [GOOD, "000001A001.jpg"]
    assert "deep" in world.notices()[0]
    refused = [row for row in world.rows(tables.deliveries) if row["state"] == "refused"]
    assert [(row["name"], row["findings"][0]["code"]) for row in refused] == [("d", "too_deep")]
    assert world.ingester.idle()


def test_a_vendor_that_makes_the_watcher_deaf(world: World) -> None:
    """What no event has told of is found by the rescan, and the watcher begins anew: then events come again."""
    (world.inbox() / GOOD).write_bytes(portrait())
    world.go(seconds=20)
    watch = world.ingester._watch
    watch._observer.unschedule_all()  # as after an overflow while folders are swapped
    (world.inbox("other") / "000001A001.jpg").write_bytes(portrait())
    world.go(seconds=40)
    assert "000001A001.jpg" in world.files()
    watch.ring()
    watch.wait(10)  # what it has heard so far
    (world.inbox("other") / "000002A001.jpg").write_bytes(portrait())
    assert watch.wait(10) == {"other"}
