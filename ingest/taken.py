"""Our own folder `<root>/.taken`, which no vendor can enter: what was taken lies there under the id of its drop."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ingest.reach import open_own
from ingest.settle import Sight
from ingest.walking import FOLDER, sight_of
from pictureday.disk import troubles

__all__ = ["Taken", "opened_taken"]


class Taken:
    """The folder, open for one batch: what is done to a file of it is not looked up from the root on."""

    def __init__(self, descriptor: int, name: str) -> None:
        self.descriptor = descriptor
        self._name = name

    def ids(self) -> set[str]:
        """What lies in it."""
        with troubles(self._name, making=True), os.scandir(self.descriptor) as entries:
            return {entry.name for entry in entries}

    def found(self, drop_id: str) -> os.stat_result | None:
        """What lies there as this drop, not followed if it is a link; None where nothing does."""
        try:
            return os.lstat(drop_id, dir_fd=self.descriptor)
        except FileNotFoundError:
            return None

    def sight(self, drop_id: str) -> Sight | None:
        """A taken file as it is now; its path is the drop's id."""
        found = self.found(drop_id)
        return sight_of(drop_id, found) if found else None

    def opened(self, drop_id: str) -> BinaryIO:
        """A taken file for reading, not buffered; raises `OSError` where it is no file of its own or is gone."""
        return open_own(drop_id, self.descriptor)

    def remove(self, drop_id: str) -> None:
        """Remove a taken file, if it is there. A folder stays: it was never looked into, and ops are told of it."""
        with suppress(IsADirectoryError, FileNotFoundError):
            self._unlink(drop_id)

    def _unlink(self, drop_id: str) -> None:
        try:
            os.unlink(drop_id, dir_fd=self.descriptor)
        except (IsADirectoryError, FileNotFoundError):
            raise
        except OSError as error:
            with troubles(self._name):
                raise error


@contextmanager
def opened_taken(folder: Path) -> Iterator[Taken]:
    """The folder at `folder`; raises `Outage` where it is missing."""
    name = f"The folder {folder}"
    with troubles(name, making=True):
        descriptor = os.open(folder, FOLDER)
    try:
        yield Taken(descriptor, name)
    finally:
        os.close(descriptor)
