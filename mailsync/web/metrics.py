"""What Prometheus reads: a registry of our own, every label from a closed set."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5)


class Metrics:
    """Counters are raised where things happen; gauges are set just before they are read."""

    def __init__(self) -> None:
        own = self.registry = CollectorRegistry()
        self.requests = Counter(
            "mailsync_http_requests", "Answers of the endpoint.", ("route", "method", "status"), registry=own
        )
        self.webhook_seconds = Histogram(
            "mailsync_webhook_seconds", "Time to answer AmoCRM.", buckets=SECONDS, registry=own
        )
        self.webhook_events = Counter("mailsync_webhook_events", "Events in webhooks.", ("outcome",), registry=own)
        self.webhook_refused = Counter("mailsync_webhook_refused", "Webhooks refused.", ("why",), registry=own)
        self.entries = Gauge("mailsync_entries", "Entries of the journal.", ("state",), registry=own)
        self.effects_open = Gauge("mailsync_effects_open", "Effects that are not done.", ("state",), registry=own)
        self.oldest = Gauge("mailsync_oldest_waiting_seconds", "Age of the entry that waits longest.", registry=own)
        self.neighbour_up = Gauge("mailsync_neighbour_up", "1: answers, 0: away.", ("neighbour",), registry=own)
        self.poll_age = Gauge("mailsync_last_poll_age_seconds", "Since the mailbox was last read.", registry=own)
        self.notices = Gauge("mailsync_warnings", "Warnings for operators.", ("topic",), registry=own)
        self.token_days = Gauge("mailsync_crm_token_days_left", "Days until AmoCRM's token expires.", registry=own)
        self.webhook_disabled = Gauge(
            "mailsync_webhook_disabled", "1: AmoCRM has switched our webhook off.", registry=own
        )
        self.reconciled = Counter("mailsync_reconciled_events", "Events that no webhook told.", registry=own)

    def exposition(self) -> bytes:
        return generate_latest(self.registry)
