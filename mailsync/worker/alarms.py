"""The operator's alarm: one message when a neighbour stays away, one when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from mailsync.errors import MailsyncError
from mailsync.ports import Clock
from mailsync.worker.health import Health, Outage

log = structlog.get_logger()

PATIENCE = 300.0  # seconds: what comes back by itself sooner wakes nobody
NAMES = {"imap": "почтовый ящик (IMAP)", "smtp": "отправка писем (SMTP)", "crm": "AmoCRM", "disk": "диск", "dns": "DNS"}

Tell = Callable[[str, str], Awaitable[None]]  # subject, text; raises MailsyncError


@dataclass(slots=True)
class Alarms:
    """Listens to `Health`; `ways` are tried all, each by itself: a letter cannot tell that letters do not go out."""

    health: Health
    clock: Clock
    ways: dict[str, Tell]
    _pending: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def listen(self) -> None:
        if self.ways:
            self.health.told = self._changed

    def _changed(self, neighbour: str, outage: Outage, away: bool) -> None:
        if away:
            self._pending[neighbour] = asyncio.create_task(self._when_it_lasts(neighbour, outage))
            return
        pending = self._pending.pop(neighbour, None)
        if neighbour in self._told:
            self._told.discard(neighbour)
            minutes = round((self.clock.now() - outage.since) / 60)
            name = NAMES.get(neighbour, neighbour)
            subject, text = (
                f"mailsync: снова работает: {name}",
                f"Не работало {minutes} мин. / Back after {minutes} min.",
            )
            self._pending[neighbour] = asyncio.create_task(self._tell(subject, text))
        elif pending:
            pending.cancel()

    async def _when_it_lasts(self, neighbour: str, outage: Outage) -> None:
        await self.clock.sleep(PATIENCE)
        self._told.add(neighbour)
        name = NAMES.get(neighbour, neighbour)
        text = f"{outage.reason}\n\n{outage.cure}\n\nПисьма не теряются: они ждут. / Nothing is lost meanwhile."
        await self._tell(f"mailsync: не работает: {name}", text)

    async def _tell(self, subject: str, text: str) -> None:
        for way, tell in self.ways.items():
            try:
                await tell(subject, text)
            except MailsyncError as failure:
                log.warning("alarm not delivered", way=way, reason=str(failure))

    async def close(self) -> None:
        for task in self._pending.values():
            task.cancel()
        await asyncio.gather(*self._pending.values(), return_exceptions=True)
