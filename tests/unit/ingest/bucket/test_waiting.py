"""The waiting room: temporary names and cut objects hold their delivery open, but not for ever."""

from __future__ import annotations

from ingest.bucket.hints import Hint
from ingest.bucket.waiting import WaitingRoom
from ingest.placing import Place
from pictureday.s3 import Print

FOLDER = Place(kind="folder", name="monday")
PART, PHOTO = "monday/a.jpg.filepart", "monday/a.jpg"


def print_of(etag: str = "a") -> Print:
    """An object as it was found."""
    return Print(etag=etag, modified=100, size=1)


def test_a_temporary_name_waits_for_its_rename() -> None:
    """Until a listing no longer shows it, or its time is over."""
    room = WaitingRoom(grace=60)
    assert room.see("acme", PART, print_of(), 0)
    assert room.inside("acme", FOLDER, 10)[1]
    room.only("acme", FOLDER, [PHOTO])
    assert room.inside("acme", FOLDER, 10) == ([], False)


def test_one_that_stands_too_long_is_told() -> None:
    """Its delivery may close then, and tells of it."""
    room = WaitingRoom(grace=60)
    room.see("acme", PART, print_of(), 0)
    room.see("acme", PART, print_of(), 50)  # seen again, it is no younger
    assert room.stale(59) == {}
    assert [sight.path for sight in room.stale(60)["acme", FOLDER]] == [PART]
    assert not room.inside("acme", FOLDER, 60)[1]


def test_a_cut_object_is_asked_for_once_more() -> None:
    """When its time is over it is taken as it is; until then it waits, and listings pass it over."""
    room = WaitingRoom(grace=60)
    room.cut(Hint(vendor="acme", path=PHOTO), print_of(), 0)
    assert room.see("acme", PHOTO, print_of(), 5)
    assert room.due(59) == []
    (hint,) = room.due(60)
    assert (hint.path, hint.last) == (PHOTO, True)
    assert room.due(61) == []


def test_a_client_that_sends_it_again() -> None:
    """Another object under the same key is looked at at once; if it is cut too, its time begins anew."""
    room = WaitingRoom(grace=60)
    room.cut(Hint(vendor="acme", path=PHOTO), print_of("a"), 0)
    assert not room.see("acme", PHOTO, print_of("b"), 50)
    room.cut(Hint(vendor="acme", path=PHOTO), print_of("b"), 50)
    assert room.due(60) == []
    assert len(room.due(110)) == 1
