"""Hints in line, the vendors in turn: twenty thousand of one vendor don't hold up another's single photo. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container, Mapping
from types import MappingProxyType

from ingest.bucket.hints import Hint
from ingest.placing import Place

__all__ = ["Line"]

_ARCHIVES, _ALL_ARCHIVES = 4, 16  # at once: of one vendor, and of all; half of the threads are left for photos
_NONE: Mapping[str, int] = MappingProxyType({})


class Line:
    """Hints that wait to be fetched, first come first served for each vendor."""

    def __init__(self) -> None:
        self._of: dict[str, deque[Hint]] = {}
        self._where: Counter[tuple[str, str]] = Counter()
        self._places: Counter[tuple[str, Place]] = Counter()

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def __contains__(self, where: tuple[str, str]) -> bool:
        """Whether anything of this vendor and path waits."""
        return where in self._where

    def add(self, hint: Hint) -> None:
        """To the end of its vendor's line."""
        self._of.setdefault(hint.vendor, deque()).append(hint)
        self._where[hint.where] += 1
        self._places[hint.vendor, hint.place] += 1

    def holds(self, vendor: str, place: Place) -> bool:
        """Whether anything of this delivery waits."""
        return (vendor, place) in self._places

    def next(self, most: int, *, busy: Container[tuple[str, str]], archives: Mapping[str, int] = _NONE) -> list[Hint]:
        """At most so many, one of each vendor in turn; what is `busy` waits on.

        No two of them are of the same vendor and path. `archives` counts those of each vendor that are in hand: a
        large zip takes long, and a few of each are enough at a time.
        """
        zips = Counter(archives)
        given: list[Hint] = []
        passed: dict[str, list[Hint]] = {}
        mine: set[tuple[str, str]] = set()
        while len(given) < most and (vendors := [vendor for vendor, line in self._of.items() if line]):
            for vendor in vendors[: most - len(given)]:
                hint = self._of[vendor].popleft()
                is_zip = hint.place.kind == "zip"
                waits = is_zip and (zips[vendor] >= _ARCHIVES or zips.total() >= _ALL_ARCHIVES)
                if waits or hint.where in busy or hint.where in mine:
                    passed.setdefault(vendor, []).append(hint)
                else:
                    mine.add(hint.where)
                    zips[vendor] += is_zip
                    given.append(hint)
        for vendor, hints in passed.items():
            self._of[vendor].extendleft(reversed(hints))
        self._leave(given)
        # Who had a turn goes to the end of the line of vendors.
        for vendor in dict.fromkeys(hint.vendor for hint in given):
            if line := self._of.pop(vendor):
                self._of[vendor] = line
        return given

    def _leave(self, hints: list[Hint]) -> None:
        self._where -= Counter(hint.where for hint in hints)
        self._places -= Counter((hint.vendor, hint.place) for hint in hints)
