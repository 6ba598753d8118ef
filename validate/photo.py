"""The verdict on one photo's bytes: everything that can be judged without knowing whose it is."""

from __future__ import annotations

from dataclasses import replace

from pictureday.profile import Profile
from pictureday.reasons import Finding
from validate import rules
from validate.header import Header, read
from validate.judged import Judged, Rendition
from validate.kinds import is_jpeg, really
from validate.rendition import TooBig, render
from validate.rules import Photo
from validate.whole import Damaged, prove

__all__ = ["judge"]


def judge(data: bytes, profile: Profile) -> Judged:
    """Judge the bytes of one file. Raises nothing but `MemoryError`, whatever they are."""
    if not is_jpeg(data):
        return Judged(findings=rules.findings(Photo(size=len(data), really=really(data) if data else ""), profile))
    header = read(data)
    photo = Photo(size=len(data), header=header, behind=_behind(data, header))
    if not _may_decode(photo, profile):
        return _judged(photo, profile)
    try:
        prove(data, header)
        return _with_rendition(data, photo, profile)
    except Damaged as damaged:
        return _judged(replace(photo, damage=str(damaged)), profile)


def _may_decode(photo: Photo, profile: Profile) -> bool:
    return not (rules.too_many_pixels(photo, profile) or rules.not_jpeg(photo, profile))


def _judged(photo: Photo, profile: Profile, *more: Finding, rendition: Rendition | None = None) -> Judged:
    width, height = (photo.header.shown if photo.header else None) or (None, None)
    return Judged(findings=(*rules.findings(photo, profile), *more), width=width, height=height, rendition=rendition)


def _with_rendition(data: bytes, photo: Photo, profile: Profile) -> Judged:
    if rules.wrong_colour(photo, profile) or photo.header is None:
        return _judged(photo, profile)
    try:
        return _judged(photo, profile, rendition=render(data, photo.header, profile))
    except TooBig as too_big:
        # A file that is itself too big is told so already; the advice is the same.
        facts = {"bytes": too_big.bytes, "most": profile.most_bytes}
        more = () if rules.too_big(photo, profile) else (Finding(code="rendition_too_big", facts=facts),)
        return _judged(photo, profile, *more)


def _behind(data: bytes, header: Header) -> int:
    # What follows the end, unless it is all zeros.
    if header.end is None:
        return 0
    rest = len(data) - header.end
    return rest if data.count(0, header.end) < rest else 0
