"""Photos that are damaged by chance, thousands of them: each gets a verdict, and none that is not whole gets in."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.figures import Figure, Figures, Scale
from tests.hostile.court import MEMORY, Court
from tests.hostile.mutants import Mutant, mutant

_SHARES = 2  # tests, so that two cores have something to do
_AT_ONCE = 500
# Whoever has more time goes on where others stopped: FUZZ_FROM=100000 make fuzz
_FIRST = int(os.environ.get("FUZZ_FROM", "0"))


def batches(share: int, count: int) -> Iterator[list[Mutant]]:
    """The mutants of one share of `count`, some at a time."""
    seeds = range(_FIRST + share, _FIRST + count, _SHARES)
    for at in range(0, len(seeds), _AT_ONCE):
        yield [mutant(seed) for seed in seeds[at : at + _AT_ONCE]]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("share", range(_SHARES))
def test_mutants(share: int, tmp_path: Path, scale: Scale, figures: Figures) -> None:
    """Each mutant is judged within 5 s and 512 MB; what is accepted passes `djpeg -strict`, and its rendition does."""
    times, wrong, unjudged = 0, [], []
    with Court(tmp_path) as court:
        for mutants in batches(share, scale(5_000, 100_000)):
            verdicts = list(zip(mutants, court.judge([each.data for each in mutants]), strict=True))
            unjudged += [f"{each}: {fault}" for each, judged in verdicts if (fault := court.unjudged(judged))]
            wrong += [f"{each}: {fault}" for each, judged in verdicts if (fault := court.wrongly(each.data, judged))]
            times += len(verdicts)
        figures(Figure(what="damaged photos judged", times=times, unexpected=len(unjudged), let_in=len(wrong)))
        assert not unjudged + wrong, "\n".join((unjudged + wrong)[:20])
        assert not court.lost(), "a decoder process had to be replaced"
        assert court.peak() < MEMORY
        assert court.accepted > times // 10  # or nothing was tested


def test_seeds() -> None:
    """A seed always makes the same mutant, and every seed another one."""
    first, second = ([mutant(seed) for seed in range(200)] for _ in range(2))
    assert first == second
    assert len({hashlib.sha256(each.data).digest() for each in first}) > 190
