"""Vendors deliver into a bucket, with the clients they really have, and events that come as they like."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from pictureday.catalogue import tables
from tests.figures import Scale
from tests.flow.bucket import BucketDistrict, MakeBucketDistrict
from tests.flow.district import code_of, end, eventually
from tests.photos import cut, portrait


def photos(folder: Path, numbers: range) -> None:
    """Write photos, as a vendor has them on its disk."""
    folder.mkdir(parents=True)
    for number in numbers:
        (folder / f"{code_of(number)}.jpg").write_bytes(portrait(seed=number))


def zipped(numbers: range) -> bytes:
    """A zip of photos."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in numbers:
            archive.writestr(f"class/{code_of(number)}.jpg", portrait(seed=number))
    return out.getvalue()


def test_what_real_clients_upload(make_bucket_district: MakeBucketDistrict, tmp_path: Path) -> None:
    """The AWS CLI, rclone and boto3: folders, loose photos, a zip in parts; then the night, and all of it again."""
    district = make_bucket_district()
    photos(tmp_path / "aws", range(10))
    photos(tmp_path / "rclone", range(10, 20))
    (tmp_path / "big.zip").write_bytes(zipped(range(20, 80)))
    running = district.start("run")
    place = f"{district.bucket}/{district.key('')}"
    for _ in range(2):
        district.aws("s3", "cp", "--recursive", f"{tmp_path}/aws", f"s3://{place}from aws+cli/")
        district.rclone("copy", f"{tmp_path}/rclone", f"vendor:{place}from rclone")
        district.s3.upload_file(f"{tmp_path}/big.zip", district.bucket, district.key("big.zip"))
        district.put(f"{code_of(81)}.jpg", cut(portrait(seed=81), 0.9) + b"\xff\xd9")
        eventually(lambda: len(district.receipts()) % 4 == 0 and district.receipts() != [], "four receipts", seconds=90)
        assert district.call("sync", "--now").returncode == 0
        assert len(district.store()) == 80
    assert district.stop(running) == 0
    assert district.states() == {"applied": 80, "quarantined": 1, "unchanged": 81}
    assert sorted((row["kind"], row["name"]) for row in district.deliveries()[:4]) == [
        ("folder", "from aws+cli"),
        ("folder", "from rclone"),
        ("loose", ""),
        ("zip", "big.zip"),
    ]
    assert (district.keys(), len(district.history())) == ([], 0)
    assert all(sum(totals.values()) == 2 * totals["files"] for totals in (one["totals"] for one in district.receipts()))


@pytest.fixture
def faults() -> random.Random:
    """What goes wrong, the same each time."""
    return random.Random(20_261_005)


def events_of(district: BucketDistrict, paths: list[str]) -> list[str]:
    """One event for each object that was put, by many threads at once, as AWS would send it."""

    def put(numbered: tuple[int, str]) -> str:
        number, path = numbered
        answer = district.put(path, portrait(seed=number))
        thing = {"key": district.key(path), "size": 1, "eTag": answer["ETag"].strip('"'), "sequencer": f"{number:018X}"}
        record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}
        return json.dumps({"Records": [record | {"s3": {"bucket": {"name": district.bucket}, "object": thing}}]})

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(put, enumerate(paths)))


