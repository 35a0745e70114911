"""What a caller is told when something is wrong: words and a cure, never the caller's own values."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from mailsync.errors import MailsyncError, TemporaryFailure

RETRY_SECONDS = 30
Result = TypeVar("Result")


class Told(BaseModel):
    """The body of every refusal."""

    error: str
    cure: str = ""
    problems: list[dict[str, str]] = []


class Problem(Exception):  # noqa: N818 - an answer, not a failure
    """A refusal with its status."""

    def __init__(
        self,
        status: int,
        error: str,
        *,
        cure: str = "",
        problems: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(error)
        self.status = status
        self.told = Told(error=error, cure=cure, problems=problems or [])
        self.headers = headers or {}

    def response(self) -> Response:
        body = self.told.model_dump(exclude_defaults=True)
        return JSONResponse(body, self.status, headers=self.headers)


def unavailable(failure: MailsyncError) -> Problem:
    """503: a later try may work."""
    wish = failure.retry_after if isinstance(failure, TemporaryFailure) else None
    return Problem(503, str(failure), cure=failure.cure, headers={"Retry-After": str(int(wish or RETRY_SECONDS))})


async def stored(asked: Awaitable[Result]) -> Result:
    """A write, waited for to its end, which the journal bounds: "not stored" must be true, or its repetition would be a
    second one. Raises Problem 503 where the journal is away."""
    try:
        return await asked
    except TemporaryFailure as failure:
        raise unavailable(failure) from failure


def invalid(error: ValidationError) -> Problem:
    """422: what is wrong, field by field."""
    problems = [{"field": ".".join(map(str, one["loc"])) or "body", "problem": _plain(one)} for one in error.errors()]
    return Problem(422, "the request cannot be read", problems=problems[:50])


def _plain(problem: Any) -> str:
    message = str(problem["msg"]).removeprefix("Value error, ")
    return message if message[1:2].isupper() else message[:1].lower() + message[1:]


async def answer_problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem.response()


async def answer_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Problem(error.status_code, str(error.detail).lower(), headers=dict(error.headers or {})).response()


async def answer_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [{"field": ".".join(map(str, one["loc"])), "problem": _plain(one)} for one in error.errors()[:50]]
    return Problem(422, "the request cannot be read", problems=problems).response()
