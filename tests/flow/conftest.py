"""A district for each flow test, ended with everything it started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flow.district import District

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
