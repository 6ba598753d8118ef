"""After intake: what becomes of the object, and what never happens to one that was not taken."""

from __future__ import annotations

import time

import pytest

from pictureday.catalogue import drops, tables
from pictureday.s3 import Bucket
from tests.contract.ingest.bucket.conftest import MakeWorld
from tests.contract.ingest.bucket.world import World
from tests.photos import portrait

A = "000000A001.jpg"


def test_it_is_moved(make_world: MakeWorld) -> None:
    """To the folder that the setting names, under the same path; the copy there is no drop."""
    world = make_world(after="move:processed/")
    world.go()
    world.drop(f"monday/{A}", portrait())
    world.go(seconds=1)
    assert world.keys() == [f"acme/processed/monday/{A}"]
    world.go(seconds=2000)
    assert world.files() == [(f"monday/{A}", "received")]


def test_it_is_kept(make_world: MakeWorld) -> None:
    """Nothing is done to it, and no listing takes it again."""
    world = make_world(after="keep")
    world.put(A, portrait())
    for _ in range(3):
        world.go(seconds=1001)
    assert (world.keys(), world.files()) == ([f"acme/inbox/{A}"], [(A, "received")])
    assert not any(row["found"] for row in world.rows(tables.listings))


@pytest.mark.parametrize("versions", [False, True])
def test_it_is_tagged(make_world: MakeWorld, versions: bool) -> None:
    """So that a lifecycle rule can remove what was taken, and nothing else."""
    world = make_world(after="tag", versions=versions)
    world.go()
    world.drop(A, portrait())
    world.go(seconds=1)
    tags = world.s3.get_object_tagging(Bucket=world.bucket, Key=world.key(A))["TagSet"]
    assert tags == [{"Key": "pictureday", "Value": "taken"}]


def test_a_server_whose_tagging_changes_the_time(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ceph's does: the object is known by its new time, and no listing takes it again."""
    world = make_world(after="tag")
    tag = Bucket.tag

    def touching(bucket: Bucket, key: str, *words: str, version: str = "") -> None:
        time.sleep(1.1)  # the time has whole seconds
        world.s3.copy_object(
            Bucket=world.bucket, Key=key, CopySource={"Bucket": world.bucket, "Key": key}, MetadataDirective="REPLACE"
        )
        tag(bucket, key, *words, version=version)

    monkeypatch.setattr(Bucket, "tag", touching)
    world.put(A, portrait())
    world.go(seconds=6)
    (drop,) = world.rows(tables.drops)
    modified = world.s3.head_object(Bucket=world.bucket, Key=world.key(A))["LastModified"]
    assert drop["mtime_ns"] // 1_000_000_000 == int(modified.timestamp())
    world.go(seconds=2000)
    world.tell(A, eTag=drop["etag"])
    world.go(seconds=6)
    assert world.files() == [(A, "received")]


def test_in_a_bucket_with_versions_nothing_is_destroyed(make_world: MakeWorld) -> None:
    """Deleting leaves the bytes below a delete marker, and a later listing does not see them."""
    world = make_world(versions=True)
    world.go()
    world.drop(A, portrait())
    world.go(seconds=1001)
    assert (world.keys(), world.files()) == ([], [(A, "received")])
    versions = world.s3.list_object_versions(Bucket=world.bucket)
    assert (len(versions["Versions"]), len(versions["DeleteMarkers"])) == (1, 1)


@pytest.mark.parametrize("after", ["delete", "move:processed/", "tag"])
def test_a_newer_one_under_the_same_key_is_never_touched(make_world: MakeWorld, after: str) -> None:
    """Between our reading and our deleting the vendor has put another one: it stays, and is a drop of its own."""
    world = make_world(after=after)
    world.go()
    care = world.ingester._shift._care  # type: ignore[union-attr]
    world.put(A, portrait(seed=1))
    stored = {"etag": world.s3.head_object(Bucket=world.bucket, Key=world.key(A))["ETag"].strip('"')}
    world.put(A, portrait(seed=2))
    care._one({"vendor": "acme", "path": A, "mtime_ns": 0, "size": 1, "version": ""} | stored)
    assert world.keys() == [f"acme/inbox/{A}"]
    assert world.s3.get_object_tagging(Bucket=world.bucket, Key=world.key(A))["TagSet"] == []
    world.tell(A)
    world.go(seconds=1)
    (row,) = world.rows(tables.drops)
    assert row["etag"] != stored["etag"]


def test_what_died_between_the_commit_and_the_removal(world: World) -> None:
    """The next start cares for what is on record as taken, and takes nothing again."""
    world.go()
    world.drop(A, portrait())
    world.ingester._shift._care.go = abs  # type: ignore[union-attr, method-assign]  # as if it had died by then
    while not world.files():
        world.ingester.ring()
        world.ingester.step()
    assert (world.keys(), world.files()) == ([f"acme/inbox/{A}"], [(A, "received")])
    world.ingester.stop()
    world.ingester = world.started()
    world.go(seconds=6)
    assert (world.keys(), world.files()) == ([], [(A, "received")])
    with world.catalogue.read() as tx:
        assert drops.standing(tx, world.inbox.name) == []
