"""What every test may ask for: real servers, started when the first test wants one.

Under pytest-xdist each worker process has servers of its own, so no two tests share one at a time.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

from tests.servers import PostgresServer, RabbitServer, S3Server, SftpServer
from tests.servers.s3 import CREDENTIALS

pytest_plugins = ["tests.figures"]

# Under sudo, what hypothesis keeps in the tree would belong to root; it is gone with the run instead.
_storage = tempfile.TemporaryDirectory(prefix="pictureday-hypothesis-")
atexit.register(_storage.cleanup)
set_hypothesis_home_dir(_storage.name)
# No example database: the tests leave nothing behind. No deadline: a busy machine is no bug of ours.
settings.register_profile("pictureday", database=None, deadline=None)
settings.load_profile("pictureday")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that may take longest come first, or the last one would run alone while other cores idle."""
    items.sort(key=_patience, reverse=True)


def _patience(item: pytest.Item) -> float:
    mark = item.get_closest_marker("timeout")
    return float(mark.args[0]) if mark and mark.args else 0.0


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the settings of whoever runs it, nor an AWS account's."""
    for name in [name for name in os.environ if name.startswith(("PICTUREDAY_", "AWS_"))]:
        monkeypatch.delenv(name)
    for name, value in (CREDENTIALS | {"AWS_EC2_METADATA_DISABLED": "true"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitServer]:
    """A RabbitMQ broker; whoever stops or kills it may leave it so."""
    server = RabbitServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def amqp_url(rabbit: RabbitServer) -> str:
    """A running broker's `amqp://…`, with a virtual host of this test's own."""
    rabbit.start()
    return rabbit.new_url()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server; whoever stops or kills it may leave it so."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A running server's `postgresql+psycopg://…`, with a database of this test's own."""
    postgres.start()
    url = postgres.new_database()
    yield url
    postgres.start()
    postgres.drop_database(url)


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An S3 and SQS server; each test makes a bucket of its own."""
    server = S3Server()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def sftp_server() -> Iterator[SftpServer]:
    """An OpenSSH server without vendors yet, and a vendors' folder of this test's own."""
    server = SftpServer()
    try:
        server.start()
        yield server
    finally:
        server.close()
