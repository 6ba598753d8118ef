"""One look at a vendor's folder, and it has an end: at most so many files, at most so many entries, so deep.

A vendor may write a million files, or folders without end; the others wait while we look. What a look leaves out
is not forgotten: what was taken is gone from the folder by the next one, so that one shows the rest.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from ingest.settle import Seen, Sight

__all__ = ["DEPTH", "FOLDER", "MOST", "View", "is_own", "sight_of", "view_of"]

DEPTH = 32  # folders inside one another
MOST = 20_000  # files of one look that may be worth taking
_ENTRIES = 5 * MOST  # files and folders of one look in all: folders, too, and what lies there for good
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@dataclass(frozen=True, kw_only=True)
class View:
    """What a look has shown. `is_whole` where nothing was left out; `too_deep` are folders that were not entered.

    `is_endless` where the rest would not come into view by itself: too much lies there for good.
    """

    sights: tuple[Sight, ...] = ()
    is_whole: bool = True
    is_endless: bool = False
    too_deep: tuple[str, ...] = ()


def view_of(
    folder: int, *, most: int = MOST, passed: Container[str] = frozenset(), known: Mapping[str, Seen] | None = None
) -> View:
    """Look at the open folder `folder` and all below it, `most` files beside those that are `passed`.

    Of what is `known` and did not change, the very same sight is handed out again.
    """
    walk, new = _Walk(known or {}), 0
    sights: list[Sight] = []
    for sight in walk.below(folder, "", DEPTH):
        if new == most:
            return View(sights=tuple(sights), is_whole=False)
        sights.append(sight)
        new += sight.path not in passed
    whole = walk.left > 0
    return View(sights=tuple(sights), is_whole=whole, is_endless=not whole, too_deep=tuple(walk.too_deep))


class _Walk:
    def __init__(self, known: Mapping[str, Seen]) -> None:
        self._known = known
        self.left = _ENTRIES
        self.too_deep: list[str] = []

    def below(self, folder: int, prefix: str, depth: int) -> Iterator[Sight]:
        with os.scandir(folder) as entries:
            for entry in entries:
                if self.left <= 0:
                    return
                self.left -= 1
                try:
                    if not entry.is_dir(follow_symlinks=False):
                        yield self._sight(prefix + entry.name, entry.stat(follow_symlinks=False))
                        continue
                    yield from self._into(folder, entry.name, prefix, depth)
                except (FileNotFoundError, NotADirectoryError):
                    continue  # gone or swapped: the next look sees what is

    def _sight(self, path: str, found: os.stat_result) -> Sight:
        seen = self._known.get(path)
        return seen.sight if seen is not None and _is_same(seen.sight, found) else sight_of(path, found)

    def _into(self, folder: int, name: str, prefix: str, depth: int) -> Iterator[Sight]:
        if depth == 0:
            self.too_deep.append(prefix + name)
            return
        inner = os.open(name, FOLDER, dir_fd=folder)
        try:
            yield from self.below(inner, f"{prefix}{name}/", depth - 1)
        finally:
            os.close(inner)


def sight_of(path: str, found: os.stat_result) -> Sight:
    """What is known of a file from outside."""
    return Sight(
        path=path,
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        regular=is_own(found),
        ctime_ns=found.st_ctime_ns,
    )


def _is_same(sight: Sight, found: os.stat_result) -> bool:
    times = sight.ctime_ns == found.st_ctime_ns and sight.mtime_ns == found.st_mtime_ns
    return times and sight.size == found.st_size and sight.regular is is_own(found)


def is_own(found: os.stat_result) -> bool:
    """Whether it is a file that has no other name; all else is nobody's photo.

    A file with a second name (a hard link) may be another vendor's, or lie outside all inboxes: nothing in it says
    whose it is. SFTP servers rename by making the new name before they remove the old one, so that an honest file
    has two for an instant; whether it has is part of how it looks, and so it settles anew when that is over.
    """
    return stat.S_ISREG(found.st_mode) and found.st_nlink <= 1  # 0: its last name was removed while it is open
