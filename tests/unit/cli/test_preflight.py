"""What `pictureday check` says of files, by the pipeline's own rules."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest import Limits
from pictureday.cli.dropped import deliveries
from pictureday.cli.preflight import Line, Preflight
from pictureday.config import Settings
from pictureday.errors import UserError
from pictureday.profile import Profile
from pictureday.roster import Flags, RosterFile, Student
from tests.photos import cut, portrait
from validate import Judged, judge

LIMITS = Limits(entries=100, entry_bytes=1_000_000, total_bytes=10_000_000, ratio=100)
ONE, TWO = portrait(seed=1), portrait(seed=2)


def judge_here(photos: Sequence[bytes]) -> list[Judged]:
    """The verdicts without other processes."""
    return [judge(data, Profile()) for data in photos]


def check(*paths: Path | str, roster: RosterFile | None = None) -> dict[str, Line]:
    """All lines by their path."""
    preflight = Preflight(Settings(), judge_here, roster=roster)
    dropped = deliveries([os.fspath(path) for path in paths], LIMITS)
    return {line.path: line for delivery in dropped for line in preflight.judge(delivery)}


def told(lines: dict[str, Line]) -> dict[str, tuple[str, list[str]]]:
    """Verdict and reasons by file name."""
    return {
        path.rpartition("/")[2]: (line.verdict, [finding.code for finding in line.findings])
        for path, line in lines.items()
    }


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    """A folder with these files."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip with these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_folder(tmp_path: Path) -> None:
    """Every file of a folder has its line: photos are judged, junk and index files are ignored."""
    lay(
        tmp_path,
        {"a/123456X001.jpg": ONE, "b/123456X002.jpg": cut(TWO, 0.9), "Thumbs.db": b"x", "MAP.TXT": b"", "_DONE": b""},
    )
    assert told(check(tmp_path)) == {
        "123456X001.jpg": ("accepted", []),
        "123456X002.jpg": ("quarantined", ["damaged"]),
        "Thumbs.db": ("ignored", []),
        "MAP.TXT": ("ignored", []),
        "_DONE": ("ignored", []),
    }


def test_all_reasons(tmp_path: Path) -> None:
    """A file is told all that is wrong with it, its name included."""
    lay(tmp_path, {"me.jpg": portrait(400, 300, bytes_between=(31_000, 40_000))})
    assert told(check(tmp_path)) == {"me.jpg": ("quarantined", ["bad_name", "too_big", "wrong_shape"])}


def test_index(tmp_path: Path) -> None:
    """A photo whose name is no code is whose the index file beside it says."""
    lay(tmp_path, {"IMG_1.jpg": ONE, "IMG_2.jpg": TWO, "IDLINK.TXT": b'"123456X001","IMG_1.jpg"\r\n'})
    lines = check(tmp_path)
    assert lines[f"{tmp_path}/IMG_1.jpg"].student_code == "123456X001"
    assert told(lines)["IMG_2.jpg"] == ("quarantined", ["bad_name"])


def test_archive(tmp_path: Path) -> None:
    """Each entry of a zip has a line whose path names both; a zip inside it is quarantined."""
    drop = tmp_path / "drop.zip"
    drop.write_bytes(zipped({"x/": b"", "x/123456X001.jpg": ONE, "x/more.zip": zipped({}), "__MACOSX/._a.jpg": b""}))
    lines = check(drop)
    assert list(lines) == [f"{drop}!x/123456X001.jpg", f"{drop}!x/more.zip", f"{drop}!__MACOSX/._a.jpg"]
    assert [line.verdict for line in lines.values()] == ["accepted", "quarantined", "ignored"]


def test_archive_without_folders(tmp_path: Path) -> None:
    """An entry that lies at the top of its archive bears the student's code like any other."""
    drop = tmp_path / "drop.zip"
    drop.write_bytes(zipped({"123456X001.jpg": ONE}))
    (line,) = check(drop).values()
    assert (line.path, line.student_code, line.verdict) == (f"{drop}!123456X001.jpg", "123456X001", "accepted")


def test_refused_archive(tmp_path: Path) -> None:
    """A zip that is an attack or is broken has one line, and nothing of it is judged."""
    lay(
        tmp_path,
        {"a.zip": zipped({"../123456X001.jpg": ONE}), "b.zip": zipped({"123456X001.jpg": ONE})[:-9], "c.zip": ONE},
    )
    assert told(check(tmp_path)) == {
        "a.zip": ("refused", ["archive_path_traversal"]),
        "b.zip": ("refused", ["archive_truncated"]),
        "c.zip": ("refused", ["archive_unreadable"]),
    }


