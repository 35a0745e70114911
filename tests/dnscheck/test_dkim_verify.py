"""DKIM verification: the RFCs' own letters pass, and each way of tampering with them is refused for its own reason."""

from datetime import UTC, datetime

import pytest

from mailsync.dnscheck.dkim import DkimResult, Reason, overall, verify
from mailsync.dnscheck.dkim.letter import canonical_body, canonical_field
from mailsync.dnscheck.dkim.verify import MOST_SIGNATURES
from mailsync.dnscheck.lookup import Failure, PlainAnswer
from mailsync.dnscheck.memory import MemoryResolver
from tests.dnscheck.dkim_letters import KEYS, OTHER_RSA_KEY, RFC6376, RFC8463, RSA_KEY
from tests.dnscheck.dkim_signer import SHORT_KEY, Signer

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOMORROW = int(NOW.timestamp()) + 86_400
YESTERDAY = int(NOW.timestamp()) - 86_400
BRISBANE = "brisbane._domainkey.example.com"


async def test_the_letter_of_rfc_6376_passes() -> None:
    (result,) = await verify(RFC6376, MemoryResolver(KEYS), NOW)

    assert str(result) == "pass d=example.com s=brisbane"
    assert (result.algorithm, result.key_bits, result.unsigned_octets) == ("rsa-sha256", 1024, 0)


async def test_both_signatures_of_the_letter_of_rfc_8463_pass() -> None:
    results = await verify(RFC8463, MemoryResolver(KEYS), NOW)

    assert [(str(result), result.algorithm) for result in results] == [
        ("pass d=football.example.com s=brisbane", "ed25519-sha256"),
        ("pass d=football.example.com s=test", "rsa-sha256"),
    ]


TAMPERED = {
    "a word in the body": (b"lost the game", b"won the game", "fail", "body-hash"),
    "a blank at a line's end": (b"Hi.\r\n", b"Hi. \r\n", "fail", "body-hash"),
    "text after the end": (b"Joe.\r\n", b"Joe.\r\nClick here.\r\n", "fail", "body-hash"),
    "the subject": (b"Is dinner ready", b"Is lunch ready", "fail", "signature"),
    "the author": (b"Joe SixPack <joe@", b"Jim SixPack <jim@", "fail", "signature"),
    "the recipient": (b"To: Suzie Q", b"To: Susie Q", "fail", "signature"),
    "a field's name in another case": (b"Subject:", b"SUBJECT:", "fail", "signature"),
    "a field folded otherwise": (b"\r\n      by submit", b"\r\n by submit", "fail", "signature"),
    "a signed field taken away": (b"Subject: Is dinner ready?\r\n", b"", "fail", "signature"),
    "a second author above": (b"From: Joe", b"From: ceo@bank.test\r\nFrom: Joe", "policy", "several-from"),
    "the signature": (b"b=AuUoF", b"b=BuUoF", "fail", "signature"),
    "the body's hash": (b"bh=2jUS", b"bh=3jUS", "fail", "body-hash"),
    "the signing domain": (b"d=example.com", b"d=example.net", "permerror", "identity"),
    "the selector": (b"s=brisbane", b"s=sydney", "permerror", "no-key"),
    "the identity": (b"i=joe@football.example.com", b"i=joe@example.org", "permerror", "identity"),
    "a weaker hash": (b"a=rsa-sha256", b"a=rsa-sha1", "policy", "sha1"),
    "an unknown algorithm": (b"a=rsa-sha256", b"a=rsa-sha512", "neutral", "algorithm"),
    "the other algorithm": (b"a=rsa-sha256", b"a=ed25519-sha256", "permerror", "key-type"),
    "an author left out of h=": (b"h=Received : From :", b"h=Received :", "permerror", "from-unsigned"),
    "an end in the past": (b"q=dns/txt;", b"q=dns/txt; x=%d;" % YESTERDAY, "permerror", "expired"),
    "a day in the future": (b"q=dns/txt;", b"q=dns/txt; t=%d;" % TOMORROW, "permerror", "future"),
    "an end before the start": (b"q=dns/txt;", b"q=dns/txt; t=99; x=98;", "neutral", "syntax"),
    "more body than there is": (b"q=dns/txt;", b"q=dns/txt; l=9999;", "permerror", "body-length"),
    "less body than there is": (b"q=dns/txt;", b"q=dns/txt; l=3;", "fail", "body-hash"),
    "another form of the body": (b"c=simple/simple", b"c=simple/nowsp", "neutral", "syntax"),
    "another version": (b"v=1;", b"v=2;", "neutral", "syntax"),
    "a tag that stands twice": (b"q=dns/txt;", b"q=dns/txt; q=dns/txt;", "neutral", "syntax"),
    "a tag that is missing": (b"bh=", b"zz=", "neutral", "syntax"),
    "a signature that is no base64": (b"b=AuUo", b"b=!uUo", "neutral", "syntax"),
    "line ends": (b"\r\n", b"\n", "neutral", "line-ends"),
}


