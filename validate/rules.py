"""The district's photo rules as data (design, section 4): named, ordered, one reason each.

A rule is a function of the facts about one photo and of the profile; it returns a finding or None. All
rules are asked, so a photo is told all that is wrong with it; a rule keeps silent where another one
already says it better (a PNG is not also *damaged*).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pictureday.profile import Profile
from pictureday.reasons import Finding
from validate.header import Header

__all__ = ["RULES", "Photo", "findings"]


@dataclass(frozen=True, kw_only=True)
class Photo:
    """What was found out about one file.

    `size` is in bytes; `header` is None where the file is no JPEG, and `really` says what it is then;
    `behind` is how many bytes follow the end marker, 0 where all of them are zeros; `damage` is None
    where the photo is whole or was not decoded.
    """

    size: int
    really: str = ""
    header: Header | None = None
    behind: int = 0
    damage: str | None = None


Rule = Callable[[Photo, Profile], Finding | None]


def findings(photo: Photo, profile: Profile) -> tuple[Finding, ...]:
    """Everything that is wrong with `photo`, in the order of the rules."""
    asked = (rule(photo, profile) for rule in RULES)
    return tuple(finding for finding in asked if finding)


# Nothing in it: whatever else could be said follows from that.
def empty(photo: Photo, _profile: Profile) -> Finding | None:
    """The file has no bytes."""
    return None if photo.size else Finding(code="empty")


# FAQ: "15-30 kb". A kb may be 1,000 or 1,024 bytes: the lenient reading at both ends, both ends in.
def too_small(photo: Photo, profile: Profile) -> Finding | None:
    """Fewer bytes than the window."""
    if not 0 < photo.size < profile.least_bytes:
        return None
    return Finding(code="too_small", facts={"bytes": photo.size, "least": profile.least_bytes})


# The same window's upper end.
def too_big(photo: Photo, profile: Profile) -> Finding | None:
    """More bytes than the window."""
    if photo.size <= profile.most_bytes:
        return None
    return Finding(code="too_big", facts={"bytes": photo.size, "most": profile.most_bytes})


# FAQ: "jpg". By content, as renaming a picture does not change it. A JPEG that only laboratories read is named too.
def not_jpeg(photo: Photo, _profile: Profile) -> Finding | None:
    """Something else, whatever its name."""
    frame = photo.header.frame if photo.header else None
    if frame and frame.unusual:
        return Finding(code="not_jpeg", facts={"really": f"an unusual kind of JPEG ({frame.unusual})"})
    return Finding(code="not_jpeg", facts={"really": photo.really}) if photo.really else None


# A second picture (another lens, a burst) would travel unseen. Its index alone, with nothing behind it, is harmless.
def many_frames(photo: Photo, _profile: Profile) -> Finding | None:
    """More than one picture in the file."""
    if not photo.header or photo.header.pictures < 2 or not photo.behind:
        return None
    return Finding(code="many_frames", facts={"frames": photo.header.pictures})


# Printers' four colours look wrong or inverted in browsers.
def wrong_colour(photo: Photo, _profile: Profile) -> Finding | None:
    """Neither RGB nor grey."""
    frame = photo.header.frame if photo.header else None
    if frame is None or frame.components != 4:
        return None
    return Finding(code="wrong_colour", facts={"colour": "CMYK"})


# Half a face is no photo, and cut-off uploads are the most common accident.
def damaged(photo: Photo, _profile: Profile) -> Finding | None:
    """The strict decode failed."""
    return Finding(code="damaged", facts={"damage": photo.damage}) if photo.damage else None


# A second file can hide behind the end. Zeros are padding. Where the photo is damaged its end is no news.
def trailing_data(photo: Photo, profile: Profile) -> Finding | None:
    """Something other than zeros follows the end marker."""
    if not photo.behind or photo.damage or many_frames(photo, profile):
        return None
    return Finding(code="trailing_data", facts={"bytes": photo.behind})


# FAQ: "175 x 233 or equivalent, aspect .75", as shown. In integers: the height is the whole number nearest to w / .75.
def wrong_shape(photo: Photo, profile: Profile) -> Finding | None:
    """Not three to four."""
    width, height = _shown(photo)
    if not width or abs(profile.aspect_height * width - profile.aspect_width * height) <= 1:
        return None
    return Finding(code="wrong_shape", facts={"width": width, "height": height})


# Smaller than this a face can't be told on a screen.
def too_few_pixels(photo: Photo, profile: Profile) -> Finding | None:
    """Too narrow or too low."""
    width, height = _shown(photo)
    if not width or (width >= profile.least_width and height >= profile.least_height):
        return None
    least = {"least_width": profile.least_width, "least_height": profile.least_height}
    return Finding(code="too_few_pixels", facts={"width": width, "height": height, **least})


# A few kilobytes can unpack to gigabytes: such a photo is never decoded.
def too_many_pixels(photo: Photo, profile: Profile) -> Finding | None:
    """More pixels than any portrait needs."""
    width, height = _shown(photo)
    if width * height <= profile.most_pixels:
        return None
    return Finding(code="too_many_pixels", facts={"width": width, "height": height, "most": profile.most_pixels})


def _shown(photo: Photo) -> tuple[int, int]:
    # (0, 0) where there is no size to judge: the photo is then damaged or no JPEG.
    return (photo.header.shown if photo.header else None) or (0, 0)


RULES: tuple[Rule, ...] = (
    empty,
    too_small,
    too_big,
    not_jpeg,
    many_frames,
    wrong_colour,
    damaged,
    trailing_data,
    wrong_shape,
    too_few_pixels,
    too_many_pixels,
)
