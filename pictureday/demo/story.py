"""What the demo prints: progress while it works, and at the end a summary that a principal understands.

Nothing here counts anything: a `Summary` comes in, text goes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from pictureday.names import shown

__all__ = ["DeliveryLine", "Place", "SchoolLine", "Summary", "print_summary", "progress"]


@dataclass(frozen=True, kw_only=True)
class DeliveryLine:
    """One delivery; the four last numbers add up to `files`. `ignored` holds junk and index files."""

    title: str
    vendor: str
    files: int
    accepted: int
    attention: int
    refused: int
    ignored: int


@dataclass(frozen=True, kw_only=True)
class SchoolLine:
    """One school's students: who has a photo in MiSiS, and for whom someone has to act."""

    name: str
    students: int
    in_misis: int
    attention: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where to look: what is there, and the path or command."""

    what: str
    where: str


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Everything the demo's last page says. `seconds` is the time from the first upload to the end of the sync."""

    deliveries: Sequence[DeliveryLine]
    schools: Sequence[SchoolLine]
    places: Sequence[Place]
    seconds: float


def progress(console: Console) -> Progress:
    """A progress display for the demo's steps; use it as a context manager."""
    return Progress(
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        console=console,
    )


def print_summary(console: Console, summary: Summary) -> None:
    """Print the last page of the demo."""
    console.print()
    console.print(Text("Picture day is done", style="bold"))
    console.print(_headline(summary))
    console.print()
    console.print(_table("What the vendors delivered", _DELIVERY_COLUMNS, summary.deliveries, total="All"))
    console.print(_muted("Ignored: files that are no photos, like .DS_Store or the vendor's index."))
    console.print()
    console.print(_table("What the schools have now", _SCHOOL_COLUMNS, summary.schools, total="All"))
    console.print(_muted(_attention(summary)))
    console.print()
    console.print(Text("Where to look", style="bold"))
    for place in summary.places:
        # A path that is broken into lines can't be copied, so the terminal wraps it, not we.
        console.print(Text.assemble((f"  {shown(place.what):<12} ", "cyan"), place.where), soft_wrap=True)


@dataclass(frozen=True, kw_only=True)
class _Column:
    """A column of a summary table: its heading, the field, and the style of what is not zero."""

    heading: str
    field: str
    style: str = ""


_DELIVERY_COLUMNS = (
    _Column(heading="Delivery", field="title"),
    _Column(heading="Vendor", field="vendor"),
    _Column(heading="Files", field="files", style="bold"),
    _Column(heading="Accepted", field="accepted", style="green"),
    _Column(heading="Need attention", field="attention", style="yellow"),
    _Column(heading="Refused", field="refused", style="red"),
    _Column(heading="Ignored", field="ignored"),
)
_SCHOOL_COLUMNS = (
    _Column(heading="School", field="name"),
    _Column(heading="Students", field="students", style="bold"),
    _Column(heading="Photo in MiSiS", field="in_misis", style="green"),
    _Column(heading="Need attention", field="attention", style="yellow"),
)


def _headline(summary: Summary) -> Text:
    lines = summary.deliveries
    files = sum(line.files for line in lines)
    parts = [sum(getattr(line, name) for line in lines) for name in ("accepted", "attention", "refused", "ignored")]
    in_misis = sum(line.in_misis for line in summary.schools)
    text = Text(
        f"{len(lines)} deliveries with {files:,} files went all the way in {summary.seconds:.0f} seconds; "
        f"{in_misis:,} students have their photo in MiSiS.\n"
    )
    return text.append_text(_sum_line(files, parts))


def _attention(summary: Summary) -> str:
    told = "Need attention: whoever has to act was told what is wrong and how to fix it."
    nowhere = sum(line.attention for line in summary.deliveries) - sum(line.attention for line in summary.schools)
    if nowhere <= 0:
        return told
    return f"{told} {nowhere} more can't be matched to a student; the vendor's receipt names them."


def _sum_line(files: int, parts: Sequence[int]) -> Text:
    words = ("accepted", "need attention", "refused", "ignored")
    told = " + ".join(f"{count:,} {word}" for count, word in zip(parts, words, strict=True))
    if sum(parts) == files:
        return Text(f"Every file is accounted for: {told} = {files:,}.", style="green")
    return Text(f"The numbers do not add up: {told} is {sum(parts):,}, not {files:,}.", style="bold red")


def _table(title: str, columns: Sequence[_Column], lines: Sequence[object], *, total: str) -> Table:
    table = Table(
        title=title,
        title_style="bold",
        title_justify="left",
        box=box.SIMPLE,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
        show_footer=True,
    )
    for column in columns:
        values = [getattr(line, column.field) for line in lines]
        numbers = [value for value in values if isinstance(value, int)]
        footer = _cell(sum(numbers), column) if numbers else Text(total if column is columns[0] else "")
        table.add_column(column.heading, footer, justify="right" if numbers else "left", vertical="bottom")
    for line in lines:
        table.add_row(*(_cell(getattr(line, column.field), column) for column in columns))
    return table


def _cell(value: object, column: _Column) -> Text:
    if not isinstance(value, int):
        return Text(shown(str(value)))
    return Text(f"{value:,}", style=column.style) if value else Text("-", style="dim")


def _muted(sentence: str) -> Text:
    return Text(sentence, style="dim")
