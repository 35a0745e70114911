"""Logs: a constant event name, facts as fields; no customer's words, no secrets (promise 7)."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog


def configure(*, quiet: bool = False) -> None:
    """All logs to standard error, so that answers own standard output."""
    write_to(sys.stderr, quiet=quiet)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    for name in ("aioimaplib", "httpx", "httpcore", "mailparser"):  # their debug lines hold letters and tokens
        logging.getLogger(name).setLevel(logging.ERROR)


def write_to(stream: TextIO, *, quiet: bool = False) -> None:
    """Our own events: lines for people on a terminal, JSON elsewhere; `quiet`: errors only."""
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if stream.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _type_only,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def _type_only(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A traceback may quote a letter: outside a developer's terminal only the exception's type is kept."""
    if event.pop("exc_info", None):
        error = sys.exc_info()[0]
        event["error"] = error.__name__ if error else "unknown"
    return event
