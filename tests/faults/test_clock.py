"""The machine's clock is set forward and back while the pipeline is at work, and over the changes of summer time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

import pytest

from pictureday.catalogue import tables
from tests.faults.conftest import MakePipeline
from tests.faults.pipeline import MORE
from tests.faults.wallclock import WallClock
from tests.figures import Figure, Figures, Scale
from tests.flow.conftest import MakeDistrict
from tests.flow.district import District, eventually
from tests.flow.scene import Moment

AT_WORK = Moment(stages=("take", "validate"), needs=("unjudged",))
TEN_MINUTES, A_DAY = timedelta(minutes=10), timedelta(days=1)
STEPS = (-TEN_MINUTES, TEN_MINUTES, -A_DAY, A_DAY, A_DAY, -A_DAY, TEN_MINUTES, -TEN_MINUTES)

# Each moment in UTC, and whether the night is held at it. Los Angeles is 8 hours behind in winter, 7 in summer.
AUTUMN = (  # at half past one, which comes twice on 7 November 2027
    (datetime(2027, 11, 6, 20, tzinfo=UTC), True),  # for all the nights before
    (datetime(2027, 11, 7, 8, 29, tzinfo=UTC), False),
    (datetime(2027, 11, 7, 8, 31, tzinfo=UTC), True),
    (datetime(2027, 11, 7, 9, 31, tzinfo=UTC), False),
    (datetime(2027, 11, 8, 9, 29, tzinfo=UTC), False),
    (datetime(2027, 11, 8, 9, 31, tzinfo=UTC), True),
)
SPRING = (  # at half past two, which 14 March 2027 does not have; then three nights without power
    (datetime(2027, 3, 13, 20, tzinfo=UTC), True),
    (datetime(2027, 3, 14, 9, 59, tzinfo=UTC), False),
    (datetime(2027, 3, 14, 10, 1, tzinfo=UTC), True),
    (datetime(2027, 3, 15, 9, 29, tzinfo=UTC), False),
    (datetime(2027, 3, 15, 9, 31, tzinfo=UTC), True),
    (datetime(2027, 3, 18, 12, tzinfo=UTC), True),
    (datetime(2027, 3, 18, 13, tzinfo=UTC), False),
)


@pytest.mark.timeout(600)
def test_steps_of_the_clock(make_pipeline: MakePipeline, tmp_path: Path, scale: Scale, figures: Figures) -> None:
    """Ten minutes and a day, forward and back, in mid-flow: nothing is stuck, and nothing is told twice."""
    clock = WallClock(tmp_path)
    pipeline = make_pipeline(environment=clock.environment)
    pipeline.start()
    steps = scale(4, 24)
    for _, by in zip(range(steps), cycle(STEPS), strict=False):
        pipeline.drop(12)
        eventually(lambda: bool(pipeline.scene.sees(AT_WORK)), "at work")
        clock.step(by)
    assert pipeline.troubles(figures, "the clock set in mid-flow", times=steps) == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("at", "moments"), [("01:30", AUTUMN), ("02:30", SPRING)], ids=["autumn", "spring"])
def test_nights_over_a_change_of_summer_time(
    at: str,
    moments: tuple[tuple[datetime, bool], ...],
    make_district: MakeDistrict,
    tmp_path: Path,
    figures: Figures,
) -> None:
    """Each night is held once, also where its time comes twice or never; three missed ones are caught up by one."""
    clock = WallClock(tmp_path)
    district = make_district(more=f'{MORE}sync.at = "{at}"\ndistrict.timezone = "America/Los_Angeles"\n')
    wrong = []
    for moment, is_held in moments:
        before = nights(district)
        look(district, clock, moment)
        if nights(district) - before != is_held:
            wrong.append(f"{moment}: {nights(district) - before} nights")
    figures(Figure(what="looks at the clock around summer time", times=len(moments), unexpected=len(wrong)))
    assert wrong == []


def look(district: District, clock: WallClock, moment: datetime) -> None:
    """Have the sync stage look at the clock at this moment, and end whatever it begins."""
    clock.set_to(moment)
    said = district.logs().count('"started"')
    process = district.start("run", "--stage", "sync", env=clock.environment)
    eventually(lambda: district.logs().count('"started"') > said, "started")
    time.sleep(1)  # its first look comes at once; a night without photos is over in a moment
    assert district.stop(process) == 0


def nights(district: District) -> int:
    """How many nights were held to their end."""
    return len([row for row in district.rows(tables.nights) if row["finished_at"] is not None])
