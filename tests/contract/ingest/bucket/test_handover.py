"""One ingester at a time, on whatever host; and what another one finds when it dies."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingest.bucket.fetching import Fetched
from pictureday.catalogue import leases, listings, tables
from pictureday.errors import Outage
from tests.contract.ingest.bucket.world import World
from tests.photos import portrait

A, B = "000000A001.jpg", "000001A001.jpg"


def test_the_second_one_waits(world: World) -> None:
    """It says so, does nothing, and takes over when the first one ends."""
    world.go()
    second = world.started()
    with pytest.raises(Outage, match="Another ingester works on"):
        second.step()
    assert second.idle()
    world.put(A, portrait())
    world.ingester.stop()
    world.ingester = second
    world.go(seconds=6)
    assert world.files() == [(A, "received")]


def test_one_that_stood_still_writes_nothing_more(world: World) -> None:
    """When its lease is over and another has it, its next transaction fails as a whole."""
    world.go()
    world.drop(A, portrait())
    with world.catalogue.write() as tx:
        leases.release(tx, world.holding.lease, world.holding.owner)
        assert leases.take(tx, world.holding.lease, "another", now=world.clock.now(), seconds=60)
    with pytest.raises(Outage, match="took over"):
        world.go()
    assert world.files() == []
    with world.catalogue.write() as tx:
        leases.release(tx, world.holding.lease, "another")
    world.go(seconds=6)
    assert world.files() == [(A, "received")]


def test_dead_with_drops_on_record(world: World) -> None:
    """What was put on record and not fetched is forgotten, and found again, once."""
    world.go()
    world.put(A, portrait())
    world.put(B, portrait(seed=1))
    shift = world.ingester._shift
    assert shift is not None
    world.clock.time += 2000
    shift._sweep(world.clock.monotonic())
    shift._sweep(world.clock.monotonic())
    shift._begin_fetching(0)
    assert [row["state"] for row in world.rows(tables.drops)] == ["recorded", "recorded"]
    world.ingester.stop()
    world.ingester = world.started()
    world.go(seconds=6)
    assert sorted(world.files()) == [(A, "received"), (B, "received")]
    assert world.deliveries() == [("acme", "", "closed")]


def test_the_answer_to_a_commit_was_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed and is entered again is known as entered: one file, no false word to anybody."""
    world.go()
    shift = world.ingester._shift
    assert shift is not None
    save, lost = shift._intake._save, [Outage("The line broke at the commit.")]

    def saved(group: Sequence[Fetched]) -> None:
        save(group)
        if lost:
            raise lost.pop()

    monkeypatch.setattr(shift._intake, "_save", saved)
    world.drop(A, portrait())
    with pytest.raises(Outage, match="broke at the commit"):
        world.go()
    world.go(seconds=70)
    world.go(seconds=6)
    assert world.files() == [(A, "received")]
    assert (world.notices(), world.waiting(), world.keys()) == ([], 0, [])


def test_a_question_is_answered_when_all_that_was_found_is_taken(world: World) -> None:
    """`pictureday ingest --reconcile` asks whoever is the ingester."""
    world.go()
    world.put(A, portrait())
    with world.catalogue.write() as tx:
        number = listings.ask(tx, world.inbox.name)
    world.go(seconds=1)
    with world.catalogue.read() as tx:
        found = listings.find(tx, world.inbox.name)
    assert (found["done"], found["seen"], found["found"]) == (number, 1, 1)
    assert world.files() == [(A, "received")]
