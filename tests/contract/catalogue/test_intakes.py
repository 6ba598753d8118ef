"""What a vendor brought in counts for a day, on either database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from pictureday.catalogue import deliveries, files, intakes, tables
from pictureday.reasons import Finding
from tests.contract.catalogue.ground import Ground

NOON = datetime(2026, 10, 5, 12, 20, tzinfo=UTC)


def test_what_came_in_is_added_up(ground: Ground) -> None:
    """For each vendor of its own, and the first hour says when there is room again."""
    with ground.catalogue.write() as tx:
        intakes.add(tx, [("acme", 3, 300), ("other", 1, 10)], now=NOON)
        intakes.add(tx, [("acme", 2, 50)], now=NOON + timedelta(hours=5))
        found = intakes.within_a_day(tx, "acme", now=NOON + timedelta(hours=6))
        assert found == (5, 350, datetime(2026, 10, 6, 13, 0, tzinfo=UTC))
        assert intakes.within_a_day(tx, "nobody", now=NOON) == (0, 0, None)


def test_an_hour_counts_until_its_last_minute_is_a_day_old(ground: Ground) -> None:
    """So that within any 24 hours no more than the quota comes in; then its row goes, too."""
    with ground.catalogue.write() as tx:
        intakes.add(tx, [("acme", 3, 300)], now=NOON)
        intakes.add(tx, [("acme", 1, 1)], now=NOON + timedelta(hours=2))
        before, after = NOON.replace(minute=59) + timedelta(hours=24), NOON.replace(minute=0) + timedelta(hours=25)
        assert intakes.within_a_day(tx, "acme", now=before)[0] == 4
        assert intakes.within_a_day(tx, "acme", now=after)[0] == 1
        intakes.add(tx, [("acme", 1, 1)], now=after)
        assert tx.execute(select(func.count()).select_from(tables.intakes)).scalar_one() == 2


def test_who_was_turned_away_is_told_and_known(ground: Ground) -> None:
    """A delivery of its own, refused, never in the way of an open one, and found again by its name and time."""
    finding = Finding(code="over_quota", facts={"what": "files", "most": 5})
    place = {"inbox": "file:here", "vendor": "acme", "name": ""}
    before = datetime.now(UTC) - timedelta(hours=1)
    with ground.catalogue.write() as tx:
        still_open = deliveries.opened(tx, **place, kind="loose")
        refused = deliveries.turn_away(tx, **place, kind="loose", finding=finding)
        assert deliveries.opened(tx, **place, kind="loose") == still_open != refused
        assert deliveries.turned_away(tx, **place, since=before) == [finding]
        assert deliveries.turned_away(tx, **place, since=datetime.now(UTC) + timedelta(hours=1)) == []


def test_photos_without_a_verdict(ground: Ground) -> None:
    """They are counted while they wait, over all deliveries of a vendor; those that wait for a close are not."""
    first, second = ground.delivery(kind="folder", name="a"), ground.delivery(kind="folder", name="b")
    photos = [ground.photo(first), ground.photo(first, path="img1.jpg"), ground.photo(second)]
    with ground.catalogue.write() as tx:
        assert intakes.pending(tx, "acme", most=2) == 3
        files.change(tx, [{"id": photos[1], "waits": True}])
        assert intakes.pending(tx, "acme", most=2) == 2
        assert intakes.pending(tx, "other", most=2) == 0
    ground.judge(photos[0])
    with ground.catalogue.read() as tx:
        assert intakes.pending(tx, "acme", most=2) == 1
