"""The clean rendition: upright, nothing personal, nothing hidden, small enough, always the same."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageOps

from pictureday.profile import Profile
from tests.photos import grey, mpo, portrait, turned, with_comment, with_gps, with_segment
from validate.header import read
from validate.rendition import TooBig, render
from validate.segments import APP1, COMMENT

PROFILE = Profile()


def rendition(data: bytes, profile: Profile = PROFILE) -> bytes:
    """What MiSiS would get."""
    made = render(data, read(data), profile)
    copy = made.of(data)
    assert (made.size, made.sha256) == (len(copy), hashlib.sha256(copy).hexdigest())
    return copy


def crumbled() -> bytes:
    """A photo with a comment before each of its parts."""
    data = portrait()
    parts = [data[part.start : part.end] for part in read(data).segments]
    return data[:2] + b"".join(b"\xff\xfe\x00\x05abc" + part for part in parts)


def opened(data: bytes) -> Image.Image:
    """The picture as any viewer shows it."""
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("data", [portrait(), portrait(progressive=True), grey(), portrait(subsampling="4:4:4")])
def test_clean_already(data: bytes) -> None:
    """A photo with nothing to drop is passed on byte for byte."""
    assert rendition(data) == data


@pytest.mark.parametrize("data", [portrait(), with_comment(with_gps(), b"by J. Doe"), portrait() + b"more", mpo()])
def test_pieces_of_the_photo(data: bytes) -> None:
    """What things were only left out of is pieces of the photo: no byte of it has to be kept twice."""
    made = render(data, read(data), PROFILE)
    assert made.pieces
    assert not made.data


@pytest.mark.parametrize(
    "data",
    [
        turned(6),
        with_segment(portrait(), 0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x02Secret"),
        crumbled(),
    ],
    ids=["turned", "thumbnail", "crumbs"],
)
def test_a_copy_of_its_own(data: bytes) -> None:
    """What has other bytes than the photo, or would be crumbs of it, is made as a copy of its own."""
    made = render(data, read(data), PROFILE)
    assert not made.pieces
    assert made.size == len(made.data)


def test_pixels_untouched() -> None:
    """Where nothing has to be turned, dropping segments leaves every pixel as it was."""
    data = with_comment(with_gps(), b"taken by J. Doe")
    assert np.array_equal(np.asarray(opened(rendition(data))), np.asarray(opened(data)))


@pytest.mark.parametrize(
    "data",
    [
        with_gps(),
        with_comment(portrait(), b"Secret"),
        with_segment(portrait(), 0xE1, b"http://ns.adobe.com/xap/1.0/\x00<x>Secret</x>"),
        with_segment(portrait(), 0xED, b"Photoshop 3.0\x00Secret"),
        with_segment(portrait(), 0xE0, b"JFXX\x00\x10Secret"),
        with_segment(portrait(), 0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x02Secret"),
        with_segment(portrait(), 0xEE, b"AdobeSecret"),
        with_segment(portrait(), 0xDC, b"Secret"),
        portrait() + b"Secret",
        mpo(),
    ],
    ids=range(10),
)
def test_nothing_personal(data: bytes) -> None:
    """EXIF, GPS, XMP, comments, thumbnails, unused parts, further pictures and what follows the end are gone."""
    copy = rendition(data)
    assert b"Secret" not in copy
    assert not {APP1, COMMENT} & {part.marker for part in read(copy).segments}
    assert copy.count(b"\xff\xd8\xff") == 1


def test_between_scans() -> None:
    """A comment between two layers is dropped as well."""
    data = portrait(progressive=True)
    at = data.rindex(b"\xff\xda")
    assert rendition(data[:at] + b"\xff\xfe\x00\x08Secret" + data[at:]) == data


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright(orientation: int) -> None:
    """The rendition shows what a viewer shows of the photo, without telling the viewer to turn it."""
    data = turned(orientation)
    copy = rendition(data)
    assert read(copy).orientation == 1
    difference = np.abs(np.asarray(opened(copy), int) - np.asarray(opened(data), int))
    assert opened(copy).size == (300, 400)
    assert difference.mean() < 4


@pytest.mark.parametrize("data", [portrait(icc_profile=b"colours" * 300), turned(6, icc_profile=b"colours" * 300)])
def test_colours_kept(data: bytes) -> None:
    """The colour profile stays, turned or not."""
    assert Image.open(io.BytesIO(rendition(data))).info["icc_profile"] == b"colours" * 300


def test_grey_turned() -> None:
    """A grey photo that is turned stays grey."""
    exif = Image.Exif()
    exif[0x0112] = 3
    segment = with_segment(grey(), 0xE1, exif.tobytes())
    assert opened(rendition(segment)).mode == "L"


@pytest.mark.parametrize("data", [portrait(600, 800, quality=92), turned(8, quality=95, bytes_between=None)])
def test_fits(data: bytes) -> None:
    """A photo that is too big, or becomes so by turning, is saved again at the best quality that fits."""
    assert 15_000 < len(rendition(data)) <= PROFILE.most_bytes


def test_always_the_same() -> None:
    """The same photo gives the same bytes: its hash is what the store is compared by."""
    assert rendition(turned(6)) == rendition(turned(6))


def test_does_not_fit() -> None:
    """Where no quality fits there is no rendition, and the smallest size that was reached is known."""
    with pytest.raises(TooBig) as too_big:
        rendition(portrait(600, 800, quality=92), replace(PROFILE, most_bytes=5_000))
    assert too_big.value.bytes > 5_000


def test_profile_too_big() -> None:
    """A colour profile that fills the room by itself needs no tries at a quality."""
    with pytest.raises(TooBig) as too_big:
        rendition(portrait(icc_profile=bytes(100_000), bytes_between=None))
    assert too_big.value.bytes == 100_000
