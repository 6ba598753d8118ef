"""What the fault and fuzz tests count, and the one closing table that all their figures end in.

A test asks for `figures` and writes down what it did; `scale` says how much of it: a sample within `make test`, all
of it with `--full`, as `make faults` and `make fuzz` ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import pytest

__all__ = ["Figure", "Figures", "Scale"]

_KEY = "figure"
_HEADS = ("what was done to it", "times", "files", "lost", "twice", "unexpected", "let in")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the closing table: how often something was done, to how many files, and what went wrong by it.

    `lost` files have no state, `twice` were stored, mailed or counted twice, `unexpected` is everything else
    that an audit found, `let_in` is what a guard should have refused.
    """

    what: str
    times: int
    files: int = 0
    lost: int = 0
    twice: int = 0
    unexpected: int = 0
    let_in: int = 0

    def of(self, *, times: int) -> Figure:
        """The same, done so many times."""
        return replace(self, times=times)

    def __add__(self, other: Figure) -> Figure:
        counts = {name: count + getattr(other, name) for name, count in asdict(self).items() if name != "what"}
        return Figure(what=self.what, **counts)


Figures = Callable[[Figure], None]
Scale = Callable[[int, int], int]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--full`."""
    parser.addoption("--full", action="store_true", help="every fault and every mutant, not only a sample of them")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is too dear for a sample (`pytest.mark.full`); it counts as deselected."""
    if config.getoption("--full"):
        return
    dear = [item for item in items if item.get_closest_marker("full")]
    config.hook.pytest_deselected(items=dear)
    items[:] = [item for item in items if item not in dear]


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Figures:
    """Write a figure down for the closing table; figures of one name are added up."""
    return lambda figure: record_property(_KEY, asdict(figure))


@pytest.fixture
def scale(request: pytest.FixtureRequest) -> Scale:
    """How many: the first number for a sample, the second with `--full`."""
    full = bool(request.config.getoption("--full"))
    return lambda sample, all_of_it: all_of_it if full else sample


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the closing table."""
    totals: dict[str, Figure] = {}
    for figure in _written(terminalreporter):
        totals[figure.what] = totals[figure.what] + figure if figure.what in totals else figure
    if not totals:
        return
    terminalreporter.section("what was done, and what came of it")
    for line in _table([_HEADS, *(_cells(figure) for figure in totals.values())]):
        terminalreporter.write_line(line)


def _written(terminalreporter: Any) -> Iterator[Figure]:
    reports = (report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, []))
    for report in reports:
        if getattr(report, "when", "") == "call":
            yield from (Figure(**value) for name, value in report.user_properties if name == _KEY)


def _cells(figure: Figure) -> tuple[str, ...]:
    first, *counts = asdict(figure).values()
    return (first, *(f"{count:,}" for count in counts))


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        yield "  ".join(
            [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        )