def test_ambiguous(tmp_path: Path) -> None:
    """Two different good photos of one student in one delivery are both held; a bad one or a copy is no rival."""
    lay(tmp_path / "in", {"a/123456X001.jpg": ONE, "b/123456x001.jpg": TWO})
    lay(
        tmp_path / "in",
        {"a/123456X002.jpg": ONE, "b/123456X002.JPG": cut(TWO, 0.9), "c/123456X003.jpg": ONE, "d/123456x003.jpg": ONE},
    )
    verdicts = {line.path[-16:]: line.verdict for line in check(tmp_path / "in").values()}
    assert [path for path, verdict in verdicts.items() if verdict == "quarantined"] == [
        "a/123456X001.jpg",
        "b/123456X002.JPG",
        "b/123456x001.jpg",
    ]
    assert {line.verdict for line in check(tmp_path / "in/a", tmp_path / "in/d").values()} == {"accepted"}


def test_roster(tmp_path: Path) -> None:
    """With a roster the student must be on it, still, and not flagged; without one nothing is said of that."""
    lay(tmp_path, {f"123456X00{number}.jpg": portrait(seed=number) for number in range(5)})
    students = (
        Student(code="123456X000", school_code="1"),
        Student(code="123456X001", school_code="1", do_not_photograph=True),
        Student(code="123456X002", school_code="1", enrolled=False, do_not_photograph=True),
        Student(code="123456X003", school_code="1", do_not_photograph=True),
    )
    by_code = {student.code: student for student in students}
    reasons = [codes for _, codes in told(check(tmp_path, roster=RosterFile(format="", students=by_code))).values()]
    assert reasons == [[], ["do_not_photograph"], ["unknown_student"], ["do_not_photograph"], ["unknown_student"]]
    flags = {"123456X000": Flags(do_not_photograph=True)}
    delta = RosterFile(format="", students=by_code, flags=flags, delta=True)
    assert [codes for _, codes in told(check(tmp_path, roster=delta)).values()] == [
        ["do_not_photograph"],
        [],
        ["unknown_student"],
        [],
        [],
    ]
    assert {line.verdict for line in check(tmp_path).values()} == {"accepted"}


def test_odd_files(tmp_path: Path) -> None:
    """A link is no photo, whatever it points at; a temporary name waits for its rename."""
    lay(tmp_path, {"in/123456X001.jpg.part": ONE, "in/.hidden.jpg": ONE, "123456X002.jpg": TWO})
    (tmp_path / "in/123456X003.jpg").symlink_to(tmp_path / "123456X002.jpg")
    assert told(check(tmp_path / "in")) == {
        "123456X001.jpg.part": ("ignored", []),
        ".hidden.jpg": ("ignored", []),
        "123456X003.jpg": ("quarantined", ["not_a_file"]),
    }


def test_huge_file(tmp_path: Path) -> None:
    """A file of more bytes than the pipeline reads is not read here either."""
    with (tmp_path / "123456X001.jpg").open("wb") as file:
        file.truncate(60_000_000)
    assert told(check(tmp_path)) == {"123456X001.jpg": ("quarantined", ["too_big"])}


@pytest.mark.parametrize("name", [b"\xff\xfe.jpg", b"a\nb.jpg", "\u202egpj.exe.jpg".encode()])
def test_hostile_names(tmp_path: Path, name: bytes) -> None:
    """The path given out leads back to the very name on disk."""
    lay(tmp_path, {os.fsdecode(name): ONE})
    (line,) = check(f"{tmp_path}/").values()
    assert os.fsencode(line.path) == os.fsencode(tmp_path) + b"/" + name


def test_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths start with the arguments as they were given."""
    monkeypatch.chdir(lay(tmp_path, {"in/123456X001.jpg": ONE, "123456X002.jpg": TWO}))
    assert sorted(check("./in/", "123456X002.jpg")) == ["./in/123456X001.jpg", "123456X002.jpg"]


def test_missing(tmp_path: Path) -> None:
    """A path that does not exist is told before anything is judged."""
    with pytest.raises(UserError, match="nowhere"):
        list(deliveries([str(tmp_path), str(tmp_path / "nowhere")], LIMITS))
