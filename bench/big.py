"""A whole district: the roster's import, and the looks that people take at a million photos.

A look is measured by its first output, for that is what somebody waits for; and its memory must not grow with the rows,
so it is measured at a quarter of them, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.command import Command, Cost, middle
from bench.crowd import SCHOOLS, fill, write_roster
from bench.ours import Servers
from bench.target import Target
from pictureday.catalogue import Catalogue

__all__ = ["measure"]

_STUDENTS, _PHOTOS = 420_000, 1_000_000
_PART = 4  # the smaller district is so many times smaller
_IMPORT, _FIRST = 60.0, 0.3  # seconds
_GROWTH = 1.2  # times as much memory for four times the rows: what a page of longer rows may take
# How often each look is taken; those that print the whole roster take seconds.
_LOOKS = {
    "status": 9,
    "status --json": 9,
    "quarantine list": 9,
    "quarantine list --json": 9,
    "roster export --csv": 3,
    "roster export": 3,
}


class _District:
    """A home with a catalogue of so many students and photos."""

    def __init__(self, folder: Path, students: int, photos: int) -> None:
        folder.mkdir()
        self.students, self.photos = students, photos
        self._home = folder / "home"
        self._roster = folder / "roster"
        self._command = Command(folder.parent, self._home)
        write_roster(self._roster, students)

    def import_roster(self) -> Cost:
        """The command as somebody types it, into whatever is there."""
        return self._command.run("roster", "import", str(self._roster))

    def fill(self) -> None:
        """Put the photos in."""
        catalogue = Catalogue.open(f"sqlite:///{self._home}/catalogue.db")
        fill(catalogue, self.students, self.photos)
        catalogue.close()

    def look(self, words: str, times: int) -> list[Cost]:
        """What the look costs, so many times, after one that isn't counted."""
        return self._command.often(times, *words.split())


def measure(folder: Path, servers: Servers) -> Iterator[Target]:  # noqa: ARG001 - it needs none of them
    """Everything on SQLite."""
    part = _District(folder / "part", _STUDENTS // _PART, _PHOTOS // _PART)
    whole = _District(folder / "whole", _STUDENTS, _PHOTOS)
    yield from _imports(part, whole)
    for district in (part, whole):
        district.fill()
    for words, times in _LOOKS.items():
        yield from _look(words, part.look(words, 1), whole.look(words, times))


def _imports(part: _District, whole: _District) -> Iterator[Target]:
    few, again = part.import_roster(), part.import_roster()
    costs = {"first": whole.import_roster(), "second": whole.import_roster()}
    for name, cost in costs.items():
        yield Target(
            what=f"`roster import` of {whole.students:,} students, the {name} one",
            wanted=f"under {_IMPORT:.0f} s",
            found=f"{cost.wall:.1f} s, {cost.cpu:.1f} CPU s",
            met=cost.wall < _IMPORT,
            how=f"plain CSV, {SCHOOLS} schools, {'new' if name == 'first' else 'the same file again'}; SQLite, synced",
        )
    yield _memory("roster import", max(few.peak, again.peak), max(cost.peak for cost in costs.values()))


def _look(words: str, few: list[Cost], many: list[Cost]) -> Iterator[Target]:
    first = middle(many, "first")
    yield Target(
        what=f"`{words}` of {_PHOTOS:,} photos, the first output",
        wanted=f"within {_FIRST} s",
        found=f"{first:.2f} s (at best {min(cost.first for cost in many):.2f}), "
        f"all {middle(many, 'written') / 1e6:.1f} MB in {middle(many, 'wall'):.1f} s",
        met=first <= _FIRST,
        how=f"{_STUDENTS:,} students, 3 % in quarantine; SQLite; {len(many)} runs, the median",
    )
    yield _memory(words, max(cost.peak for cost in few), max(cost.peak for cost in many))


def _memory(words: str, few: int, many: int) -> Target:
    return Target(
        what=f"`{words}`, memory",
        wanted=f"at most {_GROWTH} times as much for {_PART} times the rows",
        found=f"{many / 1e6:.0f} MB; {few / 1e6:.0f} MB for a quarter of the rows",
        met=many <= _GROWTH * few,
        how="the most that was resident of the command, looked at a hundred times a second",
    )
