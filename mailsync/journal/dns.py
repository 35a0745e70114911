"""Looks at our domain's DNS, kept for comparison and for whoever asks how it is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailsync.journal.database import Database

KEPT = 500


@dataclass(frozen=True, slots=True, order=True)
class SeenFinding:
    """A finding as far as it is compared: its stable id, the DNS name, the severity."""

    id: str
    name: str
    severity: str


@dataclass(frozen=True, slots=True)
class DnsSnapshot:
    """What one look found; `at` in Unix seconds. `records` are the published ones by kind, as far as they are known."""

    domain: str
    result: str  # ok, warning, critical, unknown
    findings: tuple[SeenFinding, ...]
    at: float
    records: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class DnsHistory:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, domain: str, count: int) -> list[DnsSnapshot]:
        """The last looks, newest first."""
        return await self._database.read(
            lambda connection: [
                _snapshot(row)
                for row in connection.execute(
                    "SELECT * FROM dns_look WHERE domain = ? ORDER BY id DESC LIMIT ?", (domain, count)
                )
            ]
        )

    async def first_seen(self, domain: str, finding: str) -> float | None:
        """When the unbroken row of looks that hold this finding began; None where the last look does not hold it."""
        since = None
        for look in await self.latest(domain, KEPT):
            if not any(one.id == finding for one in look.findings):
                break
            since = look.at
        return since

    async def keep(self, look: DnsSnapshot) -> None:
        findings = json.dumps([[one.id, one.name, one.severity] for one in look.findings])

        def change(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO dns_look (domain, at, result, findings, records) VALUES (?, ?, ?, ?, ?)",
                (look.domain, look.at, look.result, findings, json.dumps(dict(look.records))),
            )
            connection.execute(
                "DELETE FROM dns_look WHERE domain = ? AND id NOT IN "
                "(SELECT id FROM dns_look WHERE domain = ? ORDER BY id DESC LIMIT ?)",
                (look.domain, look.domain, KEPT),
            )

        await self._database.write(change)


def _snapshot(row: sqlite3.Row) -> DnsSnapshot:
    findings = tuple(SeenFinding(*one) for one in json.loads(row["findings"]))
    records = {kind: tuple(values) for kind, values in json.loads(row["records"]).items()}
    return DnsSnapshot(row["domain"], row["result"], findings, row["at"], records)
