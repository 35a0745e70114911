"""Only our own server's verdict about the author's domain counts."""

from __future__ import annotations

import pytest

from mailsync.reading.model import Authentication, AuthenticationResult
from tests.reading.letters_by_hand import letter, read

FROM = "From: client@zavod.example"
RECEIVED = "Received: from mail.zavod.example by mx.shop.example; Mon, 2 Mar 2026 10:15:07 +0300"
FOREIGN = "Received: from x by mail.zavod.example; Mon, 2 Mar 2026 10:15:00 +0300"
PASS = AuthenticationResult.PASS
FAIL = AuthenticationResult.FAIL
NONE = AuthenticationResult.NONE


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        (("Authentication-Results: mx.shop.example; dmarc=pass header.from=zavod.example", RECEIVED), PASS),
        ((RECEIVED, "Authentication-Results: mx.shop.example; dmarc=fail (p=none) header.from=zavod.example"), FAIL),
        (
            (
                "Authentication-Results: MX.Shop.example 1;\r\n spf=pass smtp.mailfrom=zavod.example;\r\n dmarc=pass",
                RECEIVED,
            ),
            PASS,
        ),
        (("Authentication-Results: mx.evil.example; dmarc=pass", RECEIVED), NONE),
        ((RECEIVED, FOREIGN, "Authentication-Results: mx.shop.example; dmarc=pass"), NONE),
        (("Authentication-Results: mx.shop.example; dkim=pass header.d=zavod.example", RECEIVED), PASS),
        (("Authentication-Results: mx.shop.example; dkim=pass header.d=mail.zavod.example", RECEIVED), PASS),
        (("Authentication-Results: mx.shop.example; dkim=pass header.d=evil.example", RECEIVED), NONE),
        (("Authentication-Results: mx.shop.example; spf=pass smtp.mailfrom=a@zavod.example", RECEIVED), PASS),
        (("Authentication-Results: mx.shop.example; spf=pass smtp.mailfrom=bounce@mailer.example", RECEIVED), NONE),
        (("Authentication-Results: mx.shop.example; dkim=fail header.d=zavod.example; dmarc=none", RECEIVED), NONE),
        (("Authentication-Results: mx.shop.example (dmarc=pass); none", RECEIVED), NONE),
        (
            (
                "Authentication-Results: mx.shop.example; dmarc=fail",
                "Authentication-Results: mx.evil.example; dmarc=pass",
                RECEIVED,
            ),
            FAIL,
        ),
        ((RECEIVED,), NONE),
    ],
)
def test_the_verdict(fields: tuple[str, ...], result: AuthenticationResult) -> None:
    assert read(letter("x", *fields, FROM)).authentication.result is result


def test_the_detail_is_what_was_read() -> None:
    raw = letter(
        "x", "Authentication-Results: mx.shop.example; dmarc=fail (p=reject) header.from=zavod.example", RECEIVED, FROM
    )
    assert read(raw).authentication == Authentication(FAIL, "dmarc=fail header.from=zavod.example")
