"""Folders as vendors drop them: nested, slowly filled, closed by hand, with an index, a zip and junk in them."""

from __future__ import annotations

import signal
import time
import zipfile
from pathlib import Path

from pictureday.messages import FileState
from tests.flow.conftest import MakeDistrict
from tests.flow.district import District, code_of, eventually, stopped
from tests.photos import portrait

_NEVER = 600.0  # seconds: longer than any test
_QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")


def test_a_folder_of_2000_files_moved_in_at_once_is_one_delivery(make_district: MakeDistrict) -> None:
    """2,000 photos two levels deep, there in one instant: 2,000 verdicts, one receipt, and the folder is gone."""
    district = make_district(students=2000)
    district.start("run")
    eventually(lambda: '"started"' in district.logs(), "the pipeline runs")
    outside = district.folder / "outside"
    for number in range(2000):
        _put(outside / f"grade-{number % 4}/class-{number % 20}/{code_of(number)}.jpg", portrait(seed=number % 50))
    outside.rename(district.inbox() / "autumn")
    eventually(lambda: bool(district.receipts()), "the delivery is told", seconds=120)
    (receipt,) = district.receipts()
    assert receipt["totals"] == {"files": 2000, "accepted": 2000}
    assert len({row["student_code"] for row in district.files()}) == 2000
    assert list(district.inbox().iterdir()) == []


def test_each_new_file_keeps_a_folder_open(make_district: MakeDistrict) -> None:
    """Files that keep coming for longer than the quiet period are one delivery."""
    quiet = 3.0
    district = make_district(timings={"settle": 0.2, "quiet": quiet})
    district.start("run")
    began, count = time.monotonic(), 0
    while time.monotonic() < began + 2 * quiet:
        _put(district.inbox() / f"slow/{code_of(count)}.jpg", portrait(seed=count))
        count += 1
        _taken(district, count)
    eventually(lambda: bool(district.receipts()), "the delivery is told")
    (receipt,) = district.receipts()
    assert receipt["totals"] == {"files": count, "accepted": count}


def test_done_closes_at_once_and_late_files_open_a_new_delivery(make_district: MakeDistrict) -> None:
    """With `_DONE` nothing waits for the quiet period; what comes later is a delivery of its own."""
    district = make_district(timings={"quiet": _NEVER, "grace": _NEVER})
    district.start("run")
    for number in range(2):
        _put(district.inbox() / f"day/{code_of(number)}.jpg", portrait(seed=number))
        _put(district.inbox() / "day/_DONE", b"")
        eventually(lambda: len(district.receipts()) == number + 1, "the delivery is told")  # noqa: B023 - asked at once
    first, second = district.receipts()
    assert first["name"] == second["name"] == "day"
    for receipt, number in ((first, 0), (second, 1)):
        assert receipt["totals"] == {"files": 2, "accepted": 1, "ignored": 1}
        assert {file["path"] for file in receipt["files"]} == {f"day/{code_of(number)}.jpg", "day/_DONE"}


def test_done_does_not_close_over_a_file_that_is_still_coming(make_district: MakeDistrict) -> None:
    """`_DONE` says that no new files come: the one under way still belongs to the delivery."""
    district = make_district(timings={"quiet": _NEVER, "grace": _NEVER})
    district.start("run")
    photo = portrait(seed=1)
    _put(district.inbox() / f"day/{code_of(1)}.jpg", photo[:9000])
    _put(district.inbox() / f"day/{code_of(0)}.jpg", portrait(seed=0))
    _put(district.inbox() / "day/_DONE", b"")
    eventually(lambda: _states(district) == {"accepted": 1, "ignored": 1}, "the rest is judged")
    assert not district.receipts()
    with (district.inbox() / f"day/{code_of(1)}.jpg").open("ab") as file:
        file.write(photo[9000:])
    eventually(lambda: bool(district.receipts()), "the delivery is told")
    (receipt,) = district.receipts()
    assert receipt["totals"] == {"files": 3, "accepted": 2, "ignored": 1}


