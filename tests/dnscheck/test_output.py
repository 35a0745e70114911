"""The three forms of a report, over the same two domains."""

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from rich.console import Console

from mailsync.dnscheck.finding import Finding, Language, Panel, Remedy, Severity, Text, ZoneEntry
from mailsync.dnscheck.lookup import Mx, NxDomain
from mailsync.dnscheck.output import json_lines, nagios, table
from mailsync.dnscheck.recording import Query
from mailsync.dnscheck.report import CheckResult, DomainReport, in_order, worst_of
from mailsync.dnscheck.settings import AcceptedFinding

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MISSING = Finding(
    id="dmarc.missing",
    severity=Severity.CRITICAL,
    name="_dmarc.xn--80aqflsg.xn--p1ai",
    seen="TXT: NXDOMAIN",
    why=Text("Политики DMARC нет.", "There is no DMARC policy."),
    remedy=Remedy(
        Text("Добавьте запись.", "Add the record."),
        ZoneEntry("xn--80aqflsg.xn--p1ai", "_dmarc", "TXT", "v=DMARC1; p=none; rua=mailto:dmarc@xn--80aqflsg.xn--p1ai"),
    ),
    reference="RFC 9989, 4.10",
)
PIPE = Finding(
    id="spf.syntax",
    severity=Severity.WARNING,
    name="xn--80aqflsg.xn--p1ai",
    seen="v=spf1 |",
    why=Text("Ошибка: |\nтут.", "A fault: |\nhere."),
    remedy=Remedy(Text("Исправьте.", "Correct it.")),
    reference="RFC 7208, 4.6",
)
ABSENT = replace(PIPE, id="mtasts.absent", severity=Severity.INFO)
REPORT = DomainReport(
    domain="xn--80aqflsg.xn--p1ai",
    checked_at=NOW,
    findings=in_order([ABSENT, PIPE, MISSING]),
    accepted=((PIPE, AcceptedFinding("spf.syntax", "until the move", date(2026, 12, 31))),),
    mx=(Mx(10, "mx1.beget.com"),),
    resolvers=("192.0.2.53",),
    queries=(Query("_dmarc.xn--80aqflsg.xn--p1ai", "TXT", NxDomain(), 0.0123),),
    seconds=1.84,
)
FINE = DomainReport(domain="shop.test", checked_at=NOW, findings=(), mx=(), seconds=0.5)


def told(report: DomainReport, language: Language = "ru", *, trace: bool = False) -> dict[str, Any]:
    line = json_lines.render(report, language, tool_version="0.1.0", trace=trace)
    assert "\n" not in line
    loaded: dict[str, Any] = json.loads(line)
    return loaded


def test_json_names_what_was_checked_and_the_verdict() -> None:
    report = told(REPORT)
    assert {
        key: report[key] for key in ("schema_version", "tool_version", "checked_at", "domain", "domain_unicode")
    } == {
        "schema_version": 1,
        "tool_version": "0.1.0",
        "checked_at": "2026-11-23T12:00:00Z",
        "domain": "xn--80aqflsg.xn--p1ai",
        "domain_unicode": "станки.рф",
    }
    assert (report["result"], report["status"], report["exit_code"]) == ("critical", "CRITICAL", 2)
    assert report["counts"] == {"critical": 1, "unknown": 0, "warning": 1, "info": 1}
    assert report["resolvers"] == ["192.0.2.53"]


def test_a_finding_in_json_carries_the_record_as_words_and_as_fields() -> None:
    assert told(REPORT)["findings"][0] == {
        "id": "dmarc.missing",
        "severity": "critical",
        "name": "_dmarc.xn--80aqflsg.xn--p1ai",
        "seen": "TXT: NXDOMAIN",
        "why": "Политики DMARC нет.",
        "remedy": (
            "Добавьте запись. RU-CENTER, DNS-хостинг, зона xn--80aqflsg.xn--p1ai: TXT, имя `_dmarc`: "
            "`v=DMARC1; p=none; rua=mailto:dmarc@xn--80aqflsg.xn--p1ai`; затем «Выгрузить зону»"
        ),
        "remedy_record": {
            "where": "RU-CENTER, DNS-хостинг, зона xn--80aqflsg.xn--p1ai",
            "type": "TXT",
            "name": "_dmarc",
            "value": "v=DMARC1; p=none; rua=mailto:dmarc@xn--80aqflsg.xn--p1ai",
        },
        "reference": "RFC 9989, 4.10",
    }
    assert told(REPORT)["findings"][1]["remedy_record"] is None


def test_json_speaks_english_where_asked() -> None:
    assert told(REPORT, "en")["findings"][0]["why"] == "There is no DMARC policy."


def test_json_tells_not_known_from_known_to_be_empty() -> None:
    assert (told(FINE)["mx"], told(FINE)["dmarc"], told(FINE)["findings"]) == ([], None, [])
    assert told(REPORT)["mx"] == [{"preference": 10, "exchange": "mx1.beget.com"}]


def test_json_lists_accepted_findings_apart_with_the_reason() -> None:
    (accepted,) = told(REPORT)["accepted"]
    assert (accepted["id"], accepted["reason"], accepted["until"]) == ("spf.syntax", "until the move", "2026-12-31")


