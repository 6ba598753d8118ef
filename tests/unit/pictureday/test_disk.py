"""The disk's errors in our words, and files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from pictureday.disk import sync_file, sync_folders, troubles, write_whole
from pictureday.errors import FatalError, Outage


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "The folder has no room: the disk is full."),
        (errno.EDQUOT, "The folder has no room: the quota is used up."),
        (errno.EACCES, "The folder can't be used: permission denied."),
        (errno.EROFS, "The folder is on a read-only disk."),
        (errno.EIO, "The folder can't be read or written: the disk fails."),
        (errno.EMFILE, "The folder can't be used: Too many open files."),
    ],
)
def test_every_trouble_says_what_helps(number: int, said: str) -> None:
    """Whatever the system says becomes an outage with a fix, and names no file."""
    with pytest.raises(Outage) as raised, troubles("The folder"):
        raise OSError(number, os.strerror(number), "/secret/000412B003.jpg")
    assert raised.value.what == said
    assert raised.value.fix
    assert "000412B003" not in str(raised.value)


def test_what_is_missing_is_an_answer_or_an_outage(tmp_path: Path) -> None:
    """To a reader a missing file is an answer; to who makes one, the folder is away."""
    with pytest.raises(FileNotFoundError), troubles("The file"):
        (tmp_path / "none").read_bytes()
    with pytest.raises(Outage, match="missing"), troubles("The file", making=True):
        (tmp_path / "none" / "x").write_bytes(b"")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """The new bytes take the place of the old ones, and nothing else is left behind."""
    path = tmp_path / "receipt.json"
    for data in (b"old", b"the new one"):
        write_whole(path, data)
    assert path.read_bytes() == b"the new one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_whole_file_outlives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes are synced before it has its name, and its folder after."""
    path, seen = tmp_path / "receipt.json", list[tuple[bool, bool]]()

    def noted(descriptor: int, name: str) -> None:
        seen.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), path.exists()))
        sync_file(descriptor, name)

    monkeypatch.setattr("pictureday.disk.sync_file", noted)
    write_whole(path, b"data")
    assert seen == [(False, False), (True, True)]


def test_a_file_that_can_t_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """A write that fails halfway is an outage, and the reader still has the old file."""
    path = tmp_path / "receipt.json"
    path.mkdir()
    with pytest.raises(Outage, match="directory"):
        write_whole(path, b"new")
    assert [found.name for found in tmp_path.iterdir()] == ["receipt.json"]


def test_what_can_t_be_synced_is_fatal() -> None:
    """A descriptor that can't be synced (here a pipe) ends the process: a second try could lie."""
    reader, writer = os.pipe()
    try:
        with pytest.raises(FatalError, match=r"blob could not be saved to disk: Invalid argument"):
            sync_file(writer, "blob")
    finally:
        os.close(reader)
        os.close(writer)


def test_folders_are_synced(tmp_path: Path) -> None:
    """A folder that is there can be synced; one that is gone is told by the system's own error."""
    sync_folders([tmp_path, tmp_path])
    with pytest.raises(FileNotFoundError):
        sync_folders([tmp_path / "none"])
