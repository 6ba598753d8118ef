"""Everything at its scale setting at once: RabbitMQ, S3, PostgreSQL and SQS, and each stage in processes of its own."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pictureday.blobs import connect
from pictureday.catalogue import tables
from tests.flow.bucket import BucketDistrict, MakeBucketDistrict
from tests.flow.district import code_of, eventually
from tests.photos import cut, portrait
from tests.servers import PostgresServer, S3Server

ZIPS, FOLDER, LOOSE, BAD = 12, 30, 20, 8


@pytest.fixture
def big(
    make_bucket_district: MakeBucketDistrict, amqp_url: str, postgres: PostgresServer, postgres_url: str, s3: S3Server
) -> Iterator[BucketDistrict]:
    """A district with nothing on its own disk but the mails."""
    misis_url = postgres.new_database()
    blobs_url = f"s3://{s3.new_bucket()}/blobs?endpoint={s3.endpoint}"
    urls = {"bus": amqp_url, "catalogue": postgres_url, "misis": misis_url, "blobs": blobs_url}
    district = make_bucket_district(urls=urls, versions=True, students=300)
    yield district
    district.close()
    postgres.drop_database(misis_url)


def deliver(district: BucketDistrict) -> int:
    """Zips of ten, a folder that is marked done, and loose photos, some of which are bad; how many photos."""
    files: dict[str, bytes] = {}
    for number in range(ZIPS):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for student in range(number * 10, number * 10 + 10):
                archive.writestr(f"{code_of(student)}.jpg", portrait(seed=student))
        files[f"{number}.zip"] = out.getvalue()
    at = ZIPS * 10
    files |= {f"school/{code_of(student)}.jpg": portrait(seed=student) for student in range(at, at + FOLDER)}
    at += FOLDER
    files |= {f"{code_of(student)}.jpg": portrait(seed=student) for student in range(at, at + LOOSE)}
    at += LOOSE
    bad = {f"{code_of(student)}.jpg": cut(portrait(seed=student), 0.9) + b"\xff\xd9" for student in range(at, at + BAD)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda item: district.put(*item), (files | bad).items()))
    district.put("school/_DONE", b"")
    return at + BAD


def test_the_flow_with_everything_at_scale(big: BucketDistrict) -> None:
    """Three validators share the work, every photo gets one verdict, the night writes it once, the receipts add up."""
    running = [
        big.start("run", "--stage", stage) for stage in ("ingest", "publish", "validate", "validate", "validate")
    ]
    photos = deliver(big)
    accepted = photos - BAD
    eventually(
        lambda: big.states() == {"accepted": accepted, "quarantined": BAD, "ignored": 1}, "all judged", seconds=90
    )
    eventually(lambda: len(big.receipts()) == ZIPS + 2, "a receipt for each delivery")
    eventually(lambda: big.keys() == [] and sum(big.waiting()) == 0, "the inbox and its queue are empty")
    logs = [path.read_text() for path in sorted(big.folder.glob("log-*.jsonl"))]
    assert all('"photos_judged"' in log for log in logs[2:])
    for _ in range(2):
        assert big.call("sync", "--now").returncode == 0
        assert [row["student_code"] for row in big.store()] == [code_of(number) for number in range(accepted)]
        assert len(big.misis()["sync_ledger"]) == accepted
    assert [big.stop(process) for process in running] == [0] * 5
    check(big, photos)


def check(big: BucketDistrict, photos: int) -> None:
    """What an auditor would ask: one row for each photo, the bytes behind each, the sums, and nothing left over."""
    assert Counter(row["student_code"] for row in big.files() if row["state"] != "ignored") == {
        code_of(number): 1 for number in range(photos)
    }
    blobs = connect(big.settings.blobs.url)
    wanted = {row["sha256"]: row["place"] for row in big.files()}
    wanted |= {row["rendition"]: row["rendition_place"] for row in big.files() if row["rendition"]}
    assert all(isinstance(data, bytes) for data in blobs.read_all(wanted).values())
    assert sum(receipt["totals"]["files"] for receipt in big.receipts()) == photos + 1
    assert sorted({row["state"] for row in big.deliveries()}) == ["closed"]
    assert big.rows(tables.messages) == []
