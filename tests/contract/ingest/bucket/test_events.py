"""Events are hints: late, twice, out of order, or never."""

from __future__ import annotations

import json
from urllib.parse import quote_plus

import pytest

from pictureday.catalogue import tables, vendors
from pictureday.errors import Outage
from tests.contract.ingest.bucket.conftest import MakeWorld
from tests.contract.ingest.bucket.world import World
from tests.photos import portrait

A, B = "000000A001.jpg", "000001A001.jpg"


def test_an_event_brings_its_object_in(world: World) -> None:
    """It is taken, the object is gone, the event is deleted, and the delivery closes when it was quiet."""
    world.go()
    world.drop(A, portrait())
    world.go()
    assert world.files() == [(A, "received")]
    assert world.deliveries() == [("acme", "", "open")]
    world.go(seconds=6)
    assert world.deliveries() == [("acme", "", "closed")]
    assert (world.keys(), world.waiting()) == ([], 0)


@pytest.mark.parametrize("after", ["delete", "keep", "tag"])
def test_the_same_event_again(make_world: MakeWorld, after: str) -> None:
    """At once or a day late, whether the object is still there or not, it changes nothing."""
    world = make_world(after=after)
    world.go()
    answer = world.put(A, portrait())
    for _ in range(3):
        world.tell(A, **answer)
    world.go(seconds=6)
    world.tell(A, **answer)
    world.go(seconds=86_400)
    assert world.files() == [(A, "received")]
    assert world.deliveries() == [("acme", "", "closed")]
    assert world.waiting() == 0


def test_what_no_event_told_of_is_found_by_a_listing(world: World) -> None:
    """At the start, and on a schedule; what was found is counted."""
    world.put(A, portrait())
    world.go(seconds=6)
    world.put(B, portrait(seed=1))
    world.go()
    assert world.files() == [(A, "received")]
    world.go(seconds=1000)
    assert world.files() == [(A, "received"), (B, "received")]
    (listed,) = world.rows(tables.listings)
    assert (listed["inbox"], listed["seen"], listed["found"]) == (f"s3://{world.bucket}/vendors", 1, 1)


@pytest.mark.parametrize("versions", [False, True])
def test_events_of_one_key_out_of_order(make_world: MakeWorld, versions: bool) -> None:
    """The newest photo under a name is the one with the latest arrival, whatever its events say and when they come."""
    world = make_world(after="keep", versions=versions)
    world.go()
    old = world.put(A, portrait(seed=1)) | {"sequencer": "0055AED6DC"}
    new = world.put(A, portrait(seed=2)) | {"sequencer": "0055AED6DCD9"}
    world.tell(A, **new)
    world.go()
    world.tell(A, **old)
    world.go(seconds=6)
    assert [(row["path"], row["etag"]) for row in world.rows(tables.drops)] == [(A, new["eTag"])]
    assert world.waiting() == 0


def test_two_versions_in_order_are_two_drops(make_world: MakeWorld) -> None:
    """Each version that an event names is fetched as it was, also where a newer one is there already."""
    world = make_world(after="keep", versions=True)
    world.go()
    for seed in (1, 2):
        answer = world.put(A, portrait(seed=seed))
        world.tell(A, **answer, sequencer=f"00{seed}")
    world.go()
    arrivals = [(row["arrival"], row["sequencer"]) for row in world.rows(tables.drops)]
    assert [sequencer for _, sequencer in sorted(arrivals)] == ["001", "002"]


def test_two_versions_of_one_second_without_a_sequencer(make_world: MakeWorld) -> None:
    """The one that is there now wins; the other's late event changes nothing."""
    world = make_world(after="keep", versions=True)
    world.go()
    old, new = world.put(A, portrait(seed=1)), world.put(A, portrait(seed=2))
    world.tell(A, **new)
    world.go()
    world.tell(A, **old)
    world.go(seconds=6)
    assert [row["version"] for row in world.rows(tables.drops)] == [new["versionId"]]


def test_deleted_then_put(world: World) -> None:
    """The first one's event finds the second one, which is taken once."""
    world.go()
    first = world.put(A, portrait(seed=1))
    world.s3.delete_object(Bucket=world.bucket, Key=world.key(A))
    second = world.put(A, portrait(seed=2))
    world.tell(A, **first, sequencer="001")
    world.tell(A, **second, sequencer="003")
    world.go(seconds=6)
    assert [row["etag"] for row in world.rows(tables.drops)] == [second["eTag"]]
    assert (world.files(), world.waiting()) == ([(A, "received")], 0)


