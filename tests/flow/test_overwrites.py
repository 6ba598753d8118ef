"""A vendor who overwrites, goes on writing, or sends again: the newest whole photo wins, and nothing is lost."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

from tests.flow.conftest import MakeDistrict
from tests.flow.district import District, code_of, eventually
from tests.photos import portrait, with_comment

CODE = code_of(0)


def sha(data: bytes) -> str:
    """The hash that the catalogue knows `data` by."""
    return hashlib.sha256(data).hexdigest()


def in_force(district: District) -> list[str]:
    """The delivered bytes, by hash, of the photos that are accepted or applied."""
    return [row["sha256"] for row in district.files() if row["state"] in ("accepted", "applied")]


# All of one size, so that only the times of a file tell that it changed.
PHOTOS = [with_comment(photo, b"x" * (30_000 - len(photo))) for photo in (portrait(seed=seed) for seed in range(5))]
HASHES = {sha(photo) for photo in PHOTOS}


def overwrite(path: Path, *, seconds: float) -> bytes:
    """Write whole photos to one path for some seconds, over the old bytes or anew in two parts; the last of them."""
    luck, end, last = random.Random(path.name), time.monotonic() + seconds, b""
    while time.monotonic() < end:
        last = luck.choice([photo for photo in PHOTOS if photo != last])
        if luck.random() < 0.5:
            write_over(path, last)
        else:
            with path.open("wb", buffering=0) as file:
                file.write(last[:15_000])
                file.write(last[15_000:])
        time.sleep(luck.choice([0, 0.001, 0.01, 0.2, 0.25, 0.3]))  # mostly about as long as it takes to settle
    return last


def write_over(path: Path, data: bytes) -> None:
    """Write `data` into the file that is there, without emptying it first; a new one where there is none."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        time.sleep(0.001)  # it may be taken in between
        os.write(descriptor, data)
    finally:
        os.close(descriptor)


def test_overwriting_a_file_at_the_moment_it_is_taken(make_district: MakeDistrict) -> None:
    """However writes and takes fall together: no verdict on a mix of two photos, and the last one is in force."""
    district = make_district(timings={"settle": 0.2, "quiet": 0.5, "rescan": 0.5})
    district.start("run")
    eventually(lambda: "started" in district.logs(), "started")
    last = overwrite(district.inbox() / f"{CODE}.jpg", seconds=6)
    eventually(lambda: in_force(district) == [sha(last)], "the last photo in force")
    eventually(lambda: not any(row["state"] == "open" for row in district.deliveries()), "all deliveries closed")
    eventually(lambda: not list((district.inboxes / ".taken").iterdir()), "nothing of it in hand")
    assert {row["sha256"] for row in district.files()} <= HASHES
    assert set(district.states()) <= {"accepted", "superseded", "unchanged"}
    assert len(district.files()) > 2
    assert not list(district.inbox().iterdir())
    eventually(lambda: len(district.receipts()) == len(district.deliveries()), "all receipts")
    assert sum(receipt["totals"]["files"] for receipt in district.receipts()) == len(district.files())


def test_many_names_overwritten_at_once(make_district: MakeDistrict) -> None:
    """The same with twenty clients at a time, each with a student of its own."""
    district = make_district(timings={"settle": 0.2, "quiet": 0.5, "rescan": 0.5})
    last: dict[str, bytes] = {}

    def client(code: str) -> None:
        last[code] = overwrite(district.inbox() / f"{code}.jpg", seconds=3)

    district.start("run")
    eventually(lambda: "started" in district.logs(), "started")
    clients = [threading.Thread(target=client, args=[code_of(number)]) for number in range(20)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    wanted = {code: sha(data) for code, data in last.items()}
    eventually(lambda: newest(district) == wanted, "every last photo in force")
    assert {row["sha256"] for row in district.files()} <= HASHES
    # One that was taken before the last may still be on its way.
    eventually(lambda: set(district.states()) <= {"accepted", "superseded", "unchanged"}, "all judged")


def newest(district: District) -> dict[str, str]:
    """The hash of each student's photo in force."""
    rows = [row for row in district.files() if row["state"] == "accepted"]
    assert set(Counter(row["student_code"] for row in rows).values()) <= {1}
    return {row["student_code"]: row["sha256"] for row in rows}


def test_a_client_that_goes_on_writing_after_the_file_was_taken(make_district: MakeDistrict) -> None:
    """Bytes written through a file that is still open, after it was taken, are a newer drop under the same name."""
    district = make_district(timings={"settle": 2.0, "quiet": 0.5})
    first, second = portrait(seed=1), portrait(seed=2)
    district.start("run")
    with (district.inbox() / f"{CODE}.jpg").open("wb") as file:
        file.write(first)
        file.flush()
        eventually(lambda: in_force(district) == [sha(first)], "the first photo accepted")
        file.seek(0)
        file.write(second)
        file.truncate()
    eventually(lambda: in_force(district) == [sha(second)], "the second photo in force")
    rows = district.files()
    assert [row["path"] for row in rows] == [f"{CODE}.jpg"] * 2
    assert [row["state"] for row in rows] == ["superseded", "accepted"]
    eventually(lambda: not list((district.inboxes / ".taken").iterdir()), "nothing of it in hand")


def test_the_same_bytes_again_and_then_a_newer_photo(district: District) -> None:
    """After the sync the same bytes are unchanged; a newer photo replaces, and the history keeps the old one."""
    path, first, second = district.inbox() / f"{CODE}.jpg", portrait(seed=1), portrait(seed=2)
    for data in (first, first, second):
        path.write_bytes(data)
        district.run_until_idle()
        assert district.call("sync", "--now").returncode == 0
    one, again, newer = district.files()
    assert [row["state"] for row in (one, again, newer)] == ["replaced", "unchanged", "applied"]
    assert again["same_as"] == one["id"]
    assert [row["photo_id"] for row in district.store()] == [newer["id"]]
    assert [row["photo_id"] for row in district.history()] == [one["id"]]
    assert district.history()[0]["sha256"] == one["rendition"]


def test_an_older_arrival_never_overtakes(make_district: MakeDistrict) -> None:
    """A photo that came first but is judged last, because its name waits for an index, is superseded, in MiSiS too."""
    district = make_district(timings={"quiet": 60})
    older, newer = portrait(seed=1), portrait(seed=2)
    folder = district.inbox() / "class"
    folder.mkdir()
    district.start("run")
    (folder / "IMG_1.jpg").write_bytes(older)
    eventually(lambda: bool(district.files()), "the older photo is taken")
    (district.inbox() / f"{CODE}.jpg").write_bytes(newer)
    eventually(lambda: in_force(district) == [sha(newer)], "the newer photo is accepted")
    assert district.call("sync", "--now").returncode == 0
    (folder / "IDLINK.TXT").write_text(f"{CODE},IMG_1.jpg\r\n")
    (folder / "_DONE").write_bytes(b"")
    eventually(lambda: district.states()["superseded"] == 1, "the older photo is judged")
    assert district.call("sync", "--now").returncode == 0
    assert in_force(district) == [sha(newer)]
    assert [row["sha256"] for row in district.store()] == [row["rendition"] for row in district.files()[1:2]]
    assert district.history() == []
