"""OAuth2 by hand and by the redirect: states given out and taken back, every known error with its cure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crm.client import AmoCRM
from crm.errors import Unauthorized
from crm.oauth import Redirect, RedirectError, authorize_url, read_redirect
from crm.tokens import read_claims
from mailsync.amocrm.failures import translated
from mailsync.errors import PermanentFailure, SettingsError
from mailsync.ports import Clock


class StateBook(Protocol):
    """Remembers the states that were given out."""

    async def give_out(self, now: float) -> str: ...

    async def take_back(self, state: str, now: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class TokenShown:
    """The token in use; `kind` is "long-lived" or "oauth2"."""

    kind: str
    base_url: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class OAuth:
    """Access to the account of the client's settings."""

    client: AmoCRM
    states: StateBook
    clock: Clock

    async def url(self) -> str:
        """Where an administrator grants access; its state is good once, for an hour."""
        self._check_settings()
        return authorize_url(self.client.settings, await self.states.give_out(self.clock.now()))

    async def redirected(self, told: Mapping[str, str]) -> None:
        """Trade the code of a redirect for tokens. PermanentFailure where the redirect or the code is not accepted."""
        state = told.get("state", "")
        known = bool(state) and await self.states.take_back(state, self.clock.now())
        try:
            redirect = read_redirect(self.client.settings, told, state if known else "")
        except RedirectError as error:
            raise PermanentFailure(str(error), cure=str(error.cure)) from error
        await self._exchange(redirect)

    async def exchange(self, code: str) -> None:
        """Trade a code that a person copied from AmoCRM's panel."""
        self._check_settings()
        await self._exchange(Redirect(code, self.client.settings.base_url.rstrip("/")))

    async def show(self) -> TokenShown | None:
        """The token in use, None where there is none."""
        settings = self.client.settings
        if settings.long_lived_token:
            claims = read_claims(settings.long_lived_token)
            return TokenShown("long-lived", settings.base_url, claims.expires_at)
        pair = await self.client.authorization.show()
        return TokenShown("oauth2", pair.base_url, pair.expires_at) if pair else None

    async def _exchange(self, redirect: Redirect) -> None:
        with translated():
            try:
                await self.client.authorization.exchange(redirect)
            except Unauthorized as error:
                said = f"{error} ({error.hint})" if error.hint else str(error)
                raise PermanentFailure(said, cure=str(error.cure)) from error

    def _check_settings(self) -> None:
        settings = self.client.settings
        needed = (("client_id", settings.client_id), ("client_secret", settings.client_secret))
        if missing := [name for name, value in needed if not value]:
            raise SettingsError(
                [(f"amocrm.{name}", f"is needed for OAuth2: set MAILSYNC_AMOCRM__{name.upper()}") for name in missing]
            )
