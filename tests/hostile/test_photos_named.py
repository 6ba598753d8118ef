"""Photos that are hostile on purpose, each by its name: what is no whole portrait stays out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.figures import Figure, Figures
from tests.hostile.court import MEMORY, Court, codes
from tests.hostile.crafted import LOOPS, POLYGLOTS, SCRIPT, layered, zip_inside
from tests.hostile.strict import Djpeg
from tests.photos import closed_early, portrait, sized_header, zero_tail
from validate import Judged

WHOLE = (
    portrait(),
    portrait(progressive=True),
    portrait(restart_marker_rows=1),
    portrait(150, 200, subsampling=0),
)
SIXTEENTHS = [number / 16 for number in range(1, 16)] + [0.999]


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    """One decoder process for all of these."""
    with Court(tmp_path_factory.mktemp("court")) as process:
        yield process


@pytest.fixture
def court(process: Court) -> Iterator[Court]:
    """A decoder process that must live through the test, within its memory."""
    yield process
    assert not process.lost()
    assert process.peak() < MEMORY


def reasons(court: Court, photos: Sequence[bytes], figures: Figures) -> list[list[str]]:
    """The reasons of each photo, after those that were accepted passed `djpeg -strict`."""
    verdicts: list[Judged] = court.judge(photos)
    let_in = sum(map(bool, map(court.wrongly, photos, verdicts)))
    unjudged = sum(map(bool, map(court.unjudged, verdicts)))
    figures(Figure(what="hostile photos by name", times=len(photos), let_in=let_in, unexpected=unjudged))
    assert let_in == unjudged == 0
    return [codes(judged) for judged in verdicts]


def test_zeros_and_cuts(court: Court, figures: Figures) -> None:
    """Zeros from any place on, and a cut closed with an end marker, are damage in every kind of JPEG."""
    photos = [spoil(data, share) for data in WHOLE for spoil in (zero_tail, closed_early) for share in SIXTEENTHS]
    assert all("damaged" in told for told in reasons(court, photos, figures))


@pytest.mark.parametrize("more", [16, 100, 400])
def test_rows_that_are_not_there(court: Court, figures: Figures, more: int) -> None:
    """A header that claims more rows or columns than there are data for is damage, also where its shape is right."""
    sizes = [(300, 400 + more), (300 + more, 400), (300 + 3 * more, 400 + 4 * more)]
    photos = [sized_header(data, *size) for data in WHOLE for size in sizes]
    told = reasons(court, photos, figures)
    assert all({"damaged", "too_many_pixels"} & set(each) for each in told)


def test_huge_headers(tmp_path: Path, figures: Figures) -> None:
    """A header of gigabytes is told by its numbers, and nothing is decoded."""
    sizes = [(65_500, 65_500), (65_535, 65_535), (1, 65_535), (65_535, 1), (9000, 12_000)]
    with Court(tmp_path) as court:
        before = court.peak()
        for told in reasons(court, [sized_header(data, *size) for data in WHOLE for size in sizes], figures):
            assert {"too_many_pixels", "damaged"} & set(told)
        assert court.peak() - before < 10_000_000


@pytest.mark.parametrize("size", [(150, 200), (1224, 1632)])
@pytest.mark.parametrize("layers", [101, 1000, 1900, 2600])
def test_thousands_of_layers(
    court: Court, figures: Figures, tmp_path: Path, size: tuple[int, int], layers: int
) -> None:
    """A thousand layers of nothing, which other decoders take for a good photo, are damage before they are decoded."""
    photo = layered(*size, layers=layers, behind=1000)
    assert not Djpeg(tmp_path).fault(photo)
    assert "damaged" in reasons(court, [photo], figures)[0]


def test_as_many_layers_as_allowed(court: Court, figures: Figures) -> None:
    """A hundred layers over two megapixels are decoded in time."""
    photo = layered(1224, 1632, layers=100, behind=10_000)
    assert "damaged" not in reasons(court, [photo] * 4, figures)[0]


@pytest.mark.parametrize("name", LOOPS)
def test_exif_that_bites_its_tail(court: Court, figures: Figures, name: str) -> None:
    """EXIF that leads in circles or out of the file leads nowhere: the photo is good, and MiSiS gets none of it."""
    assert reasons(court, [LOOPS[name]], figures) == [[]]
    assert court.rendition(LOOPS[name]) == portrait(150, 200)


@pytest.mark.parametrize("name", POLYGLOTS)
def test_two_things_at_once(court: Court, figures: Figures, name: str) -> None:
    """What is also a program, a page or an archive is told, or only the picture of it goes on."""
    data, expected = POLYGLOTS[name]
    assert reasons(court, [data], figures) == [expected]
    rendition = court.rendition(data)
    hidden = (SCRIPT, b"PK\x03\x04", b"PK\x05\x06", b"%PDF", b"alert(", b"/*", zip_inside())
    assert not [each for each in hidden if each in rendition]
