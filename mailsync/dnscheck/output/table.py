"""The report for people: a coloured table of what was found, then what to do about it, records to copy unbroken."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text as Styled

from mailsync.dnscheck.finding import Finding, Language
from mailsync.dnscheck.output.visible import visible
from mailsync.dnscheck.recording import Query
from mailsync.dnscheck.report import DomainReport

_STYLES = {"critical": "bold red", "unknown": "magenta", "warning": "yellow", "info": "cyan", "ok": "bold green"}
_WORDS: dict[Language, dict[str, str]] = {
    "ru": {
        "critical": "критично",
        "unknown": "неизвестно",
        "warning": "внимание",
        "info": "к сведению",
        "ok": "в порядке",
        "severity": "важность",
        "finding": "находка",
        "why": "что это значит",
        "seen": "сейчас",
        "todo": "Что сделать",
        "accepted": "Принято до",
        "forever": "без срока",
        "took": "запросов: {queries}, {seconds:.1f} с",
    },
    "en": {
        "critical": "critical",
        "unknown": "unknown",
        "warning": "warning",
        "info": "info",
        "ok": "ok",
        "severity": "severity",
        "finding": "finding",
        "why": "what it means",
        "seen": "now",
        "todo": "What to do",
        "accepted": "Accepted until",
        "forever": "no end",
        "took": "{queries} queries, {seconds:.1f} s",
    },
}


def render(
    reports: Sequence[DomainReport], console: Console, language: Language = "ru", *, trace: bool = False
) -> None:
    """Print each report; `trace` adds the SPF terms in the order of evaluation and every question that was asked."""
    for report in reports:
        _heading(report, console, language)
        if report.findings:
            console.print(_table(report, language))
            _remedies(report, console, language)
        _accepted(report, console, language)
        if trace:
            _trace(report, console)
        console.print()


def _heading(report: DomainReport, console: Console, language: Language) -> None:
    words = _WORDS[language]
    name = report.domain_unicode
    if name != report.domain:
        name = f"{name} ({report.domain})"
    took = words["took"].format(queries=len(report.queries), seconds=report.seconds)
    verdict = words[report.result]
    console.print(f"[bold]{escape(name)}[/]: [{_STYLES[report.result]}]{verdict}[/] [dim]({took})[/]")


def _table(report: DomainReport, language: Language) -> Table:
    words = _WORDS[language]
    table = Table(show_lines=True, expand=True)
    table.add_column(words["severity"], no_wrap=True)
    table.add_column(words["finding"], ratio=2, overflow="fold")
    table.add_column(words["why"], ratio=3, overflow="fold")
    for finding in report.findings:
        about = Styled.assemble((finding.id, "bold"), "\n", visible(finding.name))
        seen = f"{words['seen']}: {visible(finding.seen)}"
        why = Styled.assemble(visible(finding.why.said(language)), "\n", (seen, "dim"))
        why.append(f"\n{finding.reference}", "dim italic")
        table.add_row(Styled(words[finding.severity], _STYLES[finding.severity]), about, why)
    return table


def _remedies(report: DomainReport, console: Console, language: Language) -> None:
    """Outside the table and not wrapped: a record that is copied must not contain our line ends."""
    console.print(f"[bold]{_WORDS[language]['todo']}[/]")
    for number, finding in enumerate(report.findings, 1):
        _remedy(number, finding, console, language)


def _remedy(number: int, finding: Finding, console: Console, language: Language) -> None:
    said = visible(finding.remedy.text.said(language))
    console.print(f"{number}. [bold]{escape(finding.id)}[/] {escape(said)}", soft_wrap=True)
    if finding.remedy.entry:
        console.print(f"   [green]{escape(visible(finding.remedy.entry.said(language)))}[/]", soft_wrap=True)


def _accepted(report: DomainReport, console: Console, language: Language) -> None:
    words = _WORDS[language]
    for finding, accepted in report.accepted:
        until = accepted.until.isoformat() if accepted.until else words["forever"]
        console.print(f"[dim]{escape(finding.id)}: {words['accepted']} {until}: {escape(accepted.reason)}[/]")


def _trace(report: DomainReport, console: Console) -> None:
    if report.spf is not None:
        for ip, result in report.spf.results.items():
            console.print(f"[bold]SPF {escape(ip)}[/]: {escape(str(result.result))}", soft_wrap=True)
            for step in result.trace:
                console.print(f"  {escape(visible(str(step)))}", soft_wrap=True)
    for query in report.queries:
        console.print(f"[dim]{escape(visible(told(query)))}[/]", soft_wrap=True)


def told(query: Query) -> str:
    """One question as a line: name, type, outcome, milliseconds."""
    asked = f" @{query.server}" if query.server else ""
    return f"{query.name} {query.rdtype}{asked}: {query.outcome} ({query.seconds * 1000:.0f} ms)"
