"""What can go wrong with a call, told so that the caller knows whether anything was written.

CrmError
├── NotSent              nothing was written; a later try may work (`retry_after`)
│   ├── RateLimited      429, or our own pause after one
│   ├── Blocked          402 or 403: all calls have stopped until a probe succeeds
│   └── Unavailable      no connection, 5xx on a read, an answer that cannot be read
├── Refused              nothing was written; the same request will be refused again
├── Unauthorized         nothing was written; a person has to renew the authorization
└── OutcomeUnknown       the write may have been applied: look before repeating

A write that returns is done and carries its id. Messages never contain tokens or values of fields; what the
service says about an item stands in `Refused.items`, for the operator's eyes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Cure:
    """What a person can do, in English and in Russian; empty where nothing needs doing."""

    en: str = ""
    ru: str = ""

    def __str__(self) -> str:
        return " / ".join(text for text in (self.ru, self.en) if text)

    def __bool__(self) -> bool:
        return bool(self.en or self.ru)


NOTHING_TO_DO = Cure()


class CrmError(Exception):
    """The root: `str(error)` says what happened, `cure` what to do; `status` and `request_id` come from the answer."""

    def __init__(
        self, message: str, *, cure: Cure = NOTHING_TO_DO, status: int | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(f"{message} (X-Request-Id {request_id})" if request_id else message)
        self.cure = cure
        self.status = status
        self.request_id = request_id


class NotSent(CrmError):  # noqa: N818 - named for what the caller may conclude
    """Nothing was written and a later try may work; `retry_after` is in seconds, None where nobody knows."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        cure: Cure = NOTHING_TO_DO,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, cure=cure, status=status, request_id=request_id)
        self.retry_after = retry_after


class RateLimited(NotSent):
    """Too many requests: every call of this process pauses (fact sheet, 2)."""


class Blocked(NotSent):
    """All calls have stopped: unpaid account (402), address not allowed or blocked for excess (403)."""


class Unavailable(NotSent):
    """The service could not be reached or did not give a usable answer to a read."""


@dataclass(frozen=True, slots=True)
class ItemError:
    """One validation error: `code` and `path` as the service names them, `detail` in its words (fact sheet, 12)."""

    code: str
    path: str
    detail: str


class Refused(CrmError):  # noqa: N818 - named for what the caller may conclude
    """Nothing was written and the same request will be refused again; `by_item` says why, by the item's request_id."""

    def __init__(
        self,
        message: str,
        *,
        by_item: Mapping[str, tuple[ItemError, ...]] = MappingProxyType({}),
        cure: Cure = NOTHING_TO_DO,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, cure=cure, status=status, request_id=request_id)
        self.by_item = dict(by_item)

    @property
    def items(self) -> tuple[ItemError, ...]:
        """Every validation error, whichever item it belongs to."""
        return tuple(error for errors in self.by_item.values() for error in errors)


class Unauthorized(CrmError):  # noqa: N818 - named for what the caller may conclude
    """The token is not accepted and could not be renewed: a person has to act; `hint` is the service's own word."""

    def __init__(
        self,
        message: str,
        *,
        cure: Cure = NOTHING_TO_DO,
        hint: str = "",
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, cure=cure, status=status, request_id=request_id)
        self.hint = hint


class OutcomeUnknown(CrmError):  # noqa: N818 - named for what the caller may conclude
    """The write left and its fate is not known: look for it first.

    `harmless` is True where applying it twice gives the same state (an update, a link), so that it may simply be
    repeated; `retry_after` is how many seconds to let pass before looking, for a slow service may still be at it.
    """

    def __init__(
        self,
        message: str,
        *,
        harmless: bool = False,
        retry_after: float | None = None,
        cure: Cure = NOTHING_TO_DO,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, cure=cure, status=status, request_id=request_id)
        self.harmless = harmless
        self.retry_after = retry_after
