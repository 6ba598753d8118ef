"""Everything that comes out of the pipeline, looked at with a reader's own tools: mail, HTML, CSV and JSON parsers.

What is wrong is returned as sentences, all of it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from tests.hostile.names import recognised, undone, unsafe
from tests.hostile.names_world import World

__all__ = [
    "escapes",
    "left_over",
    "log_troubles",
    "mail_troubles",
    "path_troubles",
    "receipt_troubles",
    "sheet_troubles",
]

_HEADERS = {
    *("Subject", "From", "To", "Reply-To", "Date", "Message-ID", "Auto-Submitted"),
    *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
}
_ROOT = Path(__file__).parents[2]
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe66")


def mail_troubles(world: World) -> Iterator[str]:
    """Each mail has our headers, our tags, and text that a reader can see; attachments hold no formula."""
    paths = sorted((world.district.folder / "mail").iterdir())
    if len(paths) < len(world.schools):
        yield f"only {len(paths)} mails for {len(world.schools)} schools"
    for path in paths:
        yield from (f"{path.name}: {trouble}" for trouble in _mail(path.read_bytes()))
    read = {undone(cell.removeprefix("'")) for mail in world.district.mails() for cell in _files_told(mail)}
    due = {undone(path) for path in world.dropped if path.startswith("set/") and len(path) < 255}
    due |= {undone(path[8:]) for path in world.dropped if path.startswith("indexed/") and path != "indexed/index.csv"}
    due = {name.removeprefix("'") for name in due if "\\" not in name}  # what is behind a backslash is the name
    yield from (f"no mail tells of {name!r}" for name in due - read)


def _files_told(mail: EmailMessage) -> Iterator[str]:
    for part in mail.iter_attachments():
        sheet = part.get_payload(decode=True)
        assert isinstance(sheet, bytes)
        yield from (row["file"] for row in csv.DictReader(io.StringIO(sheet.decode("utf-8-sig"), newline="")))


def _mail(body: bytes) -> Iterator[str]:
    if (
        not body.isascii()
        or re.search(rb"(?<!\r)\n|\r(?!\n)", body)
        or re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", body)
    ):
        yield "has bytes that no mail should have"
    mail = message_from_bytes(body, policy=policy.default)
    if mail.defects or not mail.keys() or max(Counter(mail.keys()).values()) > 1 or not set(mail.keys()) <= _HEADERS:
        yield f"has the headers {mail.keys()} and {mail.defects}"
    if not re.fullmatch(r"Picture Day[A-Za-z0-9 ,:]*", mail["Subject"]):
        yield f"has the subject {mail['Subject']!r}"
    if any(not re.fullmatch(r"[a-z0-9]+@(school|district)\.example", to) for to in mail["To"].split(", ")):
        yield f"goes to {mail['To']!r}"
    for part in mail.walk():
        yield from _part(part)


def _part(part: EmailMessage) -> Iterator[str]:
    kind = part.get_content_type()
    if kind == "text/csv":
        if part.get_filename() != "picture-day.csv":
            yield f"has an attachment {part.get_filename()!r}"
        yield from sheet_troubles(part.get_payload(decode=True))
    elif kind == "text/html":
        yield from _page(part.get_content())
    elif kind == "text/plain":
        yield from (f"text has {char!r}" for char in unsafe(part.get_content().replace("\r\n", "\n")))
    elif not kind.startswith("multipart/"):
        yield f"has a part of type {kind}"


class _Tags(HTMLParser):
    """Every tag with its attributes, the text between them, and what else there is."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[tuple[str, str]] = set()
        self.text = self.other = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it whole; how many rows a cell spans is a number of ours."""
        said = sorted(
            (name, "1" if name == "rowspan" and str(value).isdigit() else str(value)) for name, value in attrs
        )
        self.tags.add((tag, json.dumps(said).replace("$span", "1")))

    def handle_data(self, data: str) -> None:
        """Remember it."""
        self.text += data

    def handle_comment(self, data: str) -> None:
        """Remember it."""
        self.other += data

    handle_pi = unknown_decl = handle_comment


@cache
def _our_tags() -> frozenset[tuple[str, str]]:
    templates = (_ROOT / "publish/letters").rglob("*.html")
    return frozenset(tag for path in templates for tag in _Tags(path.read_text(encoding="utf-8")).tags)


def _page(page: str) -> Iterator[str]:
    found = _Tags(page)
    yield from (f"HTML has {tag}" for tag in found.tags - _our_tags())
    yield from (f"HTML text has {char!r}" for char in unsafe(found.text.replace("\r\n", "\n")))
    if found.other:
        yield f"HTML has {found.other!r}"


def sheet_troubles(data: object) -> Iterator[str]:
    """No cell of a CSV starts a formula, breaks the line, or holds what can't be seen."""
    assert isinstance(data, bytes)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    if len({len(row) for row in rows}) != 1:
        yield "rows of different widths"
    for cell in (cell for row in rows for cell in row):
        if cell.lstrip().startswith(_FORMULA) or unsafe(cell, but=""):
            yield f"the cell {cell!r}"


