"""The plugin line of Nagios and its relatives: the verdict, then performance data, then one line for each finding."""

from __future__ import annotations

from collections.abc import Sequence

from mailsync.dnscheck.finding import Finding, Language, Severity
from mailsync.dnscheck.output.visible import visible
from mailsync.dnscheck.report import DomainReport, worst_of

_MOST_NAMED = 5
_NOUNS = {
    Severity.CRITICAL: ("critical", "critical"),
    Severity.UNKNOWN: ("unknown", "unknown"),
    Severity.WARNING: ("warning", "warnings"),
}


def render(reports: Sequence[DomainReport], language: Language = "ru") -> str:
    """The whole output for one or more domains; a `|` occurs only in front of the performance data."""
    verdict = worst_of(report.result for report in reports).upper()
    said = "; ".join(_summary(report) for report in reports)
    many = len(reports) > 1
    measured = " ".join(_performance(report, f"{report.domain}_" if many else "") for report in reports)
    details = [_detail(finding, language) for report in reports for finding in report.findings]
    return "\n".join([f"MAILDNS {verdict} - {_plain(said)} | {measured}", *details])


def _summary(report: DomainReport) -> str:
    counted = [
        f"{count} {nouns[count != 1]}" for severity, nouns in _NOUNS.items() if (count := report.counts[severity])
    ]
    if not counted:
        return f"{report.domain}: ok"
    named = dict.fromkeys(finding.id for finding in report.findings if finding.severity is not Severity.INFO)
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return f"{report.domain}: {', '.join(counted)}: {' '.join(list(named)[:_MOST_NAMED])}{more}"


def _performance(report: DomainReport, prefix: str) -> str:
    counts = report.counts
    values = [
        ("critical", str(counts[Severity.CRITICAL])),
        ("warnings", str(counts[Severity.WARNING])),
        ("unknown", str(counts[Severity.UNKNOWN])),
        ("queries", str(len(report.queries))),
        ("time", f"{report.seconds:.1f}s"),
    ]
    if report.spf is not None:
        values.insert(3, ("spf_lookups", f"{report.spf.root.lookups};8;10"))
    return " ".join(f"{prefix}{label}={value}" for label, value in values)


def _detail(finding: Finding, language: Language) -> str:
    return _plain(f"{finding.severity.upper()} {finding.id} {finding.name}: {finding.why.said(language)}")


def _plain(text: str) -> str:
    """Monitoring takes what stands after a `|` for numbers, and a line end for more text."""
    return visible(" ".join(text.replace("|", "/").split()))
