"""When a file in an inbox is complete: a pure decision, tried on any history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.settle import Look, Seen, Sight, Step, Timings, decide, observe

TIMINGS = Timings(settle=2, quiet=30, grace=600)
NEVER = float("inf")


def sight(path: str = "a.jpg", size: int = 10, **more: object) -> Sight:
    """A file as a scan found it."""
    return Sight(path=path, size=size, mtime_ns=1, **more)  # type: ignore[arg-type]  # `regular`, now and then


def step(found: Sight, quiet: float, look: Look = Look.WHOLE) -> Step:
    """The decision on a file that was quiet for so long."""
    return decide(Seen(sight=found, since=100.0), 100.0 + quiet, TIMINGS, lambda _: look)


@given(st.floats(0, 1.99), st.sampled_from(Look))
def test_nothing_is_taken_before_it_settled(quiet: float, look: Look) -> None:
    """Whatever it looks like, and even if it is no file at all, it must be quiet for `settle` first."""
    assert step(sight(), quiet, look) == Step(again_at=102.0)
    assert step(sight(regular=False), quiet, look) == Step(again_at=102.0)


@given(st.lists(st.tuples(st.floats(0.1, 5), st.integers(1, 4)), min_size=1, max_size=30))
def test_a_file_that_changes_is_never_taken(scans: list[tuple[float, int]]) -> None:
    """Over any history of scans, a file is only taken when it looked the same for `settle` up to that moment."""
    known: dict[str, Seen] = {}
    now, changed = 0.0, 0.0
    for after, size in scans:
        now += after
        before = known.get("a.jpg")
        changed = now if before is None or before.sight.size != size else changed
        known = observe(known, [sight(size=size)], now)
        taken = decide(known["a.jpg"], now, TIMINGS, lambda _: Look.WHOLE).take
        assert taken == (now - changed >= TIMINGS.settle)


@given(st.floats(2, 599.9))
def test_what_is_cut_waits_for_its_client(quiet: float) -> None:
    """A file that starts like a photo and doesn't end like one is left for `grace`, and the wait is told."""
    assert step(sight(), quiet, Look.CUT) == Step(again_at=700.0)


@given(st.floats(600, 1e6))
def test_grace_ends_the_waiting(quiet: float) -> None:
    """Nothing waits for ever: after `grace` a cut file is judged as it is."""
    assert step(sight(), quiet, Look.CUT) == Step(take=True)


@given(st.floats(2, 1e6))
def test_what_looks_whole_or_like_nothing_known_is_taken_at_once(quiet: float) -> None:
    """There is nothing to wait for; a link or a device isn't even looked at."""
    assert step(sight(), quiet).take
    assert step(sight(), quiet, Look.OTHER).take
    assert step(sight(regular=False), quiet, Look.CUT).take


@given(st.floats(0, 1e6), st.sampled_from(["a.jpg.part", "x/b.filepart", "c.tmp", "d~", ".e.jpg", "f.CRDOWNLOAD"]))
def test_a_temporary_name_is_never_taken(quiet: float, path: str) -> None:
    """It waits for its rename, and is stale when nobody wrote to it for `grace`."""
    found = step(sight(path), quiet)
    assert not found.take
    assert found.stale == (quiet >= TIMINGS.grace)


@given(st.floats(2, 1e6))
def test_what_we_may_not_read_is_never_taken(quiet: float) -> None:
    """Once taken, its vendor could not mend it any more; so it stays, and is told like a temporary name."""
    found = step(sight(), quiet, Look.SHUT)
    assert not found.take
    assert found.stale == (quiet >= TIMINGS.grace)


def test_a_file_that_is_gone_is_forgotten() -> None:
    """One that comes back under the same name, even with the same size and time, starts anew."""
    known = observe({}, [sight()], 0.0)
    known = observe(known, [], 50.0)
    assert observe(known, [sight()], 60.0)["a.jpg"].since == 60.0
