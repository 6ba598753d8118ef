"""What wakes the ingester: files that come, and not those that it takes itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.watching import Watch
from tests.flow.district import eventually


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """A watch on a root with the inboxes of two vendors."""
    for vendor in ("acme", "best"):
        (tmp_path / vendor / "inbox").mkdir(parents=True)
    watch = Watch(tmp_path)
    watch.start()
    yield watch
    watch.stop()


def heard_until(watch: Watch, vendor: str) -> set[str]:
    """All vendors that were heard of until this one was."""
    heard: set[str] = set()

    def there() -> bool:
        heard.update(watch.wait(0.1))
        return vendor in heard

    eventually(there, f"{vendor} is heard", seconds=30)
    return heard


def test_a_file_that_is_written_or_moved_in_is_heard(watch: Watch, tmp_path: Path) -> None:
    """Whichever way a client puts it there, and in new folders, too."""
    (tmp_path / "acme/inbox/a.jpg").write_bytes(b"x")
    heard_until(watch, "acme")
    (tmp_path / "elsewhere").write_bytes(b"x")
    (tmp_path / "elsewhere").rename(tmp_path / "best/inbox/b.jpg")
    heard_until(watch, "best")


def test_a_file_that_is_taken_wakes_nobody(watch: Watch, tmp_path: Path) -> None:
    """Each of them would be an event, and there is nothing to look for."""
    (tmp_path / "acme/inbox/a.jpg").write_bytes(b"x")
    heard_until(watch, "acme")
    (tmp_path / "best/inbox/between.jpg").write_bytes(b"x")
    heard_until(watch, "best")
    (tmp_path / ".taken").mkdir()
    (tmp_path / "acme/inbox/a.jpg").rename(tmp_path / ".taken/1")
    (tmp_path / "best/inbox/b.jpg").write_bytes(b"x")
    heard = heard_until(watch, "best")
    time.sleep(1)  # watchdog keeps a move for half a second, in case the other half of it comes
    assert "acme" not in heard | watch.heard()
