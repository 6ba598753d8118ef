"""Watching: file-system events as hints. They only say whose folder is worth a look (design, 5.3).

watchdog misses closes, shows renames as create and delete, and drops events when the kernel's queue
overflows; so nothing is ever concluded from an event, and a rescan finds what none announced. One vendor that
swaps its folders fast enough makes it deaf for all of them: whoever finds that out has it begin anew.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import warnings
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver

from pictureday.log import get_logger

__all__ = ["Watch"]

# On nested new folders watchdog warns with its whole watch table, hundreds of kilobytes; the rescan is the truth.
warnings.filterwarnings("ignore", category=RuntimeWarning, module="watchdog.observers.inotify")

# All that a look is worth. Each event costs watchdog's threads time that the others then wait for, and our own
# reading alone would be ten events a photo: the kernel is told not to send the rest.
_WORTH_A_LOOK: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    DirCreatedEvent,
    FileMovedEvent,
    DirMovedEvent,
    FileClosedEvent,
]


_PATIENCE = 5.0  # seconds


if sys.platform == "linux":
    from watchdog.observers.inotify import InotifyEmitter
    from watchdog.observers.inotify_c import InotifyConstants, Mask

    class _Ear(InotifyEmitter):
        """watchdog's, without one thing: whoever asks it for what is moved in hears of what is moved out, too.

        That is each file that we take, at a tenth of all that taking it costs.
        """

        def get_event_mask_from_filter(self) -> Mask:
            return Mask(super().get_event_mask_from_filter() & ~InotifyConstants.IN_MOVED_FROM)

    def _observer() -> BaseObserver:
        return BaseObserver(_Ear)
else:
    from watchdog.observers import Observer

    def _observer() -> BaseObserver:
        return Observer()


class Watch(FileSystemEventHandler):
    """Which vendors' folders below `root` had an event since the last question."""

    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)
        self._dirty: set[str] = set()
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._observer = _observer()

    def start(self) -> None:
        """Begin watching, or begin anew. Where the system can't, the rescans alone do the work."""
        self._end()
        self._observer = _observer()
        try:
            self._observer.schedule(self, self._root, recursive=True, event_filter=_WORTH_A_LOOK)
            self._observer.start()
        except OSError as error:
            get_logger().warning("watching_failed", fix="raise fs.inotify.max_user_watches", error=str(error))

    def stop(self) -> None:
        """Stop watching, and wake whoever waits."""
        self._bell.set()
        self._end()

    def _end(self) -> None:
        # RuntimeError: it never started. KeyError: folders were swapped, and its own books don't agree any more.
        with contextlib.suppress(RuntimeError, KeyError):
            self._observer.stop()
        with contextlib.suppress(RuntimeError):
            self._observer.join(_PATIENCE)  # its threads are daemons: none of them holds up the end

    def wait(self, seconds: float) -> set[str]:
        """The vendors with events; waits for the first one, at most `seconds`."""
        self._bell.wait(max(0.0, seconds))
        self._bell.clear()
        return self.heard()

    def heard(self) -> set[str]:
        """The vendors with events, at once; whoever rings is still heard by the next `wait`."""
        with self._lock:
            dirty, self._dirty = self._dirty, set()
        return dirty

    def ring(self) -> None:
        """Wake whoever waits."""
        self._bell.set()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called by watchdog, on its thread; must be quick."""
        for path in (event.src_path, event.dest_path):
            vendor = os.fsdecode(path)[len(self._root) + 1 :].partition(os.sep)[0]
            if vendor and not vendor.startswith("."):
                with self._lock:
                    self._dirty.add(vendor)
                self._bell.set()
