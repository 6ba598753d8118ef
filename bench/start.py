"""How long a command takes to start: the check of one photo, and a look at an empty catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.command import Command, Cost, middle
from bench.ours import Servers
from bench.photos import draw
from bench.target import Target

__all__ = ["measure"]

_RUNS = 15
_CHECK, _STATUS = 0.4, 0.4  # seconds of wall clock; CPU seconds


def measure(folder: Path, servers: Servers) -> Iterator[Target]:  # noqa: ARG001 - it needs none of them
    """The two commands in turn, so that what else the machine does meets both alike."""
    (photo,) = draw(folder / "photos", 1)
    command = Command(folder, folder / "home")
    checks, looks = [], []
    for _ in range(_RUNS + 1):
        checks.append(command.run("check", str(photo)))
        looks.append(command.run("status"))
    yield _check(checks[1:])
    yield _status(looks[1:])


def _check(costs: list[Cost]) -> Target:
    return Target(
        what="`pictureday check` of one photo, from start to end",
        wanted=f"under {_CHECK} s",
        found=_told(costs, "wall"),
        met=middle(costs, "wall") < _CHECK,
        how=f"the command and its decoder process, {_RUNS} runs, the median; CPU is of both",
    )


def _status(costs: list[Cost]) -> Target:
    return Target(
        what="`pictureday status` on an empty catalogue",
        wanted=f"under {_STATUS} CPU seconds",
        found=_told(costs, "cpu"),
        met=middle(costs, "cpu") < _STATUS,
        how=f"SQLite, {_RUNS} runs in turn with the check, the median",
    )


def _told(costs: list[Cost], least: str) -> str:
    best = min(getattr(cost, least) for cost in costs)
    return f"{middle(costs, 'wall'):.2f} s, {middle(costs, 'cpu'):.2f} CPU s (at best {best:.2f})"
