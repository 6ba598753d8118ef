"""Settings: `pictureday.toml`, then `PICTUREDAY_…` from the environment, checked all at once.

Every setting has a default that works on one machine with nothing installed; `PICTUREDAY_HOME`
(`./var` unless set) moves all of them. Durations are seconds, sizes are bytes.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pictureday.bucketurl import BucketUrl, EventsUrl
from pictureday.configfile import given
from pictureday.errors import ConfigError
from pictureday.profile import Profile

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = ["Inbox", "Settings", "hide_passwords", "home", "load"]

Seconds = Annotated[float, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]
_AFTER = re.compile(r"|delete|keep|tag|move:(?!(inbox|receipts)/)[A-Za-z0-9_-][A-Za-z0-9._-]*/")
_PASSWORD = re.compile(r"(?<=://)([^:/@\s]*):[^\s'\"]*@")


def home() -> Path:
    """The folder that all embedded defaults live in: `PICTUREDAY_HOME`, else `./var`."""
    return Path(os.environ.get("PICTUREDAY_HOME") or "var").absolute()


def _starts(*schemes: str) -> AfterValidator:
    def check(url: str) -> str:
        if not url.startswith(schemes):
            raise ValueError("it should start with " + " or ".join(schemes))
        return url

    return AfterValidator(check)


def _blobs_url(url: str) -> str:
    if url.startswith("s3:"):
        BucketUrl.parse(url)
    return url


def _inbox_url(url: str) -> str:
    if not url.startswith("file:"):
        EventsUrl.parse(url)
    return url


def _after(text: str) -> str:
    if not _AFTER.fullmatch(text):
        raise ValueError("it should be delete, keep, tag or move:FOLDER/, and FOLDER neither inbox nor receipts")
    return text


def _zone(name: str) -> str:
    from zoneinfo import available_timezones

    if name not in available_timezones():
        raise ValueError("it should be a time zone like America/Los_Angeles")
    return name


def _sender(text: str) -> str:
    from email.utils import parseaddr

    name, at, domain = parseaddr(text)[1].rpartition("@")
    if not (name and at and domain) or not text.isprintable():
        raise ValueError("it should be an address like Picture Day <pictureday@district.example>")
    return text


SqlUrl = Annotated[str, _starts("sqlite:///", "postgresql+psycopg://")]


class _Section(BaseModel):
    # `defer_build`: each section is built once, as a part of all settings, and not by itself before.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


class District(_Section):
    """Who we work for."""

    name: str = "Sample Unified School District"
    """As mails and pages call it."""
    timezone: Annotated[str, AfterValidator(_zone)] = "America/Los_Angeles"
    """Of the schedule and of every time that people read."""
    website: str = ""
    """Where a mail sends people for more; empty leaves it out."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone that the schedule and the times shown to people are in."""
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.timezone)


class Catalogue(_Section):
    """Our own database."""

    url: SqlUrl = Field(default_factory=lambda: f"sqlite:///{home() / 'catalogue.db'}")
    """`sqlite:///…` or `postgresql+psycopg://…`."""


class Misis(_Section):
    """The database that the nightly sync writes."""

    url: SqlUrl = Field(default_factory=lambda: f"sqlite:///{home() / 'misis.db'}")
    """`sqlite:///…` or `postgresql+psycopg://…`."""


class Blobs(_Section):
    """Where the bytes are."""

    url: Annotated[str, _starts("file:", "s3://"), AfterValidator(_blobs_url)] = Field(
        default_factory=lambda: f"file:{home() / 'blobs'}"
    )
    """`file:…`, or `s3://bucket/prefix?region=…&endpoint=…&sse=…&kms_key=…` (docs/s3.md)."""


class Bus(_Section):
    """How stages hand on work."""

    url: Annotated[str, _starts("embedded:", "amqp://", "amqps://")] = "embedded:"
    """`embedded:` (rows of the catalogue), or RabbitMQ's `amqp://…`, a cluster's `amqp://…@HOST1,HOST2/VHOST`."""
    prefix: Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")] = "pictureday"
    """What the names of RabbitMQ's queues start with."""
    lease: Annotated[float, Field(gt=0)] = 5.0
    """Seconds that a worker holds a message before another may take it; renewed while it works."""
    resay: Annotated[float, Field(gt=0)] = 60.0
    """Seconds after which a message that the broker may have lost is said again."""
    attempts: Annotated[int, Field(ge=1)] = 5
    """Failures after which a message is parked; where it holds no photo, its process may end ten times as often."""
    vendor_outstanding: Annotated[int, Field(ge=1)] = 4
    """Messages of one vendor that may be on their way at once."""


