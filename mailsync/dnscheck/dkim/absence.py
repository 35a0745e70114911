"""Why there is no key at a selector that should have one: not there, elsewhere, or a wildcard that answers anything."""

from __future__ import annotations

from mailsync.dnscheck.dkim.key import looks_like_key
from mailsync.dnscheck.dkim.published import KEY_FROM_PROVIDER, PublishedKey, key_name
from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Records, Resolver, ask, readable


async def missing(published: PublishedKey, resolver: Resolver, provider: str | None) -> Finding:
    """`dkim.missing`, told where the key was put instead, if it was."""
    elsewhere = await _elsewhere(published, resolver)
    why = Text(
        ru="Ключа нет: подпись писем никто не проверит, DMARC останется без DKIM, письма чаще попадают в спам.",
        en="There is no key: nobody can verify signatures, DMARC is left without DKIM, letters are junked more often.",
    )
    if elsewhere is None:
        remedy = _ask_provider(published, provider)
        return published.finding("dkim.missing", Severity.CRITICAL, why, remedy, "RFC 6376, 3.6.2.1")
    name, text = elsewhere
    remedy = published.enter(
        readable(text),
        f"Ключ стоит не на месте, на {name}: перенесите его.",
        f"The key is in the wrong place, at {name}: move it.",
    )
    return Finding(
        "dkim.missing",
        Severity.CRITICAL,
        published.name,
        f"{published.seen}; {name}: {readable(text)}",
        why,
        remedy,
        "RFC 6376, 3.6.2.1",
    )


def _ask_provider(published: PublishedKey, provider: str | None) -> Remedy:
    ru, en = (f"у {provider}", provider) if provider else ("у почтового провайдера", "the mail provider")
    return published.enter(
        KEY_FROM_PROVIDER,
        f"Значение возьмите {ru} в разделе почты; если DKIM там не включается, напишите в поддержку.",
        f"Take the value from {en}, mail section; if DKIM cannot be turned on there, write to the support.",
    )


async def _elsewhere(published: PublishedKey, resolver: Resolver) -> tuple[str, bytes] | None:
    """A key at the doubled name that panels make of a full one, at the selector alone, or at the domain itself."""
    domain = published.subject.domain
    for name in (f"{published.name}.{domain}", f"{published.selector}.{domain}", domain):
        answer = await ask(resolver, name, "TXT")
        found = [text for text in answer.texts if looks_like_key(text)] if isinstance(answer, Records) else []
        if found:
            return name, found[0]
    return None


async def wildcard(published: PublishedKey, resolver: Resolver, probe: str) -> Finding | None:
    """`dkim.wildcard` if the made-up selector `probe` has the same texts (RFC 4592)."""
    answer = await ask(resolver, key_name(published.subject, probe), "TXT")
    if not isinstance(answer, Records) or set(answer.texts) != set(published.texts):
        return None
    return published.finding(
        "dkim.wildcard",
        Severity.CRITICAL,
        Text(
            ru="То же самое отвечает любой придуманный селектор: это запись-шаблон (*), а не ключ.",
            en="Any made-up selector gives the same: this is a wildcard record (*), not a key.",
        ),
        published.enter(
            KEY_FROM_PROVIDER,
            "Уберите запись со звёздочкой или добавьте настоящий ключ на имя селектора.",
            "Remove the wildcard record, or add the real key at the selector's name.",
        ),
        "RFC 4592, 2.2",
    )
