"""Our subscription in AmoCRM: made where `web.public_url` is set, watched in any case (fact sheet, 10.1 and 10.4)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import structlog

from mailsync.errors import PermanentFailure
from mailsync.ports import Subscription, Subscriptions
from mailsync.worker.notices import Notice, Notices

log = structlog.get_logger()

TOPIC = "webhooks"
PATH = "/webhook/amocrm"
SWITCHED_OFF = Notice(
    "AmoCRM has switched our webhook off after too many bad answers",
    "AmoCRM → Настройки → Интеграции → WebHooks: включить; until then the reconciling read finds the changes",
)
MISSING = Notice(
    "AmoCRM has no webhook to us: changes are found by the reconciling read only",
    "set web.public_url, or add the webhook in AmoCRM by hand",
)


@dataclass(slots=True)
class SubscriptionWatch:
    """`place` is our address without its query; `ensure` says whether we may make the subscription ourselves."""

    subscriptions: Subscriptions
    notices: Notices
    place: str
    key: str
    events: frozenset[str]
    ensure: bool
    disabled: bool = False

    @property
    def destination(self) -> str:
        return destination(self.place, self.key)

    async def run(self) -> None:
        """Look, and mend what we may mend. Raises TemporaryFailure where AmoCRM is away."""
        try:
            ours = [one for one in await self.subscriptions.subscriptions() if self._is_ours(one)]
            if self.ensure:
                ours = await self._ensured(ours)
        except PermanentFailure as failure:
            self.notices.post(TOPIC, Notice(f"webhooks cannot be looked at: {failure}", failure.cure))
            return
        self.disabled = any(one.disabled for one in ours)
        self.notices.post(TOPIC, *([SWITCHED_OFF] if self.disabled else [] if ours else [MISSING]))

    def _is_ours(self, one: Subscription) -> bool:
        return one.destination.partition("?")[0].rstrip("/") == self.place

    async def _ensured(self, ours: list[Subscription]) -> list[Subscription]:
        """One subscription with today's key and events; those with an older key would tell everything twice."""
        current = next((one for one in ours if one.destination == self.destination), None)
        if current is None or not self.events <= current.events:
            await self.subscriptions.subscribe(self.destination, self.events)
            log.info("subscribed to AmoCRM's webhooks", events=sorted(self.events))
            current = current or Subscription(self.destination, self.events)
        for one in ours:
            if one.destination != self.destination:
                await self.subscriptions.unsubscribe(one.destination)
        return [current]


def destination(place: str, key: str) -> str:
    """The whole address that AmoCRM is told; our key stands in its query."""
    return f"{place}?{urlencode({'key': key})}" if key else place


def events_of(actions: frozenset[str]) -> frozenset[str]:
    """AmoCRM's names of the events (fact sheet, 10.1): "status" is "status_lead"."""
    return frozenset(f"{action}_lead" for action in actions)
