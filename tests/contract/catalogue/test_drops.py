"""A dropped file's life on record, from before it is taken until its taken file is gone."""

from __future__ import annotations

import os
from typing import Any

import pytest

from pictureday.catalogue import Catalogue, deliveries, drops
from tests.contract.catalogue.ground import INBOX, Ground

PRINT = {"sha256": "0" * 64, "size": 1, "mtime_ns": 2**62, "ctime_ns": 2**62}


@pytest.fixture
def recorded(ground: Ground) -> list[dict[str, Any]]:
    """Three drops of one folder, on record."""
    delivery = ground.delivery(kind="folder", name="monday")
    new = [
        drops.NewDrop(vendor="acme", path=path, kind=kind, delivery_id=delivery)
        for path, kind in (
            ("monday/1.jpg", "photo"),
            (os.fsdecode(b"monday/\xff\\.jpg"), "photo"),
            ("m/a.zip", "archive"),
        )
    ]
    with ground.catalogue.write() as tx:
        return drops.record(tx, INBOX, new)


def of_state(catalogue: Catalogue, state: str) -> list[str]:
    """The paths of the drops in a state."""
    with catalogue.read() as tx:
        return [row["path"] for row in drops.of_state(tx, INBOX, state)]


def test_arrival_is_drawn_in_the_order_of_recording(catalogue: Catalogue, recorded: list[dict[str, Any]]) -> None:
    """The number is there before the file is opened, and names come back as they were, whatever bytes they hold."""
    arrivals = [row["arrival"] for row in recorded]
    assert arrivals == sorted(set(arrivals))
    assert of_state(catalogue, "recorded") == ["monday/1.jpg", "monday/\udcff\\.jpg", "m/a.zip"]
    with catalogue.write() as tx:
        assert drops.record(tx, INBOX, []) == []


def test_a_drop_goes_from_recorded_to_stored_to_done(catalogue: Catalogue, recorded: list[dict[str, Any]]) -> None:
    """A delivery counts as unfinished until each of its drops is done; the taken file may stand longer."""
    delivery = recorded[0]["delivery_id"]
    with catalogue.write() as tx:
        assert drops.unfinished_count(tx, delivery) == 3
        drops.stored(tx, [row | PRINT | {"state": "done"} for row in recorded[:2]])
        drops.stored(tx, [recorded[2] | PRINT | {"state": "stored"}])
        assert drops.unfinished_count(tx, delivery) == 1
        drops.done(tx, recorded[2]["id"])
        assert drops.unfinished_count(tx, delivery) == 0
        assert len(drops.standing(tx, INBOX)) == len(drops.kept_ids(tx, INBOX)) == 3
        assert drops.in_hand(tx, INBOX)
        drops.removed(tx, [row["id"] for row in recorded])
        assert drops.standing(tx, INBOX) == []
        assert drops.kept_ids(tx, INBOX) == set()
        assert not drops.in_hand(tx, INBOX)


def test_what_was_gone_is_forgotten(catalogue: Catalogue, recorded: list[dict[str, Any]]) -> None:
    """The delivery that was opened for it goes too, but not one that has other drops, nor a drop that is stored."""
    delivery = recorded[0]["delivery_id"]
    ids = [row["id"] for row in recorded]
    with catalogue.write() as tx:
        drops.stored(tx, [recorded[0] | PRINT | {"state": "stored"}])
        drops.forget(tx, ids)
        assert [row["id"] for row in drops.of_state(tx, INBOX, "stored")] == ids[:1]
        assert deliveries.find(tx, delivery) is not None
    with catalogue.write() as tx:
        other = deliveries.opened(tx, inbox=INBOX, vendor="acme", kind="loose", name="")
        (row,) = drops.record(tx, INBOX, [drops.NewDrop(vendor="acme", path="x", kind="photo", delivery_id=other)])
        drops.forget(tx, [row["id"]])
        assert deliveries.find(tx, other) is None


def test_another_inbox_is_none_of_ours(catalogue: Catalogue, recorded: list[dict[str, Any]]) -> None:
    """Each ingester sees the drops of its own inbox alone."""
    assert recorded
    with catalogue.read() as tx:
        assert drops.of_state(tx, "file:/elsewhere", "recorded") == []
        assert not drops.in_hand(tx, "file:/elsewhere")