def test_everything_in_a_mixed_folder_is_counted_once(make_district: MakeDistrict) -> None:
    """Photos, a zip's entries, an index and its photos, junk, an upload that never ended: one receipt has them all."""
    district = make_district()
    folder = district.inbox() / "week-3"
    _put(folder / f"north/{code_of(0)}.jpg", portrait(seed=0))
    _put(folder / "north/.DS_Store", b"")
    _put(folder / "Thumbs.db", b"junk")
    _put(folder / "__MACOSX/._a.jpg", b"junk")
    _put(folder / "IMG_0001.jpg", portrait(seed=1))
    _put(folder / "IMG_0002.jpg", portrait(seed=2))
    _put(folder / "INDEX.TXT", f"IMG_0001.jpg\t{code_of(1)}\n".encode())
    _put(folder / f"{code_of(5)}.jpg.filepart", portrait(seed=5))
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        for number in (3, 4):
            archive.writestr(f"{code_of(number)}.jpg", portrait(seed=number))
    district.run_until_idle()
    (receipt,) = district.receipts()
    verdicts = {file["path"]: (file["state"], file["student_code"]) for file in receipt["files"]}
    assert verdicts == {
        f"week-3/north/{code_of(0)}.jpg": ("accepted", code_of(0)),
        "week-3/north/.DS_Store": ("ignored", ""),
        "week-3/Thumbs.db": ("ignored", ""),
        "week-3/__MACOSX/._a.jpg": ("ignored", ""),
        "week-3/IMG_0001.jpg": ("accepted", code_of(1)),
        "week-3/IMG_0002.jpg": ("quarantined", ""),
        "week-3/INDEX.TXT": ("index", ""),
        f"week-3/{code_of(5)}.jpg.filepart": ("unfinished", ""),
        f"week-3/more.zip!{code_of(3)}.jpg": ("accepted", code_of(3)),
        f"week-3/more.zip!{code_of(4)}.jpg": ("accepted", code_of(4)),
    }
    assert receipt["totals"]["files"] == sum(receipt["totals"].values()) / 2 == 10
    assert [path.name for path in folder.iterdir()] == [f"{code_of(5)}.jpg.filepart"]


def test_an_upload_that_never_ended_is_told_even_alone_and_only_once(make_district: MakeDistrict) -> None:
    """A temporary name that stands past its grace is `unfinished` in a receipt; renamed after all, it is judged."""
    district = make_district(timings={"grace": 1.0, "quiet": 0.5, "rescan": 0.5})
    upload = district.inbox() / f"{code_of(0)}.jpg.filepart"
    _put(upload, portrait(seed=0))
    district.start("run")
    eventually(lambda: bool(district.receipts()), "it is told")
    _put(district.inbox() / f"{code_of(1)}.jpg", portrait(seed=1))
    eventually(lambda: len(district.receipts()) == 2, "another photo is told")
    assert upload.exists()
    upload.rename(upload.with_suffix(""))
    eventually(lambda: len(district.receipts()) == 3, "the renamed one is told")
    totals = [receipt["totals"] for receipt in district.receipts()]
    assert totals == [{"files": 1, "unfinished": 1}, {"files": 1, "accepted": 1}, {"files": 1, "accepted": 1}]


def test_a_folder_filled_under_a_temporary_name_is_one_delivery(make_district: MakeDistrict) -> None:
    """Nothing is taken out of `up.part/` while it fills; renamed, it is one delivery under its final name."""
    district = make_district(timings={"settle": 0.2, "quiet": 0.5, "grace": 60.0})
    district.start("run")
    filling = district.inbox() / "up.part"
    _put(filling / f"{code_of(0)}.jpg", portrait(seed=0))
    _put(district.inbox() / f"{code_of(2)}.jpg", portrait(seed=2))
    eventually(lambda: district.states() == {"accepted": 1}, "the other photo, dropped later, is judged")
    _put(filling / f"{code_of(1)}.jpg", portrait(seed=1))
    filling.rename(filling.with_suffix(""))
    eventually(lambda: district.states() == {"accepted": 3}, "the folder's photos are judged")
    assert [(row["kind"], row["name"]) for row in district.deliveries()] == [("loose", ""), ("folder", "up")]


def test_files_that_no_event_told_of_are_found(make_district: MakeDistrict) -> None:
    """What comes while the kernel's queue of events is full, and is lost with it, is found by the next rescan."""
    district = make_district(timings={"rescan": 1.0})
    process = district.start("run")
    eventually(lambda: '"started"' in district.logs(), "the pipeline runs")
    stopped(process)
    _fill_queue(district.inbox("acme"))
    for number in (1, 3):
        _put(district.inbox("other") / f"a/b/{code_of(number)}.jpg", portrait(seed=number))
    process.send_signal(signal.SIGCONT)
    eventually(lambda: bool(district.receipts("other")), "the unannounced folder is told")
    (receipt,) = district.receipts("other")
    assert receipt["totals"] == {"files": 2, "accepted": 2}


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _taken(district: District, count: int) -> None:
    eventually(lambda: len(district.files()) == count, f"{count} files are taken")


def _states(district: District) -> dict[str, int]:
    """The states of all files; none of them waits for its verdict any more."""
    states = dict(district.states())
    return {} if FileState.RECEIVED in states else states


def _fill_queue(folder: Path) -> None:
    """Make more events than the kernel keeps: each rename is two, and two that differ are never made one."""
    names = folder / ".a", folder / ".b"
    names[0].touch()
    for turn in range(int(_QUEUE.read_text(encoding="ascii"))):
        names[turn % 2].rename(names[1 - turn % 2])
    for name in names:
        name.unlink(missing_ok=True)
