"""A bucket for each test, and a server that answers whatever a test has written down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pictureday.bucketurl import BucketUrl
from pictureday.s3 import Bucket
from tests.servers import S3Server

__all__ = ["Answers"]


class Answers:
    """Answers each request with the next of `queue`: (status, headers, body); the last one again and again."""

    def __init__(self) -> None:
        self.queue: list[tuple[int, dict[str, str], bytes]] = []
        self.asked = 0
        self.heard: Message = Message()  # the headers of the last request
        self.asked_for = ""  # its path and query
        answers = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answers.asked += 1
                answers.heard, answers.asked_for = self.headers, self.path
                status, headers, body = answers.queue.pop(0) if len(answers.queue) > 1 else answers.queue[0]
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body)), "Connection": "close"} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def do_PUT(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do_GET()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def bucket(self) -> Bucket:
        """A bucket that this server pretends to hold."""
        endpoint = f"http://127.0.0.1:{self._server.server_port}"
        return Bucket(BucketUrl(bucket="photos", endpoint=endpoint, region="us-west-2"))

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def answers() -> Iterator[Answers]:
    """A server with the answers of a test's own."""
    made = Answers()
    yield made
    made.close()


@pytest.fixture
def bucket(s3: S3Server) -> Bucket:
    """An empty bucket."""
    return Bucket(BucketUrl(bucket=s3.new_bucket(), endpoint=s3.endpoint))


@pytest.fixture
def versioned(s3: S3Server) -> Bucket:
    """An empty bucket with versions."""
    return Bucket(BucketUrl(bucket=s3.new_bucket(versions=True), endpoint=s3.endpoint))