@pytest.mark.parametrize(("old", "new", "result", "reason"), TAMPERED.values(), ids=TAMPERED.keys())
async def test_tampering_is_refused_for_its_own_reason(old: bytes, new: bytes, result: str, reason: str) -> None:
    tampered = RFC6376.replace(old, new)
    assert tampered != RFC6376

    (found,) = await verify(tampered, MemoryResolver(KEYS), NOW)

    assert (found.result, found.reason) == (result, reason)


KEY_FAULTS: dict[str, tuple[PlainAnswer, str, str]] = {
    "another key": ([f"v=DKIM1; p={OTHER_RSA_KEY}"], "fail", "signature"),
    "no such name": (None, "permerror", "no-key"),
    "another kind of text": (["v=spf1 -all"], "permerror", "no-key"),
    "two keys": ([f"v=DKIM1; p={RSA_KEY}", f"v=DKIM1; p={OTHER_RSA_KEY}"], "permerror", "several-keys"),
    "revoked": (["v=DKIM1; p="], "permerror", "key-revoked"),
    "another type": ([f"v=DKIM1; k=ed25519; p={RSA_KEY}"], "permerror", "key-type"),
    "cut": ([f"v=DKIM1; p={RSA_KEY[:100]}"], "permerror", "key-syntax"),
    "quoted": ([f'v=DKIM1; p="{RSA_KEY}"'], "permerror", "key-syntax"),
    "another version": ([f"v=DKIM2; p={RSA_KEY}"], "permerror", "key-syntax"),
    "for SHA-1 only": ([f"v=DKIM1; h=sha1; p={RSA_KEY}"], "permerror", "key-hash"),
    "not for mail": ([f"v=DKIM1; s=tlsrpt; p={RSA_KEY}"], "permerror", "key-service"),
    "no subdomains": ([f"v=DKIM1; t=s; p={RSA_KEY}"], "permerror", "identity"),
    "512 bits": ([f"v=DKIM1; p={SHORT_KEY}"], "policy", "key-length"),
    "SERVFAIL": (Failure("SERVFAIL"), "temperror", "dns"),
}


@pytest.mark.parametrize(("answer", "result", "reason"), KEY_FAULTS.values(), ids=KEY_FAULTS.keys())
async def test_a_key_that_cannot_be_used_is_named(answer: PlainAnswer, result: str, reason: str) -> None:
    zones = {} if answer is None else {BRISBANE: {"TXT": answer}}

    (found,) = await verify(RFC6376, MemoryResolver(zones), NOW)

    assert (found.result, found.reason) == (result, reason)


@pytest.mark.parametrize(
    "text",
    [
        f"p={RSA_KEY}",
        f"v=DKIM1; k=rsa; h=sha1:sha256; s=email:tlsrpt; t=y; n=hello; zz=1; p={RSA_KEY};",
        f"v=DKIM1;p={RSA_KEY[:64]} {RSA_KEY[64:]}",
    ],
)
async def test_keys_in_other_good_forms_are_understood(text: str) -> None:
    (found,) = await verify(RFC6376, MemoryResolver({BRISBANE: {"TXT": [text, "unrelated text"]}}), NOW)

    assert found.passed
    assert found.testing == ("t=y" in text)


async def test_a_subject_added_above_an_oversigned_one_is_noticed() -> None:
    tampered = RFC8463.replace(b"Subject: Is", b"Subject: You won\r\nSubject: Is")

    results = await verify(tampered, MemoryResolver(KEYS), NOW)

    assert [result.reason for result in results] == [Reason.SIGNATURE, Reason.SIGNATURE]


async def test_relaxed_forms_bear_what_mail_servers_do() -> None:
    changed = (
        RFC8463.replace(b"Subject: Is dinner", b"SUBJECT :  Is\r\n\tdinner")
        .replace(b"Hi.\r\n", b"Hi. \t\r\n")
        .replace(b"From: Joe", b"Received: from elsewhere\r\nFrom: Joe")
    ) + b"\r\n\r\n"

    assert [result.result for result in await verify(changed, MemoryResolver(KEYS), NOW)] == ["pass", "pass"]


