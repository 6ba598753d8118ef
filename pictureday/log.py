"""Logs: structlog to stderr, JSON unless a person is watching.

No student code, name or file name at level info (design, section 6): log `photo_id`, `delivery_id`. Most commands have
nothing to log, so structlog is loaded with the first logger.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import structlog

__all__ = ["get_logger", "set_up"]

_due: list[dict[str, Any]] = []  # what was set up, until structlog knows of it


def set_up(*, level: str = "info", json: bool | None = None, stream: TextIO | None = None) -> None:
    """Send every log line to stderr (or `stream`), as JSON unless that is a terminal (or `json` says which)."""
    _due[:] = [{"level": level, "json": json, "stream": stream}]
    # Libraries that log by themselves (pika, watchdog) speak only when something is wrong.
    logging.basicConfig(stream=sys.stderr, level=logging.CRITICAL)
    if "structlog" in sys.modules:
        _catch_up()


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """The logger; bind ids with `structlog.contextvars.bound_contextvars`."""
    import structlog

    _catch_up()
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger


def _catch_up() -> None:
    # Threads that come here at once each do it, which is no harm; none goes on before it is done.
    for wanted in tuple(_due):
        from pictureday.logline import configure

        configure(**wanted)
        _due.clear()
