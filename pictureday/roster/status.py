"""The status column that schools know from the portal: where a student's photo stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pictureday.catalogue.roster import Photo
from pictureday.messages import FileState
from pictureday.reasons import Finding

__all__ = ["Standing", "Status", "standing"]

_HELD = "The photo was held back at night: the roster changed after it was accepted."


class Status(StrEnum):
    """The five words of the portal's status column."""

    NO_PHOTO = "no photo"
    RECEIVED = "received"
    WAITING = "accepted (waiting for tonight)"
    IN_MISIS = "in MiSiS"
    ATTENTION = "needs attention"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A student's status; `why` it needs attention; `since` when a photo is in MiSiS, whatever a newer one does."""

    status: Status
    since: datetime | None = None
    why: str = ""


_BY_STATE = {
    FileState.RECEIVED: Status.RECEIVED,
    FileState.ACCEPTED: Status.WAITING,
    FileState.APPLIED: Status.IN_MISIS,
    FileState.QUARANTINED: Status.ATTENTION,
    FileState.HELD: Status.ATTENTION,
}


def standing(photos: Sequence[Photo]) -> Standing:
    """Where a student with these photos, in order of arrival, stands: the newest says it."""
    if not photos:
        return Standing(status=Status.NO_PHOTO)
    newest = photos[-1]
    return Standing(status=_BY_STATE[FileState(newest.state)], since=_since(photos), why=_why(newest))


def _since(photos: Iterable[Photo]) -> datetime | None:
    applied = [photo.applied_at for photo in photos if photo.state == FileState.APPLIED and photo.applied_at]
    return applied[-1] if applied else None


def _why(photo: Photo) -> str:
    if photo.state == FileState.QUARANTINED:
        return " ".join(Finding.from_json(stored).message for stored in photo.findings)
    return _HELD if photo.state == FileState.HELD else ""
