"""Settings: `pictureday.toml`, then `PICTUREDAY_…` from the environment, checked all at once.

Every setting has a default that works on one machine with nothing installed; `PICTUREDAY_HOME`
(`./var` unless set) moves all of them. Durations are seconds, sizes are bytes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pictureday.configfile import given
from pictureday.errors import ConfigError
from pictureday.profile import Profile
from pictureday.section import MISSING, NO_SUCH, Mistake, Section, number, section, sections, text, texts, whole

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from pictureday.bucketurl import EventsUrl

__all__ = ["Inbox", "Settings", "decoded", "hide_passwords", "home", "load"]

_AFTER = re.compile(r"|delete|keep|tag|move:(?!(inbox|receipts)/)[A-Za-z0-9_-][A-Za-z0-9._-]*/")
_PASSWORD = re.compile(r"(?<=://)([^:/@\s]*):[^\s'\"]*@")


def home() -> Path:
    """The folder that all embedded defaults live in: `PICTUREDAY_HOME`, else `./var`."""
    return Path(os.environ.get("PICTUREDAY_HOME") or "var").absolute()


def _starts(*schemes: str) -> Callable[[str], None]:
    def check(url: str) -> None:
        if not url.startswith(schemes):
            raise ValueError("it should start with " + " or ".join(schemes))

    return check


def _is(pattern: str, example: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"it should be like {example}")

    return check


def _one_of(*words: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if text not in words:
            raise ValueError("it should be " + " or ".join(words))

    return check


def _blobs_url(url: str) -> None:
    if url.startswith("s3:"):
        from pictureday.bucketurl import BucketUrl

        BucketUrl.parse(url)


def _inbox_url(url: str) -> None:
    if not url.startswith("file:"):
        from pictureday.bucketurl import EventsUrl

        EventsUrl.parse(url)


def _after(text: str) -> None:
    if not _AFTER.fullmatch(text):
        raise ValueError("it should be delete, keep, tag or move:FOLDER/, and FOLDER neither inbox nor receipts")


def _zone(name: str) -> None:
    from zoneinfo import available_timezones

    if name not in available_timezones():
        raise ValueError("it should be a time zone like America/Los_Angeles")


def _sender(text: str) -> None:
    from email.utils import parseaddr

    name, at, domain = parseaddr(text)[1].rpartition("@")
    if not (name and at and domain) or not text.isprintable():
        raise ValueError("it should be an address like Picture Day <pictureday@district.example>")


_sql = _starts("sqlite:///", "postgresql+psycopg://")


@dataclass(frozen=True, kw_only=True)
class District(Section):
    """Who we work for."""

    name: str = text("Sample Unified School District")
    """As mails and pages call it."""
    timezone: str = text("America/Los_Angeles", _zone)
    """Of the schedule and of every time that people read."""
    website: str = text("")
    """Where a mail sends people for more; empty leaves it out."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone that the schedule and the times shown to people are in."""
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.timezone)


@dataclass(frozen=True, kw_only=True)
class Catalogue(Section):
    """Our own database."""

    url: str = text(lambda: f"sqlite:///{home() / 'catalogue.db'}", _sql)
    """`sqlite:///…` or `postgresql+psycopg://…`."""


@dataclass(frozen=True, kw_only=True)
class Misis(Section):
    """The database that the nightly sync writes."""

    url: str = text(lambda: f"sqlite:///{home() / 'misis.db'}", _sql)
    """`sqlite:///…` or `postgresql+psycopg://…`."""


@dataclass(frozen=True, kw_only=True)
class Blobs(Section):
    """Where the bytes are."""

    url: str = text(lambda: f"file:{home() / 'blobs'}", _starts("file:", "s3://"), _blobs_url)
    """`file:…`, or `s3://bucket/prefix?region=…&endpoint=…&sse=…&kms_key=…` (docs/s3.md)."""


@dataclass(frozen=True, kw_only=True)
class Bus(Section):
    """How stages hand on work."""

    url: str = text("embedded:", _starts("embedded:", "amqp://", "amqps://"))
    """`embedded:` (rows of the catalogue), or RabbitMQ's `amqp://…`, a cluster's `amqp://…@HOST1,HOST2/VHOST`."""
    prefix: str = text("pictureday", _is("[a-z0-9.-]+", "pictureday: lower-case letters, digits, dots, dashes"))
    """What the names of RabbitMQ's queues start with."""
    lease: float = number(5.0, above=0)
    """Seconds that a worker holds a message before another may take it; renewed while it works."""
    resay: float = number(60.0, above=0)
    """Seconds after which a message that the broker may have lost is said again."""
    attempts: int = whole(5, least=1)
    """Failures after which a message is parked; where it holds no photo, its process may end ten times as often."""
    vendor_outstanding: int = whole(4, least=1)
    """Messages of one vendor that may be on their way at once."""


