"""Where the domain's mail goes: MX, null MX, and the exchanges themselves (RFC 5321, 5.1; RFC 7505)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Failure, Lookup, Mx, Records, Resolver
from mailsync.dnscheck.profile import Profile
from mailsync.dnscheck.subject import Subject
from mailsync.dnscheck.unanswered import unanswered

_NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-f:]*:[0-9a-f:]*")


async def lint(subject: Subject, resolver: Resolver, profile: Profile) -> tuple[tuple[Mx, ...] | None, list[Finding]]:
    """The exchanges, best first (None: nobody answered), and the findings of the group `mx`."""
    outcome = await resolver.lookup(subject.domain, "MX")
    if isinstance(outcome, Failure):
        return None, [unanswered("mx", subject.domain, "MX", outcome)]
    exchanges = outcome.exchanges if isinstance(outcome, Records) else ()
    named = [mx for mx in exchanges if mx.exchange]
    found = [*_present(subject, outcome, exchanges, profile), *_expected(subject, named, profile)]
    each = await asyncio.gather(*(_exchange(subject, mx, resolver) for mx in named))
    return exchanges, [*found, *(finding for findings in each for finding in findings)]


def listed(exchanges: Iterable[Mx]) -> str:
    """MX values as they stand in a zone."""
    return ", ".join(str(mx) for mx in exchanges)


def _remedy(subject: Subject, profile: Profile, named: Iterable[Mx], ru: str, en: str) -> Remedy:
    """All exchanges that the profile expects; the entry is the best of those that are not there yet."""
    if not profile.mx:
        return Remedy(Text(ru, en))
    missing = [mx for mx in profile.mx if mx not in set(named)]
    entry = subject.entry(subject.domain, "MX", str(missing[0])) if missing else None
    every = ", ".join(f"`{mx}`" for mx in profile.mx)
    return Remedy(Text(f"{ru} Все MX: {every}; других быть не должно.", f"{en} All MX: {every}; no others."), entry)


def _present(subject: Subject, outcome: Lookup, exchanges: tuple[Mx, ...], profile: Profile) -> list[Finding]:
    """No MX, a null MX alone, a null MX among others."""
    null = any(not mx.exchange for mx in exchanges)
    if not exchanges:
        identifier, reference = "mx.missing", "RFC 5321, 5.1"
        why = Text(
            ru="У домена нет MX: письма заказчиков не приходят или зависят от адреса сайта.",
            en="The domain has no MX: customers' letters do not arrive or depend on the web site's address.",
        )
        remedy = _remedy(subject, profile, (), "Добавьте MX почтового хостинга.", "Add the MX of the mail provider.")
    elif null and len(exchanges) == 1:
        identifier, reference = "mx.null", "RFC 7505, 3"
        why = Text(
            ru="Нулевой MX объявляет, что домен не принимает почту: отправители получают отказ.",
            en="The null MX says that the domain takes no mail: senders are refused.",
        )
        remedy = _remedy(subject, profile, (), "Замените его на MX хостинга.", "Replace it by the provider's MX.")
    elif null:
        identifier, reference = "mx.null-mixed", "RFC 7505, 3"
        why = Text(
            ru="Нулевой MX стоит рядом с другими: часть отправителей откажется доставлять.",
            en="A null MX stands beside others: some senders will refuse to deliver.",
        )
        remedy = Remedy(Text(ru="Удалите запись `0 .`.", en="Delete the record `0 .`."))
    else:
        return []
    seen = listed(exchanges) or f"MX: {outcome}"
    return [Finding(identifier, Severity.CRITICAL, subject.domain, seen, why, remedy, reference)]


def _expected(subject: Subject, named: list[Mx], profile: Profile) -> list[Finding]:
    if not profile.mx or not named or set(named) == set(profile.mx):
        return []
    ours = {mx.exchange for mx in profile.mx} & {mx.exchange for mx in named}
    return [
        Finding(
            id="mx.profile",
            severity=Severity.WARNING if ours else Severity.CRITICAL,
            name=subject.domain,
            seen=listed(named),
            why=Text(
                ru="MX не те, что ждёт почтовый хостинг." if ours else "Почта уходит мимо почтового хостинга.",
                en="The MX are not those that the provider asks for." if ours else "Mail goes past the provider.",
            ),
            remedy=_remedy(subject, profile, named, "Приведите MX к ожидаемым.", "Make the MX those expected."),
            reference=f"profile {profile.name}",
        )
    ]


async def _exchange(subject: Subject, mx: Mx, resolver: Resolver) -> list[Finding]:
    if _NUMBER.fullmatch(mx.exchange):
        return [_ip_literal(subject, mx)]
    ipv4, ipv6 = await asyncio.gather(resolver.lookup(mx.exchange, "A"), resolver.lookup(mx.exchange, "AAAA"))
    found = []
    if not isinstance(ipv4, Failure) and ipv4.aliases:
        found.append(_alias(subject, mx, ipv4.aliases[-1]))
    if isinstance(ipv4, Records) or isinstance(ipv6, Records):
        return found
    for rdtype, outcome in (("A", ipv4), ("AAAA", ipv6)):
        if isinstance(outcome, Failure):
            return [*found, unanswered("mx", mx.exchange, rdtype, outcome)]
    return [*found, _no_address(subject, mx, ipv4)]


def _ip_literal(subject: Subject, mx: Mx) -> Finding:
    return Finding(
        id="mx.ip-literal",
        severity=Severity.CRITICAL,
        name=subject.domain,
        seen=str(mx),
        why=Text(
            ru="MX должен называть сервер по имени; адрес из чисел отправители не поймут.",
            en="An MX has to name the server; senders do not understand a number there.",
        ),
        remedy=Remedy(Text(ru="Впишите имя почтового сервера.", en="Enter the name of the mail server.")),
        reference="RFC 5321, 5.1",
    )


def _alias(subject: Subject, mx: Mx, target: str) -> Finding:
    return Finding(
        id="mx.cname",
        severity=Severity.WARNING,
        name=subject.domain,
        seen=f"{mx} CNAME {target}.",
        why=Text(
            ru=f"MX {mx.exchange} — псевдоним (CNAME) для {target}; часть отправителей так не доставляет.",
            en=f"The MX {mx.exchange} is an alias (CNAME) of {target}; some senders do not deliver to it.",
        ),
        remedy=Remedy(
            Text(ru="Укажите сам сервер.", en="Name the server itself."),
            subject.entry(subject.domain, "MX", str(Mx(mx.preference, target))),
        ),
        reference="RFC 2181, 10.3",
    )


def _no_address(subject: Subject, mx: Mx, outcome: Lookup) -> Finding:
    return Finding(
        id="mx.no-address",
        severity=Severity.CRITICAL,
        name=mx.exchange,
        seen=f"{mx} A, AAAA: {outcome}",
        why=Text(
            ru=f"У сервера {mx.exchange} нет адреса: доставить на него нельзя.",
            en=f"The server {mx.exchange} has no address: nothing can be delivered to it.",
        ),
        remedy=Remedy(
            Text(
                ru=f"Исправьте имя в MX домена {subject.domain} или удалите эту запись.",
                en=f"Correct the name in the MX of {subject.domain}, or delete that record.",
            )
        ),
        reference="RFC 5321, 5.1",
    )
