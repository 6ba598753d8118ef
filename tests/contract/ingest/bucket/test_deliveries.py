"""Deliveries in a bucket: when they close, what holds them open, and what a listing adds."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor

from pictureday.catalogue import tables, vendors
from tests.contract.ingest.bucket.world import World
from tests.photos import cut, portrait

A, B = "000000A001.jpg", "000001A001.jpg"


def test_a_prefix_is_a_delivery(world: World) -> None:
    """What lies behind one more slash belongs together; it closes when nothing new came for `quiet`."""
    world.go()
    world.drop(f"monday/{A}", portrait())
    world.drop(B, portrait(seed=1))
    world.go(seconds=3)
    world.drop(f"monday/deep/{B}", portrait(seed=1))
    world.go(seconds=3)
    assert sorted(world.deliveries()) == [("acme", "", "closed"), ("acme", "monday", "open")]
    world.go(seconds=3)
    assert sorted(world.deliveries()) == [("acme", "", "closed"), ("acme", "monday", "closed")]


def test_done_closes_at_once(world: World) -> None:
    """The vendor says that no more comes; `_DONE` is counted as ignored."""
    world.go()
    world.drop(f"monday/{A}", portrait())
    world.drop("monday/_DONE", b"")
    world.go(seconds=0.3)
    assert world.deliveries() == [("acme", "monday", "closed")]
    assert sorted(state for _, state in world.files()) == ["ignored", "received"]


def test_done_overtakes_the_events_of_the_photos(world: World) -> None:
    """Before a delivery closes the bucket is asked whether there is more: all of it is in one delivery."""
    world.go()
    for number in range(30):
        world.put(f"monday/{number:06}A001.jpg", portrait(seed=number))
    world.drop("monday/_DONE", b"")
    world.go(seconds=1)
    world.go(seconds=1)
    assert world.deliveries() == [("acme", "monday", "closed")]
    assert len(world.files()) == 31


def test_a_zip_closes_by_itself(world: World) -> None:
    """It is read from its blob in pieces, checked as a whole, and is a delivery of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number:06}A001.jpg", portrait(seed=number))
    world.go()
    world.drop("drop.zip", out.getvalue())
    world.go()
    assert world.files() == [(f"drop.zip!{number:06}A001.jpg", "received") for number in range(3)]
    assert world.deliveries() == [("acme", "drop.zip", "closed")]
    assert world.keys() == []


def test_the_same_zip_twice_is_two_deliveries(world: World) -> None:
    """One that is sent again is a drop of its own, as in a folder."""
    world.go()
    for number in range(2):
        world.drop("drop.zip", b"PK no archive %d" % number)
        world.go(seconds=61)
        world.go(seconds=2)
    assert world.deliveries() == [("acme", "drop.zip", "refused")] * 2


def test_a_cut_object_waits_for_the_client(world: World) -> None:
    """AWS Transfer Family leaves what a cut session has sent; sent again in time, only the whole photo counts."""
    world.go()
    world.drop(A, cut(portrait(), 0.5))
    world.go(seconds=30)
    assert (world.files(), world.waiting()) == ([], 1)
    world.drop(A, portrait())
    world.go(seconds=31)
    world.go(seconds=6)
    assert world.files() == [(A, "received")]
    assert world.deliveries() == [("acme", "", "closed")]
    assert world.waiting() == 0


def test_a_cut_object_that_nobody_sends_again(world: World) -> None:
    """When its time is over it is taken as it is; until then its delivery stays open."""
    world.go()
    world.drop(A, cut(portrait(), 0.5))
    world.drop(B, portrait(seed=1))
    world.go(seconds=30)
    assert world.deliveries() == [("acme", "", "open")]
    world.go(seconds=31)
    world.go(seconds=6)
    assert sorted(world.files()) == [(A, "received"), (B, "received")]
    assert world.deliveries() == [("acme", "", "closed")]


def test_a_temporary_name(world: World) -> None:
    """It is not taken, it holds its delivery open until it is renamed, and is told where it stands too long."""
    world.go()
    world.drop(f"monday/{A}", portrait())
    world.drop(f"monday/{B}.filepart", portrait(seed=1))
    world.go(seconds=10)
    assert world.deliveries() == [("acme", "monday", "open")]
    world.s3.delete_object(Bucket=world.bucket, Key=world.key(f"monday/{B}.filepart"))
    world.drop(f"monday/{B}", portrait(seed=1))
    world.go(seconds=6)
    assert world.deliveries() == [("acme", "monday", "closed")]
    assert [state for _, state in world.files()] == ["received", "received"]


