"""The blob stores that the contract holds for; another kind is one more parameter."""

from __future__ import annotations

from pathlib import Path

import pytest

from pictureday.blobs import Blobs, connect


@pytest.fixture(params=["folder"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """An empty store."""
    urls = {"folder": f"file:{tmp_path}/blobs"}
    return connect(urls[request.param])
