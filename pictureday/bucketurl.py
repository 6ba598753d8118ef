"""URLs of buckets and of the queues that tell of them, read once, strictly, for settings and adapters alike.

    s3://bucket/prefix?region=…&endpoint=…&sse=…&kms_key=…
    sqs://sqs.us-west-2.amazonaws.com/123456789012/queue?bucket=…&prefix=…        (and the four above)
    amqps://user:password@mq.district.example/vhost?queue=…&bucket=…&prefix=…     (and the four above)

`endpoint` is for servers that are not AWS (Ceph, MinIO, an emulator); `sse` and `kms_key` become the encryption
header of whatever is written. Credentials are never part of a bucket's URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

__all__ = ["BucketUrl", "EventsUrl"]

# S3's own rule for names is longer; this keeps out what would change the meaning of a URL.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_AWS_QUEUE = re.compile(r"sqs\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?")
_OF_BUCKET = {"region", "endpoint", "sse", "kms_key"}
_SSE = {"", "AES256", "aws:kms", "aws:kms:dsse"}


@dataclass(frozen=True, kw_only=True)
class BucketUrl:
    """A place in a bucket. `prefix` has no slash at either end and may be ''; '' elsewhere means the default."""

    bucket: str
    prefix: str = ""
    region: str = ""
    endpoint: str = ""
    sse: str = ""
    kms_key: str = ""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an `s3://…` URL; raises `ValueError` that says what it should be."""
        parts = _split(url)
        if parts.scheme != "s3":
            raise ValueError("it should start with s3://")
        return cls._of(parts.netloc, parts.path, _options(parts, _OF_BUCKET))

    @classmethod
    def _of(cls, bucket: str, prefix: str, options: dict[str, str]) -> Self:
        if not _BUCKET.fullmatch(bucket):
            raise ValueError(f"it should name a bucket, of lower-case letters, digits, dots and dashes, not {bucket!r}")
        if options.get("sse", "") not in _SSE:
            raise ValueError("sse should be AES256, aws:kms or aws:kms:dsse")
        if options.get("kms_key") and not options.get("sse", "").startswith("aws:kms"):
            raise ValueError("kms_key goes with sse=aws:kms")
        if options.get("endpoint") and urlsplit(options["endpoint"]).scheme not in {"http", "https"}:
            raise ValueError("endpoint should start with https:// (or http://)")
        return cls(bucket=bucket, prefix=prefix.strip("/"), **options)

    def __str__(self) -> str:
        """`s3://bucket/prefix`: its name for people and in the catalogue, the same whatever the endpoint is."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def key(self, *parts: str) -> str:
        """The key of something below the prefix."""
        return "/".join([self.prefix, *parts] if self.prefix else parts)


@dataclass(frozen=True, kw_only=True)
class EventsUrl:
    """A queue that receives a bucket's events, and the place in the bucket that it tells of.

    `queue` is the URL that SQS knows the queue by, or RabbitMQ's `amqp://…` without our options; `name` is the
    queue's name at RabbitMQ.
    """

    queue: str
    place: BucketUrl
    name: str = ""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an `sqs://…` or `amqp://…` URL; raises `ValueError` that says what it should be."""
        parts = _split(url)
        if parts.scheme == "sqs":
            return cls._sqs(parts)
        if parts.scheme in {"amqp", "amqps"}:
            return cls._amqp(parts)
        raise ValueError("it should start with sqs://, amqp:// or amqps://")

    @property
    def is_sqs(self) -> bool:
        """Whether SQS holds the queue, and not RabbitMQ."""
        return not self.queue.startswith("amqp")

    @classmethod
    def _sqs(cls, parts: SplitResult) -> Self:
        options = _options(parts, _OF_BUCKET | {"bucket", "prefix"})
        if len(parts.path.strip("/").split("/")) != 2 or not parts.hostname or parts.username:
            raise ValueError(
                "it should be the queue's URL with sqs in place of https: sqs://HOST/ACCOUNT/QUEUE?bucket=…"
            )
        if (aws := _AWS_QUEUE.fullmatch(parts.hostname)) and not options.get("region"):
            options["region"] = aws["region"]  # a bucket can only tell a queue of its own region
        scheme = "http" if options.get("endpoint", "").startswith("http://") else "https"
        return cls(queue=f"{scheme}://{parts.netloc}{parts.path}", place=_place(options))

    @classmethod
    def _amqp(cls, parts: SplitResult) -> Self:
        options = _options(parts, None)
        name = options.pop("queue", "")
        if not name:
            raise ValueError("it should name the queue: amqps://HOST/VHOST?queue=…&bucket=…")
        ours = {key: value for key, value in options.items() if key in _OF_BUCKET | {"bucket", "prefix"}}
        rest = urlencode({key: value for key, value in options.items() if key not in ours})
        return cls(queue=parts._replace(query=rest).geturl(), place=_place(ours), name=name)


def _place(options: dict[str, str]) -> BucketUrl:
    bucket, prefix = options.pop("bucket", ""), options.pop("prefix", "")
    if not bucket:
        raise ValueError("it should name the bucket that the events are about: ?bucket=…&prefix=…")
    return BucketUrl._of(bucket, prefix, options)


def _split(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.fragment:
        raise ValueError("a # means nothing here; write it as %23")
    return parts


def _options(parts: SplitResult, known: set[str] | None) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if known is not None and (strange := sorted(options.keys() - known)):
        raise ValueError(f"there is no option {', '.join(strange)}; there are {', '.join(sorted(known))}")
    return options
