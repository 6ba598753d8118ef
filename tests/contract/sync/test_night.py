"""One night: from accepted photos to rows of the store, and what it leaves in the catalogue."""

from __future__ import annotations

import email
from collections.abc import Mapping
from datetime import timedelta
from email import policy
from typing import Any

import pytest
from sqlalchemy import update

import sync.tables
from pictureday.catalogue import tables
from pictureday.messages import FileState, Queue
from sync import SyncRunning, Tally
from tests.contract.sync.world import World

ONE, TWO, THREE = "000001A000", "000002A000", "000003A000"


def letters(world: World) -> list[str]:
    """The text of every mail that is on its way, with its subject."""
    mails = [email.message_from_bytes(row["body"], policy=policy.default) for row in world.rows(tables.mails)]
    return [f"{mail['Subject']}\n{mail.get_content()}" for mail in mails]


def feed(world: World, queue: Queue = Queue.SYNC) -> list[str]:
    """The messages that wait in `queue`."""
    return [row["body"] for row in world.rows(tables.messages) if row["queue"] == queue]


def test_accepted_photos_are_in_the_store_after_the_night(world: World) -> None:
    """Every accepted photo is stored byte for byte, with what the schools need, and is then called applied."""
    ids = [world.accept(f"00000{n}A000", f"photo {n}".encode()) for n in range(8)]
    tally = world.night().run("schedule")
    assert tally == Tally(applied=8)
    assert set(world.states().values()) == {FileState.APPLIED}
    assert [(row["photo_id"], row["photo"]) for row in world.rows(sync.tables.photos)] == [
        (ids[n], f"photo {n}".encode()) for n in range(8)
    ]
    assert {row["school_code"] for row in world.rows(sync.tables.photos)} == {"N"}
    assert feed(world) == []


def test_second_night_writes_nothing(world: World) -> None:
    """A second run writes 0 rows: not in the store, not in its ledger, not in the photos' states."""
    for code in (ONE, TWO):
        world.accept(code)
    world.night().run("now")
    before = [world.rows(table) for table in (*sync.tables.metadata.sorted_tables, tables.files, tables.mails)]
    assert world.night().run("now") == Tally()
    assert [world.rows(table) for table in (*sync.tables.metadata.sorted_tables, tables.files, tables.mails)] == before


def test_replaced_photo_goes_into_the_history(world: World) -> None:
    """The newer photo is in force, the earlier one is kept with the moment it was replaced."""
    first = world.accept(ONE, b"first")
    world.night().run("now")
    second = world.accept(ONE, b"second")
    assert world.night().run("now") == Tally(applied=1, replaced=1)
    assert world.in_store() == {ONE: second}
    assert [(row["photo_id"], row["photo"]) for row in world.rows(sync.tables.history)] == [(first, b"first")]
    assert world.states() == {first: FileState.REPLACED, second: FileState.APPLIED}


def test_older_photo_is_superseded(world: World) -> None:
    """Of two accepted photos of a student only the newer one reaches the store; its delivery is told again."""
    older, newer = world.accept(ONE), world.accept(ONE)
    assert world.night().run("now") == Tally(applied=1, superseded=1)
    assert world.states() == {older: FileState.SUPERSEDED, newer: FileState.APPLIED}
    assert len(feed(world, Queue.VERDICTS)) == 1


def test_older_photo_that_is_released_late_changes_nothing(world: World) -> None:
    """A photo that arrived earlier but was released after a newer one was applied never takes its place."""
    older = world.accept(ONE)
    world.move(older, FileState.QUARANTINED)
    newer = world.accept(ONE)
    world.night().run("now")
    world.move(older, FileState.ACCEPTED)
    assert world.night().run("now") == Tally(superseded=1)
    assert world.in_store() == {ONE: newer}


def test_flag_that_came_after_the_verdict_holds_the_photo(world: World) -> None:
    """The roster is asked again: who must not be photographed by now, or has left, does not reach the store."""
    flagged, left = world.accept(ONE), world.accept(TWO)
    world.flag(ONE, do_not_photograph=True)
    world.flag(TWO, enrolled=False)
    assert world.night().run("now") == Tally(held=2)
    assert world.in_store() == {}
    why = {row["id"]: row["findings"][0]["code"] for row in world.rows(tables.files)}
    assert why == {flagged: "do_not_photograph", left: "unknown_student"}
    assert len(feed(world, Queue.VERDICTS)) == 1
    assert [row["action"] for row in world.rows(tables.audit)] == ["held", "held"]


def test_school_and_release_flag_are_those_of_tonight(world: World) -> None:
    """A student who changed school, or whose parents opted out of releases, is stored so."""
    world.accept(ONE)
    world.flag(ONE, school_code="S", no_release=True)
    world.night().run("now")
    (row,) = world.rows(sync.tables.photos)
    assert (row["school_code"], row["no_release"]) == ("S", True)


