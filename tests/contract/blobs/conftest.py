"""The blob stores that the contract holds for; another kind is one more parameter."""

from __future__ import annotations

from pathlib import Path

import pytest

from pictureday.blobs import Blobs, connect
from tests.servers import S3Server


@pytest.fixture(params=["folder", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """An empty store."""
    if request.param == "folder":
        return connect(f"file:{tmp_path}/blobs")
    s3: S3Server = request.getfixturevalue("s3")
    return connect(f"s3://{s3.new_bucket()}/some/blobs?endpoint={s3.endpoint}")
