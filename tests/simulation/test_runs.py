"""Hundreds of districts, each with its own bad luck: whatever the order, every promise holds in the end."""

from __future__ import annotations

import pytest

from tests.figures import Figure, Figures
from tests.simulation.ground import Ground
from tests.simulation.story import run, run_with_deaths

_SEEDS = 1_000
_CHUNKS = 40


@pytest.mark.parametrize("chunk", range(_CHUNKS))
def test_every_promise_holds(ground: Ground, figures: Figures, request: pytest.FixtureRequest, chunk: int) -> None:
    """Each file has one state, numbers add up, the newest photo is in force, reports are told once."""
    seeds = range(chunk, _SEEDS, _CHUNKS)
    asked = request.config.getoption("--seed", default=None)
    files = 0
    for seed in [one for one in asked if one % _CHUNKS == chunk] if asked else seeds:
        told = run(ground, seed)
        files += told.files
        assert not told.complaints, _replay(seed, told.complaints, told.trace if asked else ())
    figures(Figure(what="simulated runs", times=len(asked or seeds), files=files))


@pytest.mark.parametrize("moment", range(1, 7))
@pytest.mark.parametrize("stage", ["ingest", "validate", "publish", "night"])
def test_whoever_dies_at_any_moment_costs_nothing(ground: Ground, stage: str, moment: int) -> None:
    """Before and after each commit, and between a message's end and its effect, if there were such a moment."""
    told = run_with_deaths(ground, stage, moment)
    assert told.files > 0
    assert not told.complaints


def test_a_seed_gives_the_same_trace_twice(ground: Ground) -> None:
    """What failed once can be looked at again, step by step."""
    first, second = run(ground, 7), run(ground, 7)
    assert first == second
    assert len(first.trace) > 40


def _replay(seed: int, complaints: tuple[str, ...], trace: tuple[str, ...]) -> str:
    how = f"Replay it: .venv/bin/python -m pytest tests/simulation/test_runs.py --seed {seed}"
    return "\n".join([f"seed {seed}:", *complaints, *trace, how])
