"""Fair share: whatever one vendor does, another one's retake is told while most of the first one's still waits."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pictureday.log import get_logger
from tests.figures import Figure, Figures, Scale
from tests.flow.district import District, code_of, eventually
from tests.photos import portrait

_FACES = 60  # different photos; the codes are all different


MakeDistrict = Callable[..., District]


@pytest.fixture
def make_district(tmp_path: Path) -> Iterator[MakeDistrict]:
    """Make a district, ended with everything it started."""
    made: list[District] = []

    def make(**options: Any) -> District:
        made.append(District(tmp_path, **options))
        return made[-1]

    yield make
    for district in made:
        district.close()


def zipped(first: int, last: int) -> bytes:
    """A zip of photos."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(first, last):
            archive.writestr(f"{code_of(number)}.jpg", portrait(seed=number % _FACES))
    return out.getvalue()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("bus", ["embedded", "rabbitmq"])
def test_a_single_retake_does_not_wait_for_a_large_zip(
    make_district: MakeDistrict, request: pytest.FixtureRequest, scale: Scale, figures: Figures, bus: str
) -> None:
    """A photo and a zip of one come while many wait for a verdict: fewer than half of these are judged before."""
    many = scale(5_000, 20_000)
    url = "embedded:" if bus == "embedded" else request.getfixturevalue("amqp_url")
    district = make_district(students=many + 2, urls={"bus": url}, timings={"settle": 0.1, "quiet": 0.1, "rescan": 0.5})
    (district.inbox() / "big.zip").write_bytes(zipped(0, many))
    district.run_until_idle("--stage", "ingest", timeout=300)  # all of them wait at once
    process = district.start("run")
    eventually(lambda: district.states()["accepted"] > 0, "the first ones are judged", seconds=120)
    (district.inbox("other") / f"{code_of(many + 1)}.jpg").write_bytes(portrait(seed=1))
    (district.inbox("other") / "one.zip").write_bytes(zipped(many + 1, many + 2))
    began = time.monotonic()
    eventually(lambda: len(district.receipts("other")) == 2, "both retakes are told", seconds=300)
    waited = time.monotonic() - began
    ended(district, many)
    passed = passing(district)
    get_logger().info("retake_told", bus=bus, seconds=round(waited, 1), passed_by=passed, of=many)
    late = sum(count >= many / 2 for count in passed)
    figures(Figure(what="fair share photos", times=len(passed), files=many + 2, unexpected=late))
    assert (len(passed), late) == (2, 0)
    assert district.stop(process) == 0


def passing(district: District) -> list[int]:
    """How many of the large zip's photos were judged while each retake waited for its verdict."""
    rows = district.files()
    large = [row["judged_at"] for row in rows if row["vendor"] == "acme"]
    retakes = [row for row in rows if row["vendor"] == "other"]
    return [sum(row["received_at"] < at < row["judged_at"] for at in large) for row in retakes]


def ended(district: District, many: int) -> None:
    """The large one comes to its end too."""
    eventually(lambda: bool(district.receipts("acme")), "the large zip is told", seconds=800)
    (receipt,) = district.receipts("acme")
    assert receipt["totals"] == {"files": many, "accepted": many}