async def test_one_bad_signature_does_not_spoil_the_other() -> None:
    zones = {**KEYS, "test._domainkey.football.example.com": {"TXT": Failure("TIMEOUT")}}

    results = await verify(RFC8463, MemoryResolver(zones), NOW)

    assert [result.result for result in results] == ["pass", "temperror"]
    assert overall(results) is DkimResult.PASS


async def test_an_unsigned_letter_has_no_results() -> None:
    letter = RFC6376[RFC6376.index(b"Received:") :]

    assert await verify(letter, MemoryResolver(KEYS), NOW) == []
    assert overall([]) is DkimResult.NONE


@pytest.mark.parametrize("forms", ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed", "relaxed"])
@pytest.mark.parametrize("body", [b"", b"\r\n\r\n", b"no line end", b"a  b \r\n\r\n", b"caf\xc3\xa9 \xff\r\n .\r\n"])
async def test_every_pair_of_forms_and_any_body(forms: str, body: bytes) -> None:
    signer = Signer()

    signed = signer.sign(b"From: a@shop.test\r\nSubject:\r\n\r\n" + body, forms=forms)

    (result,) = await verify(signed, MemoryResolver(signer.zones), NOW)
    assert result.passed, result


async def test_what_l_leaves_open_is_counted() -> None:
    signer = Signer()
    signed = signer.sign(b"From: a@shop.test\r\n\r\nHello\r\n", extra="l=7; ")

    (result,) = await verify(signed + b"<script>", MemoryResolver(signer.zones), NOW)

    assert (result.result, result.unsigned_octets) == ("pass", 10)


async def test_a_cyrillic_domain_is_asked_for_by_its_a_label() -> None:
    signer = Signer(domain="xn--80aswg.xn--p1ai")
    signed = signer.sign(b"From: a@shop.test\r\n\r\nHello\r\n", written_domain="XN--80aswg.xn--p1ai")

    (result,) = await verify(signed, MemoryResolver(signer.zones), NOW)

    assert str(result) == "pass d=xn--80aswg.xn--p1ai s=sel"


async def test_signatures_past_the_first_few_are_not_worked_on() -> None:
    signature = RFC6376[: RFC6376.index(b"Received:")]
    resolver = MemoryResolver(KEYS)

    results = await verify(signature * 50 + RFC6376, resolver, NOW)

    assert len(resolver.queries) == MOST_SIGNATURES
    assert {result.reason for result in results[MOST_SIGNATURES:]} == {Reason.TOO_MANY}
    assert len(results) == 51


HOSTILE = {
    "blanks": b"DKIM-Signature: v=1;" + b" " * 1_000_000 + b"\r\n\r\n",
    "tags": b"DKIM-Signature: " + b"a=1;" * 300_000 + b"\r\n\r\n",
    "folds": b"DKIM-Signature: " + b"\r\n " * 300_000 + b"\r\n\r\n",
    "fields": b"From: a\r\n" * 100_000
    + b"DKIM-Signature: v=1; a=rsa-sha256; b=AA==; bh=AA==; d=a.test; s=s; h=from\r\n\r\n",
    "signed names": b"DKIM-Signature: v=1; a=rsa-sha256; b=AA==; bh=AA==; d=a.test; s=s; h=" + b"from:" * 300_000,
    "body of blanks": RFC8463 + b" \t" * 1_000_000 + b"x" + b"\r\n" * 1_000_000,
    "nothing": b"",
    "no header": b"\r\n\r\nDKIM-Signature: v=1",
    "octets": b"DKIM-Signature: \xff\x00;=;;\r\n: x\r\nFrom\r\n\r\n",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_letters_are_answered_and_never_pass(raw: bytes) -> None:
    assert not any(result.passed for result in await verify(raw, MemoryResolver(KEYS), NOW))


def test_the_canonical_forms_of_the_rfc() -> None:
    """RFC 6376, 3.4.5."""
    body = b" C \r\nD \t E\r\n\r\n\r\n"

    assert canonical_field(b"A: X", "relaxed") == b"a:X"
    assert canonical_field(b"B : Y\t\r\n\tZ  ", "relaxed") == b"b:Y Z"
    assert canonical_field(b"B : Y\t\r\n\tZ  ", "simple") == b"B : Y\t\r\n\tZ  "
    assert canonical_body(body, "relaxed") == b" C\r\nD E\r\n"
    assert canonical_body(body, "simple") == b" C \r\nD \t E\r\n"
