"""Refusals as AmoCRM words them: `application/problem+json`, exactly, or a gateway's HTML (fact sheet, 12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong with one place of one item; `path` is dotted: `custom_fields_values.0.field_id`."""

    code: str
    path: str
    detail: str

    def under(self, prefix: str) -> Refusal:
        """The same, seen from the object that holds this one at `prefix`."""
        return Refusal(self.code, f"{prefix}.{self.path}" if self.path else prefix, self.detail)


def not_a_choice(path: str) -> Refusal:
    """An id, option or code that the account does not have."""
    return Refusal("NotSupportedChoice", path, "The value you selected is not a valid choice.")


class Problem(Exception):  # noqa: N818 - the name RFC 9457 gives it
    """A call that is refused as a whole."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        title: str | None = None,
        html: bool = False,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.title = title or HTTPStatus(status).phrase
        self.html = html
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The answer on the wire."""
        if self.html:
            body = f"<html><head><title>{self.status} {self.title}</title></head><body>{self.title}</body></html>"
            return HTMLResponse(body, self.status, self.headers)
        return JSONResponse(self.body(), self.status, self.headers, media_type="application/problem+json")

    def body(self) -> dict[str, Any]:
        """The problem document."""
        head = {"title": self.title, "type": f"https://httpstatus.es/{self.status}", "status": self.status}
        return head | {"detail": self.detail} | self.extra


class InternalError(Problem):
    """500 as the service itself words it; a gateway in front of it speaks HTML."""

    def __init__(self, *, html: bool = False) -> None:
        super().__init__(500, "Internal error", title="ErrInternalServer", html=html)

    def body(self) -> dict[str, Any]:
        """Without a type, but with a trace id."""
        return {"title": self.title, "status": self.status, "detail": self.detail, "trace_id": "6f1c0de5"}


class ValidationFailed(Problem):
    """400 naming the items, by request id, and the places in them."""

    def __init__(self, refused: Sequence[tuple[str, Sequence[Refusal]]]) -> None:
        super().__init__(400, "Request validation failed")
        self.refused = refused

    def body(self) -> dict[str, Any]:
        """The document of fact sheet 12: errors first, then the envelope."""
        errors = [
            {
                "request_id": request_id,
                "errors": [{"code": one.code, "path": one.path, "detail": one.detail} for one in refusals],
            }
            for request_id, refusals in self.refused
        ]
        return {"validation-errors": errors} | super().body()