class Mail(_Section):
    """How mails leave."""

    url: Annotated[str, _starts("file:", "smtp://", "smtp+starttls://", "smtps://")] = Field(
        default_factory=lambda: f"file:{home() / 'mail'}"
    )
    """`file:…` (`.eml` files), `smtp://…`, `smtp+starttls://…` or `smtps://…`."""
    sender: Annotated[str, AfterValidator(_sender)] = "Picture Day <pictureday@district.example>"
    """The mails' From."""
    ops: tuple[str, ...] = ("ops@district.example",)
    """Who gets the digests and the nightly summary."""
    allowed_domains: tuple[str, ...] = ()
    """Domains that mails may go to; empty means any."""
    detail: Literal["full", "masked", "link"] = "full"
    """What a report tells: all (`full`), no name and the end of a code (`masked`), or only how many (`link`)."""
    school_interval: Seconds = 3600.0
    """Seconds between two reports to one school; what comes sooner is gathered."""
    timeout: Annotated[float, Field(gt=0)] = 30.0
    """Seconds to wait for the mail server's answer."""
    retry: Annotated[float, Field(gt=0)] = 30.0
    """Seconds before a mail is tried again; doubled each time."""
    ca_file: str = ""
    """A PEM file to trust the mail server by, instead of the system's list."""


class Inbox(_Section):
    """One root of vendors' folders: `<root>/<vendor>/inbox/…` on disk, or `<prefix>/<vendor>/inbox/…` in a bucket."""

    url: Annotated[str, _starts("file:", "sqs://", "amqp://", "amqps://"), AfterValidator(_inbox_url)]
    """`file:…`, or the queue of a bucket's events: `sqs://HOST/ACCOUNT/QUEUE?bucket=…&prefix=…` (docs/s3.md)."""
    after: Annotated[str, AfterValidator(_after)] = ""
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
        return None if self.url.startswith("file:") else EventsUrl.parse(self.url)

    @property
    def aftercare(self) -> str:
        """`after`, or what it means where it is empty."""
        return self.after or ("tag" if self.events and self.events.place.endpoint else "delete")

    @property
    def name(self) -> str:
        """What the catalogue calls it: the folder's URL, or the bucket's, whatever queue tells of it."""
        return str(self.events.place) if self.events else self.url


class Ingest(_Section):
    """The timings of settling (design, section 3), the archive limits (section 4), and what one vendor may bring in."""

    settle: Seconds = 2.0
    """Seconds without a change before a file is looked at."""
    quiet: Seconds = 30.0
    """Seconds without a new file that close a delivery."""
    grace: Seconds = 600.0
    """Seconds that a file that was cut off waits for the client to resume."""
    rescan: Annotated[float, Field(gt=0)] = 30.0
    """Seconds between two full looks at every folder."""
    reconcile: Annotated[float, Field(gt=0)] = 900.0
    """Seconds between two listings of a whole bucket, which find what no event told of."""
    archive_entries: Positive = 20_000
    """Entries of one zip, at most."""
    archive_entry_bytes: Positive = 50_000_000
    """Unpacked bytes of one entry, at most."""
    archive_bytes: Positive = 2_000_000_000
    """Unpacked bytes of one zip, at most."""
    archive_ratio: Positive = 100
    """Times that an entry past 1 MB may be compressed."""
    file_bytes: Positive = 50_000_000
    """Bytes of one file that is no zip, at most."""
    vendor_files: Positive = 200_000
    """Files of one vendor within 24 hours, at most; what a zip holds counts. The rest waits in the inbox."""
    vendor_bytes: Positive = 10_000_000_000
    """Bytes of one vendor within 24 hours, at most, as they were uploaded. The rest waits in the inbox."""
    vendor_pending: Positive = 50_000
    """Photos of one vendor without a verdict, past which no more are taken or unpacked until some are judged."""


