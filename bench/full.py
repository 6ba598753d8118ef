"""`python -m bench.full`: the targets that need many rows or much patience, each measured by a module of its own."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.machine import described
from bench.ours import Servers
from bench.page import write
from bench.target import Measure, Target, markdown

# Modules of this package with a function `measure`, in the order of the table.
_PARTS = ("start", "latency", "growth", "hosts", "night", "big", "rescan", "idle")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure all parts, or those that are named; print the table and write it into docs/benchmarks.md if asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench.full", description=__doc__)
    parser.add_argument("parts", nargs="*", default=_PARTS, metavar="PART", help=", ".join(_PARTS))
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    asked = parser.parse_args(argv)
    measures: Mapping[str, Measure] = {part: import_module(f"bench.{part}").measure for part in asked.parts}
    servers = Servers()
    with closing(servers), tempfile.TemporaryDirectory(prefix="pictureday-bench-") as name:
        servers.start()
        found, machine = list(_all(measures, Path(name), servers)), described(Path(name))
    _show(found, machine)
    if asked.write:
        told = f"`make bench-full`, {datetime.now(UTC):%d %B %Y}, on {machine}."
        write("make bench-full", f"{told}\n\n{markdown(found)}")
    return 0 if all(target.met for target in found) else 1


def _all(measures: Mapping[str, Measure], folder: Path, servers: Servers) -> Iterator[Target]:
    for part, measure in measures.items():
        ground = folder / part
        ground.mkdir()
        for target in measure(ground, servers):
            sys.stderr.write(f"{part}: {target.what}: {target.found} (wanted: {target.wanted})\n")
            yield target


def _show(found: Sequence[Target], machine: str) -> None:
    table = Table(title=machine, title_justify="left")
    for head in ("what", "target", "found", "met", "how it was measured"):
        table.add_column(head, overflow="fold")
    for target in found:
        table.add_row(*target.cells())
    Console(width=None if sys.stdout.isatty() else 140).print(table)


if __name__ == "__main__":
    sys.exit(main())
