"""How a log line is made: structlog, and what it may not tell. To load it takes longer than many a command."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog

from pictureday.names import shown

__all__ = ["configure"]

_CONSOLE = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
_LONGEST = 1000  # characters of a value on a terminal
# Without local variables, which structlog shows unless told: they hold codes, names and passwords.
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def configure(*, level: str, json: bool | None, stream: TextIO | None) -> None:
    """Make structlog do what `pictureday.log.set_up` promises."""
    as_json = not (stream or sys.stderr).isatty() if json is None else json
    ending: list[structlog.typing.Processor] = (
        [_TRACEBACKS, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.processors.format_exc_info, _made_printable, _CONSOLE]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *ending,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        # The stream is looked up at each line, so that a terminal's progress display can take it over.
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def _made_printable(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    # JSON escapes by itself. A terminal obeys what it is sent, and an error's words may hold what a stranger wrote.
    trace = event.pop("exception", "")
    safe = {key: _printable(value) for key, value in event.items()}
    if trace:
        # Indented, so that no line of it looks like an event of ours.
        safe["exception"] = "\n".join(f"  {shown(line, longest=_LONGEST)}" for line in trace.splitlines())
    return safe


def _printable(value: object) -> object:
    if value is None or isinstance(value, (int, float)):
        return value
    return shown(value if isinstance(value, str) else repr(value), longest=_LONGEST)
