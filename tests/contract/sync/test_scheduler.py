"""The schedule over a real catalogue: held when due, once, and again only where it was cut short."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from pictureday.catalogue import leases, tables
from sync import Calendar, Scheduler, Tally
from tests.contract.sync.world import World

ONE = "000001A000"
NIGHT = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)  # 02:00 in the district


@pytest.fixture
def scheduler(world: World) -> Scheduler:
    """The schedule of this district, on a day after its first night."""
    world.clock.time = NIGHT - timedelta(days=1)
    found = Scheduler(world.night(), catalogue=world.catalogue, settings=world.settings, clock=world.clock)
    found.tick()
    world.clock.time = NIGHT - timedelta(hours=10)
    return found


def test_night_is_held_at_its_time_and_once(world: World, scheduler: Scheduler) -> None:
    """Not before, then once, and not again until the next night."""
    world.accept(ONE)
    assert scheduler.tick(NIGHT - timedelta(seconds=1)) is None
    world.clock.time = NIGHT
    assert scheduler.tick() == Tally(applied=1)
    assert scheduler.tick() is None
    world.clock.time += timedelta(days=1)
    assert scheduler.tick() == Tally()


def test_three_missed_nights_are_held_as_one(world: World, scheduler: Scheduler) -> None:
    """After three days without power there is one night at once, with one letter."""
    world.accept(ONE)
    world.clock.time = NIGHT + timedelta(days=3, hours=7)
    letters = len(world.rows(tables.mails))
    assert scheduler.tick() == Tally(applied=1)
    assert scheduler.tick() is None
    assert len(world.rows(tables.mails)) == letters + 1


def test_clock_that_was_years_ahead_does_not_stop_the_nights(world: World, scheduler: Scheduler) -> None:
    """A night held under a wrong date is not taken for tonight's."""
    world.clock.time = NIGHT + timedelta(days=4000)
    scheduler.tick()
    world.clock.time = NIGHT
    assert scheduler.tick() == Tally()
    assert scheduler.tick() is None


def test_a_clock_that_was_a_day_ahead_costs_no_night(world: World, scheduler: Scheduler) -> None:
    """The night that was held too early does not stand for the one whose time is still to come."""
    world.clock.time = NIGHT + timedelta(hours=14)  # ten hours before the night, and a day ahead
    scheduler.tick()
    world.accept(ONE)
    world.clock.time = NIGHT
    assert scheduler.tick() == Tally(applied=1)
    assert scheduler.tick() is None


def test_a_clock_that_is_set_back_a_little_after_a_night_holds_it_once(world: World, scheduler: Scheduler) -> None:
    """Two o'clock comes twice, the night does not."""
    world.clock.time = NIGHT + timedelta(seconds=20)
    assert scheduler.tick() == Tally()
    for minutes in (-9, -1, 0, 1):
        world.clock.time = NIGHT + timedelta(minutes=minutes)
        assert scheduler.tick() is None


def test_a_district_that_was_set_up_under_a_wrong_date_has_its_nights(world: World) -> None:
    """Vendors that come from the future are there now: their first night is not years away."""
    with world.catalogue.write() as tx:
        tx.execute(tables.vendors.update().values(created_at=NIGHT + timedelta(days=4000)))
    assert Calendar(world.catalogue, world.settings).due(NIGHT)


def test_night_that_another_process_holds_is_left_to_it(world: World, scheduler: Scheduler) -> None:
    """No error and no second night: the other one does it."""
    world.clock.time = NIGHT
    with world.catalogue.write() as tx:
        assert leases.take(tx, "sync", "another", now=NIGHT, seconds=6)
    assert scheduler.tick() is None
    assert len(world.rows(tables.nights)) == 1


def test_no_night_before_there_is_a_vendor(world: World) -> None:
    """A catalogue that was made a minute ago has missed nothing."""
    with world.catalogue.write() as tx:
        for table in (tables.deliveries, tables.vendors):
            tx.execute(delete(table))
    assert not Calendar(world.catalogue, world.settings).due(NIGHT)


def test_lease_is_one_owners_until_it_runs_out(world: World) -> None:
    """Taken, renewed and given back by its owner alone; a stranger gets it when its time is over."""
    later = NIGHT + timedelta(seconds=6)
    with world.catalogue.write() as tx:
        assert leases.take(tx, "x", "me", now=NIGHT, seconds=6)
        assert not leases.take(tx, "x", "you", now=NIGHT, seconds=6)
        leases.release(tx, "x", "you")
        assert leases.holder(tx, "x") == "me"
        assert leases.take(tx, "x", "you", now=later, seconds=6)
        assert not leases.renew(tx, "x", "me", now=later, seconds=6)
        assert leases.renew(tx, "x", "you", now=later, seconds=6)


def test_lease_from_a_clock_that_was_ahead_is_not_waited_for(world: World) -> None:
    """After the clock was set back a day, a dead owner's lease does not hold for a day."""
    with world.catalogue.write() as tx:
        assert leases.take(tx, "x", "dead", now=NIGHT + timedelta(days=1), seconds=6)
        assert leases.take(tx, "x", "you", now=NIGHT, seconds=6)
