"""The MiSiS store alone: newest wins, twice changes nothing, and what is read back are the bytes."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from pictureday.errors import Outage
from sync.among import among
from sync.copying import add
from sync.store import MisisStore, Outcome, Photo, StoreRefused
from sync.tables import history, ledger, photos
from tests.servers import PostgresServer

AT = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)


def photo(photo_id: int, *, student: str = "000001A000", arrival: int | None = None, data: bytes = b"") -> Photo:
    """A photo whose bytes tell which one it is."""
    content = data or f"photo {photo_id}".encode()
    return Photo(
        photo_id=photo_id,
        student_code=student,
        school_code="N",
        photo=content,
        sha256=hashlib.sha256(content).hexdigest(),
        width=175,
        height=233,
        no_release=False,
        vendor="lens",
        arrival=photo_id if arrival is None else arrival,
        received_at=AT,
    )


@pytest.fixture
def store(store_url: str) -> Iterator[MisisStore]:
    """An empty store."""
    store = MisisStore.open(store_url)
    yield store
    store.close()


def apply(store: MisisStore, *batch: Photo) -> list[Outcome]:
    """The outcomes of one batch, in its order."""
    outcomes = store.apply(batch, night_id=1, at=AT)
    return [outcomes[item.photo_id] for item in batch]


def count(store: MisisStore, table: object) -> int:
    """How many rows a table has."""
    with store._reading() as tx:
        return int(tx.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - our own names


def test_batch_offered_twice_is_stored_once(store: MisisStore) -> None:
    """The ledger knows the photos again: the second time nothing is written."""
    batch = photo(1), photo(2, student="000002A000")
    assert apply(store, *batch) == [Outcome.APPLIED, Outcome.APPLIED]
    assert apply(store, *batch) == [Outcome.ALREADY, Outcome.ALREADY]
    assert [count(store, table) for table in (photos, history, ledger)] == [2, 0, 2]


def test_newest_arrival_wins_in_whatever_order_photos_come(store: MisisStore) -> None:
    """An older photo that comes late is entered in the ledger and changes nothing else, however often it comes."""
    assert apply(store, photo(5)) == [Outcome.APPLIED]
    assert apply(store, photo(3)) == [Outcome.OLDER]
    assert apply(store, photo(3)) == [Outcome.OLDER]
    assert apply(store, photo(7)) == [Outcome.REPLACED]
    assert [count(store, table) for table in (photos, history, ledger)] == [1, 1, 3]


def test_two_photos_of_a_student_in_one_batch_leave_the_newer(store: MisisStore) -> None:
    """Within a batch the order does not matter either."""
    assert apply(store, photo(2), photo(1)) == [Outcome.APPLIED, Outcome.OLDER]


def test_photos_of_one_archive_replace_each_other_in_the_order_they_come(store: MisisStore) -> None:
    """Photos of one archive share their arrival; the catalogue has decided which one is the newer."""
    assert apply(store, photo(1, arrival=4)) == [Outcome.APPLIED]
    assert apply(store, photo(2, arrival=4)) == [Outcome.REPLACED]


def test_hashes_are_of_the_bytes_wherever_they_are(store: MisisStore) -> None:
    """In force or in the history: the hash is computed from what is stored; unknown photos are left out."""
    apply(store, photo(1))
    apply(store, photo(2))
    assert store.read_back([1, 2, 3]) == {1: photo(1).sha256, 2: photo(2).sha256}


def test_ledger_is_read_in_pages(store: MisisStore) -> None:
    """Each line comes once, in the order it was written, with what became of the photo."""
    apply(store, photo(5), photo(3), photo(9, student="000002A000"))
    lines = store.ledger_after(0, 2)
    lines += store.ledger_after(lines[-1].seq, 2)
    assert [line.photo_id for line in lines] == [5, 3, 9]
    assert [line.outcome for line in lines] == [Outcome.APPLIED, Outcome.OLDER, Outcome.APPLIED]
    assert lines[-1].seq == store.last_seq()


def test_refused_photo_takes_its_whole_batch_back(store: MisisStore) -> None:
    """A batch is one transaction: with one photo that can't be stored, none of it is."""
    bad = photo(2, student="x")
    object.__setattr__(bad, "vendor", None)
    with pytest.raises(StoreRefused):
        apply(store, photo(1), bad)
    assert [count(store, table) for table in (photos, history, ledger)] == [0, 0, 0]


def test_photo_bytes_are_not_compressed_again(store: MisisStore) -> None:
    """On PostgreSQL the photos are stored as they are; trying to compress a JPEG doubles the price of a row."""
    with store._reading() as tx:
        if tx.dialect.name == "postgresql":
            kinds = (
                "SELECT attstorage FROM pg_attribute WHERE attname = 'photo' AND attrelid = 'student_photos'::regclass"
            )
            assert tx.execute(text(kinds)).scalar_one() in {"e", b"e"}


def test_server_that_dies_while_photos_are_sent_is_an_outage(postgres: PostgresServer) -> None:
    """Whatever way the rows take into the database, its errors are ours; when it is back the same batch gets in."""
    postgres.start()
    url = postgres.new_database()
    store = MisisStore.open(url)

    def die_while_sending() -> None:
        with store._writing() as tx:
            postgres.kill()
            add(tx, photos, [vars(photo(1)) | {"bytes": 7, "applied_at": AT}])

    with pytest.raises(Outage, match="The MiSiS store"):
        die_while_sending()
    postgres.start()
    assert apply(store, photo(1)) == [Outcome.APPLIED]
    store.close()
    postgres.drop_database(url)


def test_values_of_a_statement_may_be_none_or_thousands(store: MisisStore) -> None:
    """They are one parameter, so their number has no end that a database sets."""
    apply(store, *(photo(number, student=f"{number:06d}A000") for number in range(1, 4)))
    with store._reading() as tx:
        for values in ([], [2], range(2, 50_000)):
            found = tx.execute(select(photos.c.photo_id).where(among(tx, photos.c.photo_id, values))).scalars()
            assert set(found) == {1, 2, 3} & set(values)


def test_store_that_is_full_loses_nothing(tmp_path: Path) -> None:
    """A full disk is an outage that says so; with room again the same batch gets in."""
    store = MisisStore.open(f"sqlite:///{tmp_path}/misis.db")
    store.close()

    def little(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 20")

    event.listen(store._engine, "connect", little)
    big = photo(1, data=b"x" * 200_000)
    with pytest.raises(Outage, match="the disk is full"):
        apply(store, big)
    event.remove(store._engine, "connect", little)
    store.close()
    assert apply(store, big) == [Outcome.APPLIED]


def test_store_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    """A folder in the place of the database is an outage with a clear sentence."""
    (tmp_path / "misis.db").mkdir()
    with pytest.raises(Outage, match="can't be opened"):
        MisisStore.open(f"sqlite:///{tmp_path}/misis.db")
