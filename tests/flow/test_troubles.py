"""Whatever is wrong outside: a clear sentence says so, nothing is lost, and all goes on by itself when it is mended."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from pathlib import Path

from tests.flow.conftest import MakeDistrict
from tests.flow.disks import mounted
from tests.flow.district import District, code_of, eventually
from tests.photos import cut, portrait
from tests.servers import PostgresServer, RabbitServer

BAD_SETTINGS = {
    "catalogue.url": '"mysql://elsewhere"',
    "bus.url": '"kafka://elsewhere"',
    "district.timezone": '"Mars/Olympus"',
    "ingest.settle": '"soon"',
    "mail.detail": '"everything"',
    "mail.sender": '"nobody"',
    "sync.at": '"25:00"',
    "validate.seconds": "-1",
    "profile.colour": '"red"',
}


def drop(district: District, *numbers: int, vendor: str = "acme") -> None:
    """Drop good photos of these students."""
    for number in numbers:
        (district.inbox(vendor) / f"{code_of(number)}.jpg").write_bytes(portrait(seed=number))


def is_said(district: District, sentence: str) -> bool:
    """Whether a log line holds `sentence`; none may hold a traceback, which tells an operator nothing."""
    lines = [json.loads(line) for line in district.logs().splitlines(keepends=True) if line.endswith("\n")]
    assert [line for line in lines if "exception" in line] == []
    return any(sentence in str(value) for line in lines for value in line.values())


def wait_until_said(district: District, sentence: str) -> None:
    """Wait for a log line with `sentence`."""
    until(district, lambda: is_said(district, sentence), f"said: {sentence}")


def until(district: District, holds: Callable[[], bool], what: str) -> None:
    """`eventually`, and where it never is, all that was logged."""
    try:
        eventually(holds, what)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{district.logs()}") from None


def wait_until_accepted(district: District, count: int) -> None:
    """Wait until so many photos are accepted and all there are, and their deliveries told."""
    until(district, lambda: district.states() == {"accepted": count}, f"{count} accepted")
    until(district, lambda: sum(one["totals"]["files"] for one in district.receipts()) == count, f"{count} told")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program holds the database."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_bad_settings_are_all_named_at_once(district: District) -> None:
    """Exit code 2, and each bad setting with its name; nothing is started."""
    district.config.write_text("\n".join(f"{name} = {value}" for name, value in BAD_SETTINGS.items()))
    for words in (["run"], ["sync", "--now"], ["status"]):
        done = district.call(*words)
        assert done.returncode == 2
        assert [name for name in BAD_SETTINGS if name not in done.stderr] == []
        assert "Traceback" not in done.stderr


def test_a_missing_inbox_folder(make_district: MakeDistrict, tmp_path: Path) -> None:
    """At the start, or while it runs: once the folder is there, or there again, its photos are taken."""
    root, aside = tmp_path / "vendors", tmp_path / "aside"
    district = make_district(inbox_root=root, timings={"rescan": 0.5})
    root.rename(aside)
    district.start("run")
    wait_until_said(district, f"The inbox folder {root} is missing.")
    aside.rename(root)
    drop(district, 0)
    wait_until_accepted(district, 1)
    root.rename(aside)
    until(district, lambda: district.logs().count(f"{root} is missing.") >= 2, "said again")
    aside.rename(root)
    drop(district, 1)
    wait_until_accepted(district, 2)


def test_an_inbox_folder_that_was_made_anew(make_district: MakeDistrict, tmp_path: Path) -> None:
    """A folder that was removed and made again while it runs is as good as the first."""
    root, aside = tmp_path / "vendors", tmp_path / "aside"
    district = make_district(inbox_root=root, timings={"rescan": 0.5})
    district.start("run")
    drop(district, 0)
    wait_until_accepted(district, 1)
    until(district, lambda: not list((root / ".taken").iterdir()), "nothing in hand")
    root.rename(aside)
    wait_until_said(district, f"The inbox folder {root} is missing.")
    district.inbox().mkdir(parents=True)
    drop(district, 1)
    until(district, lambda: district.states() == {"accepted": 2}, "both accepted")


def test_a_locked_database(district: District) -> None:
    """Another program holds the catalogue for longer than we wait, at the start and while it runs."""
    path = district.folder / "catalogue.db"
    with locked(path):
        district.start("run")
        drop(district, 0)
        wait_until_said(district, "is locked by another program")
    wait_until_accepted(district, 1)
    with locked(path):
        drop(district, 1)
        until(district, lambda: district.logs().count("is locked by another program") >= 2, "said again")
    wait_until_accepted(district, 2)


def test_a_read_only_database(make_district: MakeDistrict, tmp_path: Path) -> None:
    """The pipeline waits for a catalogue that can be written, and the sync leaves what a read-only store can't take."""
    with mounted(tmp_path / "db") as disk:
        urls = {part: f"sqlite:///{disk.root}/{part}.db" for part in ("catalogue", "misis")}
        district = make_district(urls=urls)
        district.catalogue.close()
        disk.make_read_only()
        program = district.start("run")
        drop(district, 0)
        wait_until_said(district, "catalogue.db can't be opened. Check that its folder exists and is writable.")
        disk.make_writable()
        wait_until_accepted(district, 1)
        district.stop(program)
        district.close()


