"""Very many files at once, faster than they can be taken."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.figures import Figure, Figures, Scale
from tests.flow.conftest import MakeDistrict
from tests.flow.district import District, code_of, eventually, stopped
from tests.photos import portrait

_FACES = 200  # different photos; the codes are all different


@pytest.mark.timeout(500)
def test_every_file_of_a_burst_gets_its_verdict_and_it_holds_up_nobody(
    make_district: MakeDistrict, scale: Scale, figures: Figures
) -> None:
    """Most files come while the process is stopped and loses their events; a single retake does not wait for them."""
    many = scale(2_000, 20_000)
    district = make_district(students=many + 2, timings={"quiet": 8.0})
    process = district.start("run")
    eventually(lambda: '"started"' in district.logs(), "the pipeline runs")
    _write(district, 0, many // 4)
    stopped(process)
    _write(district, many // 4, many)
    process.send_signal(signal.SIGCONT)
    retake = district.inbox("other") / f"{code_of(many + 1)}.jpg"
    retake.write_bytes(portrait(seed=1))
    eventually(lambda: bool(district.receipts("other")), "the other vendor's retake is told")
    assert not district.receipts("acme")
    _told(district, process)
    (receipt,) = district.receipts("acme")
    assert receipt["totals"] == {"files": many, "accepted": many}
    assert {file["student_code"] for file in receipt["files"]} == {code_of(number) for number in range(many)}
    assert list(district.inbox().iterdir()) == []
    figures(Figure(what="files in one burst", times=1, files=many + 1))


def _write(district: District, first: int, last: int) -> None:
    for number in range(first, last):
        folder = district.inbox() / f"autumn/class-{number // 100}"
        if number % 100 == 0:
            folder.mkdir(parents=True)
        (folder / f"{code_of(number)}.jpg").write_bytes(portrait(seed=number % _FACES))


def _told(district: District, process: subprocess.Popen[bytes]) -> None:
    def told() -> bool:
        assert process.poll() is None, district.logs()[-2000:]
        return bool(district.receipts("acme"))

    eventually(told, "the burst is told", seconds=450)
