"""Calls somebody for each file that is moved into a folder: how most such pipelines begin."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

__all__ = ["watch"]


class _Arrivals(FileSystemEventHandler):
    def __init__(self, arrived: Callable[[str], object]) -> None:
        self._arrived = arrived

    def on_closed(self, event: FileSystemEvent) -> None:
        self._arrived(Path(os.fsdecode(event.src_path)).name)

    def on_moved(self, event: FileMovedEvent) -> None:  # type: ignore[override]  # watchdog gives it nothing else
        self._arrived(Path(os.fsdecode(event.dest_path)).name)

    def on_created(self, event: FileSystemEvent) -> None:
        # A file that is moved in from outside is "created", and nobody ever closes it.
        if not event.is_directory:
            self._arrived(Path(os.fsdecode(event.src_path)).name)


def watch(inbox: Path, arrived: Callable[[str], object]) -> None:
    """Call `arrived(name)` for each file from now on, for ever; a line of output says that it has begun."""
    observer = Observer()
    observer.schedule(_Arrivals(arrived), str(inbox))
    observer.start()
    os.write(1, b"ready\n")
    while observer.is_alive():
        time.sleep(1)
