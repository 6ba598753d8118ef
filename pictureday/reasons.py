"""Why a file was not accepted: one slug each, with a sentence for people and a sentence that fixes it.

The slug is at once the metric label, the log field, the line in the report and the anchor in
`docs/reasons.md`. A `Finding` is a reason met in one file, with the facts of that file
(`{"bytes": 12003, "least": 15000}`) that its sentences are filled with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pictureday.names import shown

__all__ = ["ARCHIVE_REASONS", "INBOX_REASONS", "REASONS", "Finding", "Reason", "for_vendor"]


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One way to fail. `message` and `fix` may hold `{fact}` fields."""

    code: str
    message: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A reason met in one file. `facts` are plain text or whole numbers, safe to store as JSON."""

    code: str
    facts: Mapping[str, str | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in REASONS:
            raise ValueError(f"there is no reason {self.code!r}")

    @property
    def message(self) -> str:
        """What is wrong with this file, as a sentence."""
        return _filled(REASONS[self.code].message, self.facts)

    @property
    def fix(self) -> str:
        """What to do about it, as a sentence."""
        return _filled(REASONS[self.code].fix, self.facts)

    def as_json(self) -> dict[str, Any]:
        """The stored form: `{"code", "facts"}`."""
        return {"code": self.code, "facts": dict(self.facts)}

    def as_told(self) -> dict[str, str]:
        """The form for people and scripts: `{"code", "message", "fix"}` (design, section 3)."""
        return {"code": self.code, "message": self.message, "fix": self.fix}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Finding:
        """The inverse of `as_json`; raises `ValueError` on an unknown code."""
        return cls(code=stored["code"], facts=dict(stored["facts"]))


def for_vendor(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What a vendor may read of `findings` (design, section 6).

    Whether a code exists, and why a student is not photographed, is none of a vendor's business:
    an unknown code and a missing grant read the same, and `do_not_photograph` reads *not for this
    delivery*, unless a missing grant already says enough. The first telling of a code wins; order is kept,
    but a missing grant comes last, because its place would tell the two apart.
    """
    told: dict[str, Finding] = {}
    for finding in findings:
        code = _VENDOR_READS.get(finding.code, finding.code)
        told.setdefault(code, finding if code == finding.code else Finding(code=code))
    if "not_granted" in told:
        told.pop("not_for_this_delivery", None)
        told["not_granted"] = told.pop("not_granted")
    return tuple(told.values())


def _filled(text: str, facts: Mapping[str, str | int]) -> str:
    safe = {name: shown(fact) if isinstance(fact, str) else f"{fact:,}" for name, fact in facts.items()}
    return " ".join(text.format_map(_Blank(safe)).split())


class _Blank(dict[str, str]):
    """A fact that was not given reads as nothing, so a sentence never raises."""

    def __missing__(self, key: str) -> str:
        return ""


_VENDOR_READS = {"unknown_student": "not_granted", "do_not_photograph": "not_for_this_delivery"}

_PHOTO_REASONS = (
    Reason(
        code="bad_name",
        message="The file name is not a student code. {hint}",
        fix="Name the file with the student's 10-character code, like 000000X000.jpg.",
    ),
    Reason(
        code="empty",
        message="The file is empty.",
        fix="Upload the file again; if it is empty on your side too, export the photo again.",
    ),
    Reason(
        code="too_small",
        message="The file has {bytes} bytes; at least {least} are needed.",
        fix="Export the photo again at a higher JPEG quality, between 15 and 30 kb.",
    ),
    Reason(
        code="too_big",
        message="The file has {bytes} bytes; at most {most} are allowed.",
        fix="Export the photo again at a lower JPEG quality, between 15 and 30 kb.",
    ),
    Reason(
        code="not_jpeg",
        message="The file is not a JPEG photo; it is {really}.",
        fix="Export the photo as JPEG (.jpg); renaming the file does not change what it is.",
    ),
    Reason(
        code="many_frames",
        message="The file holds {frames} pictures in one (MPO); one is allowed.",
        fix="Export a plain JPEG; switch off 3D, burst or depth pictures on the camera.",
    ),
    Reason(
        code="wrong_colour",
        message="The colours are {colour}; RGB or grey is needed.",
        fix="Convert the photo to sRGB and export it as JPEG again.",
    ),
    Reason(
        code="damaged",
        message="The photo is damaged or was cut off: {damage}.",
        fix="Upload the photo again; if it fails again, export it again from the original.",
    ),
    Reason(
        code="trailing_data",
        message="{bytes} bytes of something else follow the end of the photo.",
        fix="Export the photo again as a plain JPEG.",
    ),
    Reason(
        code="wrong_shape",
        message="The picture is {width} x {height}; the width must be three quarters of the height.",
        fix="Crop the photo to an aspect ratio of .75, for example 175 x 233 pixels.",
    ),
    Reason(
        code="too_few_pixels",
        message="The picture is {width} x {height}; at least {least_width} x {least_height} is needed.",
        fix="Export the photo larger, for example 300 x 400 pixels.",
    ),
    Reason(
        code="too_many_pixels",
        message="The picture is {width} x {height}; at most {most} pixels in all are allowed.",
        fix="Export the photo smaller, for example 300 x 400 pixels.",
    ),
    Reason(
        code="unknown_student",
        message="The roster has no student with this code.",
        fix="Check the code in the file name against the school's list; a new student appears after the next roster import.",
    ),
    Reason(
        code="do_not_photograph",
        message="The student must not be photographed.",
        fix="Nothing to send: the photo stays out. The school can change the flag in the roster.",
    ),
    Reason(
        code="not_for_this_delivery",
        message="This photo is not for this delivery.",
        fix="Leave this photo out of your next delivery.",
    ),
    Reason(
        code="vendor_not_active",
        message="The vendor is not active.",
        fix="The district must activate the vendor; the photo is then judged again by itself.",
    ),
    Reason(
        code="not_granted",
        message="The vendor has no permission to deliver a photo under this code.",
        fix="Check the code; if it is right, the principal of the school must grant the vendor access. The photo is then judged again by itself.",
    ),
    Reason(
        code="ambiguous",
        message="This delivery has two different photos of this student.",
        fix="Send the right one alone in a new delivery.",
    ),
    Reason(
        code="nested_archive",
        message="The file is an archive inside an archive.",
        fix="Put the photos directly into one zip.",
    ),
    Reason(
        code="not_a_file",
        message="This is a link (one file under two names, too) or a device, not a file of its own.",
        fix="Upload the photo itself, once.",
    ),
    Reason(
        code="could_not_be_checked",
        message="The photo could not be checked; this is our fault or the file is very unusual.",
        fix="Nothing to do yet: the district's operators look at it. Exporting the photo again often helps.",
    ),
    Reason(
        code="rendition_too_big",
        message="A clean copy of the photo would have {bytes} bytes; at most {most} are allowed.",
        fix="Export the photo upright, at a lower JPEG quality.",
    ),
)

