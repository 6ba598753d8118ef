"""The letters about a night, to the operators: counts only, nothing about any student (design, section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from pictureday.config import Settings
from pictureday.errors import PictureDayError
from pictureday.names import shown
from sync.nights import NightRow
from sync.tally import Tally

__all__ = ["finished", "stopped"]


def finished(night: NightRow, tally: Tally, at: datetime, *, to: Sequence[str], settings: Settings) -> EmailMessage:
    """What a night did. `at` is when it was over."""
    subject = f"Picture Day sync: {tally.applied:,} applied" + "".join(
        f", {count:,} {name}" for name, count in (("held", tally.held), ("failed", tally.failed)) if count
    )
    started = _shown(night.started_at, settings)
    head = f"The sync of {settings.district.name} began {started} and was over {_shown(at, settings)}."
    name = f"night-{night.night_id}-{night.started_at.astimezone(UTC):%Y%m%dT%H%M%S}"
    return _letter(name, subject, [head, _table(tally), *_advice(tally)], at, to=to, settings=settings)


def stopped(
    night: NightRow, error: PictureDayError, at: datetime, *, to: Sequence[str], settings: Settings
) -> EmailMessage:
    """A night could not go on. Its name is the same all day, so that however often it is tried, one is sent."""
    name = f"night-{night.night_id}-stopped-{at.astimezone(UTC):%Y%m%d}"
    body = [
        f"The sync that began {_shown(night.started_at, settings)} had to stop.",
        shown(str(error), longest=2000),
        "Nothing is lost. It goes on by itself as soon as this is mended; `pictureday sync --now` tries at once.",
    ]
    return _letter(name, "Picture Day sync: stopped, needs attention", body, at, to=to, settings=settings)


def _letter(
    name: str, subject: str, paragraphs: Sequence[str], at: datetime, *, to: Sequence[str], settings: Settings
) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"] = subject
    letter["From"] = settings.mail.sender
    letter["To"] = ", ".join(to)
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = f"<{name}@{settings.mail.sender.rpartition('@')[2].rstrip('>')}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content("\n\n".join(paragraphs) + "\n", cte="quoted-printable")
    return letter


_ROWS = (
    ("applied", "written into MiSiS"),
    ("replaced", "of these, in place of an earlier photo"),
    ("already", "were there from a night that was cut short"),
    ("held", "kept out: the roster changed"),
    ("superseded", "set aside for a newer photo of the student"),
    ("failed", "not applied: they stay accepted"),
    ("waiting", "accepted since, for the next night"),
)


def _table(tally: Tally) -> str:
    counts = tally.as_json()
    return "\n".join(f"{counts[name]:>9,}  {name:<10}  {meaning}" for name, meaning in _ROWS)


_HELD = (
    "Held photos: the student has left the roster or must not be photographed."
    " There is nothing to do, unless the roster is wrong."
)
_FAILED = (
    "Failed photos: their bytes are missing or damaged, or the store did not take or keep them."
    " The log names each one by its photo_id. They are tried again every night until the bytes are"
    " restored or the photo is sent again."
)


def _advice(tally: Tally) -> list[str]:
    return [text for count, text in ((tally.held, _HELD), (tally.failed, _FAILED)) if count]


def _shown(moment: datetime, settings: Settings) -> str:
    return f"{moment.astimezone(settings.district.zone):%Y-%m-%d %H:%M %Z}"
