"""Medians, ratios, and the table that people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from bench.contest import Cost

__all__ = ["Line", "lines", "markdown"]

_HEAD = ("who", "load", "photos", "seconds", "photos/s", "of the limit", "CPU ms/photo", "x the decode loop", "MB")


@dataclass(frozen=True, kw_only=True)
class Line:
    """The medians of one contestant's rounds with one load; ratios are to the limit of the same run."""

    who: str
    form: str
    photos: int
    seconds: float
    rate: float  # photos per second
    of_limit: float
    cpu: float  # CPU seconds a photo
    of_loop: float
    memory: int  # bytes

    def cells(self) -> tuple[str, ...]:
        """What the table shows."""
        return (
            self.who,
            self.form,
            f"{self.photos:,}",
            f"{self.seconds:.2f}",
            f"{self.rate:,.0f}",
            f"{self.of_limit:.2f}",
            f"{self.cpu * 1000:.2f}",
            f"{self.of_loop:.1f}",
            f"{self.memory / 1e6:.0f}",
        )


def lines(results: Mapping[tuple[str, str], Sequence[Cost]], limit: str) -> list[Line]:
    """A line for each contestant and form, in the order of `results`; `limit` is the name that all are compared to."""
    base = next(_line(who, form, costs) for (who, form), costs in results.items() if who == limit)
    return [_compared(_line(who, form, costs), base) for (who, form), costs in results.items()]


def markdown(found: Sequence[Line]) -> str:
    """The table for docs/benchmarks.md."""
    rows = [_HEAD, ("---", "---", *["---:"] * (len(_HEAD) - 2)), *(line.cells() for line in found)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _line(who: str, form: str, costs: Sequence[Cost]) -> Line:
    return Line(
        who=who,
        form=form,
        photos=costs[0].photos,
        seconds=median(cost.seconds for cost in costs),
        rate=median(cost.photos / cost.seconds for cost in costs),
        of_limit=1.0,
        cpu=median(cost.cpu / cost.photos for cost in costs),
        of_loop=1.0,
        memory=max(cost.memory for cost in costs),
    )


def _compared(line: Line, base: Line) -> Line:
    return replace(line, of_limit=line.rate / base.rate, of_loop=line.cpu / base.cpu)
