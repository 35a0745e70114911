"""What is wrong with a DMARC record that receivers do see. Pure: a record in, findings out (RFC 9989, 4.7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mailsync.dnscheck.dmarc.record import Mode, Policy, Record, ReportUri
from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.subject import Subject

PATIENCE = timedelta(days=30)
"""How long `p=none` is a sensible start; after that the reports have told what they can tell."""


@dataclass(frozen=True, slots=True)
class Published:
    """A record where it stands: `name` is `_dmarc.<policy domain>`; `organizational` is False below that domain."""

    subject: Subject
    name: str
    record: Record
    organizational: bool = True

    @property
    def mended(self) -> Record:
        """The record without what is simply wrong; what each remedy starts from, so that entering it undoes no other.

        A valid policy, an address for reports, and nothing that RFC 9989 took away; `pct=0` is `t=y` there (A.6).
        """
        record = self.record
        reports = record.rua or (ReportUri(f"mailto:dmarc@{self.subject.domain}"),)
        return replace(
            record,
            policy=record.policy or Policy.NONE,
            testing=record.testing or dict(record.removed).get("pct") == "0",
            rua=tuple(ReportUri(uri.uri) for uri in reports),
            ruf=tuple(ReportUri(uri.uri) for uri in record.ruf),
        )

    def finding(self, identifier: str, severity: Severity, why: Text, remedy: Remedy, section: str) -> Finding:
        return Finding(identifier, severity, self.name, self.record.text, why, remedy, f"RFC 9989, {section}")

    def enter(self, record: Record, ru: str, en: str) -> Remedy:
        return Remedy(Text(ru, en), self.subject.entry(self.name, "TXT", str(record)))


def findings(published: Published, today: date, first_seen: date | None = None) -> list[Finding]:
    """Every rule applied. `first_seen` is the day on which `p=none` was first met, None where nobody remembers."""
    return [
        *_syntax(published),
        *_policy_invalid(published),
        *_none(published, today, first_seen),
        *_subdomains(published),
        *_testing(published),
        *_removed_tags(published),
        *_no_reports(published),
        *_strict(published),
    ]


def _syntax(published: Published) -> Iterator[Finding]:
    record = published.record
    for defect in record.defects:
        if defect.tag in {"p", "sp", "np"}:
            continue
        shown = f"{defect.tag}={defect.text}" if defect.tag else defect.text or ";;"
        harmless = bool(defect.tag) or not defect.text
        yield published.finding(
            "dmarc.syntax",
            Severity.WARNING if harmless else Severity.CRITICAL,
            Text(
                ru=f"Ошибка в записи, получатели пропустят это место: `{shown}`.",
                en=f"A mistake in the record, receivers will skip it: `{shown}` ({defect.problem}).",
            ),
            published.enter(
                published.mended, "Замените запись исправленной.", "Replace the record by the corrected one."
            ),
            "4.8",
        )


def _policy_invalid(published: Published) -> Iterator[Finding]:
    record = published.record
    if record.policies_valid:
        return
    wrong = ", ".join(f"{defect.tag}={defect.text}" for defect in record.invalid_policies)
    if record.reports_somewhere:
        severity = Severity.WARNING
        effect = Text(ru="получатели действуют как при p=none", en="receivers act as if it were p=none")
    else:
        severity = Severity.CRITICAL
        effect = Text(ru="получатели не применяют DMARC вовсе", en="receivers do not apply DMARC at all")
    yield published.finding(
        "dmarc.policy-invalid",
        severity,
        Text(
            ru=f"{f'Недопустимая политика ({wrong})' if wrong else 'Нет тега p'}: {effect.ru}.",
            en=f"{f'A policy that is not valid ({wrong})' if wrong else 'There is no tag p'}: {effect.en}.",
        ),
        published.enter(
            published.mended,
            "Допустимы только none, quarantine и reject.",
            "Only none, quarantine and reject are allowed.",
        ),
        "4.10.1",
    )


def _none(published: Published, today: date, first_seen: date | None) -> Iterator[Finding]:
    record = published.record
    if record.policy is not Policy.NONE:
        return
    late = first_seen is not None and today - first_seen > PATIENCE
    yield published.finding(
        "dmarc.none",
        Severity.WARNING if late else Severity.INFO,
        Text(
            ru="p=none только собирает отчёты: подделанные письма с адресом домена доставляются.",
            en="p=none collects reports only: forged letters from the domain are delivered.",
        ),
        published.enter(
            replace(published.mended, policy=Policy.QUARANTINE, testing=True),
            "Когда отчёты чисты, усиливайте по шагам: quarantine с t=y, затем quarantine, затем reject.",
            "Once the reports are clean go on step by step: quarantine with t=y, then quarantine, then reject.",
        ),
        "5.1.7",
    )


def _subdomains(published: Published) -> Iterator[Finding]:
    record = published.record
    if not (published.organizational and record.policy and record.policies_valid):
        return
    existing = record.subdomain_policy or record.policy
    missing = record.nonexistent_policy or existing
    if existing.strength < record.policy.strength:
        yield published.finding(
            "dmarc.sp-weak",
            Severity.WARNING,
            Text(
                ru=f"Поддомены защищены слабее домена: sp={existing} при p={record.policy}.",
                en=f"Subdomains are protected less than the domain: sp={existing} with p={record.policy}.",
            ),
            published.enter(replace(published.mended, subdomain_policy=None), "Уберите sp.", "Take sp away."),
            "4.7",
        )
    if missing.strength < record.policy.strength:
        yield published.finding(
            "dmarc.np-weak",
            Severity.WARNING,
            Text(
                ru=f"Несуществующие поддомены защищены слабее: для них действует {missing}, а p={record.policy}.",
                en=f"Subdomains that do not exist are protected less: {missing} applies, with p={record.policy}.",
            ),
            published.enter(
                replace(published.mended, nonexistent_policy=Policy.REJECT),
                "С несуществующих имён никто не пишет: np=reject безопасен.",
                "Nobody sends from names that do not exist: np=reject is safe.",
            ),
            "4.7",
        )


def _testing(published: Published) -> Iterator[Finding]:
    record = published.record
    if not record.testing:
        return
    yield published.finding(
        "dmarc.test",
        Severity.INFO,
        Text(
            ru="t=y: получатели применяют политику на ступень слабее объявленной.",
            en="t=y: receivers apply a policy one step weaker than the one published.",
        ),
        published.enter(
            replace(published.mended, testing=False),
            "Когда отчёты чисты, уберите t=y.",
            "Take t=y away once the reports are clean.",
        ),
        "4.7",
    )


def _removed_tags(published: Published) -> Iterator[Finding]:
    record = published.record
    tags = [f"{name}={value}" for name, value in record.removed]
    sizes = [str(uri) for uri in (*record.rua, *record.ruf) if uri.size]
    if not tags and not sizes:
        return
    percentage = dict(record.removed).get("pct", "100")
    partial = percentage.isdigit() and int(percentage) < 100
    advice = Text(
        ru="pct больше не действует: вместо pct=0 пишут t=y, прочие доли просто убирают." if partial else "Уберите их.",
        en="pct has no effect any more: t=y stands for pct=0, other shares are dropped."
        if partial
        else "Take them away.",
    )
    yield published.finding(
        "dmarc.removed-tag",
        Severity.WARNING if partial else Severity.INFO,
        Text(
            ru=f"Отменено в RFC 9989, понимают только старые получатели: {', '.join([*tags, *sizes])}.",
            en=f"Removed by RFC 9989, only old receivers obey: {', '.join([*tags, *sizes])}.",
        ),
        published.enter(published.mended, advice.ru, advice.en),
        "A.6",
    )


def _no_reports(published: Published) -> Iterator[Finding]:
    record = published.record
    if record.rua:
        return
    reports_to = f"dmarc@{published.subject.domain}"
    yield published.finding(
        "dmarc.no-rua",
        Severity.WARNING,
        Text(
            ru="Отчётов никто не пришлёт: не видно ни подделок, ни собственных писем, которые не проходят проверку.",
            en="Nobody will send reports: neither forgeries nor letters of our own that fail can be seen.",
        ),
        published.enter(
            published.mended,
            f"Заведите ящик {reports_to} и добавьте rua.",
            f"Open a mailbox {reports_to} and add rua.",
        ),
        "5.1.3",
    )


def _strict(published: Published) -> Iterator[Finding]:
    record = published.record
    strict = [tag for tag, mode in (("adkim", record.adkim), ("aspf", record.aspf)) if mode is Mode.STRICT]
    if not strict:
        return
    tags = " ".join(f"{tag}=s" for tag in strict)
    yield published.finding(
        "dmarc.strict",
        Severity.INFO,
        Text(
            ru=f"{tags}: домен подписи или отправителя должен совпадать с From точно, поддомены не засчитываются.",
            en=f"{tags}: the signing or sending domain has to equal From exactly, subdomains do not count.",
        ),
        published.enter(
            replace(published.mended, adkim=Mode.RELAXED, aspf=Mode.RELAXED),
            "Если письма уходят и с поддоменов, оставьте r.",
            "Leave it at r if letters also leave from subdomains.",
        ),
        "4.4",
    )
