"""The errors of the whole project: each says what is wrong, and what to do about it.

Three questions decide how an error is handled, and each has a class:

* Is the *outside* away (database, broker, disk, mail server)?  `Outage`: wait, resume, count nobody.
* Is the *input* wrong (a setting, a roster file, a command)?  `UserError`: tell the person, exit 2.
* Is the *disk* no longer to be trusted (a failed fsync)?  `FatalError`: end the process, let it restart.

Anything else is a bug: it counts against the message in hand, never against the photo.
"""

from __future__ import annotations

import threading

__all__ = ["ConfigError", "FatalError", "NotFoundError", "Outage", "PictureDayError", "UserError"]


class PictureDayError(Exception):
    """Base of all our errors: `what` is wrong, and the `fix` a person can apply."""

    def __init__(self, what: str, *, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what} {self.fix}".strip()


class UserError(PictureDayError):
    """A person gave us something we can't use; nothing was changed."""


class ConfigError(UserError):
    """One or more settings are wrong; the text lists every one of them."""


class NotFoundError(UserError):
    """What was asked for by name or number does not exist."""


class Outage(PictureDayError):
    """Something outside is away or full. Nothing is lost: wait, then go on."""


class FatalError(PictureDayError):
    """Going on could lose data (a failed fsync); the process must end and be restarted.

    `raised` is set by the first one: whatever thread met it, and whoever caught it there, the supervisor hears of it.
    """

    raised = threading.Event()

    def __init__(self, what: str, *, fix: str = "") -> None:
        super().__init__(what, fix=fix)
        self.raised.set()
