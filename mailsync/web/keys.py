"""Service keys: compared in constant time, two valid at a time for rotation, never open by omission."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from mailsync.config import WebSettings
from mailsync.web.problems import Problem
from mailsync.web.services import Here

_bearer = HTTPBearer(auto_error=False, description="`Bearer KEY`, a service key of the settings")


def keys_of(secret: SecretStr) -> tuple[str, ...]:
    """The keys of a setting, separated by commas."""
    return tuple(key for part in secret.get_secret_value().split(",") if (key := part.strip()))


def is_one_of(given: str, keys: tuple[str, ...]) -> bool:
    """Whether a key is given; takes the same time for every wrong one, whatever its length."""
    digest = _digest(given)
    return bool([key for key in keys if hmac.compare_digest(digest, _digest(key))])


def bearer(secret_of: Callable[[WebSettings], SecretStr], setting: str) -> Callable[..., Awaitable[None]]:
    """A dependency that lets nobody in without the key: 503 where none is configured, 401 for a wrong one."""

    async def check(
        services: Here, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None
    ) -> None:
        keys = keys_of(secret_of(services.settings))
        if not keys:
            variable = "MAILSYNC_" + setting.upper().replace(".", "__")
            raise Problem(503, "not configured", cure=f"set {variable}")
        if given is None or not is_one_of(given.credentials, keys):
            raise Problem(
                401, "no valid key", cure="send Authorization: Bearer KEY", headers={"WWW-Authenticate": "Bearer"}
            )

    return check


async def shown_reasons(
    services: Here, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None
) -> bool:
    """A dependency: whether the caller holds the ingest key and may read what went wrong inside."""
    return given is not None and is_one_of(given.credentials, keys_of(services.settings.ingest_key))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
