"""The plug is pulled at every durable system call of the story: killed before it, or it fails as a bad disk would.

The points are numbered in the order in which the threads of a run come by. The numbers go up, with none left out
in the full run, until a run ends before its number came: then there are no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.auditor import Ledger
from tests.faults.nursery import Ended, Nursery
from tests.faults.plug import Mode, Plug, built
from tests.faults.story import CHAPTERS, Story
from tests.figures import Figures, Scale

RECOVERY = 10.0  # seconds from the restart to the end of all work
_SHARES = 4  # the points are dealt out, so that several processes can go through them
Call = tuple[str, str]  # its name, and the path below the folder
_NAMES = {
    Mode.KILL: "killed before a durable call",
    Mode.EIO: "a durable call failed: EIO",
    Mode.ENOSPC: "a durable call failed: ENOSPC",
    Mode.SHORT: "a durable call wrote half",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One point: which call it was, how the hit run ended, how the restarts did, and the audit."""

    number: int
    call: str
    is_fatal: bool
    hit: Ended
    restarts: tuple[Ended, ...]
    ledger: Ledger

    def troubles(self, mode: Mode) -> Iterator[str]:
        """Everything that is wrong, each as a sentence that names the point."""
        where = f"{mode.name} at point {self.number} ({self.call})"
        yield from (f"{where}: {trouble}" for trouble in self.ledger.unexpected)
        if not self.ledger.passed:
            yield f"{where}: {self.ledger}"
        yield from (f"{where}: the restart ended with {one.code}: {one.log}" for one in self.restarts if one.code)
        if sum(one.seconds for one in self.restarts) > RECOVERY:
            yield f"{where}: recovered only after {sum(one.seconds for one in self.restarts):.1f} s"
        if self.is_fatal and mode in (Mode.EIO, Mode.ENOSPC) and self.hit.code == 0:
            yield f"{where}: went on after a failed sync"


class Bench:
    """A story that was played once, and a plug and a nursery to hit one point of it after the other."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self._story = Story(folder)
        self._nursery = nursery
        self._plug = Plug(folder / "counts")
        self._points = folder / "points.log"
        for chapter, commands in CHAPTERS.items():
            self._story.keep(chapter)
            for words in commands:
                ended = self._run(*words)
                assert ended.code == 0, ended.log

    def hit(self, chapter: str, mode: Mode, number: int) -> Outcome | None:
        """Hit this point of the chapter, restart, and audit; None where the chapter ends before it."""
        self._story.begin(chapter)
        self._points.unlink(missing_ok=True)
        self._plug.set(mode, number)
        left = list(CHAPTERS[chapter])
        hit = self._run(*left[0], plugged=True)
        while hit.code == 0 and len(left) > 1:
            left.pop(0)
            hit = self._run(*left[0], plugged=True)
        if not self._plug.is_hit:
            return None
        restarts = tuple(self._run(*words) for words in left)
        before, call = self._calls(number)
        return Outcome(
            number=number,
            call=" ".join(call),
            is_fatal=_loses_what_was_written(call, before),
            hit=hit,
            restarts=restarts,
            ledger=self._story.audit(chapter),
        )

    def _run(self, *words: str, plugged: bool = False) -> Ended:
        plug = (self._story.root, self._plug.path, self._points) if plugged else ()
        return self._nursery.run(self._story.district.config, *words, plug=plug)

    def _calls(self, number: int) -> tuple[list[Call], Call]:
        found: dict[int, Call] = {}
        for line in self._points.read_text().splitlines():
            at, name, path = line.split(" ", 2)
            found[int(at)] = (name, path)
        # Another thread may have been killed between its number and its line.
        return [found[at] for at in range(1, number) if at in found], found[number]


def _loses_what_was_written(call: Call, before: Sequence[Call]) -> bool:
    """Whether this call, failing, may leave something unsaved that the process takes for saved: it must be fatal."""
    name, path = call
    if name in ("fsync", "syncfs"):
        return True  # ours
    if name != "fdatasync" or path == "":
        return False  # SQLite tells nobody when it can't sync the folder of a new file
    if ("open", f"{path}-wal") in before:
        return False  # a checkpoint: copied anew from the log, which is safe, until a sync of the copy succeeds
    # The log is synced with each commit; before a checkpoint once more, with nothing written in between.
    last = next((name for name, at in reversed(before) if at == path), "")
    return last != "fdatasync"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One for all tests of this process."""
    folder = tmp_path_factory.mktemp("plug")
    with Nursery(folder, built(folder)) as nursery:
        yield Bench(folder, nursery)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("share", [0, *(pytest.param(share, marks=pytest.mark.full) for share in range(1, _SHARES))])
@pytest.mark.parametrize("chapter", CHAPTERS)
@pytest.mark.parametrize("mode", _NAMES)
def test_every_durable_call_may_be_the_last(
    mode: Mode, chapter: str, share: int, bench: Bench, scale: Scale, figures: Figures
) -> None:
    """Whatever durable call a process dies before, or fails at, a restart ends the story as if nothing had been."""
    outcomes = list(_outcomes(bench, chapter, mode, first=scale(23, 1 + share), step=scale(199, _SHARES)))
    for outcome in outcomes:
        figures(outcome.ledger.as_figure(_NAMES[mode]))
    assert len(outcomes) >= scale(1, 15), Counter(outcome.call.split()[0] for outcome in outcomes)
    assert [trouble for outcome in outcomes for trouble in outcome.troubles(mode)] == []


def _outcomes(bench: Bench, chapter: str, mode: Mode, *, first: int, step: int) -> Iterator[Outcome]:
    number = first
    while (outcome := bench.hit(chapter, mode, number)) is not None:
        yield outcome
        number += step