@dataclass(frozen=True, kw_only=True)
class Mail(Section):
    """How mails leave."""

    url: str = text(lambda: f"file:{home() / 'mail'}", _starts("file:", "smtp://", "smtp+starttls://", "smtps://"))
    """`file:…` (`.eml` files), `smtp://…`, `smtp+starttls://…` or `smtps://…`."""
    sender: str = text("Picture Day <pictureday@district.example>", _sender)
    """The mails' From."""
    ops: tuple[str, ...] = texts(("ops@district.example",))
    """Who gets the digests and the nightly summary."""
    allowed_domains: tuple[str, ...] = texts(())
    """Domains that mails may go to; empty means any."""
    detail: Literal["full", "masked", "link"] = text("full", _one_of("full", "masked", "link"))
    """What a report tells: all (`full`), no name and the end of a code (`masked`), or only how many (`link`)."""
    school_interval: float = number(3600.0, least=0)
    """Seconds between two reports to one school; what comes sooner is gathered."""
    timeout: float = number(30.0, above=0)
    """Seconds to wait for the mail server's answer."""
    retry: float = number(30.0, above=0)
    """Seconds before a mail is tried again; doubled each time."""
    ca_file: str = text("")
    """A PEM file to trust the mail server by, instead of the system's list."""


@dataclass(frozen=True, kw_only=True)
class Inbox(Section):
    """One root of vendors' folders: `<root>/<vendor>/inbox/…` on disk, or `<prefix>/<vendor>/inbox/…` in a bucket."""

    url: str = text(None, _starts("file:", "sqs://", "amqp://", "amqps://"), _inbox_url)
    """`file:…`, or the queue of a bucket's events: `sqs://HOST/ACCOUNT/QUEUE?bucket=…&prefix=…` (docs/s3.md)."""
    after: str = text("", _after)
    """What becomes of a bucket's object when it was taken: `delete`, `keep`, `tag` or `move:processed/` (docs/s3.md).

    Empty: `delete` at AWS, and `tag` at other servers, which may know no conditional removal.
    """

    @property
    def root(self) -> Path:
        """The folder behind a `file:` URL."""
        return Path(self.url.removeprefix("file:"))

    @property
    def events(self) -> EventsUrl | None:
        """The queue and the bucket behind any other URL; None for a folder."""
        if self.url.startswith("file:"):
            return None
        from pictureday.bucketurl import EventsUrl

        return EventsUrl.parse(self.url)

    @property
    def aftercare(self) -> str:
        """`after`, or what it means where it is empty."""
        return self.after or ("tag" if self.events and self.events.place.endpoint else "delete")

    @property
    def name(self) -> str:
        """What the catalogue calls it: the folder's URL, or the bucket's, whatever queue tells of it."""
        return str(self.events.place) if self.events else self.url


@dataclass(frozen=True, kw_only=True)
class Ingest(Section):
    """The timings of settling (design, section 3), the archive limits (section 4), and what one vendor may bring in."""

    settle: float = number(2.0, least=0)
    """Seconds without a change before a file is looked at."""
    quiet: float = number(30.0, least=0)
    """Seconds without a new file that close a delivery."""
    grace: float = number(600.0, least=0)
    """Seconds that a file that was cut off waits for the client to resume."""
    rescan: float = number(30.0, above=0)
    """Seconds between two full looks at every folder."""
    reconcile: float = number(900.0, above=0)
    """Seconds between two listings of a whole bucket, which find what no event told of."""
    archive_entries: int = whole(20_000, least=1)
    """Entries of one zip, at most."""
    archive_entry_bytes: int = whole(50_000_000, least=1)
    """Unpacked bytes of one entry, at most."""
    archive_bytes: int = whole(2_000_000_000, least=1)
    """Unpacked bytes of one zip, at most."""
    archive_ratio: int = whole(100, least=1)
    """Times that an entry past 1 MB may be compressed."""
    file_bytes: int = whole(50_000_000, least=1)
    """Bytes of one file that is no zip, at most."""
    vendor_files: int = whole(200_000, least=1)
    """Files of one vendor within 24 hours, at most; what a zip holds counts. The rest waits in the inbox."""
    vendor_bytes: int = whole(10_000_000_000, least=1)
    """Bytes of one vendor within 24 hours, at most, as they were uploaded. The rest waits in the inbox."""
    vendor_pending: int = whole(50_000, least=1)
    """Photos of one vendor without a verdict, past which no more are taken or unpacked until some are judged."""


