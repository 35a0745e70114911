"""JSON Lines: one object a domain, documented in docs/check-dns.md. Fields are added, never renamed, in a version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mailsync.dnscheck.dkim.lint import DkimReport, SelectorReport
from mailsync.dnscheck.dmarc.discovery import Discovery
from mailsync.dnscheck.dmarc.record import Record
from mailsync.dnscheck.finding import Finding, Language, ZoneEntry
from mailsync.dnscheck.lookup import Records
from mailsync.dnscheck.recording import Query
from mailsync.dnscheck.report import DomainReport
from mailsync.dnscheck.spf.lint import SpfReport

SCHEMA_VERSION = 1

Json = Mapping[str, Any]


def render(report: DomainReport, language: Language = "ru", *, tool_version: str, trace: bool = False) -> str:
    """One line, no final line end; `trace` adds every question asked and the SPF terms in the order of evaluation."""
    return json.dumps(as_object(report, language, tool_version=tool_version, trace=trace), ensure_ascii=False)


def as_object(report: DomainReport, language: Language, *, tool_version: str, trace: bool) -> Json:
    """Null is "not known", an empty list "known to be empty"."""
    told: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tool_version,
        "checked_at": report.checked_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "domain": report.domain,
        "domain_unicode": report.domain_unicode,
        "resolvers": list(report.resolvers),
        "result": report.result,
        "status": report.result.upper(),
        "exit_code": report.result.exit_code,
        "counts": dict(report.counts),
        "findings": [_finding(finding, language) for finding in report.findings],
        "accepted": [
            {
                **_finding(finding, language),
                "reason": accepted.reason,
                "until": accepted.until.isoformat() if accepted.until else None,
            }
            for finding, accepted in report.accepted
        ],
        "spf": _spf(report.spf, trace=trace) if report.spf else None,
        "dkim": _dkim(report.dkim) if report.dkim else None,
        "signatures": _signatures(report.dkim),
        "dmarc": _dmarc(report.dmarc) if report.dmarc else None,
        "mx": None if report.mx is None else [_mx(mx.preference, mx.exchange) for mx in report.mx],
        "query_count": len(report.queries),
        "seconds": round(report.seconds, 3),
    }
    if trace:
        told["queries"] = [_query(query) for query in report.queries]
    return told


def _finding(finding: Finding, language: Language) -> Json:
    entry = finding.remedy.entry
    return {
        "id": finding.id,
        "severity": finding.severity,
        "name": finding.name,
        "seen": finding.seen,
        "why": finding.why.said(language),
        "remedy": finding.remedy.said(language),
        "remedy_record": _entry(entry, language) if entry else None,
        "reference": finding.reference,
    }


def _entry(entry: ZoneEntry, language: Language) -> Json:
    return {"where": entry.where(language), "type": entry.rdtype, "name": entry.name, "value": entry.value}


def _mx(preference: int, exchange: str) -> Json:
    return {"preference": preference, "exchange": exchange or "."}


def _spf(report: SpfReport, *, trace: bool) -> Json:
    results = {}
    for ip, result in report.results.items():
        told: dict[str, Any] = {"result": result.result, "reason": result.reason, "explanation": result.explanation}
        if trace:
            told["trace"] = [str(step) for step in result.trace]
        results[ip] = told
    return {
        "records": [text.decode("utf-8", "backslashreplace") for text in report.root.texts],
        "lookups": report.root.lookups,
        "void_lookups": len(report.root.voids),
        "results": results,
    }


def _dkim(report: DkimReport) -> list[Json]:
    return [_selector(selector) for selector in report.selectors]


def _selector(selector: SelectorReport) -> Json:
    texts = selector.answer.texts if isinstance(selector.answer, Records) else ()
    checked = selector.key
    return {
        "selector": selector.selector,
        "name": selector.name,
        "outcome": str(selector.answer),
        "records": [text.decode("utf-8", "backslashreplace") for text in texts],
        "aliases": list(getattr(selector.answer, "aliases", ())),
        "key_type": checked.record.key_type if checked else None,
        "key_bits": checked.key.bits if checked and checked.key else None,
        "testing": checked.record.testing if checked else None,
    }


def _signatures(report: DkimReport | None) -> list[Json] | None:
    """Null where no letter was given; empty for a letter without signatures."""
    if report is None or report.signatures is None:
        return None
    return [
        {
            "domain": signature.domain,
            "selector": signature.selector,
            "result": signature.result,
            "reason": signature.reason,
            "detail": signature.detail,
        }
        for signature in report.signatures
    ]


def _dmarc(discovery: Discovery) -> Json:
    return {
        "records": list(discovery.walk.steps[0].texts),
        "aliases": list(getattr(discovery.walk.steps[0].outcome, "aliases", ())),
        "applied_record": discovery.record.text if discovery.record else None,
        "applied_domain": discovery.found.domain if discovery.found else None,
        "organizational_domain": discovery.walk.organizational_domain,
        "policy": discovery.policy,
        "tags": _tags(discovery.record) if discovery.record else None,
    }


def _tags(record: Record) -> Json:
    """As they apply, defaults filled in; a policy that inherits another is null."""
    return {
        "p": record.policy,
        "sp": record.subdomain_policy,
        "np": record.nonexistent_policy,
        "psd": record.psd,
        "t": "y" if record.testing else "n",
        "adkim": record.adkim,
        "aspf": record.aspf,
        "rua": [uri.uri for uri in record.rua],
        "ruf": [uri.uri for uri in record.ruf],
        "fo": ":".join(record.fo),
    }


def _query(query: Query) -> Json:
    return {
        "name": query.name,
        "type": query.rdtype,
        "server": query.server,
        "outcome": str(query.outcome),
        "seconds": round(query.seconds, 4),
    }