_AGAIN = "Make the zip again from the photos and send it again; nothing in this one was used."
_ARCHIVES = (
    Reason(code="archive_unreadable", message="The archive can't be read: {fault}.", fix=_AGAIN),
    Reason(code="archive_truncated", message="The archive was cut off.", fix="Upload the zip again to the end."),
    Reason(code="archive_path_traversal", message="The entry {entry} points outside the archive.", fix=_AGAIN),
    Reason(code="archive_absolute_path", message="The entry {entry} has an absolute path.", fix=_AGAIN),
    Reason(
        code="archive_bad_name", message="The name of entry {entry} has control characters or is no text.", fix=_AGAIN
    ),
    Reason(
        code="archive_link",
        message="The entry {entry} is a link or a device.",
        fix="Put the photos themselves into the zip, not links to them.",
    ),
    Reason(code="archive_overlap", message="Entries of the archive overlap ({entry}).", fix=_AGAIN),
    Reason(
        code="archive_duplicate",
        message="The archive has {entry} twice.",
        fix="Keep one file of each name and make the zip again.",
    ),
    Reason(
        code="archive_encrypted",
        message="The archive is protected by a password.",
        fix="Make the zip again without a password.",
    ),
    Reason(
        code="archive_method",
        message="The entry {entry} is compressed by {method}.",
        fix="Make the zip again with the usual compression (deflate).",
    ),
    Reason(code="archive_mismatch", message="The archive contradicts itself about {entry}: {fault}.", fix=_AGAIN),
    Reason(code="archive_count", message="The archive says it has {said} entries but has {found}.", fix=_AGAIN),
    Reason(
        code="archive_too_many",
        message="The archive has {found} entries; at most {most} are allowed.",
        fix="Send several smaller zips.",
    ),
    Reason(
        code="archive_entry_too_big",
        message="The entry {entry} has {bytes} bytes; at most {most} are allowed.",
        fix="Take that file out and make the zip again.",
    ),
    Reason(
        code="archive_too_big",
        message="The archive would unpack to {bytes} bytes; at most {most} are allowed.",
        fix="Send several smaller zips.",
    ),
    Reason(
        code="archive_ratio",
        message="The entry {entry} is compressed more than {most} times, as no photo is.",
        fix="Take that file out and make the zip again.",
    ),
    Reason(code="archive_bad_crc", message="The entry {entry} is damaged inside the archive.", fix=_AGAIN),
)

_ASK = "ask the district to raise ingest.{setting}"
_INBOXES = (
    Reason(
        code="over_quota",
        message="{used} {what} came in within 24 hours, and at most {most} may; what is left waits in the inbox.",
        fix=f"Nothing is lost: leave them there, they are taken by themselves from {{again}} on. To send more a day, {_ASK}.",
    ),
    Reason(
        code="larger_than_quota",
        message="{file} has {found} {what}; all that comes in within 24 hours may have {most}.",
        fix=f"It stays in the inbox and is not taken. Remove it and send several smaller ones, or {_ASK}.",
    ),
    Reason(
        code="too_deep",
        message="The folder {folder} lies in more than {most} others; what is in it is not taken.",
        fix="Move its photos up, into a folder that lies directly in the inbox.",
    ),
)

ARCHIVE_REASONS: frozenset[str] = frozenset(reason.code for reason in _ARCHIVES)
INBOX_REASONS: frozenset[str] = frozenset(reason.code for reason in _INBOXES)
REASONS: Mapping[str, Reason] = {reason.code: reason for reason in (*_PHOTO_REASONS, *_ARCHIVES, *_INBOXES)}
