"""Real servers for the tests: private, on loopback, in temporary folders, gone afterwards.

Each is started by its fixture when the first test asks for it (`tests/conftest.py`). They only end
processes that they started, and a later run clears what a killed one left behind.
"""

from __future__ import annotations

from tests.servers.postgres import PostgresServer
from tests.servers.rabbitcluster import RabbitCluster
from tests.servers.rabbitmq import RabbitServer
from tests.servers.s3 import S3Server
from tests.servers.sshd import SftpServer, SftpVendor

__all__ = ["PostgresServer", "RabbitCluster", "RabbitServer", "S3Server", "SftpServer", "SftpVendor"]
