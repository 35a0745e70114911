"""What is wrong with the words of the domain's own SPF record. Pure: a surveyed record in, findings out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mailsync.dnscheck.finding import Finding, Severity, Text, advice
from mailsync.dnscheck.lookup import Records
from mailsync.dnscheck.spf import terms
from mailsync.dnscheck.spf.mend import corrected
from mailsync.dnscheck.spf.published import Published, is_all

_LONGEST_TEXT = 450  # RFC 7208, 3.4: with it the whole answer stays below 512 octets
_LONGEST_ANSWER = 512
_WIDEST = {4: 16, 6: 32}
_MECHANISM_NAMES = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "ipv4", "ipv6", "exists", "v"}


def own_findings(published: Published) -> list[Finding]:
    """The rules that need no more than the record's own text and the answer it came in."""
    return [
        *_after_all(published),
        *_redirect_ignored(published),
        *_ptr(published),
        *_duplicate_include(published),
        *_wide(published),
        *_unknown_modifier(published),
        *_size(published),
    ]


def _after_all(published: Published) -> Iterator[Finding]:
    late = [term.term for term in published.root.terms if not term.reached and isinstance(term.term, terms.Directive)]
    if not late:
        return
    shown = " ".join(map(str, late))
    yield published.finding(
        "spf.after-all",
        Severity.WARNING,
        shown,
        Text(
            ru=f"После all ничего не проверяется: `{shown}` не действует.",
            en=f"Nothing is evaluated after all: `{shown}` has no effect.",
        ),
        corrected(published, "Перенесите их перед all.", "Move them before all."),
        "5.1",
    )


def _redirect_ignored(published: Published) -> Iterator[Finding]:
    redirect = published.record.redirect
    if not redirect or not any(is_all(term) for term in published.record.terms):
        return
    target = redirect.domain.fixed
    needed = published.provider is not None and target == published.provider
    others = [term for term in published.record.directives if str(term.mechanism) == f"include:{published.provider}"]
    yield published.finding(
        "spf.redirect-ignored",
        Severity.CRITICAL if needed and not others else Severity.WARNING,
        str(redirect),
        Text(
            ru=f"Рядом с all redirect не действует: получатели не увидят {redirect.domain}.",
            en=f"Beside all a redirect has no effect: receivers never look at {redirect.domain}.",
        ),
        corrected(
            published,
            "Замените redirect= на include: (или уберите all, если других отправителей нет).",
            "Replace redirect= by include: (or remove all if nobody else sends).",
        ),
        "6.1",
    )


def _ptr(published: Published) -> Iterator[Finding]:
    used = [term for term in published.record.directives if isinstance(term.mechanism, terms.Ptr)]
    if not used:
        return
    yield published.finding(
        "spf.ptr",
        Severity.WARNING,
        " ".join(map(str, used)),
        Text(
            ru="ptr медленный и ненадёжный, стандарт просит его не использовать.",
            en="ptr is slow and unreliable, the standard asks not to use it.",
        ),
        corrected(
            published,
            "Уберите ptr; отправителей перечислите через ip4: или include:.",
            "Remove ptr; name the senders by ip4: or include:.",
        ),
        "5.5",
    )


def _duplicate_include(published: Published) -> Iterator[Finding]:
    targets = Counter(
        term.mechanism.domain.fixed for term in published.record.directives if isinstance(term.mechanism, terms.Include)
    )
    twice = [target for target, count in targets.items() if target and count > 1]
    if not twice:
        return
    yield published.finding(
        "spf.duplicate-include",
        Severity.WARNING,
        " ".join(f"include:{target}" for target in twice),
        Text(
            ru="Один и тот же include стоит дважды и дважды тратит запросы из десяти.",
            en="The same include stands there twice and takes from the ten lookups twice.",
        ),
        corrected(published, "Оставьте один.", "Leave one of them."),
        "4.6.4",
    )


def _wide(published: Published) -> Iterator[Finding]:
    wide = [
        term
        for term in published.record.directives
        if isinstance(term.mechanism, terms.Ip4 | terms.Ip6)
        and term.qualifier == "+"
        and term.mechanism.network.network.prefixlen < _WIDEST[term.mechanism.network.version]
    ]
    if not wide:
        return
    shown = " ".join(map(str, wide))
    yield published.finding(
        "spf.wide",
        Severity.WARNING,
        shown,
        Text(
            ru=f"Слишком широкая сеть `{shown}`: вместе с вами отправлять от имени домена могут посторонние.",
            en=f"The network `{shown}` is very wide: strangers in it may send as the domain too.",
        ),
        advice("Укажите только адреса своих серверов.", "Name the addresses of your own servers only."),
        "5.6",
    )


def _unknown_modifier(published: Published) -> Iterator[Finding]:
    """`include=beget.com` is good syntax, an unknown modifier, and does nothing at all."""
    mistaken = [
        term
        for term in published.record.terms
        if isinstance(term, terms.UnknownModifier) and term.name.lower() in _MECHANISM_NAMES
    ]
    for term in mistaken:
        yield published.finding(
            "spf.unknown-modifier",
            Severity.WARNING,
            str(term),
            Text(
                ru=f"`{term}` получатели молча пропускают: после имени механизма ставят двоеточие, версия одна.",
                en=f"Receivers skip `{term}` silently: a mechanism takes a colon, and the version stands there once.",
            ),
            advice(
                f"Замените на `{term.name}:{term.value}` или уберите.",
                f"Replace it by `{term.name}:{term.value}`, or remove it.",
            ),
            "6",
        )


def _size(published: Published) -> Iterator[Finding]:
    text = len(published.root.texts[0])
    texts = published.root.answer.texts if isinstance(published.root.answer, Records) else ()
    answer = _answer_size(published.subject.domain, texts)
    if text <= _LONGEST_TEXT and answer <= _LONGEST_ANSWER:
        return
    yield published.finding(
        "spf.size",
        Severity.WARNING,
        f"record {text} octets, answer {answer} octets",
        Text(
            ru="Ответ DNS не помещается в 512 октетов: часть получателей его не прочтёт.",
            en="The DNS answer does not fit into 512 octets: some receivers will not read it.",
        ),
        advice(
            "Сократите SPF и перенесите посторонние записи TXT с имени домена на другие имена.",
            "Shorten the SPF record, and move other TXT records from the domain's name to names of their own.",
        ),
        "3.4",
    )


def _answer_size(domain: str, texts: tuple[bytes, ...]) -> int:
    """Octets of a DNS message without EDNS: header, question, and each record with a compressed name."""
    question = len(domain) + 2 + 4
    return 12 + question + sum(12 + len(text) + (len(text) + 254) // 255 for text in texts)
