"""A district for each flow test, ended with everything it started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flow.bucket import BucketDistrict, MakeBucketDistrict
from tests.flow.district import District
from tests.servers import S3Server

MakeDistrict = Callable[..., District]


@pytest.fixture
def make_district(tmp_path: Path) -> Iterator[MakeDistrict]:
    """Make districts; see `District` for the arguments."""
    made: list[District] = []

    def make(**options: Any) -> District:
        folder = tmp_path / f"district-{len(made)}"
        folder.mkdir()
        made.append(District(folder, **options))
        return made[-1]

    yield make
    for district in made:
        district.close()


@pytest.fixture
def district(make_district: MakeDistrict) -> District:
    """A district of 100 students on the embedded default."""
    return make_district()


@pytest.fixture
def make_bucket_district(tmp_path: Path, s3: S3Server) -> Iterator[MakeBucketDistrict]:
    """Make districts on a bucket; see `BucketDistrict` for the arguments."""
    made: list[BucketDistrict] = []

    def make(**options: Any) -> BucketDistrict:
        folder = tmp_path / f"bucket-district-{len(made)}"
        folder.mkdir()
        made.append(BucketDistrict(folder, s3, **options))
        return made[-1]

    yield make
    for district in made:
        district.close()