@pytest.mark.timeout(300)
def test_events_that_are_lost_tripled_reordered_and_late(
    make_bucket_district: MakeBucketDistrict, faults: random.Random, scale: Scale
) -> None:
    """Of 2,000 objects' events 1 % are lost, a fifth come three times, all in any order, some of them a day late.

    Every object is taken once and gets one verdict, and the receipts add up to all of them.
    """
    count = scale(300, 2000)  # the server of the tests takes a minute for all of them
    district = make_bucket_district(told=False, after="keep", students=count, timings={"quiet": 4.0, "reconcile": 20.0})
    running = district.start("run")
    paths = [f"{'monday/' if number % 2 else ''}{code_of(number)}.jpg" for number in range(count)]
    events = events_of(district, paths)
    lost = set(faults.sample(range(count), count // 100))
    told = [event for number, event in enumerate(events) if number not in lost]
    late = [event for event in told if faults.random() < 0.05]
    sent = [event for event in told if event not in late]
    sent += [event for event in sent if faults.random() < 1 / 5 for _ in range(2)]
    faults.shuffle(sent)
    district.send(sent)
    eventually(lambda: district.states() == {"accepted": count}, "all accepted", seconds=200)
    district.send(late + faults.sample(told, count // 7))  # a day later, when all of them are taken and gone
    eventually(lambda: sum(district.waiting()) == 0, "no event left", seconds=90)
    eventually(lambda: all(row["told_at"] for row in district.deliveries()), "all told", seconds=60)
    assert district.stop(running) == 0
    assert district.states() == {"accepted": count}
    assert Counter(row["path"] for row in district.files()) == dict.fromkeys(paths, 1)
    assert len(district.rows(tables.drops)) == count
    assert sum(receipt["totals"]["files"] for receipt in district.receipts()) == count
    assert all(row["found"] is not None for row in district.rows(tables.listings))


@pytest.mark.parametrize("after", ["delete", "keep"])
def test_killed_in_the_middle(make_bucket_district: MakeBucketDistrict, after: str, scale: Scale) -> None:
    """Kill -9 of the ingester again and again while a school is delivered: nothing is lost, nothing taken twice."""
    count = scale(100, 200)
    district = make_bucket_district(after=after, students=300, timings={"quiet": 3.0})
    paths = [f"school/{code_of(number)}.jpg" for number in range(count)]
    other = district.start("run", "--stage", "validate", "--stage", "publish")
    with ThreadPoolExecutor(8) as pool:
        for at in range(0, count, count // 4):
            ingest = district.start("run", "--stage", "ingest")
            some = range(at, at + count // 4)
            list(pool.map(lambda number: district.put(paths[number], portrait(seed=number)), some))
            eventually(partial(more_drops_than, district, at), "some taken")
            os.killpg(ingest.pid, signal.SIGKILL)
            end(ingest)
    district.run_until_idle("--stage", "ingest")
    eventually(lambda: district.states() == {"accepted": count}, "all accepted")
    eventually(lambda: all(row["told_at"] for row in district.deliveries()), "all told")
    assert district.stop(other) == 0
    assert Counter(row["path"] for row in district.files()) == dict.fromkeys(paths, 1)
    assert sum(receipt["totals"]["files"] for receipt in district.receipts()) == count
    assert district.keys() == ([] if after == "delete" else paths)


def more_drops_than(district: BucketDistrict, count: int) -> bool:
    """Whether more than so many objects are on record."""
    return len(district.rows(tables.drops)) > count


def test_reconcile_by_command(make_bucket_district: MakeBucketDistrict) -> None:
    """Where no event ever comes, one command takes what lies there, also beside a running ingester, and says so."""
    district = make_bucket_district(told=False, timings={"reconcile": 10_000.0})
    district.put(f"{code_of(0)}.jpg", portrait())
    done = district.call("ingest", "--reconcile")
    assert (done.returncode, done.stdout) == (
        0,
        f"s3://{district.bucket}/vendors: 1 object lay in its inboxes; 1 had never been taken, and is now.\n",
    )
    running = district.start("run")
    eventually(lambda: '"bucket_listed"' in district.logs(), "the first listing")
    district.put(f"{code_of(1)}.jpg", portrait(seed=1))
    done = district.call("ingest", "--reconcile")
    assert "1 had never been taken" in done.stdout, done.stderr
    eventually(lambda: district.states() == {"accepted": 2}, "both accepted")
    done = district.call("ingest", "--reconcile")
    assert done.stdout.endswith("0 objects lay in its inboxes, and all were taken before.\n")
    assert district.stop(running) == 0
    status = json.loads(district.call("status", "--json").stdout)
    assert [bucket["inbox"] for bucket in status["buckets"]] == [f"s3://{district.bucket}/vendors"]


def test_the_second_ingester_takes_over(make_bucket_district: MakeBucketDistrict) -> None:
    """Two hosts may run the ingester; one works, and when it ends the other one goes on within seconds."""
    district = make_bucket_district()
    first = district.start("run", "--stage", "ingest")
    eventually(lambda: '"bucket_listed"' in district.logs(), "the first at work")
    district.start("run", "--stage", "ingest")
    eventually(lambda: "Another ingester works on" in district.logs(), "the second waits")
    assert district.stop(first) == 0
    district.put(f"{code_of(0)}.jpg", portrait())
    eventually(lambda: district.states() == {"received": 1}, "taken by the second")


def test_the_doctor_looks_at_the_bucket(make_bucket_district: MakeBucketDistrict) -> None:
    """It says what it found, and what is wrong with a queue that would lose events or repeat them for ever."""
    district = make_bucket_district()
    district.put(f"{code_of(0)}.jpg", portrait())
    assert f"ok  inbox s3://{district.bucket}/vendors: 1 vendors' folders" in district.call("doctor").stdout
    district.sqs.set_queue_attributes(QueueUrl=district.queue_url, Attributes={"RedrivePolicy": ""})
    done = district.call("doctor")
    assert (done.returncode, "has no dead-letter queue" in done.stdout) == (1, True)


def test_the_logs_name_no_student_and_no_file(make_bucket_district: MakeBucketDistrict) -> None:
    """A key is a student's code: the log has numbers only, also where everything goes wrong."""
    district = make_bucket_district()
    for number, data in enumerate((portrait(), b"", b"PK no archive", cut(portrait(seed=3), 0.5))):
        district.put(f"{code_of(number)}.{'zip' if number == 2 else 'jpg'}", data)
    district.put(f"{code_of(4)}.jpg", portrait(seed=4), vendor="stranger")
    done = district.call("run", "--until-idle")
    assert done.returncode == 0, done.stderr
    assert sum(district.states().values()) == 4
    assert [number for number in range(5) if code_of(number) in done.stderr] == []
