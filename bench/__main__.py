"""`python -m bench`: every contestant with the same photos, in turn, several rounds; medians and ratios."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.contest import Contestant, Cost, cost
from bench.drawn import DEFLATED, FOLDER, LOOSE, STORED, Drawn
from bench.limit import Limit
from bench.machine import described
from bench.ours import Ours, Servers
from bench.page import write
from bench.rivals import CELERY, DRAMATIQ, POOL, SHELL, Peer
from bench.table import Line, lines, markdown

_UNSAFE = "no crash safety, archive guard, roster, quarantine or reports"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the contest, print the table, and write it into docs/benchmarks.md where that is asked for."""
    asked = _asked(argv)
    servers = Servers()
    with closing(servers), tempfile.TemporaryDirectory(prefix="pictureday-bench-") as name:
        folder = Path(name)
        servers.start()
        results = _contest(asked, servers, folder)
        found, machine = lines(results, Limit.name), described(folder)
    _show(found, machine)
    if asked.write:
        _write(found, machine, asked)
    return 0


def _asked(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Picture Day beside its peers.")
    parser.add_argument("--photos", type=int, default=20_000, help="in the zip and in the folder (default: 20,000)")
    parser.add_argument("--few", type=int, default=1_000, help="for the peers, and loose ones (default: 1,000)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median counts (default: 3)")
    parser.add_argument("--only", default="", help="contestants whose name holds this word; the limit always runs")
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    return parser.parse_args(argv)


def _entries(asked: argparse.Namespace, servers: Servers) -> Iterator[tuple[Contestant, str, int]]:
    """Who, how the photos are handed in, and how many."""
    yield Limit(), FOLDER, asked.photos
    for own in (Ours(asked.photos + 1), Ours(asked.photos + 1, servers)):
        for form in (STORED, DEFLATED, FOLDER):
            yield own, form, asked.photos
        yield own, LOOSE, asked.few
    yield Peer("shell: inotifywait, identify, mv", _UNSAFE, SHELL), LOOSE, asked.few
    yield Peer("watchdog, threads, Pillow, SQLite", _UNSAFE, POOL), LOOSE, asked.few
    yield Peer("Celery, RabbitMQ, Pillow", _UNSAFE, CELERY, servers), LOOSE, asked.few
    yield Peer("dramatiq, RabbitMQ, Pillow", _UNSAFE, DRAMATIQ, servers), LOOSE, asked.few


def _contest(asked: argparse.Namespace, servers: Servers, folder: Path) -> Mapping[tuple[str, str], Sequence[Cost]]:
    entries = [
        entry for entry in _entries(asked, servers) if asked.only in entry[0].name or entry[0].name == Limit.name
    ]
    drawn = Drawn(folder / "drawn", asked.photos)
    results: dict[tuple[str, str], list[Cost]] = {(one.name, form): [] for one, form, _ in entries}
    for number in range(asked.rounds):
        for contestant, form, count in entries:
            with tempfile.TemporaryDirectory(dir=folder) as name:
                found = _cost(contestant, drawn, form, count, Path(name))
            results[contestant.name, form].append(found)
            sys.stderr.write(f"round {number + 1}: {contestant.name}, {form}: {found.photos / found.seconds:,.0f}/s\n")
    return results


def _cost(contestant: Contestant, drawn: Drawn, form: str, count: int, ground: Path) -> Cost:
    load = drawn.all_of_them() if contestant.name == Limit.name else drawn.load(form, count, ground)
    place = ground / "contest"
    place.mkdir()
    return cost(contestant, drawn.warm(ground), load, place)


def _show(found: Sequence[Line], machine: str) -> None:
    table = Table(title=machine, title_justify="left")
    heads = ("who", "load", "photos", "seconds", "photos/s", "of limit", "CPU ms", "x loop", "MB")
    for number, head in enumerate(heads):
        table.add_column(head, justify="left" if number < 2 else "right")
    for line in found:
        table.add_row(*line.cells())
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def _write(found: Sequence[Line], machine: str, asked: argparse.Namespace) -> None:
    told = f"`make bench` ({asked.rounds} rounds), {datetime.now(UTC):%d %B %Y}, on {machine}."
    write("make bench", f"{told}\n\n{markdown(found)}")


if __name__ == "__main__":
    sys.exit(main())
