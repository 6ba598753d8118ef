"""An inbox on disk, in the hands of a vendor that may do anything to it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from ingest import walking
from ingest.inbox import FolderInbox, FolderTrouble
from ingest.settle import observe
from ingest.walking import DEPTH, View
from pictureday.errors import Outage


@pytest.fixture
def inbox(tmp_path: Path) -> FolderInbox:
    """An inbox with one vendor's folder."""
    (tmp_path / "acme" / "inbox").mkdir(parents=True)
    made = FolderInbox(tmp_path)
    made.prepare()
    return made


@pytest.fixture
def folder(inbox: FolderInbox) -> Path:
    """Where the vendor writes."""
    return inbox.root / "acme" / "inbox"


def paths(inbox: FolderInbox) -> list[str]:
    """What a scan finds."""
    return sorted(sight.path for sight in inbox.view("acme").sights)


def taken(inbox: FolderInbox, path: str, drop_id: str) -> bool:
    """Take one file of the vendor."""
    with inbox.in_taken() as ours, inbox.reach("acme") as acme:
        return acme.take(path, ours.descriptor, drop_id) is not None


def lying(inbox: FolderInbox) -> set[str]:
    """What lies in `.taken`."""
    with inbox.in_taken() as ours:
        return ours.ids()


def test_files_are_found_wherever_they_lie(inbox: FolderInbox, folder: Path) -> None:
    """Nested folders are looked through, and every name is taken as it is, also one that is no UTF-8."""
    (folder / "monday" / "b").mkdir(parents=True)
    (folder / "monday" / "b" / "1.jpg").touch()
    (folder / os.fsdecode(b"\xff\x1b[31m.jpg")).touch()
    assert paths(inbox) == ["monday/b/1.jpg", "\udcff\x1b[31m.jpg"]
    assert taken(inbox, "\udcff\x1b[31m.jpg", "id")
    assert (inbox.taken / "id").exists()


def test_links_are_never_entered(inbox: FolderInbox, folder: Path, tmp_path: Path) -> None:
    """A linked folder is a thing of its own, never what it points to; nor can a file be taken through it."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x.jpg").touch()
    (folder / "link").symlink_to(tmp_path / "secret")
    (sight,) = inbox.view("acme").sights
    assert (sight.path, sight.regular) == ("link", False)
    assert not taken(inbox, "link/x.jpg", "id")
    with pytest.raises(OSError, match="Not a directory"), inbox.reach("acme") as acme:
        acme.opened("link/x.jpg")
    (folder / "photo.jpg").symlink_to(tmp_path / "secret" / "x.jpg")
    with pytest.raises(OSError, match="symbolic"), inbox.reach("acme") as acme:
        acme.opened("photo.jpg")


def test_a_linked_inbox_is_trouble_for_its_vendor_alone(inbox: FolderInbox, tmp_path: Path) -> None:
    """The vendor's whole inbox as a link elsewhere is not followed either."""
    (inbox.root / "other").mkdir()
    (inbox.root / "other" / "inbox").symlink_to(tmp_path)
    with pytest.raises(FolderTrouble, match="vendor other"):
        inbox.view("other")
    assert paths(inbox) == []


def test_no_inbox_yet(inbox: FolderInbox) -> None:
    """A vendor without an inbox folder, or without any, has simply nothing there."""
    (inbox.root / "new").mkdir()
    assert inbox.view("new") == inbox.view("none") == View()


def test_taking_what_is_gone(inbox: FolderInbox, folder: Path) -> None:
    """A vendor that removes or renames a file, or its folder, before it is taken is no error."""
    assert not taken(inbox, "gone.jpg", "1")
    assert not taken(inbox, "gone/a.jpg", "2")
    (folder / "file").touch()
    assert not taken(inbox, "file/a.jpg", "3")
    assert lying(inbox) == set()


def test_a_folder_that_is_swapped_within_a_batch(inbox: FolderInbox, folder: Path, tmp_path: Path) -> None:
    """The one that is open is still the vendor's own; another one, or the same in a new batch, is walked to anew."""
    (tmp_path / "secret").mkdir()
    for name in ("1.jpg", "2.jpg"):
        (tmp_path / "secret" / name).write_bytes(b"secret")
    for name in ("a/1.jpg", "a/2.jpg", "b/1.jpg"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"own")
    with inbox.in_taken() as ours, inbox.reach("acme") as acme:
        assert acme.take("a/1.jpg", ours.descriptor, "1")
        for name in ("a", "b"):
            (folder / name).rename(tmp_path / name)
            (folder / name).symlink_to(tmp_path / "secret")
        with acme.opened("a/2.jpg") as stream:
            assert stream.read() == b"own"
        assert acme.take("a/2.jpg", ours.descriptor, "2")
        assert not acme.take("b/1.jpg", ours.descriptor, "3")
        assert not acme.take("a/2.jpg", ours.descriptor, "4")
    assert {path.name: path.read_bytes() for path in inbox.taken.iterdir()} == {"1": b"own", "2": b"own"}
    assert not taken(inbox, "a/1.jpg", "5")


def test_a_folder_swapped_in_goes_back(inbox: FolderInbox, folder: Path) -> None:
    """What was seen as a file and is a folder now is left to the vendor, with all that is in it."""
    (folder / "a.jpg").mkdir()
    (folder / "a.jpg" / "b.jpg").touch()
    assert not taken(inbox, "a.jpg", "1")
    assert lying(inbox) == set()
    assert paths(inbox) == ["a.jpg/b.jpg"]


