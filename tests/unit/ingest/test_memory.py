"""What was found out about files is remembered for as long as they look the same."""

from __future__ import annotations

from ingest.memory import Memory
from ingest.settle import Sight


def sight(path: str = "a.jpg") -> Sight:
    """A file as a scan found it; each is another scan's."""
    return Sight(path=path, size=1, mtime_ns=1)


def test_finding_belongs_to_the_very_sight() -> None:
    """A sight that only looks like it may be of other bytes."""
    memory, seen = Memory[int](), sight()
    assert memory.keep(seen, 7) == memory.get(seen) == 7
    assert memory.get(sight()) is None


def test_what_is_gone_is_forgotten() -> None:
    """So that it takes no more room than what lies in the inbox."""
    memory, kept, gone = Memory[int](), sight("kept.jpg"), sight("gone.jpg")
    memory.keep(kept, 1)
    memory.keep(gone, 2)
    memory.keep_only({"kept.jpg"})
    assert (memory.get(kept), memory.get(gone)) == (1, None)
