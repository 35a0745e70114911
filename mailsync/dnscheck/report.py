"""The answer of a whole check: every finding about one domain, and the records behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailsync.dnscheck.dkim.lint import DkimReport
from mailsync.dnscheck.dmarc.discovery import Discovery, texts_of
from mailsync.dnscheck.finding import Finding, Severity
from mailsync.dnscheck.lookup import Failure, Mx
from mailsync.dnscheck.names import unicode_name
from mailsync.dnscheck.recording import Query
from mailsync.dnscheck.settings import AcceptedFinding
from mailsync.dnscheck.spf.lint import SpfReport


class CheckResult(StrEnum):
    """The verdict, worst first: a known fault is not hidden by an unanswered question."""

    CRITICAL = "critical"
    UNKNOWN = "unknown"
    WARNING = "warning"
    OK = "ok"

    @property
    def exit_code(self) -> int:
        """Nagios plugin API."""
        return {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}[self.value]


@dataclass(frozen=True, slots=True)
class DomainReport:
    """What one check found out about a domain (A-labels).

    `findings` are in a stable order: severity, id, name. Those that somebody has accepted stand apart and do not
    count. A part is None where it is not known. `seconds` is what the check took.
    """

    domain: str
    checked_at: datetime
    findings: tuple[Finding, ...]
    accepted: tuple[tuple[Finding, AcceptedFinding], ...] = ()
    spf: SpfReport | None = None
    dkim: DkimReport | None = None
    dmarc: Discovery | None = None
    mx: tuple[Mx, ...] | None = None
    resolvers: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()
    seconds: float = 0.0

    @property
    def domain_unicode(self) -> str:
        return unicode_name(self.domain)

    @property
    def result(self) -> CheckResult:
        if not self.findings:
            return CheckResult.OK
        worst = min((finding.severity for finding in self.findings), key=lambda severity: severity.rank)
        return CheckResult.OK if worst is Severity.INFO else CheckResult(worst)

    @property
    def records(self) -> dict[str, tuple[str, ...]]:
        """What is published, for telling a change: "spf", "dmarc", "mx", "dkim <selector>" to sorted values.

        What is not known is left out: a DNS that did not answer has changed nothing.
        """
        published: dict[str, Iterable[str]] = {}
        if self.spf is not None and not isinstance(self.spf.root.answer, Failure):
            published["spf"] = [text.decode("utf-8", "backslashreplace") for text in self.spf.root.texts]
        if self.dmarc is not None and not isinstance(self.dmarc.walk.steps[0].outcome, Failure):
            published["dmarc"] = self.dmarc.walk.steps[0].texts
        if self.mx is not None:
            published["mx"] = [str(mx) for mx in self.mx]
        for selector in self.dkim.selectors if self.dkim else ():
            if not isinstance(selector.answer, Failure):
                published[f"dkim {selector.selector}"] = texts_of(selector.answer)
        return {name: tuple(sorted(values)) for name, values in published.items()}

    @property
    def counts(self) -> dict[Severity, int]:
        """How many findings of each severity, all four always present."""
        return {severity: sum(finding.severity is severity for finding in self.findings) for severity in Severity}


def worst_of(results: Iterable[CheckResult]) -> CheckResult:
    """Of several domains; ok where there is none."""
    return min(results, key=list(CheckResult).index, default=CheckResult.OK)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Severity, id, name; equal findings, which two checks may both have met, once."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda finding: (finding.severity.rank, finding.id, finding.name, finding.seen)))