def test_json_lists_questions_only_with_trace() -> None:
    assert "queries" not in told(REPORT)
    assert told(REPORT, trace=True)["queries"] == [
        {
            "name": "_dmarc.xn--80aqflsg.xn--p1ai",
            "type": "TXT",
            "server": None,
            "outcome": "NXDOMAIN",
            "seconds": 0.0123,
        }
    ]


def test_the_monitoring_line_says_the_verdict_first_and_figures_after_the_bar() -> None:
    first, *details = nagios.render([REPORT], "en").splitlines()
    assert first == (
        "MAILDNS CRITICAL - xn--80aqflsg.xn--p1ai: 1 critical, 1 warning: dmarc.missing spf.syntax"
        " | critical=1 warnings=1 unknown=0 queries=1 time=1.8s"
    )
    assert details[1] == "WARNING spf.syntax xn--80aqflsg.xn--p1ai: A fault: / here."


def test_the_monitoring_line_of_several_domains_has_the_worst_verdict() -> None:
    first = nagios.render([FINE, REPORT]).splitlines()[0]
    assert first.startswith("MAILDNS CRITICAL - shop.test: ok; xn--80aqflsg.xn--p1ai: 1 critical")
    assert "shop.test_critical=0" in first
    assert first.count("|") == 1


def test_all_is_well_in_one_line() -> None:
    assert nagios.render([FINE]) == ("MAILDNS OK - shop.test: ok | critical=0 warnings=0 unknown=0 queries=0 time=0.5s")


def shown(report: DomainReport, language: Language = "ru", width: int = 80, *, trace: bool = False) -> str:
    buffer = io.StringIO()
    table.render([report], Console(file=buffer, width=width, highlight=False), language, trace=trace)
    return buffer.getvalue()


def test_the_table_shows_the_record_to_enter_in_one_piece() -> None:
    assert (
        "   RU-CENTER, DNS-хостинг, зона xn--80aqflsg.xn--p1ai: TXT, имя `_dmarc`: "
        "`v=DMARC1; p=none; rua=mailto:dmarc@xn--80aqflsg.xn--p1ai`; затем «Выгрузить зону»\n"
    ) in shown(REPORT)


def test_the_table_shows_a_cyrillic_domain_both_ways() -> None:
    assert shown(REPORT).startswith("станки.рф (xn--80aqflsg.xn--p1ai): критично (запросов: 1, 1.8 с)\n")


def test_the_table_fits_a_narrow_terminal_and_speaks_english() -> None:
    text = shown(REPORT, "en", 60)
    assert "What to do" in text
    assert all(len(line) <= 60 for line in text.splitlines() if "│" in line)


def test_brackets_in_a_record_are_not_taken_for_markup() -> None:
    strange = replace(PIPE, remedy=Remedy(Text("[bold]x[/]", "x")), why=Text("[red]y", "y"), name="[z]")
    text = shown(replace(REPORT, findings=(strange,)))
    assert "[bold]x[/]" in text
    assert "[red]y" in text


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_record_cannot_command_the_terminal(language: Language) -> None:
    hostile = replace(
        PIPE, seen="v=spf1 \x1b[2J\x07\x9b31m", name="\x1b]0;owned\x07.test", why=Text("\x1b[1m", "\x1b[1m")
    )
    report = replace(REPORT, findings=(hostile,))
    for text in (shown(report, language), nagios.render([report], language)):
        assert not {"\x1b", "\x07", "\x9b"} & set(text)
    assert "\\x1b[2J" in shown(report, language)


def test_the_trace_lists_every_question() -> None:
    assert "_dmarc.xn--80aqflsg.xn--p1ai TXT: NXDOMAIN (12 ms)" in shown(REPORT, trace=True)


@pytest.mark.parametrize(
    ("severities", "result", "code"),
    [
        ([], "ok", 0),
        (["info"], "ok", 0),
        (["warning", "info"], "warning", 1),
        (["unknown", "warning"], "unknown", 3),
        (["warning", "unknown", "critical"], "critical", 2),
    ],
)
def test_the_worst_finding_decides(severities: list[str], result: str, code: int) -> None:
    found = in_order(replace(PIPE, severity=Severity(severity), name=severity) for severity in severities)
    verdict = replace(FINE, findings=found).result
    assert (verdict, verdict.exit_code) == (result, code)


def test_the_worst_domain_decides() -> None:
    assert worst_of([CheckResult.OK, CheckResult.UNKNOWN, CheckResult.WARNING]) is CheckResult.UNKNOWN
    assert worst_of([]) is CheckResult.OK


def test_findings_are_ordered_and_told_once() -> None:
    other = replace(MISSING, name="_dmarc.a.test")
    assert in_order([PIPE, MISSING, PIPE, other]) == (other, MISSING, PIPE)


def test_a_record_for_a_zone_of_others_does_not_name_our_panel() -> None:
    entry = ZoneEntry("collector.example", "x._report._dmarc", "TXT", "v=DMARC1;", Panel.OTHER)
    assert entry.said("ru") == "DNS-хостинг, зона collector.example: TXT, имя `x._report._dmarc`: `v=DMARC1;`"