def test_a_read_only_store(make_district: MakeDistrict, tmp_path: Path) -> None:
    """The sync says that the store is read-only and ends; the photos stay accepted, and the next sync applies them."""
    with mounted(tmp_path / "db", read_only=True) as disk:
        district = make_district(urls={"misis": f"sqlite:///{disk.root}/misis.db"})
        drop(district, 0)
        district.run_until_idle()
        done = district.call("sync", "--now")
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        assert "misis.db" in done.stderr
        assert district.states() == {"accepted": 1}
        disk.make_writable()
        assert district.call("sync", "--now").returncode == 0
        assert district.states() == {"applied": 1}


def test_a_full_disk(make_district: MakeDistrict, tmp_path: Path) -> None:
    """No room for catalogue, blobs, mails and store: all waits, and completes when there is room."""
    with mounted(tmp_path / "home", kilobytes=6_000) as disk:
        urls = {part: f"sqlite:///{disk.root}/{part}.db" for part in ("catalogue", "misis")}
        urls |= {part: f"file:{disk.root}/{part}" for part in ("blobs", "mail")}
        district = make_district(urls=urls, timings={"grace": 1})
        district.start("run")
        drop(district, 0)
        wait_until_accepted(district, 1)
        disk.fill()
        drop(district, *range(1, 20))
        (district.inbox() / f"{code_of(20)}.jpg").write_bytes(cut(portrait(), 0.9))
        wait_until_said(district, "has no room: the disk is full")
        sync = district.call("sync", "--now")
        assert (sync.returncode, "Traceback" in sync.stderr) == (1, False)
        disk.free()
        until(district, lambda: district.states() == {"accepted": 20, "quarantined": 1}, "all judged")
        until(district, lambda: len(list((disk.root / "mail").glob("*.eml"))) == 1, "the report is sent")
        assert district.call("sync", "--now").returncode == 0
        assert district.states() == {"applied": 20, "quarantined": 1}
        district.close()


def test_unknown_and_suspended_vendors(district: District) -> None:
    """Their folders are left untouched and told to ops once, also over a restart; activated, they are taken."""
    assert district.call("vendor", "suspend", "other").returncode == 0
    district.inbox("newcomer").mkdir(parents=True)
    drop(district, 1, vendor="other")
    drop(district, 3, vendor="newcomer")
    before = listing(district.inboxes)
    district.run_until_idle()
    assert (listing(district.inboxes), district.files()) == (before, [])
    district.start("run")
    wait_until_said(district, "ops_told")
    assert district.call("vendor", "add", "newcomer", "--active").returncode == 0
    assert district.call("vendor", "activate", "other").returncode == 0
    until(district, lambda: len(district.files()) == 2, "both are taken")
    until(district, lambda: len(district.receipts("newcomer") + district.receipts("other")) == 2, "both are told")
    assert sorted((row["vendor"], row["state"]) for row in district.files()) == [
        ("newcomer", "quarantined"),
        ("other", "accepted"),
    ]
    assert digests(district).count("is no vendor we know") == 1
    assert digests(district).count("is suspended") == 1