def test_photo_accepted_during_the_night_waits(world: World) -> None:
    """The mark is set when the night starts: what is accepted later is counted as waiting, and keeps its message."""
    world.accept(ONE)
    later = []
    night = world.night(progress=lambda _done, _total: later.append(world.accept(TWO)))
    assert night.run("now") == Tally(applied=1, waiting=1)
    assert world.states()[later[0]] == FileState.ACCEPTED
    assert len(feed(world)) == 1


def test_photo_that_is_doubted_in_the_middle_of_its_batch_stays_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch is read before its transaction: what is no longer accepted when that begins is not handed over."""
    photo, read_all = world.accept(ONE), world.blobs.read_all

    def meanwhile(wanted: Mapping[str, str]) -> dict[str, Any]:
        world.move(photo, FileState.QUARANTINED)  # as when its delivery turns out to have another one of the student
        return dict(read_all(wanted))

    monkeypatch.setattr(world.blobs, "read_all", meanwhile)
    assert world.night().run("now") == Tally()
    assert world.in_store() == {}
    assert world.states() == {photo: FileState.QUARANTINED}


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_bad_blob_costs_one_photo(world: World, harm: str) -> None:
    """A blob that is missing or damaged fails its own photo, which stays accepted; all others are applied."""
    bad, good = world.accept(ONE, b"bad"), world.accept(TWO)
    with world.catalogue.read() as tx:
        sha256 = tx.execute(tables.files.select().where(tables.files.c.id == bad)).mappings().one()["rendition"]
    path = world.blob_folder / sha256[:2] / sha256[2:]
    path.unlink() if harm == "missing" else path.write_bytes(b"rot")
    assert world.night().run("now") == Tally(applied=1, failed=1)
    assert world.states() == {bad: FileState.ACCEPTED, good: FileState.APPLIED}
    assert "1 failed" in letters(world)[0]


def test_photo_that_the_store_refuses_costs_one_photo(world: World) -> None:
    """A row that the store will not take fails alone; the rest of its batch gets in."""
    bad, good, fine = world.accept(ONE), world.accept(TWO), world.accept(THREE)
    with world.catalogue.write() as tx:
        tx.execute(update(tables.files).where(tables.files.c.id == bad).values(width=None))
    assert world.night().run("now") == Tally(applied=2, failed=1)
    assert world.states() == {bad: FileState.ACCEPTED, good: FileState.APPLIED, fine: FileState.APPLIED}


def test_very_same_bytes_again_are_one_more_version_only_if_accepted(world: World) -> None:
    """A re-drop that the verdict called unchanged never reaches the night; the store keeps its one row."""
    first = world.accept(ONE, b"same")
    world.night().run("now")
    again = world.accept(ONE, b"same")
    world.move(again, FileState.UNCHANGED)
    assert world.night().run("now") == Tally()
    assert world.in_store() == {ONE: first}
    assert feed(world) == []


def test_two_syncs_never_run_at_once(world: World) -> None:
    """While one night is held, another one is turned away with who and since when."""
    world.accept(ONE)

    def second(_done: int, _total: int) -> None:
        with pytest.raises(SyncRunning, match="is running since 2026-10-05 12:00 PDT"):
            world.night().run("now")

    assert world.night(progress=second).run("now") == Tally(applied=1)


def test_night_that_was_taken_over_writes_no_more(world: World) -> None:
    """A sync that stood still for longer than its lease finds out before its next batch, and stops."""
    for n in range(5):
        world.accept(f"00000{n}A000")
    other = []

    def freeze(_done: int, _total: int) -> None:
        world.clock.time += timedelta(minutes=1)
        other.append(world.night().run("now"))

    with pytest.raises(SyncRunning, match="took over"):
        world.night(progress=freeze).run("now")
    assert other == [Tally(applied=5)]
    assert len(world.rows(sync.tables.ledger)) == 5
    assert len(world.rows(tables.nights)) == 1


def test_letter_has_counts_and_nothing_about_students(world: World) -> None:
    """The operators get one letter a night: counts, advice, and neither codes nor names of files."""
    world.accept(ONE)
    world.accept(TWO)
    world.flag(TWO, do_not_photograph=True)
    world.night().run("schedule")
    (letter,) = letters(world)
    assert letter.startswith("Picture Day sync: 1 applied, 1 held\n")
    assert ONE not in letter
    assert TWO not in letter
    assert world.rows(tables.mails)[0]["recipients"] == ["ops@district.example"]


def test_plan_says_what_a_night_would_do_and_writes_nothing(world: World) -> None:
    """`sync --plan` has the counts of the night that follows it, and leaves everything as it was."""
    world.accept(ONE)
    world.night().run("now")
    for code in (ONE, TWO, THREE, "000004A000", "000004A000"):
        world.accept(code)
    world.flag(TWO, do_not_photograph=True)
    before = [world.rows(table) for table in (tables.files, tables.nights, tables.messages)]
    plan = world.night().plan_only()
    assert [world.rows(table) for table in (tables.files, tables.nights, tables.messages)] == before
    assert plan == Tally(applied=3, replaced=1, held=1, superseded=1) == world.night().run("now")
