"""What botocore says, in our words.

Three things are told apart: an answer about one object (it is gone, it changed), one object's trouble (we may not
read it), and an outage, which is everybody's. An outage names what to mend: credentials, region, bucket, network.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pictureday.errors import ConfigError, Outage, PictureDayError

__all__ = ["ObjectChanged", "ObjectDenied", "ObjectGone", "troubles"]


class ObjectGone(PictureDayError):
    """There is no such object, or no such version of it."""


class ObjectChanged(PictureDayError):
    """A condition was not met: another object is there, or one is there already."""


class ObjectDenied(Outage):
    """We may not touch this object. Others may be fine."""


_AGAIN = "It is tried again by itself."
# What the servers' codes mean. Where a request has no body to answer with, the code is the status.
_ANSWERS: tuple[tuple[type[PictureDayError], str, str, str], ...] = (
    # 405: a delete marker.
    (ObjectGone, "has no such object", "", "NoSuchKey NoSuchVersion NotFound MethodNotAllowed 404 405"),
    # 409 is no answer: somebody else is writing there at this moment, and may yet fail.
    (ObjectChanged, "has another object there", "", "PreconditionFailed 412"),
    (
        ObjectDenied,
        "denies us an object or a listing ({code})",
        "Check the policy of our role; deploy/aws has it.",
        "AccessDenied AccessDeniedException AllAccessDisabled Forbidden 403",
    ),
    (
        # In an archive class, under a key of the vendor's own, or of a name or size that the server does not take.
        ObjectDenied,
        "can't give us an object ({code})",
        "The vendor has to send it again in the usual way: standard storage, no encryption key of its own.",
        (
            "InvalidObjectState InvalidRequest InvalidArgument KeyTooLongError EntityTooLarge KMS.DisabledException"
            " KMS.NotFoundException KMS.KMSInvalidStateException KMS.InvalidStateException"
        ),
    ),
    (
        Outage,
        "does not exist",
        "Check its name, region and endpoint in the settings.",
        "NoSuchBucket QueueDoesNotExist AWS.SimpleQueueService.NonExistentQueue",
    ),
    (
        Outage,
        "is in another region{region}",
        "Set it in the URL: ?region=…",
        "AuthorizationHeaderMalformed IllegalLocationConstraintException PermanentRedirect 301",
    ),
    (
        Outage,
        "refuses our credentials: {said}",
        "Renew them, or check the clock; the next try takes the new ones.",
        (
            "AuthFailure ExpiredToken ExpiredTokenException InvalidAccessKeyId InvalidClientTokenId InvalidToken"
            " RequestExpired RequestTimeTooSkewed SignatureDoesNotMatch TokenRefreshRequired"
            " UnrecognizedClientException"
        ),
    ),
)


@contextmanager
def troubles(what: str) -> Iterator[None]:
    """Re-raise what botocore raises about `what` (`The bucket photos`, say)."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    try:
        yield
    except ClientError as error:
        raise _answered(what, error) from error
    except (BotoCoreError, HTTPClientError) as error:
        raise _unanswered(what, error) from error


def _answered(what: str, error: object) -> PictureDayError:
    answer = getattr(error, "response", {})
    code, said = _code(answer), _said(answer)
    for kind, sentence, fix, codes in _ANSWERS:
        if code in codes.split():
            return kind(f"{what} {sentence.format(said=said, code=code, region=_region(answer))}.", fix=fix)
    return Outage(f"{what} can't be used now: {said or _status(answer)}.", fix=_AGAIN)


def _unanswered(what: str, error: Exception) -> PictureDayError:
    from botocore import exceptions as botocore

    if isinstance(error, botocore.NoCredentialsError | botocore.PartialCredentialsError):
        return Outage(
            f"{what} needs credentials, and there are none.",
            fix="Give the machine or task a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
    if isinstance(error, botocore.ProfileNotFound | botocore.ConfigParseError | botocore.NoRegionError):
        return ConfigError(f"{what} can't be reached: {_plain(str(error))}.", fix="Check the region and AWS_PROFILE.")
    if isinstance(error, botocore.FlexibleChecksumError):
        return Outage(f"{what} sent bytes that don't match their checksum.", fix=_AGAIN)
    return Outage(f"{what} can't be reached: {_plain(str(error))}.", fix=_AGAIN)


def _code(answer: dict[str, dict[str, str]]) -> str:
    return str(answer.get("Error", {}).get("Code", ""))


def _said(answer: dict[str, dict[str, str]]) -> str:
    return _plain(str(answer.get("Error", {}).get("Message") or "")) or _code(answer)


def _status(answer: dict[str, dict[str, int]]) -> str:
    return f"status {answer.get('ResponseMetadata', {}).get('HTTPStatusCode', 0)}"


def _region(answer: dict[str, dict[str, dict[str, str]]]) -> str:
    named = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region", "")
    return f" ({named})" if named else ""


def _plain(text: str) -> str:
    # Their messages end with a point or not, and may hold a URL, an ARN or a key: a student's code.
    words = ("…" if "/" in word or "arn:" in word else word for word in text.split())
    return " ".join(words).rstrip(".")
