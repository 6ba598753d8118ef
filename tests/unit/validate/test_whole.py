"""Half a photo is never taken for a whole one."""

from __future__ import annotations

import random
import subprocess

import pytest

from pictureday.profile import Profile
from tests.photos import closed_early, cut, grey, mpo, portrait, sized_header, turned, with_segment, zero_tail
from validate import judge
from validate.header import read
from validate.whole import Damaged, decoded, prove

GOOD = portrait(150, 200)
LAYERS = portrait(150, 200, progressive=True)
BIG = portrait(2100, 2800, bytes_between=None, quality=5)
SOURCES = (
    GOOD,
    LAYERS,
    grey(150, 200),
    turned(6, 150, 200),
    mpo(150, 200),
    portrait(150, 200, icc_profile=b"x" * 300),
    portrait(150, 200, restart_marker_blocks=4),
)
NO_WINDOW = Profile(least_bytes=1, most_bytes=10**6)


def damage(data: bytes) -> str:
    """What is wrong with a photo's data."""
    with pytest.raises(Damaged) as damaged:
        prove(data, read(data))
    return str(damaged.value)


@pytest.mark.parametrize("data", [GOOD, LAYERS])
@pytest.mark.parametrize("share", [0.001, 0.02, 0.1, 0.25, 0.55, 0.8, 0.99, 0.9999])
def test_cut(data: bytes, share: float) -> None:
    """A photo that was cut off anywhere lacks its end, whatever fills the rest of the file."""
    assert damage(cut(data, share)) == "the end is missing"
    assert damage(zero_tail(data, share))


@pytest.mark.parametrize("data", [GOOD, LAYERS])
@pytest.mark.parametrize("share", [0.1, 0.25, 0.6, 0.98])
def test_closed_early(data: bytes, share: float) -> None:
    """An end marker behind the cut does not make the photo whole."""
    assert damage(closed_early(data, share))


@pytest.mark.parametrize("size", [(150, 300), (300, 200), (150, 100), (1000, 1333)])
def test_lying_header(size: tuple[int, int]) -> None:
    """A header that claims more or fewer rows than the data have is damage."""
    assert damage(sized_header(GOOD, *size))


def test_codes_of_no_table() -> None:
    """No code is all ones, so a run of ones in the coded data is damage, wherever it is."""
    start = GOOD.index(b"\xff\xda") + 14
    for place in range(start, len(GOOD) - 64, 97):
        for length in (8, 16, 24):
            assert damage(GOOD[:place] + b"\xff\x00" * 8 + GOOD[place + length :])


def test_restarts_of_its_own() -> None:
    """Photos with restarts, none, and too many blocks for any restart are whole as they are."""
    for data in (GOOD, with_segment(GOOD, 0xDD, b"\0\0"), portrait(150, 200, restart_marker_rows=1), BIG):
        prove(data, read(data))
        assert decoded(data, read(data)).size


def test_stray_bytes() -> None:
    """Bytes between the parts that belong to none are damage: something was spliced."""
    assert "belong" in damage(GOOD[:2] + b"xx" + GOOD[2:])


def mutant(luck: random.Random) -> bytes:
    """A photo with a few bytes changed, dropped, doubled or moved, its header above all."""
    data = bytearray(luck.choice(SOURCES))
    reach = luck.choice([700, len(data)])
    at = luck.randrange(reach)
    match luck.randrange(4):
        case 0:
            for _ in range(luck.choice([1, 3, 40])):
                data[luck.randrange(reach)] = luck.randrange(256)
        case 1:
            del data[at : at + luck.randrange(1, 200)]
        case 2:
            data[at:at] = data[luck.randrange(reach) :][: luck.randrange(1, 200)]
        case _:
            data[at] ^= 1 << luck.randrange(8)
    return bytes(data)


@pytest.mark.parametrize("seed", range(8))
def test_mutants(seed: int) -> None:
    """Whatever is found whole also passes `djpeg -strict`, and its rendition is found whole again."""
    luck = random.Random(seed)
    for data in (mutant(luck) for _ in range(40)):
        judged = judge(data, NO_WINDOW)
        if judged.rendition is not None:
            check = subprocess.run(["djpeg", "-strict", "-outfile", "/dev/null"], input=data, check=False)
            assert check.returncode == 0
            again = {finding.code for finding in judge(judged.rendition.of(data), NO_WINDOW).findings}
            assert again <= {"wrong_shape", "too_few_pixels"}