def test_the_vendor_takes_it_back(world: World) -> None:
    """What is gone before it was taken is no drop, and leaves no delivery behind."""
    world.go()
    world.tell(A, **world.put(A, portrait()))
    world.s3.delete_object(Bucket=world.bucket, Key=world.key(A))
    world.go(seconds=6)
    assert (world.files(), world.deliveries(), world.rows(tables.drops), world.waiting()) == ([], [], [], 0)


@pytest.mark.parametrize("name", ["a+b c.jpg", "100%.jpg", "a%2Fb.jpg", "ünï/cödé.jpg", "a%20b+c.jpg"])
def test_a_key_however_it_is_written(world: World, name: str) -> None:
    """Encoded as AWS does, with `%2F` as MinIO does, or as it is as Ceph does: the object is found."""
    world.go()
    for number, written in enumerate((quote_plus(name, safe="/"), quote_plus(name), name)):
        path = f"{number}/{name}"
        key = world.key(f"{number}/").replace("/", "%2F" if number == 1 else "/") + written
        answer = world.put(path, portrait(seed=number))
        world.tell(path, key=key, source="ceph:s3" if number == 2 else "aws:s3", **answer)
    world.go()
    assert sorted(path for path, _ in world.files()) == [f"{number}/{name}" for number in range(3)]


def test_two_objects_that_one_key_may_mean(world: World) -> None:
    """Where the likelier reading finds another object than the event tells of, both are taken."""
    world.go()
    world.put("a b.jpg", portrait(seed=1))
    answer = world.put("a+b.jpg", portrait(seed=2))
    world.tell("", key=world.key("a+b.jpg"), **answer)
    world.go()
    assert sorted(path for path, _ in world.files()) == ["a b.jpg", "a+b.jpg"]


def test_the_other_one_was_taken_before(make_world: MakeWorld) -> None:
    """Where the likelier reading finds an object that is known, the event's own object is not passed over."""
    world = make_world(after="keep")
    world.put("a b.jpg", portrait(seed=1))
    world.go()
    answer = world.put("a+b.jpg", portrait(seed=2))
    world.tell("", key=world.key("a+b.jpg"), **answer)
    world.go()
    assert sorted(path for path, _ in world.files()) == ["a b.jpg", "a+b.jpg"]


def test_what_needs_no_hint_is_dealt_with(world: World) -> None:
    """Tests, removals, other buckets, folders' own keys, receipts and nonsense are deleted from the queue."""
    world.go()
    world.send("nonsense")
    world.send(json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": world.bucket}))
    world.put("monday/", b"")
    for key in (world.key("monday/"), "vendors/acme/receipts/1.csv", "elsewhere/a.jpg"):
        world.tell("", key=key)
    for name, bucket in (("ObjectRemoved:Delete", world.bucket), ("ObjectCreated:Put", "another")):
        event = {"eventName": name, "s3": {"bucket": {"name": bucket}, "object": {"key": world.key(A)}}}
        world.send(json.dumps({"Records": [event]}))
    world.go(seconds=6)
    assert (world.waiting(), world.files(), world.keys()) == (0, [], ["acme/inbox/monday/"])


def test_a_vendor_that_may_not_deliver(world: World) -> None:
    """Its objects are left untouched and told to ops; when it may, they are found without another event."""
    world.go()
    with world.catalogue.write() as tx:
        vendors.suspend(tx, "other", who="test")
    world.drop(A, portrait(), vendor="other")
    world.drop(A, portrait(), vendor="nobody")
    world.go()
    assert (world.files(), world.waiting()) == ([], 0)
    assert len(world.notices()) == 2
    with world.catalogue.write() as tx:
        vendors.activate(tx, "other", who="test")
    world.go(seconds=31)
    assert world.files() == [(A, "received")]
    assert world.keys() == [f"nobody/inbox/{A}"]


def test_a_bucket_that_is_away(world: World) -> None:
    """An event whose object can't be fetched now is kept, and dealt with when the bucket is back."""
    world.go()
    answer = world.put(A, portrait())
    world.s3.delete_object(Bucket=world.bucket, Key=world.key(A))
    world.s3.delete_bucket(Bucket=world.bucket)
    world.tell(A, **answer)
    with pytest.raises(Outage, match="does not exist"):
        world.go()
    assert world.waiting() == 1
    world.s3.create_bucket(Bucket=world.bucket)
    world.put(A, portrait())
    world.go(seconds=6)
    assert (world.files(), world.waiting()) == ([(A, "received")], 0)
