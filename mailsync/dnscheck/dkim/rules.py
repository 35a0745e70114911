"""What is wrong with a DKIM key record (RFC 6376, 3.6.1). Pure: the texts at a selector in, findings out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailsync.dnscheck.dkim.key import (
    SHORTEST_RSA,
    KeyRecord,
    KeySyntaxError,
    PublicKey,
    looks_like_key,
    parse_key,
    public_key,
)
from mailsync.dnscheck.dkim.published import KEY_FROM_PROVIDER, PublishedKey
from mailsync.dnscheck.finding import Finding, Severity, Text, advice
from mailsync.dnscheck.lookup import readable

_GOOD_RSA = 2048
_TESTING = re.compile(r"(;\s*)t\s*=\s*y\s*(:\s*s\s*)?(?=;|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckedKey:
    """A key record that parses; `key` is None for a revoked one."""

    text: bytes
    record: KeyRecord
    key: PublicKey | None


def key_findings(published: PublishedKey, accepted_bits: int) -> tuple[CheckedKey | None, list[Finding]]:
    """The key at a selector that has TXT records, and every rule applied to it.

    `accepted_bits`: an RSA length below 2048 that the provider gives and the customer cannot change, so that it is
    only worth an info.
    """
    keys = [text for text in published.texts if looks_like_key(text)]
    if len(keys) != 1:
        return None, [_multiple(published, len(keys)) if keys else _no_key(published)]
    try:
        record = parse_key(keys[0])
        key = None if record.revoked else public_key(record)
    except KeySyntaxError as error:
        return None, [_unreadable(published, keys[0], error)]
    checked = CheckedKey(keys[0], record, key)
    return checked, [
        *_revoked(published, checked),
        *_weak(published, checked, accepted_bits),
        *_tags(published, checked),
    ]


def _multiple(published: PublishedKey, count: int) -> Finding:
    return published.finding(
        "dkim.multiple",
        Severity.CRITICAL,
        Text(
            ru=f"Ключей {count}, а нужен один: какой из них возьмёт получатель, неизвестно.",
            en=f"There are {count} keys where one is needed: nobody knows which of them a receiver takes.",
        ),
        advice("Оставьте ключ, которым подписывает провайдер.", "Leave the key that the provider signs with."),
        "RFC 6376, 3.6.2.2",
    )


def _no_key(published: PublishedKey) -> Finding:
    return published.finding(
        "dkim.syntax",
        Severity.CRITICAL,
        Text(
            ru="Запись есть, но это не ключ DKIM: подпись никто не проверит.",
            en="There is a record, but it is no DKIM key: nobody can verify the signature.",
        ),
        published.enter(
            KEY_FROM_PROVIDER, "Вставьте запись ключа от провайдера заново.", "Paste the provider's key record again."
        ),
        "RFC 6376, 3.6.1",
    )


def _unreadable(published: PublishedKey, text: bytes, error: KeySyntaxError) -> Finding:
    ru, en = _likely_cause(text)
    return published.finding(
        "dkim.not-base64" if error.encoded else "dkim.syntax",
        Severity.CRITICAL,
        Text(
            ru=f"Ключ не читается: {ru}. Подпись никто не проверит.",
            en=f"The key cannot be read ({error}): {en}. Nobody can verify the signature.",
        ),
        published.enter(
            KEY_FROM_PROVIDER,
            "Скопируйте значение у провайдера и вставьте заново; длиннее 255 знаков делят на две строки.",
            "Copy the value from the provider and paste it again; over 255 characters it goes into two strings.",
        ),
        "RFC 6376, 3.6.1",
    )


def _likely_cause(text: bytes) -> tuple[str, str]:
    _, _, encoded = text.partition(b"p=")
    if b'"' in text or b"\\" in text:
        return "внутри остались кавычки или косые черты", "quotes or backslashes were left inside"
    if b" " in encoded.strip():
        return "внутри ключа пробелы, возможно, потерян знак +", "there are blanks in the key, perhaps a + was lost"
    if len(text) == 255:
        return "значение обрезано на 255 знаках", "the value was cut at 255 characters"
    return "значение искажено или обрезано", "the value is damaged or cut"


def _revoked(published: PublishedKey, checked: CheckedKey) -> Iterator[Finding]:
    if not checked.record.revoked:
        return
    yield published.finding(
        "dkim.revoked",
        Severity.CRITICAL,
        Text(
            ru="Ключ отозван (пустой p=): подписи этого селектора недействительны.",
            en="The key is revoked (empty p=): signatures of this selector are void.",
        ),
        published.enter(
            KEY_FROM_PROVIDER, "Опубликуйте действующий ключ от провайдера.", "Publish the provider's current key."
        ),
        "RFC 6376, 3.6.1",
    )


def _weak(published: PublishedKey, checked: CheckedKey, accepted_bits: int) -> Iterator[Finding]:
    if checked.key is None or checked.record.key_type != "rsa" or checked.key.bits >= _GOOD_RSA:
        return
    bits = checked.key.bits
    refused = bits < SHORTEST_RSA
    severity = Severity.WARNING if bits < accepted_bits else Severity.INFO
    yield published.finding(
        "dkim.weak",
        Severity.CRITICAL if refused else severity,
        Text(
            ru=f"Ключ RSA {bits} бит"
            + (": получатели не принимают короче 1024." if refused else ", рекомендуется 2048."),
            en=f"The RSA key has {bits} bits"
            + (": receivers accept none under 1024." if refused else ", 2048 are recommended."),
        ),
        advice("Попросите у провайдера ключ 2048 бит.", "Ask the provider for a key of 2048 bits."),
        "RFC 8301, 3.2",
    )


def _tags(published: PublishedKey, checked: CheckedKey) -> Iterator[Finding]:
    record = checked.record
    if record.testing:
        yield published.finding(
            "dkim.testing",
            Severity.WARNING,
            Text(
                ru="Ключ помечен как пробный (t=y): получатели вправе не замечать подпись.",
                en="The key is marked as a test (t=y): receivers may treat the letters as unsigned.",
            ),
            published.enter(_without_testing(checked.text), "Уберите y.", "Remove y."),
            "RFC 6376, 3.6.1",
        )
    if not record.allows_sha256:
        yield published.finding(
            "dkim.sha1-only",
            Severity.CRITICAL,
            Text(
                ru="Ключ разрешает только устаревший SHA-1: подписи с SHA-256 не пройдут.",
                en="The key allows only SHA-1, which is obsolete: signatures with SHA-256 fail.",
            ),
            published.enter(_without_tag(checked.text, "h"), "Уберите h=.", "Drop h=."),
            "RFC 8301, 3.1",
        )
    if not record.serves_mail:
        yield published.finding(
            "dkim.service",
            Severity.CRITICAL,
            Text(
                ru="Ключ не для почты: в s= нет ни email, ни *.",
                en="The key is not for mail: s= has neither email nor *.",
            ),
            published.enter(_without_tag(checked.text, "s"), "Уберите s=.", "Drop s=."),
            "RFC 6376, 3.6.1",
        )


def _without_tag(text: bytes, name: str) -> str:
    """The record without one of its tags, as it stood otherwise."""
    kept = [tag for tag in readable(text).split(";") if tag.partition("=")[0].strip() != name]
    return ";".join(kept).strip()


def _without_testing(text: bytes) -> str:
    """The record with t=y taken out and t=s left, as it stood otherwise."""
    return _TESTING.sub(lambda found: f"{found[1]}t=s" if found[2] else "", readable(text))
