"""Access tokens: the pair of OAuth2, where it is kept, and what a token says about itself."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What the token endpoint gave: valid at `base_url`, the access token until `expires_at` (aware)."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    base_url: str


class TokenStore(Protocol):
    """Keeps one pair for all processes. `save` is durable when it returns."""

    def lock(self) -> AbstractAsyncContextManager[None]:
        """Held by one process and one task at a time, over a refresh."""
        ...

    async def load(self) -> TokenPair | None: ...

    async def save(self, pair: TokenPair) -> None: ...


class MemoryTokenStore:
    """A store for one process, for tests and short scripts."""

    def __init__(self, pair: TokenPair | None = None) -> None:
        self._pair = pair
        self._lock = asyncio.Lock()

    def lock(self) -> AbstractAsyncContextManager[None]:
        return self._lock

    async def load(self) -> TokenPair | None:
        return self._pair

    async def save(self, pair: TokenPair) -> None:
        self._pair = pair


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says about itself, unverified: good for warnings, never for a decision about rights."""

    expires_at: datetime | None = None
    account_id: int | None = None
    user_id: int | None = None
    api_domain: str | None = None
    scopes: tuple[str, ...] = ()

    def days_left(self, now: datetime) -> int | None:
        """Whole days until the token expires, negative afterwards; None where it does not say."""
        return None if self.expires_at is None else (self.expires_at - now).days


def read_claims(token: str) -> Claims:
    """The claims of a JWT (RFC 7519, 4) without checking its signature; empty claims where it is not one."""
    payload = _payload(token)
    scopes = payload.get("scopes")
    domain = payload.get("api_domain")
    return Claims(
        expires_at=_moment(payload.get("exp")),
        account_id=_integer(payload.get("account_id")),
        user_id=_integer(payload.get("sub")),
        api_domain=domain if isinstance(domain, str) else None,
        scopes=tuple(scope for scope in scopes if isinstance(scope, str)) if isinstance(scopes, list) else (),
    )


def expiry_warning(claims: Claims, now: datetime) -> int | None:
    """Which of the warnings 90, 30, 7 or 0 days before the end is due; None while there is time enough."""
    left = claims.days_left(now)
    return None if left is None else next((days for days in (0, 7, 30, 90) if left <= days), None)


def _payload(token: str) -> Mapping[str, Any]:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > 16_384:
        return {}
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _integer(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None
