"""What is wrong with where an SPF record leads: its lookups, its includes and redirects, the `all` that decides."""

from __future__ import annotations

from collections.abc import Iterator

from mailsync.dnscheck.finding import Finding, Severity, Text, advice
from mailsync.dnscheck.lookup import Failure
from mailsync.dnscheck.spf import terms
from mailsync.dnscheck.spf.mend import corrected, lacks_provider, mended
from mailsync.dnscheck.spf.published import Published, is_all, without
from mailsync.dnscheck.spf.rules_references import reference_findings
from mailsync.dnscheck.spf.survey import SurveyedRecord
from mailsync.dnscheck.unanswered import unanswered

_MOST_LOOKUPS = 10
_NEAR = 8
_MOST_VOIDS = 2
_MOST_MX = 10


def path_findings(published: Published) -> list[Finding]:
    """The rules that follow includes and redirects."""
    return [
        *_lookups(published),
        *_voids(published),
        *reference_findings(published),
        *_mx_many(published),
        *_everyone(published),
        *_all(published),
        *_provider(published),
        *_unanswered(published),
    ]


def costs(record: SurveyedRecord) -> str:
    """The terms that need lookups and how many each takes, those below it included."""
    return ", ".join(f"{term.term} = {term.lookups}" for term in record.terms if term.lookups)


def _lookups(published: Published) -> Iterator[Finding]:
    total = published.root.lookups
    if total < _NEAR:
        return
    over = total > _MOST_LOOKUPS
    dearest = max(published.root.terms, key=lambda term: term.lookups)
    yield published.finding(
        "spf.lookups-over" if over else "spf.lookups-near",
        Severity.CRITICAL if over else Severity.WARNING,
        f"{total}: {costs(published.root)}",
        Text(
            ru=f"Проверка требует {total} запросов из десяти разрешённых"
            + (": получатели ответят permerror, SPF не действует." if over else ", запас почти исчерпан."),
            en=f"The evaluation takes {total} of the ten lookups allowed"
            + (": receivers answer permerror, SPF has no effect." if over else ", hardly any are left."),
        ),
        advice(
            f"Больше всех тратит `{dearest.term}` ({dearest.lookups}): уберите лишнее или замените на ip4: с адресами.",
            f"`{dearest.term}` takes most ({dearest.lookups}): drop what nobody needs, or name addresses by ip4:.",
        ),
        "4.6.4",
    )


def _voids(published: Published) -> Iterator[Finding]:
    voids = published.root.voids
    if not voids:
        return
    over = len(voids) > _MOST_VOIDS
    shown = " ".join(str(term.term) for term in voids)
    own = [term.term for term in voids if term in published.root.terms]
    yield published.finding(
        "spf.void-over" if over else "spf.void",
        Severity.CRITICAL if over else Severity.WARNING,
        shown,
        Text(
            ru=f"Ничего не находят ни для IPv4, ни для IPv6: `{shown}`."
            + (
                " Больше двух таких, и получатели отвечают permerror."
                if over
                else " Больше двух таких было бы ошибкой."
            ),
            en=f"These find nothing, neither for IPv4 nor for IPv6: `{shown}`."
            + (" More than two, and receivers answer permerror." if over else " More than two would be an error."),
        ),
        published.enter(
            without(mended(published), lambda term: term in own),
            "Уберите или исправьте эти имена.",
            "Remove these names or correct them.",
        )
        if own
        else advice("Сообщите владельцу записи, где они стоят.", "Tell the owner of the record in which they stand."),
        "4.6.4",
    )


def _mx_many(published: Published) -> Iterator[Finding]:
    for record in published.root.reachable():
        for term in record.terms:
            if term.exchanges > _MOST_MX:
                yield published.finding(
                    "spf.mx-many",
                    Severity.CRITICAL,
                    f"{record.domain}: {term.term}, {term.exchanges} MX",
                    Text(
                        ru=f"У `{term.term}` {term.exchanges} MX, разрешено десять: получатели ответят permerror.",
                        en=f"`{term.term}` has {term.exchanges} MX, ten are allowed: receivers answer permerror.",
                    ),
                    advice("Замените mx на ip4: с адресами.", "Replace mx by ip4: with addresses."),
                    "4.6.4",
                )


def _everyone(published: Published) -> Iterator[Finding]:
    """`+all` in the record itself, in one it redirects to, or in an included one."""
    for record in published.root.reachable():
        everyone = [term.term for term in record.terms if is_all(term.term) and term.reached]
        if not any(isinstance(term, terms.Directive) and term.qualifier == "+" for term in everyone):
            continue
        own = record is published.root
        yield published.finding(
            "spf.pass-all",
            Severity.CRITICAL,
            f"{record.domain}: {record.shown}",
            Text(
                ru="+all разрешает отправлять от имени домена кому угодно.",
                en="+all lets anyone send as the domain.",
            ),
            corrected(published, "Замените на ~all.", "Replace it by ~all.")
            if own
            else advice(f"Уберите ссылку на {record.domain}.", f"Remove the reference to {record.domain}."),
            "5.1",
        )


def _all(published: Published) -> Iterator[Finding]:
    """How the record that decides treats those whom nothing matched."""
    record = published.root.deciding()
    if record.record is None or any(isinstance(term.term, terms.Redirect) and term.reached for term in record.terms):
        return
    last = next((term for term in record.record.directives if is_all(term)), None)
    if last is None or last.qualifier == "?":
        yield published.finding(
            "spf.neutral",
            Severity.WARNING,
            f"{record.domain}: {record.shown}",
            Text(
                ru="О чужих отправителях запись не говорит ничего: подделки не отличить.",
                en="The record says nothing about other senders: forgeries cannot be told.",
            ),
            corrected(published, "Закончите запись на ~all.", "End the record with ~all.")
            if record is published.root
            else advice(f"Так решает запись {record.domain}.", f"That is what the record of {record.domain} says."),
            "4.7",
        )
    elif last.qualifier == "~":
        yield published.finding(
            "spf.softfail",
            Severity.INFO,
            f"{record.domain}: {last}",
            Text(
                ru="~all не ошибка: вместе с DMARC пересланные письма не отвергаются раньше времени.",
                en="~all is no fault: with DMARC it keeps forwarded letters from being refused too early.",
            ),
            advice("Оставьте как есть.", "Leave it as it is."),
            "8.5",
        )


def _provider(published: Published) -> Iterator[Finding]:
    provider = published.provider
    if not lacks_provider(published):
        return
    yield published.finding(
        "spf.provider",
        Severity.CRITICAL,
        published.root.shown,
        Text(
            ru=f"Запись не разрешает серверы провайдера ({provider}): его письма не пройдут SPF.",
            en=f"The record does not allow the provider's servers ({provider}): what they send fails SPF.",
        ),
        corrected(published, f"Добавьте {provider}.", f"Add {provider}."),
        "5.2",
    )


def _unanswered(published: Published) -> Iterator[Finding]:
    for record in published.root.reachable():
        if isinstance(record.answer, Failure):
            yield unanswered("spf", record.domain, "TXT", record.answer)
        for term in record.terms:
            for name, rdtype, failure in term.failures:
                yield unanswered("spf", name, rdtype, failure)
