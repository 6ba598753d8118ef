"""A complete delivery is told once: its receipt lies on the shelf, its reports wait for a mail."""

from __future__ import annotations

from typing import Any

import pytest

from pictureday.catalogue import tables
from pictureday.errors import Outage
from pictureday.messages import FileState
from tests.contract.publish.world import CODES, World

GOOD = (f"{CODES[0]}.jpg", FileState.ACCEPTED, "N")
BAD = (f"{CODES[1]}.jpg", FileState.QUARANTINED, "N")
NOBODYS = ("IMG_1.jpg", FileState.QUARANTINED, None)
JUNK = (".DS_Store", FileState.IGNORED, None)


def test_a_receipt_tells_of_every_file(world: World) -> None:
    """Each dropped file is one line in both forms, junk too, and the totals add up."""
    delivery = world.delivery(GOOD, BAD, NOBODYS, JUNK)
    world.handle_all(world.publisher())
    receipt = world.receipt(delivery)
    assert receipt["totals"] == {"files": 4, "accepted": 1, "quarantined": 2, "ignored": 1}
    assert [line["path"] for line in receipt["files"]] == [line["path"] for line in world.table(delivery)]
    assert world.table(delivery)[1]["reasons"] == "too_small"


def test_each_school_has_its_report_and_ops_the_rest(world: World) -> None:
    """One report a school with trouble; what has no school is for ops; the message is gone and the delivery told."""
    world.delivery(GOOD, BAD, NOBODYS, (f"{CODES[9]}.jpg", FileState.QUARANTINED, "S"))
    world.handle_all(world.publisher())
    assert sorted(row.school_code for row in world.rows(tables.reports)) == ["", "N", "S"]
    (told,) = world.rows(tables.deliveries)
    assert (told.revision, told.told_at) == (1, world.clock.now())


@pytest.mark.parametrize("more", [{"state": "open", "closed_at": None}, {"pending": 1}])
def test_a_delivery_that_is_not_complete_is_not_told(world: World, more: dict[str, Any]) -> None:
    """Open, or with photos that wait for a verdict: the message ends and nothing is written."""
    world.delivery(BAD, **more)
    world.handle_all(world.publisher())
    assert world.rows(tables.reports) == []
    assert not world.receipts.exists()


def test_the_same_message_twice_changes_nothing(world: World) -> None:
    """A message that was handled already does nothing, whoever brings it again."""
    world.quarantined(1)
    taken = world.taken()
    for _ in range(2):
        world.publisher().handle(taken)
    assert len(world.rows(tables.reports)) == 1
    assert [row.revision for row in world.rows(tables.deliveries)] == [1]


def test_a_second_telling_without_news_is_no_revision(world: World) -> None:
    """Said again by a sweep or by a person, an unchanged delivery keeps its receipt and makes no report."""
    delivery = world.quarantined(1)
    world.handle_all(world.publisher())
    before = world.receipt(delivery)
    world.settle(f"{CODES[1]}.jpg", FileState.QUARANTINED)
    world.handle_all(world.publisher())
    assert world.receipt(delivery) == before
    assert len(world.rows(tables.reports)) == 1


def test_what_a_release_changes_is_a_new_revision(world: World) -> None:
    """The receipt is replaced, and the school's next report says what was settled."""
    delivery = world.quarantined(1, 2)
    world.handle_all(world.publisher())
    world.settle(f"{CODES[1]}.jpg")
    world.handle_all(world.publisher())
    assert (world.receipt(delivery)["revision"], world.receipt(delivery)["totals"]["accepted"]) == (2, 1)
    last = world.rows(tables.reports)[-1]
    assert (last.revision, len(last.content["items"]), len(last.content["resolved"])) == (2, 1, 1)


def test_a_lost_receipt_is_written_again(world: World) -> None:
    """A receipt that somebody removed comes back when its delivery is told again."""
    delivery = world.quarantined(1)
    world.handle_all(world.publisher())
    (world.receipts / f"{delivery}-fall.zip.csv").unlink()
    world.settle(f"{CODES[1]}.jpg", FileState.QUARANTINED)
    world.handle_all(world.publisher())
    assert len(world.table(delivery)) == 1


def test_a_receipt_that_can_not_be_written_tells_nothing_yet(world: World) -> None:
    """A missing inbox is an outage; the message stays, and once the folder is back everything is told."""
    delivery = world.quarantined(1)
    taken = world.taken()
    world.root.rename(world.root.with_name("away"))
    with pytest.raises(Outage, match="missing"):
        world.publisher().handle(taken)
    assert (len(world.rows(tables.messages)), world.rows(tables.reports)) == (1, [])
    world.root.with_name("away").rename(world.root)
    world.publisher().handle(taken)
    assert world.receipt(delivery)["revision"] == 1


def test_a_receipts_folder_that_is_a_link_is_not_followed(world: World) -> None:
    """A link in a vendor's folder must not have us write elsewhere."""
    elsewhere = world.root / "elsewhere"
    elsewhere.mkdir()
    world.receipts.symlink_to(elsewhere)
    world.quarantined(1)
    with pytest.raises(Outage, match="link"):
        world.publisher().handle(world.taken())
    assert list(elsewhere.iterdir()) == []


def test_the_sweep_finds_a_complete_delivery_without_a_message(world: World) -> None:
    """A lost message is said again once; one that still waits is left alone."""
    lost = world.delivery(BAD, say=False)
    world.quarantined(2)
    publisher = world.publisher()
    assert not publisher.idle()
    for _ in range(2):
        publisher.tick()
    assert len(world.rows(tables.messages)) == 2
    world.handle_all(publisher)
    assert world.receipt(lost)["totals"]["files"] == 1


def test_a_refused_zip_says_why(world: World) -> None:
    """Its one line and the header carry the reason, and ops hear of it."""
    finding = {"code": "archive_encrypted", "facts": {}}
    refused = ("fall.zip", FileState.REFUSED, None)
    delivery = world.delivery(refused, state="refused", findings=[finding])
    world.handle_all(world.publisher())
    assert [reason["code"] for reason in world.receipt(delivery)["reasons"]] == ["archive_encrypted"]
    assert [row.school_code for row in world.rows(tables.reports)] == [""]


def test_a_name_that_is_no_utf8_is_told(world: World) -> None:
    """A delivery with raw bytes in a name has its receipt and its report like any other."""
    delivery = world.delivery(("ni\udcf1o.jpg", FileState.QUARANTINED, None))
    world.handle_all(world.publisher())
    assert world.receipt(delivery)["files"][0]["path"] == "ni\udcf1o.jpg"
    assert len(world.rows(tables.reports)) == 1