def test_a_temporary_name_that_stands_too_long(world: World) -> None:
    """A listing sees it; after `grace` it is told, once, in a delivery of its own where there is no other."""
    world.put(f"monday/{A}.part", portrait())
    world.go(seconds=61)
    world.go(seconds=2000)
    world.go(seconds=2000)
    assert world.files() == [(f"monday/{A}.part", "unfinished")]
    assert world.deliveries() == [("acme", "monday", "closed")]
    assert world.keys() == [f"acme/inbox/monday/{A}.part"]


def test_an_object_sent_in_parts(world: World) -> None:
    """Its tag is no checksum, and some servers tell of it twice; it is one drop."""
    data = b"no photo" * 750_000
    key = world.key(A)
    upload = world.s3.create_multipart_upload(Bucket=world.bucket, Key=key)["UploadId"]
    about = {"Bucket": world.bucket, "Key": key, "UploadId": upload}
    parts = [
        {"PartNumber": number, "ETag": world.s3.upload_part(**about, PartNumber=number, Body=piece)["ETag"]}
        for number, piece in enumerate((data[:5_500_000], data[5_500_000:]), 1)
    ]
    world.go()
    etag = world.s3.complete_multipart_upload(**about, MultipartUpload={"Parts": parts})["ETag"].strip('"')
    world.tell(A, eTag=etag)
    world.tell(A, eTag=etag)
    world.go(seconds=6)
    (row,) = world.rows(tables.files)
    assert (row["bytes"], etag.endswith("-2")) == (len(data), True)


def test_an_object_that_nobody_can_read(world: World) -> None:
    """One in an archive class holds up nobody: its delivery closes and tells of it, and listings go on."""
    world.s3.put_object(Bucket=world.bucket, Key=world.key(A), Body=portrait(), StorageClass="GLACIER")
    world.drop(B, portrait(seed=1))
    world.tell(A)
    world.go(seconds=10)
    assert world.files() == [(B, "received")]
    world.go(seconds=61)
    world.go(seconds=6)
    assert sorted(world.files()) == [(A, "unfinished"), (B, "received")]
    assert world.deliveries() == [("acme", "", "closed")]
    (notice,) = world.notices()
    assert "InvalidObjectState" in notice
    assert A.removesuffix(".jpg") not in notice
    world.s3.put_object(Bucket=world.bucket, Key=world.key(A), Body=portrait())
    world.go(seconds=1001)
    assert world.files()[-1] == (A, "received")


def test_a_vendor_that_is_suspended_while_its_delivery_is_open(world: World) -> None:
    """The last look takes nothing of it any more; what was taken before is told."""
    world.go()
    world.drop(A, portrait())
    world.go()
    with world.catalogue.write() as tx:
        vendors.suspend(tx, "acme", who="test")
    world.drop(B, portrait(seed=1))
    world.go(seconds=6)
    assert (world.files(), world.deliveries()) == ([(A, "received")], [("acme", "", "closed")])
    assert world.keys() == [f"acme/inbox/{B}"]


def test_an_object_far_too_large(world: World) -> None:
    """It is not even fetched: it would fill the disk that everybody's photos go through."""
    world.go()
    shift = world.ingester._shift
    assert shift is not None
    shift._intake._fetcher._most["other"] = 30_000
    world.drop(A, portrait() + bytes(40_000))
    world.drop(B, portrait(seed=1))
    world.go(seconds=6)
    assert world.files() == [(B, "received")]
    assert "far more than any file may have" in world.notices()[0]


def test_vendors_do_not_wait_for_each_other(world: World) -> None:
    """While one vendor's objects are in line, another's single one is in the first group."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: world.put(f"{number:06}A001.jpg", b"%d" % number), range(700)))
    world.put(A, portrait(), vendor="other")
    world.go()
    arrivals = {row["vendor"]: row["arrival"] for row in reversed(world.rows(tables.drops))}
    rows = sorted(world.rows(tables.drops), key=lambda row: row["arrival"])
    assert len(rows) == 701
    assert arrivals["other"] <= 500


def test_hostile_keys(world: World) -> None:
    """Whatever a key is, it is only a name: nothing of it is a path, and every one of them is taken."""
    names = [
        "x\\..\\etc\\passwd",
        "a\\b.jpg",
        "x\u202egpj.jpg",
        "=cmd()",
        "<b>.jpg",
        "//a.jpg",
        "a" * 900,
        "ﾉ %2F+.jpg",
    ]  # moto knows no newline and no ../
    for name in names:
        world.put(name, portrait())
    world.go(seconds=6)
    world.go(seconds=6)
    assert sorted(path for path, _ in world.files()) == sorted(names)
    assert {state for _, _, state in world.deliveries()} == {"closed"}
