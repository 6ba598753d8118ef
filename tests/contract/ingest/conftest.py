"""A world for each of the ingester's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.ingest.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two vendors' inboxes, and an ingester."""
    made = World(tmp_path)
    yield made
    made.close()
