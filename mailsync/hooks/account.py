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

        Before the id is known the subdomain decides: the lead is read from our account again in any case.
        """
        known = await self.known()
        if account_id is not None and known:
            return account_id == known
        return bool(subdomain) and subdomain.lower() == self.subdomain.lower()
