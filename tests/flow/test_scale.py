"""The whole flow again on RabbitMQ and PostgreSQL, and a second time."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections import Counter
from collections.abc import Iterator

import pytest

from pictureday.catalogue import tables
from tests.flow.conftest import MakeDistrict
from tests.flow.district import District, code_of, eventually
from tests.photos import cut, portrait
from tests.servers import PostgresServer

GOOD, BAD = 40, 10


@pytest.fixture
def big(make_district: MakeDistrict, amqp_url: str, postgres: PostgresServer, postgres_url: str) -> Iterator[District]:
    """A district on RabbitMQ, with its catalogue and its MiSiS store on PostgreSQL."""
    misis_url = postgres.new_database()
    district = make_district(urls={"bus": amqp_url, "catalogue": postgres_url, "misis": misis_url}, students=1500)
    yield district
    district.close()
    postgres.drop_database(misis_url)


def deliver(district: District) -> None:
    """A zip of good photos, and bad ones that lie loose; the very same each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(GOOD):
            archive.writestr(f"{code_of(number)}.jpg", portrait(seed=number))
    (district.inbox() / "drop.zip").write_bytes(out.getvalue())
    for number in range(GOOD, GOOD + BAD):
        (district.inbox() / f"{code_of(number)}.jpg").write_bytes(cut(portrait(seed=number), 0.9))


def night(district: District) -> None:
    """One sync."""
    done = district.call("sync", "--now")
    assert done.returncode == 0, done.stderr


def reports(district: District) -> list[str]:
    """Who of the schools got how many reports."""
    return sorted(str(mail["To"]) for mail in district.mails() if "school" in str(mail["To"]))


def test_the_flow_and_the_sync_twice_change_nothing(big: District) -> None:
    """A second sync writes no row of any table of the store; the same bytes again change no photo and tell nobody."""
    deliver(big)
    big.run_until_idle()
    night(big)
    assert big.states() == {"applied": GOOD, "quarantined": BAD}
    assert [row["student_code"] for row in big.store()] == [code_of(number) for number in range(GOOD)]
    assert [receipt["totals"]["files"] for receipt in big.receipts()] == [GOOD, BAD]
    files, store, told = big.files(), big.misis(), reports(big)
    assert (len(store["sync_ledger"]), told) == (GOOD, ["north@school.example", "south@school.example"])

    night(big)
    assert (big.files(), big.misis()) == (files, store)

    deliver(big)
    big.run_until_idle()
    night(big)
    assert big.files()[: GOOD + BAD] == files
    assert big.misis() == store
    assert big.states() == {"applied": GOOD, "quarantined": BAD, "unchanged": GOOD + BAD}
    assert reports(big) == told
    assert big.rows(tables.messages) == []


def test_several_validators_share_the_work(big: District) -> None:
    """Each stage in processes of its own, the validators twice: all take part, and every photo gets one verdict."""
    big.start("run", "--stage", "ingest", "--stage", "publish")
    for _ in range(2):
        big.start("run", "--stage", "validate")
    numbers = itertools.count()

    def both_judged() -> bool:
        (big.inbox() / f"{(number := next(numbers)):04}.zip").write_bytes(zipped(number))
        validators = [path.read_text() for path in sorted(big.folder.glob("log-*.jsonl"))][1:]
        return all("photos_judged" in log for log in validators)

    eventually(both_judged, "both validators at work")
    dropped = next(numbers)
    eventually(lambda: big.states() == {"accepted": dropped}, "all accepted")
    eventually(lambda: len(big.receipts()) == dropped, "all receipts")
    assert Counter(row["student_code"] for row in big.files()) == {code_of(number): 1 for number in range(dropped)}
    assert len({row["accepted_no"] for row in big.files()}) == dropped


def zipped(number: int) -> bytes:
    """A zip of one photo: a message of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(f"{code_of(number)}.jpg", portrait(seed=number))
    return out.getvalue()
