"""What is kept of an event: where to look, never what to believe (fact sheet, 10)."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict

from crm.hook_events import LeadEvent

PREFIX = "hook"
SeenBy = Literal["hook", "log", "comparison"]  # a comparison says that a lead changed, not that its status did


class LeadNotice(BaseModel):
    """Something happened to a lead; times are Unix seconds. The lead itself is read again."""

    model_config = ConfigDict(frozen=True)

    action: str  # status, update, add, ...
    lead_id: int
    status_id: int | None = None
    pipeline_id: int | None = None
    changed_at: int = 0
    account_id: int | None = None
    seen_by: SeenBy = "hook"
    mark: str = ""  # tells apart what changed within one second

    @property
    def key(self) -> str:
        """Equal for the same event, however often and by whichever way it is told."""
        told = f"{self.stem}{self.changed_at}"
        return f"{told}:{self.status_id}" if self.action == "status" else f"{told}:{self.mark}"

    @property
    def stem(self) -> str:
        return f"{PREFIX}:{self.action}:{self.lead_id}:"


def of_event(event: LeadEvent, account_id: int | None, now: float) -> LeadNotice:
    """An event of a webhook. A digital-pipeline hook says no time: then the minute of its coming stands in."""
    content = repr((event.fields, event.name, event.price, event.responsible_user_id, event.tags))
    return LeadNotice(
        action=event.action[:40],
        lead_id=event.id,
        status_id=event.status_id,
        pipeline_id=event.pipeline_id,
        changed_at=int(event.updated_at.timestamp()) if event.updated_at else int(now // 60 * 60),
        account_id=account_id,
        mark=hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:16],
    )