@dataclass(frozen=True, kw_only=True)
class Validate(Section):
    """The decoder processes."""

    processes: int = whole(0, least=0)
    """Decoder processes; 0 means one for each core."""
    seconds: float = number(5.0, above=0)
    """Time that one photo may take."""
    memory: int = whole(512_000_000, least=256_000_000)
    """Bytes that one decoder process may use."""


@dataclass(frozen=True, kw_only=True)
class Sync(Section):
    """The nightly sync."""

    at: str = text("02:00", _is(r"([01][0-9]|2[0-3]):[0-5][0-9]", "02:00"))
    """When the night starts, in the district's time zone."""
    batch: int = whole(200, least=1, most=5000)
    """Photos in one transaction of the store."""


@dataclass(frozen=True, kw_only=True)
class ProfileSection(Section):
    """The district's photo rules (FAQ). Sizes are of the delivered file, pixels as the picture is shown."""

    least_bytes: int = whole(Profile.least_bytes, least=1)
    """Bytes of a photo, at least."""
    most_bytes: int = whole(Profile.most_bytes, least=1)
    """Bytes of a photo and of its rendition, at most."""
    least_width: int = whole(Profile.least_width, least=1)
    """Pixels across, at least."""
    least_height: int = whole(Profile.least_height, least=1)
    """Pixels down, at least."""
    most_pixels: int = whole(Profile.most_pixels, least=1)
    """Pixels in all, at most."""
    aspect_width: int = whole(Profile.aspect_width, least=1)
    """With `aspect_height`: the shape, to the nearest pixel."""
    aspect_height: int = whole(Profile.aspect_height, least=1)
    """See `aspect_width`."""

    @property
    def numbers(self) -> Profile:
        """The same, for whoever judges."""
        return Profile(**asdict(self))


@dataclass(frozen=True, kw_only=True)
class Roster(Section):
    """How roster files are read."""

    code_field: str = text("identifier")
    """The OneRoster column that holds the student code."""
    most_dropped: float = number(0.2, above=0, most=1)
    """The share of students that an import may drop without `--force`."""


@dataclass(frozen=True, kw_only=True)
class Settings(Section):
    """All settings, one section for each part."""

    district: District = section(District)
    catalogue: Catalogue = section(Catalogue)
    misis: Misis = section(Misis)
    blobs: Blobs = section(Blobs)
    bus: Bus = section(Bus)
    mail: Mail = section(Mail)
    inboxes: tuple[Inbox, ...] = sections(Inbox, lambda: (Inbox(url=f"file:{home() / 'vendors'}"),))
    ingest: Ingest = section(Ingest)
    validate_: Validate = section(Validate)
    sync: Sync = section(Sync)
    profile: ProfileSection = section(ProfileSection)
    roster: Roster = section(Roster)


def hide_passwords(text: str) -> str:
    """`text` with `***` for the password of every URL in it."""
    return _PASSWORD.sub(r"\1:***@", text)


def load(path: Path | None = None) -> Settings:
    """The settings in force, from `path`, else `PICTUREDAY_CONFIG`, else `./pictureday.toml` if it is there.

    Raises `ConfigError` that lists every bad setting with its name and what it should be.
    """
    settings = decoded(given(path))
    if settings.misis.url == settings.catalogue.url and settings.misis.url.startswith("sqlite"):
        # The night writes both in turn; SQLite has one writer, so it would wait for itself.
        raise ConfigError("Some settings are wrong:\n  misis.url: it should be another database than catalogue.url")
    names = [inbox.name for inbox in settings.inboxes]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"Some settings are wrong:\n  inboxes: {twice[0]} should be there only once")
    return settings


def decoded(table: Mapping[str, Any]) -> Settings:
    """The settings that `table` says, with the defaults for the rest. Raises `ConfigError` as `load` does."""
    mistakes: list[Mistake] = []
    settings = Settings.decode(table, mistakes)
    if settings is None:
        raise ConfigError("\n".join(["Some settings are wrong:", *map(_line, mistakes)]))
    return settings


def _line(mistake: Mistake) -> str:
    shown = "" if mistake.should in (NO_SUCH, MISSING) else f" (it is {hide_passwords(repr(mistake.given))})"
    return f"  {mistake.name}: {mistake.should}{shown}"