def test_a_swapped_folder_is_never_removed(inbox: FolderInbox, folder: Path) -> None:
    """Where its name is used again it comes back under another one; where it can't, it stays in our hands."""
    (folder / "a.jpg").touch()
    for drop_id, vendor in (("1", "acme"), ("2", "gone")):
        (inbox.taken / drop_id).mkdir()
        (inbox.taken / drop_id / "b.jpg").touch()
        with inbox.in_taken() as ours, inbox.reach(vendor) as reach:
            found = (inbox.taken / drop_id).lstat()
            assert reach.give_back_folder("a.jpg", ours.descriptor, drop_id, found) is (vendor == "acme")
            ours.remove(drop_id)
    assert paths(inbox) == ["a.jpg", "returned-1/b.jpg"]
    assert (inbox.taken / "2" / "b.jpg").exists()


def test_things_that_are_no_files(inbox: FolderInbox, folder: Path) -> None:
    """Pipes and sockets are seen as such; neither looking nor opening waits for anybody."""
    os.mkfifo(folder / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "s"))
    assert [sight.regular for sight in inbox.view("acme").sights] == [False, False]
    with pytest.raises(OSError, match="no file of its own"), inbox.reach("acme") as acme:
        acme.opened("pipe.jpg")


def test_a_file_with_a_second_name_is_never_read(inbox: FolderInbox, folder: Path, tmp_path: Path) -> None:
    """A hard link may be anybody's file; when its other name is gone, it is a file like any other."""
    (tmp_path / "elsewhere.jpg").write_bytes(b"secret")
    (folder / "a.jpg").hardlink_to(tmp_path / "elsewhere.jpg")
    (linked,) = inbox.view("acme").sights
    assert not linked.regular
    with pytest.raises(OSError, match="no file of its own"), inbox.reach("acme") as acme:
        acme.opened("a.jpg")
    (tmp_path / "elsewhere.jpg").unlink()
    (alone,) = inbox.view("acme").sights
    assert alone.regular
    assert alone != linked  # so it settles anew


def test_folders_without_end(inbox: FolderInbox, folder: Path) -> None:
    """Folders nested past all reason are not entered, and told; what lies beside them is seen."""
    deep = folder.joinpath(*("d" * 40))
    deep.mkdir(parents=True)
    for path in (deep / "a.jpg", folder / "d" / "d" / "b.jpg"):
        path.touch()
    view = inbox.view("acme")
    assert [sight.path for sight in view.sights] == ["d/d/b.jpg"]
    assert view.too_deep == ("/".join("d" * (DEPTH + 1)),)


def test_what_did_not_change_is_the_same_sight(inbox: FolderInbox, folder: Path) -> None:
    """A second look hands out what the first one made; any change makes a new one, also under the old times."""
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(b"12")
    first = {sight.path: sight for sight in inbox.view("acme").sights}
    times = (folder / "b.jpg").stat()
    (folder / "b.jpg").write_bytes(b"34")
    os.utime(folder / "b.jpg", ns=(times.st_atime_ns, times.st_mtime_ns))
    second = {sight.path: sight for sight in inbox.view("acme", known=observe({}, first.values(), 0.0)).sights}
    assert second["a.jpg"] is first["a.jpg"]
    assert second["b.jpg"] is not first["b.jpg"]
    assert second == first  # for how long it was quiet, what a client can see counts


def test_a_look_has_an_end(inbox: FolderInbox, folder: Path) -> None:
    """It sees so many files beside those that are passed over, and says that there are more."""
    for number in range(10):
        (folder / f"{number}.jpg").touch()
    assert inbox.view("acme", most=10).is_whole
    first = inbox.view("acme", most=4)
    assert (len(first.sights), first.is_whole, first.is_endless) == (4, False, False)
    more = inbox.view("acme", most=4, passed={sight.path for sight in first.sights})
    assert len(more.sights) == 8


def test_a_look_at_folders_without_number_has_an_end(
    inbox: FolderInbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty folders count, too: a look at a million of them is no longer than at a full inbox."""
    monkeypatch.setattr(walking, "_ENTRIES", 5)
    for number in range(10):
        (folder / str(number)).mkdir()
    assert inbox.view("acme").is_endless


def test_tidying_leaves_what_is_not_empty(inbox: FolderInbox, folder: Path) -> None:
    """Only the empty folders of a delivery go, and a link is not followed."""
    (folder / "m" / "empty" / "er").mkdir(parents=True)
    (folder / "m" / "full").mkdir()
    (folder / "m" / "full" / "a.part").touch()
    inbox.tidy("acme", "m")
    assert sorted(path.name for path in (folder / "m").iterdir()) == ["full"]
    (folder / "m" / "full" / "a.part").unlink()
    inbox.tidy("acme", "m")
    assert not (folder / "m").exists()


def test_removing_what_was_taken(inbox: FolderInbox) -> None:
    """Twice is no error."""
    (inbox.taken / "1").touch()
    with inbox.in_taken() as ours:
        for drop_id in ("1", "1"):
            ours.remove(drop_id)
    assert lying(inbox) == set()


def test_a_root_that_is_missing(tmp_path: Path) -> None:
    """A disk that is not mounted is an outage with advice, never an empty inbox."""
    with pytest.raises(Outage, match="missing"):
        FolderInbox(tmp_path / "none").prepare()
    with pytest.raises(Outage, match="missing"):
        FolderInbox(tmp_path / "none").vendors()


def test_an_inbox_whose_disk_is_away_is_no_new_one(tmp_path: Path) -> None:
    """Where files were taken, a missing `.taken` is not made anew: what is on the disk would be forgotten."""
    inbox = FolderInbox(tmp_path)
    with pytest.raises(Outage, match="Mount its disk"):
        inbox.prepare(has_taken=lambda: True)
    assert inbox.prepare() == inbox.prepare(has_taken=lambda: True)
