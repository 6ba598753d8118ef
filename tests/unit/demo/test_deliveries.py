"""The demo's deliveries: each writes exactly the files whose verdicts it foretells."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import simplejpeg

from pictureday.demo import deliveries
from pictureday.demo.deliveries import Expected
from pictureday.demo.district import DISTRICT
from pictureday.demo.uploads import Client, FolderClient
from pictureday.messages import FileState
from pictureday.names import is_junk, student_code
from pictureday.profile import Profile
from pictureday.reasons import REASONS
from validate import judge

_ALL: tuple[Callable[[Client], Expected], ...] = (
    deliveries.clean_zip,
    deliveries.indexed_folder,
    deliveries.loose_files,
    deliveries.bad_folder,
    deliveries.attack_zip,
)

# What is known only from the name, the roster and the grants.
_NOT_IN_THE_BYTES = {"bad_name", "unknown_student", "not_granted", "do_not_photograph"}


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("deliver", [deliveries.indexed_folder, deliveries.loose_files, deliveries.bad_folder])
def test_every_file_written_has_a_foretold_verdict(deliver: Callable[[Client], Expected], tmp_path: Path) -> None:
    """Nothing is written that is not expected, nothing is expected that is not written."""
    expected = deliver(FolderClient(tmp_path))
    assert set(_files(tmp_path)) == set(expected.verdicts)


@pytest.mark.parametrize("deliver", _ALL)
def test_the_numbers_add_up(deliver: Callable[[Client], Expected], tmp_path: Path) -> None:
    """The counts are those of the verdicts, and whatever is not accepted has a reason that exists."""
    expected = deliver(FolderClient(tmp_path))
    bad = {path for path, state in expected.verdicts.items() if state in {FileState.QUARANTINED, FileState.REFUSED}}
    assert sum(expected.counts.values()) == expected.files
    assert bad == set(expected.reasons)
    assert {code for codes in expected.reasons.values() for code in codes} <= set(REASONS)


def test_the_clean_zip_holds_one_good_photo_for_each_entry(tmp_path: Path) -> None:
    """Eighty entries, all whole, all named by a code of the elementary school; no temporary name stays behind."""
    expected = deliveries.clean_zip(FolderClient(tmp_path))
    assert list(_files(tmp_path)) == ["maple-grove.zip"]
    with zipfile.ZipFile(tmp_path / "maple-grove.zip") as archive:
        assert archive.testzip() is None
        assert {f"maple-grove.zip!{name}" for name in archive.namelist()} == set(expected.verdicts)
        assert all(simplejpeg.is_jpeg(archive.read(name)) for name in archive.namelist())
    assert expected.counts == {FileState.ACCEPTED: 80}


def test_the_index_names_a_student_for_each_photo(tmp_path: Path) -> None:
    """INDEX.TXT is tab-separated, has no header, and its eleventh column holds the code; README.TXT says so."""
    expected = deliveries.indexed_folder(FolderClient(tmp_path))
    folder = tmp_path / "Cedar Creek"
    rows = list(csv.reader(io.StringIO((folder / "INDEX.TXT").read_text()), delimiter="\t"))
    assert {f"Cedar Creek/{row[1]}/{row[2]}" for row in rows} <= set(expected.verdicts)
    assert [row[10] for row in rows] == [one.code for one in DISTRICT.students_of("1202")[:60]]
    assert "[Field Definition #11] = ID" in (folder / "README.TXT").read_text()
    assert expected.counts == {FileState.ACCEPTED: 60, FileState.IGNORED: 3, FileState.INDEX: 2}


def test_what_is_foretold_as_ignored_is_junk(tmp_path: Path) -> None:
    """The junk of the folder is what an operating system leaves, and only that."""
    verdicts = deliveries.indexed_folder(FolderClient(tmp_path)).verdicts
    assert {path for path, state in verdicts.items() if state is FileState.IGNORED} == set(filter(is_junk, verdicts))


def test_no_student_is_photographed_twice(tmp_path: Path) -> None:
    """The accepted photos of all deliveries are of different students, so the counts need no rule for retakes."""
    accepted = [
        code
        for deliver in (deliveries.clean_zip, deliveries.loose_files, deliveries.bad_folder)
        for path, state in deliver(FolderClient(tmp_path)).verdicts.items()
        if state is FileState.ACCEPTED and (code := student_code(path.partition("!")[2] or path))
    ]
    assert len(accepted) == len(set(accepted)) == 80 + 40 + 6


@pytest.mark.parametrize("deliver", [deliveries.indexed_folder, deliveries.loose_files, deliveries.bad_folder])
def test_the_stage_that_judges_agrees(deliver: Callable[[Client], Expected], tmp_path: Path) -> None:
    """Whatever the bytes of a photo alone tell is foretold: one reason for a spoiled photo, none for the others."""
    expected = deliver(FolderClient(tmp_path))
    photos = [path for path, state in expected.verdicts.items() if state in {FileState.ACCEPTED, FileState.QUARANTINED}]
    for path in photos:
        found = {finding.code for finding in judge((tmp_path / path).read_bytes(), Profile()).findings}
        assert found == set(expected.reasons.get(path, ())) - _NOT_IN_THE_BYTES


def test_the_bad_folder_breaks_every_promised_rule(tmp_path: Path) -> None:
    """The demo's bad delivery shows each reason that it is there to show."""
    shown = {code for codes in deliveries.bad_folder(FolderClient(tmp_path)).reasons.values() for code in codes}
    assert shown == {
        "bad_name", "not_jpeg", "too_big", "too_small", "damaged", "wrong_shape", "wrong_colour",
        "unknown_student", "not_granted", "do_not_photograph",
    }  # fmt: skip


def test_the_attack_points_outside_its_folder(tmp_path: Path) -> None:
    """The zip holds a good photo too, which must not get in either."""
    expected = deliveries.attack_zip(FolderClient(tmp_path))
    names = zipfile.ZipFile(tmp_path / "retakes.zip").namelist()
    assert any(name.startswith("../") for name in names)
    assert any(student_code(name) for name in names)
    assert expected.counts == {FileState.REFUSED: 1}


def test_whoever_watches_hears_of_each_file(tmp_path: Path) -> None:
    """The hook is called once for each file that is on the disk, whole and under its final name."""
    heard: list[int] = []
    deliveries.loose_files(FolderClient(tmp_path), lambda: heard.append(len(_files(tmp_path))))
    assert heard == list(range(1, 41))