def test_links_and_pipes_in_an_inbox(district: District, tmp_path: Path) -> None:
    """What is no file is quarantined as such, and a linked inbox is told to ops; nothing behind a link is read."""
    secret = tmp_path / "outside" / f"{code_of(0)}.jpg"
    secret.parent.mkdir()
    secret.write_bytes(portrait(seed=77))
    (district.inbox() / f"{code_of(1)}.jpg").symlink_to(secret)
    (district.inbox() / "album").symlink_to(secret.parent)
    (district.inbox() / "drop.zip").symlink_to(secret)
    os.mkfifo(district.inbox() / f"{code_of(2)}.jpg")
    district.inbox("other").rmdir()
    district.inbox("other").symlink_to(secret.parent)
    district.run_until_idle()
    assert district.states() == {"quarantined": 4}
    assert {row["state"] for row in district.deliveries()} == {"closed"}
    assert {finding["code"] for row in district.files() for finding in row["findings"]} == {"not_a_file"}
    assert secret.read_bytes() == portrait(seed=77)
    kept = [path.read_bytes() for path in (district.folder / "blobs").rglob("*") if path.is_file()]
    assert portrait(seed=77) not in kept
    assert digests(district).count("The inbox of vendor other") == 1


def test_a_receipts_folder_that_can_not_be_written(district: District) -> None:
    """The verdicts stand, the receipt waits for its folder."""
    folder = district.inboxes / "acme" / "receipts"
    with mounted(folder, read_only=True):
        district.start("run")
        drop(district, 0)
        wait_until_said(district, "is on a read-only disk")
        assert district.states() == {"accepted": 1}
    wait_until_accepted(district, 1)


def test_a_broker_that_is_away_at_the_start(make_district: MakeDistrict, rabbit: RabbitServer, amqp_url: str) -> None:
    """Without RabbitMQ photos are taken and wait; when it comes, they are judged and told."""
    district = make_district(urls={"bus": amqp_url})
    rabbit.stop()
    district.start("run")
    drop(district, *range(5))
    wait_until_said(district, "RabbitMQ")
    until(district, lambda: district.states() == {"received": 5}, "taken all the same")
    rabbit.start()
    wait_until_accepted(district, 5)


def test_a_server_for_catalogue_and_store_that_stops(
    make_district: MakeDistrict, postgres: PostgresServer, postgres_url: str
) -> None:
    """PostgreSQL is away at the start, comes, and stops for a while in the middle: nothing is lost."""
    district = make_district(urls={"catalogue": postgres_url, "misis": postgres_url})
    district.catalogue.close()
    postgres.stop()
    district.start("run")
    drop(district, *range(5))
    wait_until_said(district, "can't be reached")
    postgres.start()
    wait_until_accepted(district, 5)
    said = district.logs().count("can't be reached")
    postgres.stop()
    drop(district, *range(5, 10))
    until(district, lambda: district.logs().count("can't be reached") > said, "said again")
    sync = district.call("sync", "--now")
    assert (sync.returncode, "Traceback" in sync.stderr, "can't be reached" in sync.stderr) == (1, False, True)
    postgres.start()
    wait_until_accepted(district, 10)
    assert district.call("sync", "--now").returncode == 0
    assert district.states() == {"applied": 10}
    district.close()


def listing(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file of the vendors: inode, time of change and bytes."""
    files = [path for path in folder.glob("*/inbox/**/*") if path.is_file()]
    return {str(path): (path.stat().st_ino, path.stat().st_ctime_ns, path.read_bytes()) for path in files}


def digests(district: District) -> str:
    """The words of all mails to the operators."""
    mails = [mail.get_body(("plain",)) for mail in district.mails() if mail["To"] == "ops@district.example"]
    return " ".join(" ".join(mail.get_content().split()) for mail in mails if isinstance(mail, EmailMessage))