class Validate(_Section):
    """The decoder processes."""

    processes: Annotated[int, Field(ge=0)] = 0
    """Decoder processes; 0 means one for each core."""
    seconds: Annotated[float, Field(gt=0)] = 5.0
    """Time that one photo may take."""
    memory: Annotated[int, Field(ge=256_000_000)] = 512_000_000
    """Bytes that one decoder process may use."""


class Sync(_Section):
    """The nightly sync."""

    at: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "02:00"
    """When the night starts, in the district's time zone."""
    batch: Annotated[int, Field(ge=1, le=5000)] = 200
    """Photos in one transaction of the store."""


class ProfileSection(_Section):
    """The district's photo rules (FAQ). Sizes are of the delivered file, pixels as the picture is shown."""

    least_bytes: Positive = Profile.least_bytes
    """Bytes of a photo, at least."""
    most_bytes: Positive = Profile.most_bytes
    """Bytes of a photo and of its rendition, at most."""
    least_width: Positive = Profile.least_width
    """Pixels across, at least."""
    least_height: Positive = Profile.least_height
    """Pixels down, at least."""
    most_pixels: Positive = Profile.most_pixels
    """Pixels in all, at most."""
    aspect_width: Positive = Profile.aspect_width
    """With `aspect_height`: the shape, to the nearest pixel."""
    aspect_height: Positive = Profile.aspect_height
    """See `aspect_width`."""

    @property
    def numbers(self) -> Profile:
        """The same, for whoever judges."""
        return Profile(**self.model_dump())


class Roster(_Section):
    """How roster files are read."""

    code_field: str = "identifier"
    """The OneRoster column that holds the student code."""
    most_dropped: Annotated[float, Field(gt=0, le=1)] = 0.2
    """The share of students that an import may drop without `--force`."""


class Settings(_Section):
    """All settings, one section for each part."""

    district: District = Field(default_factory=District)
    catalogue: Catalogue = Field(default_factory=Catalogue)
    misis: Misis = Field(default_factory=Misis)
    blobs: Blobs = Field(default_factory=Blobs)
    bus: Bus = Field(default_factory=Bus)
    mail: Mail = Field(default_factory=Mail)
    inboxes: tuple[Inbox, ...] = Field(default_factory=lambda: (Inbox(url=f"file:{home() / 'vendors'}"),))
    ingest: Ingest = Field(default_factory=Ingest)
    validate_: Validate = Field(default_factory=Validate, alias="validate")
    sync: Sync = Field(default_factory=Sync)
    profile: ProfileSection = Field(default_factory=ProfileSection)
    roster: Roster = Field(default_factory=Roster)


def hide_passwords(text: str) -> str:
    """`text` with `***` for the password of every URL in it."""
    return _PASSWORD.sub(r"\1:***@", text)


def load(path: Path | None = None) -> Settings:
    """The settings in force, from `path`, else `PICTUREDAY_CONFIG`, else `./pictureday.toml` if it is there.

    Raises `ConfigError` that lists every bad setting with its name and what it should be.
    """
    try:
        settings = Settings.model_validate(given(path))
    except ValidationError as error:
        raise _all_at_once(error) from None
    if settings.misis.url == settings.catalogue.url and settings.misis.url.startswith("sqlite"):
        # The night writes both in turn; SQLite has one writer, so it would wait for itself.
        raise ConfigError("Some settings are wrong:\n  misis.url: it should be another database than catalogue.url")
    names = [inbox.name for inbox in settings.inboxes]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"Some settings are wrong:\n  inboxes: {twice[0]} should be there only once")
    return settings


def _all_at_once(error: ValidationError) -> ConfigError:
    lines = [_line(problem["loc"], problem["msg"], problem["input"]) for problem in error.errors()]
    return ConfigError("\n".join(["Some settings are wrong:", *lines]))


def _line(place: tuple[int | str, ...], message: str, given: object) -> str:
    name = ".".join(str(part) for part in place)
    said = message.removeprefix("Value error, ")
    if said == "Extra inputs are not permitted":
        return f"  {name}: there is no such setting; `pictureday config` lists them all"
    return f"  {name}: {said} (it is {hide_passwords(repr(given))})"
