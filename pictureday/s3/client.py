"""Clients of boto3, set up for a pipeline: few seconds to connect, patient, many connections at once.

Credentials are found as the AWS tools find them: the environment, a profile, the role of the machine or task.
"""

from __future__ import annotations

import threading
from typing import Any

from pictureday.bucketurl import BucketUrl

__all__ = ["CONNECTIONS", "client"]

CONNECTIONS = 64  # at once to one endpoint; more than the threads of all pools of a process
_CONNECT, _READ = 5, 60  # seconds
_ATTEMPTS = 5  # with a growing pause between them; about ten seconds in all, then it is an outage
_ELSEWHERE = "us-east-1"  # what servers that are not AWS expect where nobody has set a region
_lock = threading.Lock()


def client(service: str, place: BucketUrl, *, endpoint: str = "") -> Any:
    """A client of `s3` or `sqs` for the region and endpoint of `place`; nothing is sent yet."""
    import boto3  # half a second to load, which no command without a bucket should pay
    from botocore.config import Config

    address = endpoint or place.endpoint
    config = Config(
        connect_timeout=_CONNECT,
        read_timeout=_READ,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        max_pool_connections=CONNECTIONS,
        tcp_keepalive=True,
        user_agent_extra="pictureday",
        # Servers that are not AWS have one name for all buckets, and older ones refuse checksums they don't know.
        s3={"addressing_style": "path" if address else "auto"},
        request_checksum_calculation="when_required" if address else "when_supported",
    )
    with _lock:  # boto3's default session is not made for several threads that start together
        session = boto3.session.Session()
        region = place.region or session.region_name or (_ELSEWHERE if address else None)
        return session.client(service, region_name=region, endpoint_url=address or None, config=config)
