"""Quotas: what is let in adds up to no more than the quota, and nothing is left out without a word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.quota import Admitted, Load, Quota, Short, Used, admit

QUOTA = Quota(files=10, bytes=1000, pending=6)
LOADS = st.lists(st.builds(Load, path=st.uuids().map(str), files=st.integers(1, 14), bytes=st.integers(0, 1200)))
USED = st.builds(Used, files=st.integers(0, 14), bytes=st.integers(0, 1400), pending=st.integers(0, 9))


def load(path: str, size: int = 10, *, files: int = 1) -> Load:
    """A file that could be taken."""
    return Load(path=path, bytes=size, files=files)


def names(loads: tuple[Load, ...]) -> str:
    """Their paths, one letter each."""
    return "".join(one.path for one in loads)


def test_what_fits_is_taken_in_the_order_given() -> None:
    """With room for all, nothing waits and nothing is told."""
    loads = [load("b"), load("a"), load("c")]
    assert admit(loads, Used(), QUOTA) == Admitted(taken=tuple(loads))


def test_files_past_the_quota_wait_and_the_quota_is_named() -> None:
    """Two files of room: two are taken, the third waits, and it is said which number is used up."""
    found = admit([load("a"), load("b"), load("c")], Used(files=8), QUOTA)
    assert (names(found.taken), names(found.held)) == ("ab", "c")
    assert found.short == (Short(what="files", most=10, used=10),)


def test_bytes_past_the_quota_wait_and_smaller_ones_pass() -> None:
    """One that is too large for the room left does not hold up a smaller one behind it."""
    found = admit([load("a", 500), load("b", 600), load("c", 100)], Used(bytes=200), QUOTA)
    assert (names(found.taken), names(found.held)) == ("ac", "b")
    assert found.short == (Short(what="bytes", most=1000, used=800),)


def test_a_zip_counts_as_what_it_holds() -> None:
    """A zip that says it has nine photos is ten files, and leaves no room for another."""
    found = admit([load("a", files=10), load("b")], Used(), QUOTA)
    assert (names(found.taken), names(found.held)) == ("a", "b")


def test_what_is_larger_than_the_whole_quota_never_waits_in_silence() -> None:
    """It is told apart, and holds up nothing."""
    found = admit([load("a", 1001), load("b", files=11), load("c")], Used(), QUOTA)
    assert (names(found.larger), names(found.taken), found.held, found.short) == ("ab", "c", (), ())


def test_photos_without_a_verdict_hold_back_and_tell_nobody() -> None:
    """That is over soon by itself: what is left is in no list."""
    found = admit([load("a"), load("b"), load("c")], Used(pending=4), QUOTA)
    assert found == Admitted(taken=(load("a"), load("b")))


@given(LOADS, USED)
def test_no_more_comes_in_than_the_quota(loads: list[Load], used: Used) -> None:
    """Whatever lies there and whatever came before."""
    found = admit(loads, used, QUOTA)
    taken = (sum(one.files for one in found.taken), sum(one.bytes for one in found.taken), len(found.taken))
    room = (QUOTA.files - used.files, QUOTA.bytes - used.bytes, QUOTA.pending - used.pending)
    assert all(most >= count or count == 0 for count, most in zip(taken, room, strict=True))


@given(LOADS, USED)
def test_nothing_is_left_out_without_a_reason(loads: list[Load], used: Used) -> None:
    """Each is taken, held with its quota named, larger than a quota, or waits for verdicts."""
    found = admit(loads, used, QUOTA)
    listed = [*found.taken, *found.held, *found.larger]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(loads) or len(found.taken) >= QUOTA.pending - used.pending
    assert bool(found.held) == bool(found.short)
