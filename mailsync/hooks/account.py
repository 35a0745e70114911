"""Which account is ours: by the settings, or as AmoCRM itself said and the journal remembers."""

from __future__ import annotations

from dataclasses import dataclass

from mailsync.journal.journal import Journal
from mailsync.ports import Crm

NAME = "account_id"


@dataclass(slots=True)
class AccountKeeper:
    """`configured` 0 means: learn it."""

    journal: Journal
    crm: Crm
    configured: int
    subdomain: str
    _known: int = 0

    async def known(self) -> int:
        """The id of our account; 0 where nobody has told it yet."""
        if not self._known:
            self._known = self.configured or int(await self.journal.hooks.remembered(NAME) or 0)
        return self._known

    async def learn(self) -> int:
        """The id, asked of AmoCRM where it is not known. Raises what the CRM raises."""
        if not await self.known():
            self._known = await self.crm.account_id()
            await self.journal.hooks.remember(NAME, str(self._known))
        return self._known

    async def is_ours(self, account_id: int | None, subdomain: str) -> bool:
        """Whether a body may be of our account; old accounts name their subdomain only.

        Before our id is known any id may be ours: it is compared again before anything follows from the event.
        """
        if account_id is not None:
            return account_id == (await self.known() or account_id)
        return subdomain.lower() == self.subdomain.lower()
