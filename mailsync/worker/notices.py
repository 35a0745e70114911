"""What operators should know although the worker does its job: shown by /health/ready, counted by /metrics."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning and its cure."""

    text: str
    cure: str = ""


@dataclass(slots=True)
class Notices:
    """The newest warnings by topic ("dns", "token", "webhooks"); who posts a topic replaces what it said before."""

    topics: dict[str, tuple[Notice, ...]] = field(default_factory=dict)

    def post(self, topic: str, *notices: Notice) -> None:
        self.topics[topic] = notices
