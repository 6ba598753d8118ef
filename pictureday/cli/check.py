"""`pictureday check`: a vendor's preflight, with the very same rules as the pipeline. It writes nothing."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pictureday.config import Settings

if TYPE_CHECKING:
    from ingest import Limits
    from pictureday.cli.preflight import Line
    from pictureday.roster import RosterFile
    from validate import Decoders

__all__ = ["register", "run"]

_TO_FIX = frozenset({"quarantined", "refused"})


def register(parser: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    parser.description = __doc__
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a photo, a folder or a zip")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--roster", type=Path, metavar="DIR", help="also check that the students exist (OneRoster or plain CSV)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Judge every file; 0 where there is nothing to fix, 1 where there is."""
    counts: Counter[str] = Counter()
    for lines in _judged(args, settings):
        counts.update(line.verdict for line in lines)
        _print_json(lines) if args.json else _print_table([line for line in lines if line.verdict in _TO_FIX])
    if not args.json:
        print(_summary(counts))
    print(_unknown(with_roster=args.roster is not None), file=sys.stderr)
    return 1 if _TO_FIX & counts.keys() else 0


def _unknown(*, with_roster: bool) -> str:
    roster = "" if with_roster else "whether the students are on the roster (give --roster DIR), "
    return f"Not checked here: {roster}whether the vendor is active and the schools' principals granted it."


def _judged(args: argparse.Namespace, settings: Settings) -> Iterator[list[Line]]:
    with _decoders(settings) as decoders, _progress() as beat:
        decoders.begin()
        # While the process starts; it takes as long.
        from pictureday.cli.dropped import deliveries
        from pictureday.cli.preflight import Preflight

        preflight = Preflight(settings, decoders.judge_all, roster=_roster(args.roster, settings), beat=beat)
        for delivery in deliveries(args.paths, _limits(settings)):
            yield preflight.judge(delivery)


def _decoders(settings: Settings) -> Decoders:
    from validate import Decoders

    own = settings.validate_
    return Decoders(processes=own.processes, seconds=own.seconds, memory=own.memory, profile=settings.profile.numbers)


def _limits(settings: Settings) -> Limits:
    from ingest import Limits

    guard = settings.ingest
    return Limits(
        entries=guard.archive_entries,
        entry_bytes=guard.archive_entry_bytes,
        total_bytes=guard.archive_bytes,
        ratio=guard.archive_ratio,
    )


def _roster(folder: Path | None, settings: Settings) -> RosterFile | None:
    if folder is None:
        return None
    from pictureday.roster import read_roster

    return read_roster(folder, settings.roster)


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    if not sys.stderr.isatty():
        yield lambda _photos: None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from pictureday.cli import parts

    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} photos checked"), TimeElapsedColumn())
    console = parts.console(stderr=True)
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda photos: progress.advance(task, photos)


def _print_json(lines: Sequence[Line]) -> None:
    # ASCII: a name's bytes that are no UTF-8 appear as surrogate escapes, and `os.fsencode` gives them back.
    for line in lines:
        print(json.dumps(line.as_json()))


def _print_table(lines: Sequence[Line]) -> None:
    if not lines:
        return
    from rich.table import Table
    from rich.text import Text

    from pictureday.cli import parts
    from pictureday.names import shown

    table = Table(box=None, pad_edge=False)
    for name in ("file", "verdict"):
        table.add_column(name, overflow="fold")
    for name in ("what is wrong", "how to fix it"):
        table.add_column(name, ratio=1, overflow="fold")
    for line in lines:
        for number, finding in enumerate(line.findings):
            start = ("", "") if number else (shown(line.path), line.verdict)
            table.add_row(*(Text(cell) for cell in (*start, finding.message, finding.fix)))
    parts.console().print(table)


def _summary(counts: Counter[str]) -> str:
    if not counts:
        return "There is nothing to check."
    told = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in ("accepted", *sorted(_TO_FIX), "ignored"))
    return f"{told}." + ("" if _TO_FIX & counts.keys() else " There is nothing to fix.")
