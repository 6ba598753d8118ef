"""A night that is cut short, wherever that is, costs nothing but time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import sync.tables
from pictureday.catalogue import tables
from pictureday.errors import Outage
from pictureday.messages import FileState, Queue
from sync import MisisStore, Tally
from sync.store import Outcome, Photo
from tests.contract.sync.world import World
from tests.servers import PostgresServer

CODES = [f"00000{n}A000" for n in range(7)]
ONE = CODES[1]


class Killed(BaseException):
    """The process is gone: nothing that comes after it in the code is done."""


class DyingStore(MisisStore):
    """The real store, in a process that is killed as soon as the `left`-th batch is committed."""

    left = 1

    def apply(self, batch: Sequence[Photo], *, night_id: int, at: datetime) -> dict[int, Outcome]:
        """Commit the batch, and be gone."""
        outcomes = super().apply(batch, night_id=night_id, at=at)
        self.left -= 1
        if not self.left:
            raise Killed
        return outcomes


def killed(world: World, *, after: int = 1) -> None:
    """Hold a night whose process is killed between the store's commit and the catalogue's."""
    store = DyingStore.open(world.store_url)
    store.left = after
    with pytest.raises(Killed):
        world.night(store).run("schedule")
    store.close()


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_kill_between_the_two_commits_is_repaired(world: World, batch: int) -> None:
    """The next run catches the catalogue up from the ledger, does the rest, and a third run writes nothing."""
    for code in CODES:
        world.accept(code)
    killed(world, after=batch)
    at_once = min(3, 7 - 3 * (batch - 1))
    assert list(world.states().values()).count(FileState.ACCEPTED) == 7 - 3 * (batch - 1)
    assert world.night().run("schedule") == Tally(applied=7 - at_once, already=at_once)
    before = [world.rows(table) for table in (*sync.tables.metadata.sorted_tables, tables.files)]
    assert (len(before[0]), set(world.states().values())) == (len(before[0]), {FileState.APPLIED})
    assert world.night().run("schedule") == Tally()
    assert [world.rows(table) for table in (*sync.tables.metadata.sorted_tables, tables.files)] == before


def test_night_that_was_cut_short_is_one_night_with_one_letter(world: World) -> None:
    """Begun again under its number: one row, counts that add up over both parts, one letter."""
    for code in CODES:
        world.accept(code)
    killed(world, after=2)
    world.night().run("schedule")
    (night,) = world.rows(tables.nights)
    assert (night["counts"]["applied"], night["counts"]["already"]) == (4, 3)
    assert len(world.rows(tables.mails)) == 1


def test_photo_superseded_after_the_kill_was_applied_all_the_same(world: World) -> None:
    """The store has it, so the catalogue says so; the newer one then takes its place, and the vendor is told."""
    older = world.accept(ONE)
    killed(world)
    newer = world.accept(ONE)
    world.move(older, FileState.SUPERSEDED)
    assert world.night().run("now") == Tally(applied=1, replaced=1, already=1)
    assert world.states() == {older: FileState.REPLACED, newer: FileState.APPLIED}
    assert [row["photo_id"] for row in world.rows(sync.tables.history)] == [older]
    assert [row["queue"] for row in world.rows(tables.messages)] == [Queue.VERDICTS]


def test_photo_flagged_after_the_kill_is_told_as_applied(world: World) -> None:
    """What is in the store is never called held, even if the flag came before the catalogue knew."""
    photo = world.accept(ONE)
    killed(world)
    world.flag(ONE, do_not_photograph=True)
    assert world.night().run("now") == Tally(already=1)
    assert world.states() == {photo: FileState.APPLIED}


def test_another_store_is_filled_from_what_is_accepted(world: World, tmp_path: Path) -> None:
    """A ledger that is behind what the catalogue saw of it is read from its start again."""
    for code in CODES:
        world.accept(code)
    world.night().run("now")
    world.store.close()
    world.store = MisisStore.open(f"sqlite:///{tmp_path}/other.db")
    world.store_url = f"sqlite:///{tmp_path}/other.db"
    older = world.accept(ONE)
    killed(world)
    world.move(older, FileState.SUPERSEDED)
    assert world.night().run("now") == Tally(already=1)
    assert world.states()[older] == FileState.APPLIED


def test_stored_bytes_that_changed_are_not_called_applied(world: World) -> None:
    """The hash that is read back is of the bytes: a photo that was not stored as sent fails, and stays accepted."""

    class RottenStore(MisisStore):
        def apply(self, batch: Sequence[Photo], *, night_id: int, at: datetime) -> dict[int, Outcome]:
            outcomes = super().apply(batch, night_id=night_id, at=at)
            with self._writing() as tx:
                tx.execute(sync.tables.photos.update().values(photo=b"rot"))
            return outcomes

    photo, store = world.accept(ONE), RottenStore.open(world.store_url)
    assert world.night(store).run("schedule") == Tally(failed=1)
    store.close()
    assert world.states() == {photo: FileState.ACCEPTED}
    assert world.night().run("schedule") == Tally(failed=1)


def test_dead_sync_is_waited_for(world: World) -> None:
    """A process that was killed leaves its lease; whoever is patient takes over when that runs out."""
    world.accept(ONE)
    world.night()._try_begin("now")
    world.clock.time += timedelta(seconds=5.9)
    clock = world.clock.monotonic

    def ticking() -> float:
        world.clock.time += timedelta(seconds=0.1)
        return clock()

    world.clock.monotonic = ticking  # type: ignore[method-assign]
    assert world.night().run("now", patience=3) == Tally(applied=1)


def test_night_stops_between_batches_when_it_is_told_to(world: World) -> None:
    """A process that is asked to end finishes its batch; the night goes on when it is back."""
    for code in CODES:
        world.accept(code)
    done: list[int] = []
    night = world.night(progress=lambda count, _total: done.append(count), stopping=lambda: bool(done))
    assert night.run("schedule") == Tally(applied=3)
    assert world.rows(tables.mails) == []
    assert world.night().run("schedule") == Tally(applied=7)


def test_store_that_is_away_is_an_outage_told_once(postgres: PostgresServer, tmp_path: Path) -> None:
    """With the store down nothing changes and the operators get one letter; when it is back the night goes on."""
    postgres.start()
    url = postgres.new_database()
    world = World(tmp_path, f"sqlite:///{tmp_path}/catalogue.db", url)
    photo = world.accept(ONE)
    postgres.stop()
    for _ in range(3):
        with pytest.raises(Outage, match="The MiSiS store"):
            world.night().run("schedule")
    assert world.states() == {photo: FileState.ACCEPTED}
    (mail,) = world.rows(tables.mails)
    assert b"stopped, needs attention" in mail["body"]
    postgres.start()
    assert world.night().run("schedule") == Tally(applied=1)
    world.store.close()
    world.catalogue.close()
    postgres.drop_database(url)


def test_photo_that_the_store_finds_older_was_never_applied(world: World) -> None:
    """A store that has a newer photo than the catalogue knows keeps it; ours is superseded, and applied at no time."""
    newer = world.accept(ONE)
    world.night().run("schedule")
    world.move(newer, FileState.REJECTED)
    older = world.accept(ONE)
    with world.catalogue.write() as tx:
        tx.execute(tables.files.update().where(tables.files.c.id == older).values(arrival=0))
    assert world.night().run("schedule") == Tally(superseded=1)
    assert world.in_store() == {ONE: newer}
    (row,) = (row for row in world.rows(tables.files) if row["id"] == older)
    assert (row["state"], row["applied_at"]) == (FileState.SUPERSEDED, None)
