"""Per-vendor quotas: over one nothing is lost, nothing is silent, and nobody else notices."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from pictureday.catalogue import files, tables
from tests.contract.ingest.world import World
from tests.figures import Figure, Figures, Scale
from tests.flow.district import District, code_of, eventually
from tests.photos import portrait

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    """Two vendors' inboxes and an ingester, with other quotas."""
    made: list[World] = []

    def make(**quotas: int) -> World:
        made.append(World(tmp_path, **quotas))
        return made[-1]

    yield make
    for world in made:
        world.close()


def drop(world: World, *numbers: int, vendor: str = "acme") -> None:
    """Loose photos."""
    for number in numbers:
        (world.inbox(vendor) / f"{code_of(number)}.jpg").write_bytes(portrait(seed=number % 5))


def zipped(*numbers: int) -> bytes:
    """A zip of photos."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in numbers:
            archive.writestr(f"{code_of(number)}.jpg", portrait(seed=number % 5))
    return out.getvalue()


def refusals(world: World) -> list[dict[str, Any]]:
    """What vendors were told of what is not taken."""
    return [row["findings"][0] for row in world.rows(tables.deliveries) if row["state"] == "refused"]


def a_day_later(world: World) -> None:
    """All that was brought in, and told, is a day older."""
    day = timedelta(hours=26)
    with world.catalogue.write() as tx:
        for column in (tables.intakes.c.hour, tables.deliveries.c.opened_at):
            for row in world.rows(column.table):
                same = [key == row[key.name] for key in column.table.primary_key]
                tx.execute(update(column.table).where(*same).values({column.name: row[column.name] - day}))
    world.ingester.stop()
    world.ingester = world.started()


def test_files_past_the_quota_stay_and_are_told_once(make_world: MakeWorld) -> None:
    """Three of five come in; one receipt names the quota and when there is room; the next day the rest comes in."""
    world = make_world(vendor_files=3)
    drop(world, *range(5))
    drop(world, 9, vendor="other")
    world.go(seconds=200)
    assert len(world.files()) == 4
    assert len(list(world.inbox().iterdir())) == 2
    (told,) = refusals(world)
    assert told["code"] == "over_quota"
    assert (told["facts"]["most"], told["facts"]["what"], told["facts"]["setting"]) == (3, "files", "vendor_files")
    assert [text for text in world.notices() if "quota of 3 files" in text] == world.notices()
    assert ("acme", "", "closed") in world.deliveries()
    assert world.ingester.idle()
    a_day_later(world)
    world.go(seconds=60)
    assert len(world.files()) == 6
    assert list(world.inbox().iterdir()) == []
    assert len(refusals(world)) == 1


def test_a_restart_tells_nobody_again(make_world: MakeWorld) -> None:
    """What was told is on record; a day later, still or again over the quota, it is told again."""
    world = make_world(vendor_files=2)
    drop(world, *range(6))
    world.go(seconds=60)
    world.ingester.stop()
    world.ingester = world.started()
    world.go(seconds=60)
    assert len(refusals(world)) == 1
    a_day_later(world)
    world.go(seconds=60)
    assert (len(world.files()), len(refusals(world))) == (4, 2)


def test_bytes_past_the_quota_stay_and_smaller_ones_pass(make_world: MakeWorld) -> None:
    """A zip for which there is no room today holds up no photo behind it."""
    archive = zipped(1, 2, 3, 4)
    world = make_world(vendor_bytes=len(archive) + 1)
    drop(world, 0)
    world.go(seconds=20)
    (world.inbox() / "a.zip").write_bytes(archive)
    drop(world, 5)
    world.go(seconds=60)
    assert sorted(world.files()) == [f"{code_of(0)}.jpg", f"{code_of(5)}.jpg"]
    (told,) = refusals(world)
    assert (told["code"], told["facts"]["what"], told["facts"]["most"]) == ("over_quota", "bytes", len(archive) + 1)
    a_day_later(world)
    world.go(seconds=60)
    assert len(world.files()) == 6


def test_a_zip_counts_as_the_photos_in_it(make_world: MakeWorld) -> None:
    """A quota of six files: a zip of four photos is five, and a second one waits."""
    world = make_world(vendor_files=6)
    (world.inbox() / "a.zip").write_bytes(zipped(0, 1, 2, 3))
    (world.inbox() / "b.zip").write_bytes(zipped(4, 5))
    world.go(seconds=60)
    assert [name for _, name, state in world.deliveries() if state == "closed"] == ["a.zip"]
    assert (world.inbox() / "b.zip").exists()
    assert [told["code"] for told in refusals(world)] == ["over_quota"]


@pytest.mark.parametrize(("quota", "what"), [({"vendor_bytes": 50_000}, "bytes"), ({"vendor_files": 4}, "files")])
def test_what_is_larger_than_the_whole_quota_is_told_and_stays(
    make_world: MakeWorld, quota: dict[str, int], what: str
) -> None:
    """It would wait for ever: one receipt says so, over a restart too, and other files come in."""
    world = make_world(**quota)
    (world.inbox() / "a.zip").write_bytes(zipped(1, 2, 3, 4))
    drop(world, 0)
    for _ in range(2):
        world.go(seconds=60)
        world.ingester.stop()
        world.ingester = world.started()
    world.go(seconds=10)
    assert list(world.files()) == [f"{code_of(0)}.jpg"]
    (told,) = refusals(world)
    assert (told["code"], told["facts"]["file"], told["facts"]["what"]) == ("larger_than_quota", "a.zip", what)
    assert (world.inbox() / "a.zip").exists()
    assert world.ingester.idle()


def test_photos_without_a_verdict_are_back_pressure(make_world: MakeWorld) -> None:
    """Past so many no more are taken or unpacked, and nobody is told; judged, the next ones come in."""
    world = make_world(vendor_pending=10)
    (world.inbox() / "a.zip").write_bytes(zipped(*range(20)))
    drop(world, *range(20, 40))
    drop(world, 99, vendor="other")
    world.go(seconds=60)
    assert [row["path"] for row in world.rows(tables.files) if row["vendor"] == "other"] == [f"{code_of(99)}.jpg"]
    assert 10 <= len(world.files()) < 40
    for _ in range(6):
        world.go(seconds=30)
        judge(world)
    assert sorted(world.files()) == sorted(
        [f"a.zip!{code_of(n)}.jpg" for n in range(20)] + [f"{code_of(n)}.jpg" for n in (*range(20, 40), 99)]
    )
    assert (refusals(world), world.notices()) == ([], [])


def test_an_index_that_comes_last_is_never_waited_for(make_world: MakeWorld) -> None:
    """Photos that wait for their delivery's close don't count as pending: it could never close."""
    world = make_world(vendor_pending=3)
    for number in range(8):
        (world.inbox() / f"img{number}.jpg").write_bytes(portrait(seed=number % 5))
    world.go(seconds=60)
    assert world.deliveries() == [("acme", "", "closed")]
    assert len(world.files()) == 8


def test_a_file_of_a_size_that_no_photo_has_is_judged_and_not_kept(make_world: MakeWorld) -> None:
    """A huge photo, a huge zip and huge junk have their verdicts on record, and not a byte of them is copied."""
    world = make_world(file_bytes=100_000, archive_bytes=100_000, archive_entries=10, vendor_bytes=60_000)
    for name, size in (("000000A001.jpg", 100_001), ("b.zip", 176_001), ("Thumbs.db", 200_000)):
        (world.inbox() / name).write_bytes(b"\x01" * size)
    world.go(seconds=200)
    assert world.files() == {"000000A001.jpg": "quarantined", "b.zip": "refused", "Thumbs.db": "ignored"}
    found = {row["path"]: [one["code"] for one in row["findings"]] for row in world.rows(tables.files)}
    assert found == {"000000A001.jpg": ["too_big"], "b.zip": ["archive_too_big"], "Thumbs.db": []}
    assert ("acme", "b.zip", "refused") in world.deliveries()
    kept = [path.stat().st_size for path in (world.root.parent / "blobs").rglob("*") if path.is_file()]
    assert sum(kept) == 0
    assert list(world.inbox().iterdir()) == []


def test_until_idle_ends_and_the_receipt_says_it_all(tmp_path: Path) -> None:
    """The real program: what waits for room does not keep it running, and the vendor can read why it waits."""
    district = District(tmp_path, more="ingest.vendor_files = 4")
    for number in range(6):
        (district.inbox() / f"{code_of(number)}.jpg").write_bytes(portrait(seed=number))
    (district.inbox("other") / f"{code_of(7)}.jpg").write_bytes(portrait(seed=7))
    district.run_until_idle()
    assert district.states() == {"accepted": 5}
    (told,) = [receipt for receipt in district.receipts() if receipt["state"] == "refused"]
    (reason,) = told["reasons"]
    assert reason["message"].startswith("4 files came in within 24 hours, and at most 4 may;")
    assert "taken by themselves from" in reason["fix"]
    assert "vendor_files" in reason["fix"]
    assert any("quota of 4 files" in json.dumps(mail.as_string()) for mail in district.mails())
    district.run_until_idle()
    assert district.states() == {"accepted": 5}
    district.close()


def test_until_idle_ends_where_nobody_gives_verdicts(tmp_path: Path) -> None:
    """The ingest stage alone ends when no more photos without a verdict may come in; with the others, all goes on."""
    district = District(tmp_path, more="ingest.vendor_pending = 4")
    (district.inbox() / "a.zip").write_bytes(zipped(*range(20)))
    for number in range(20, 30):
        (district.inbox() / f"{code_of(number)}.jpg").write_bytes(portrait(seed=number % 5))
    district.run_until_idle("--stage", "ingest")
    assert 4 <= district.states()["received"] < 30
    district.run_until_idle()
    assert district.states() == {"accepted": 30}
    district.close()


def judge(world: World) -> None:
    """All photos get some verdict."""
    with world.catalogue.write() as tx:
        due = [row["id"] for row in world.rows(tables.files) if row["state"] == "received"]
        files.change(tx, [{"id": one, "state": "accepted"} for one in due])
        tx.execute(update(tables.deliveries).values(pending=0))


@pytest.mark.timeout(900)
def test_a_vendor_that_writes_empty_files_without_end(tmp_path: Path, scale: Scale, figures: Figures) -> None:
    """Another vendor's photo is told meanwhile; what the quota admits has one state each, and the rest stays."""
    many, most = scale(6_000, 1_000_000), scale(2_000, 30_000)
    district = District(tmp_path, timings={"grace": 1.0}, more=f"ingest.vendor_files = {most}")
    for number in range(many):
        os.close(os.open(district.inbox() / f"{number:06d}Z001.jpg", os.O_CREAT | os.O_WRONLY))
    process = district.start("run")
    eventually(lambda: '"started"' in district.logs(), "the pipeline runs")
    (district.inbox("other") / f"{code_of(1)}.jpg").write_bytes(portrait(seed=1))
    eventually(lambda: bool(district.receipts("other")), "the other vendor's photo is told")
    eventually(lambda: len(told_files(district)) == most, "all that came in is told", seconds=600)
    memory = int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[0]) / 1024
    states = Counter(row["path"] for row in district.files() if row["vendor"] == "acme")
    left = len(list(district.inbox().iterdir()))
    lost, twice = many - left - len(states), sum(states.values()) - len(states)
    figures(Figure(what="empty files of one vendor", times=1, files=many, lost=lost, twice=twice))
    assert (lost, twice, len(states)) == (0, 0, most)
    assert [one["reasons"][0]["code"] for one in district.receipts() if one["reasons"]] == ["over_quota"]
    assert memory < 512
    assert district.stop(process) == 0
    district.close()


def told_files(district: District) -> list[str]:
    """The paths in all receipts of the vendor."""
    return [file["path"] for receipt in district.receipts() for file in receipt["files"]]


def test_receipts_about_what_is_not_taken_have_an_end(make_world: MakeWorld) -> None:
    """A vendor can't have one written for each of its thousand zips that never fit; ops know of the rest."""
    world = make_world(vendor_files=1)
    archive = zipped(0, 1)
    for number in range(110):
        (world.inbox() / f"{number}.zip").write_bytes(archive)
    world.go(seconds=20)
    assert len(refusals(world)) == 100
    assert [text for text in world.notices() if "has more of these" in text]