def receipt_troubles(world: World) -> Iterator[str]:
    """Every dropped file is on one receipt, once; JSON has its name, CSV a form that it is known by."""
    folder = world.district.inboxes / "acme/receipts"
    told: Counter[str] = Counter()
    for path in folder.glob("*.json"):
        receipt = json.loads(path.read_bytes())
        files = [file["path"] for file in receipt["files"]]
        told.update(files)
        sheet = path.with_suffix(".csv").read_bytes()
        yield from sheet_troubles(sheet)
        rows = list(csv.DictReader(io.StringIO(sheet.decode("utf-8-sig"), newline="")))
        if sum(receipt["totals"].values()) != 2 * len(files):
            yield f"{path.name} does not add up"
        shown = [row["path"] for row in rows]
        yield from (
            f"{name!r} is shown as {cell!r}" for name, cell in zip(files, shown, strict=True) if not _known(cell, name)
        )
    due = Counter(world.dropped + world.refused)
    yield from (f"not on a receipt: {name!r}" for name in due - told)
    yield from (f"too often on a receipt: {name!r}" for name in told - due)


def _known(shown: str, name: str) -> bool:
    if len(name) <= 4096:
        return recognised(shown, name)
    start, _, end = shown.partition("…")
    return len(start) > 1000 and name.startswith(start) and name.endswith(end)


def path_troubles(world: World) -> Iterator[str]:
    """What the program made has names of its own making, and lies where it should."""
    root = world.district.folder
    own = [root / "blobs", root / "mail", world.district.inboxes / ".taken", world.district.inboxes / "acme/receipts"]
    for path in (path for folder in own for path in folder.rglob("*")):
        if not re.fullmatch(r"\.tmp|[A-Za-z0-9][A-Za-z0-9._-]{0,99}", path.name):
            yield f"a file is called {path.name!r}"
        if path.is_file() and path.stat().st_mode & 0o111:
            yield f"{path.name!r} may be executed"
    expected = {"blobs", "mail", "vendors", "roster", "hostile-roster", "pictureday.toml"}
    yield from (f"beside them is {path.name!r}" for path in root.iterdir() if path.name not in expected | _DATABASES)
    yield from (
        f"out of its place: {name}" for name in ("pwned", "evil") if (root / name).exists() or Path(name).exists()
    )


_DATABASES = {f"{name}.db{more}" for name in ("catalogue", "misis") for more in ("", "-wal", "-shm")}


def log_troubles(world: World, log: str) -> Iterator[str]:
    """Each line is one JSON object in plain ASCII, and none names a file."""
    names = {Path(path).name for path in world.dropped if len(Path(path).name) > 10}
    for line in log.splitlines():
        if not line.isascii() or not isinstance(json.loads(line), dict):
            yield f"logged: {line!r}"
        said = json.loads(line)
        if said["level"] != "debug" and any(name in str(said) for name in names):
            yield f"a file is named: {line!r}"


_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)", re.DOTALL)


def escapes(text: str) -> set[str]:
    """The terminal sequences in `text`, numbers of lines and columns left out."""
    return {re.sub(r"(?<=\[)\d+(?=[A-HJKX])", "n", found) for found in _SEQUENCE.findall(text)}


def left_over(text: str) -> Iterable[str]:
    """What of a terminal's text is unsafe besides such sequences."""
    return unsafe(_SEQUENCE.sub("", text).replace("\r", ""))
