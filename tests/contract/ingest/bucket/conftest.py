"""A world in a bucket for each of the ingester's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.ingest.bucket.world import World
from tests.servers import S3Server

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeWorld]:
    """Make worlds; see `World` for the arguments."""
    monkeypatch.setattr("ingest.bucket.sources._WAIT", 1)  # a test's end waits for the last poll
    made: list[World] = []

    def make(**options: Any) -> World:
        folder = tmp_path / f"world-{len(made)}"
        folder.mkdir()
        made.append(World(folder, s3, **options))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """Two vendors' inboxes in a bucket, and an ingester that deletes what it took."""
    return make_world()
