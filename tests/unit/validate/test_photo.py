"""The verdict on one photo: every rule of the district, and what MiSiS would get."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pictureday.profile import Profile
from tests import photos
from tests.photos import cut, portrait, sized_header, turned
from validate import judge

PROFILE = Profile()
GOOD = portrait()


def codes(data: bytes) -> list[str]:
    """The reasons against a file, in order."""
    return [finding.code for finding in judge(data, PROFILE).findings]


def scans(data: bytes, times: int) -> bytes:
    """`data` with its last scan repeated."""
    start = data.rindex(b"\xff\xda")
    return data[:-2] + data[start:-2] * times + b"\xff\xd9"


@pytest.mark.parametrize(
    "data",
    [
        portrait(),
        portrait(175, 233),
        portrait(150, 200),
        portrait(480, 640),
        portrait(progressive=True),
        portrait(icc_profile=b"profile" * 99),
        portrait(subsampling="4:4:4"),
        portrait(restart_marker_rows=1),
        photos.grey(),
        photos.with_gps(),
        GOOD + bytes(300),
        *(turned(orientation) for orientation in range(1, 9)),
    ],
    ids=range(18 + 1),
)
def test_accepted(data: bytes) -> None:
    """What a studio's programs write by the district's rules is accepted, and has a rendition that fits."""
    judged = judge(data, PROFILE)
    assert judged.findings == ()
    assert judged.rendition
    assert judged.rendition.size <= PROFILE.most_bytes


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        (b"", ["empty"]),
        (portrait(bytes_between=(14_000, 14_999)), ["too_small"]),
        (portrait(bytes_between=(30_721, 33_000)), ["too_big"]),
        (photos.png(), ["too_small", "not_jpeg"]),
        (photos.heic(), ["not_jpeg"]),
        (photos.mpo(), ["many_frames"]),
        (photos.cmyk(), ["wrong_colour"]),
        (GOOD[:-1], ["damaged"]),
        (cut(GOOD, 0.5), ["too_small", "damaged"]),
        (cut(photos.cmyk(), 0.9), ["wrong_colour", "damaged"]),
        (GOOD + b"PK\x03\x04", ["trailing_data"]),
        (GOOD + GOOD[:3000], ["trailing_data"]),
        (portrait(400, 300), ["wrong_shape"]),
        (portrait(175, 234), ["wrong_shape"]),
        (portrait(174, 233), ["wrong_shape"]),
        (turned(6, 400, 300), ["wrong_shape"]),
        (portrait(147, 196), ["too_few_pixels"]),
        (portrait(160, 160), ["wrong_shape", "too_few_pixels"]),
        (sized_header(GOOD, 1500, 2000), ["too_many_pixels"]),
        (sized_header(GOOD, 65500, 65500), ["wrong_shape", "too_many_pixels"]),
        (sized_header(GOOD, 0, 400), ["damaged"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_quarantined(data: bytes, reasons: list[str]) -> None:
    """All that is wrong is told, in order, and nothing that only follows from it."""
    assert codes(data) == reasons


@pytest.mark.parametrize("data", [portrait(bytes_between=None), GOOD[:15_000], portrait(600, 800, quality=90)])
def test_window_ends(data: bytes) -> None:
    """The size window is 15,000 to 30,720 bytes of the delivered file, both in."""
    exactly = replace(PROFILE, least_bytes=len(data), most_bytes=len(data))
    assert not {"too_small", "too_big"} & {finding.code for finding in judge(data, exactly).findings}
    above = replace(PROFILE, least_bytes=len(data) + 1)
    assert "too_small" in {finding.code for finding in judge(data, above).findings}
    below = replace(PROFILE, most_bytes=len(data) - 1)
    assert "too_big" in {finding.code for finding in judge(data, below).findings}


@pytest.mark.parametrize("width", range(150, 190))
def test_shape(width: int) -> None:
    """For every width exactly one height is right: the whole number nearest to width / .75."""
    right = [height for height in range(195, 260) if abs(4 * width - 3 * height) <= 1]
    assert right == [round(width * 4 / 3)]
    told = [codes(sized_header(GOOD, width, right[0] + off)) for off in (-1, 0, 1)]
    assert ["wrong_shape" in reasons for reasons in told] == [True, False, True]


def test_never_decoded() -> None:
    """A photo over the pixel cap costs no decoding: its broken data are no news."""
    assert "damaged" not in codes(sized_header(cut(GOOD, 0.7), 30_000, 40_000))


def test_thousand_layers() -> None:
    """A photo of a thousand layers, each a pass over the whole picture, is not decoded either."""
    judged = judge(scans(portrait(progressive=True), 1000), PROFILE)
    assert "layers" in str(dict(judged.findings[-1].facts)["damage"])


def test_size_as_shown() -> None:
    """The verdict's width and height are those of the upright picture."""
    judged = judge(turned(6), PROFILE)
    assert (judged.width, judged.height) == (300, 400)


@pytest.mark.parametrize("data", [GOOD + b"x" * 50, portrait(400, 300), portrait(bytes_between=(31_000, 40_000))])
def test_rendition_in_quarantine(data: bytes) -> None:
    """A whole photo in quarantine has its rendition too, as it may be released, and it fits."""
    judged = judge(data, PROFILE)
    assert judged.findings
    assert judged.rendition
    assert judged.rendition.size <= PROFILE.most_bytes


def test_no_rendition() -> None:
    """What is cut off, no JPEG, or in printers' colours can't be released as it is."""
    assert [judge(data, PROFILE).rendition for data in (b"", GOOD[:-1], photos.png(), photos.cmyk())] == [None] * 4


def test_rendition_too_big() -> None:
    """Where turning makes a good photo too big at any quality, that is told: it can't be seen from the file's size."""
    data = turned(6, quality=25, progressive=True)
    tight = replace(PROFILE, least_bytes=1, most_bytes=len(data))
    judged = judge(data, tight)
    assert [finding.code for finding in judged.findings] == ["rendition_too_big"]
    assert judged.rendition is None


def test_rendition_of_too_big() -> None:
    """A file that is too big is told so once, also when no clean copy of it fits."""
    tight = replace(PROFILE, least_bytes=1, most_bytes=5_000)
    assert [finding.code for finding in judge(portrait(600, 800, quality=92), tight).findings] == ["too_big"]
