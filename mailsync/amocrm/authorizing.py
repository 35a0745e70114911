"""OAuth2 by the redirect: the state taken back, the code exchanged, every known error with its cure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from crm.client import AmoCRM
from crm.errors import Unauthorized
from crm.oauth import Redirect, RedirectError, read_redirect
from mailsync.amocrm.failures import translated
from mailsync.errors import PermanentFailure
from mailsync.ports import Clock


class StateBook(Protocol):
    """Remembers the states that were given out."""

    async def take_back(self, state: str, now: float) -> bool: ...


async def authorize(client: AmoCRM, states: StateBook, clock: Clock, told: Mapping[str, str]) -> None:
    """Trade the code of a redirect for tokens. PermanentFailure where the redirect or the code is not accepted."""
    state = told.get("state", "")
    known = bool(state) and await states.take_back(state, clock.now())
    try:
        redirect = read_redirect(client.settings, told, state if known else "")
    except RedirectError as error:
        raise PermanentFailure(str(error), cure=str(error.cure)) from error
    await exchange(client, redirect)


async def exchange(client: AmoCRM, redirect: Redirect) -> None:
    """Trade a checked code for tokens; the manual's known errors become PermanentFailure with their cure."""
    with translated():
        try:
            await client.authorization.exchange(redirect)
        except Unauthorized as error:
            said = f"{error} ({error.hint})" if error.hint else str(error)
            raise PermanentFailure(said, cure=str(error.cure)) from error
