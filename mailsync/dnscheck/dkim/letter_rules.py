"""What a signed letter of the domain tells about its DKIM."""

from __future__ import annotations

from mailsync.dnscheck.dkim.result import DkimResult, Reason, SignatureResult, overall
from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text, advice
from mailsync.dnscheck.subject import Subject

_CAUSES: dict[Reason, Text] = {
    Reason.BODY_HASH: Text(
        ru="текст письма изменён по дороге (рассылка, антивирус, подпись-приписка)",
        en="the body was altered on the way (a list, a virus scanner, an added footer)",
    ),
    Reason.SIGNATURE: Text(
        ru="ключ в DNS не тот, которым подписано, или изменены заголовки",
        en="the key in the DNS is not the signer's, or the header was altered",
    ),
    Reason.LINE_ENDS: Text(
        ru="файл сохранён с другими концами строк: возьмите письмо из ящика как есть",
        en="the file was saved with other line ends: take the letter from the mailbox as it is",
    ),
    Reason.NO_KEY: Text(ru="ключа селектора нет в DNS", en="the selector's key is not in the DNS"),
    Reason.DNS: Text(ru="DNS не ответил", en="the DNS did not answer"),
}
_LOOK_AT_SIGNER = Text(ru="подпись или ключ непригодны", en="the signature or the key cannot be used")


def letter_findings(subject: Subject, results: list[SignatureResult], *, spf_aligned: bool | None) -> list[Finding]:
    """`dkim.verify` unless one signature passes, `dkim.unaligned` if none that passes is the domain's own.

    `spf_aligned` tells whether SPF would make up for an unaligned signature; None: not known.
    """
    word = overall(results)
    if word is not DkimResult.PASS:
        return [_not_passed(subject, word, results)]
    if any(result.passed and _aligned(result.domain, subject.domain) for result in results):
        return []
    return [_unaligned(subject, results, spf_aligned=spf_aligned)]


def _not_passed(subject: Subject, word: DkimResult, results: list[SignatureResult]) -> Finding:
    if not results:
        why = Text(
            ru="Письмо не подписано. Копии в «Отправленных» не подписаны: возьмите письмо у другого провайдера.",
            en="The letter is not signed. A copy in Sent never is: take the letter from a mailbox at another provider.",
        )
        return _finding(subject, "dkim.verify", Severity.CRITICAL, "none", why, _turn_on())
    worst = next(result for result in results if result.result is word)
    cause = _CAUSES.get(worst.reason, _LOOK_AT_SIGNER) if worst.reason else _LOOK_AT_SIGNER
    return _finding(
        subject,
        "dkim.verify",
        Severity.UNKNOWN if word is DkimResult.TEMPERROR else Severity.CRITICAL,
        _seen(results),
        Text(ru=f"Подпись письма не проходит ({word}): {cause.ru}.", en=f"The signature gives {word}: {cause.en}."),
        advice(
            "Сверьте ключ в DNS со значением у провайдера; письмо берите нетронутым из ящика другого провайдера.",
            "Compare the key with the provider's value; take the letter untouched from a mailbox at another provider.",
        ),
    )


def _unaligned(subject: Subject, results: list[SignatureResult], *, spf_aligned: bool | None) -> Finding:
    domains = ", ".join(sorted({result.domain for result in results if result.passed}))
    return _finding(
        subject,
        "dkim.unaligned",
        Severity.CRITICAL if spf_aligned is False else Severity.WARNING,
        _seen(results),
        Text(
            ru=f"Письмо подписано доменом {domains}, а не вашим: для DMARC такая подпись не считается.",
            en=f"The letter is signed by {domains}, not by the domain itself: which DMARC does not count.",
        ),
        _turn_on(),
    )


def _turn_on() -> Remedy:
    return advice(
        "Включите подпись DKIM для своего домена в разделе почты провайдера или попросите об этом поддержку.",
        "Turn on DKIM signing for the domain in the provider's mail section, or ask its support to.",
    )


def _seen(results: list[SignatureResult]) -> str:
    return "; ".join(map(str, results))


def _finding(subject: Subject, identifier: str, severity: Severity, seen: str, why: Text, remedy: Remedy) -> Finding:
    return Finding(identifier, severity, subject.domain, seen, why, remedy, "RFC 6376, 6.1")


def _aligned(signing: str, domain: str) -> bool:
    """One is the other or lies below it; the exact rule, which needs the DNS, is DMARC's (RFC 9989, 4.4)."""
    return signing == domain or signing.endswith(f".{domain}") or domain.endswith(f".{signing}")
