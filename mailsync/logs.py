"""Logs: a constant event name, facts as fields; no customer's words, no secrets (promise 7)."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import structlog

from mailsync.errors import where


def configure(*, quiet: bool = False) -> None:
    """All logs to standard error, so that answers own standard output."""
    write_to(sys.stderr, quiet=quiet)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_NoTraceback("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
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
            _no_traceback,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def _no_traceback(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A traceback may quote a letter: the exception's type and place are kept."""
    error = sys.exception()
    if event.pop("exc_info", None) and error is not None:
        event.update(error=type(error).__name__, where=where(error))
    return event


class _NoTraceback(logging.Formatter):
    """The same for what libraries log: uvicorn tells of a handler's failure, asyncio of a task's."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - named by logging
        error: BaseException | None = ei[1]
        return f"{type(error).__name__} at {where(error)}" if error else "unknown"
