"""Reports about letters of ours: whom they did not reach, why, for ever or for now, and which letter it was."""

# ruff: noqa: E501, ISC004 - what servers write is shown as they write it

from __future__ import annotations

import pytest

from mailsync.reading.model import Bounce, Kind
from tests.reading.letters_by_hand import container, letter, read

DAEMON = "From: Mail Delivery System <MAILER-DAEMON@mx.zavod.example>"
ORIGINAL = "Content-Type: message/rfc822\n\nMessage-ID: <ours@shop.example>\nTo: a@zavod.example\n\nНаш текст"


def dsn(*fields: str) -> bytes:
    status = (
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.zavod.example\n\n" + "\n".join(fields) + "\n"
    )
    text = "Content-Type: text/plain\n\nIt could not be delivered."
    return container("report", text, status, ORIGINAL, fields=(DAEMON, "Subject: Undelivered Mail"))


@pytest.mark.parametrize(
    ("fields", "bounce"),
    [
        (
            (
                "Final-Recipient: rfc822; A@zavod.example",
                "Action: failed",
                "Status: 5.1.1",
                "Diagnostic-Code: smtp; 550 no such user",
            ),
            Bounce(("a@zavod.example",), True, "5.1.1", "550 no such user", "<ours@shop.example>"),
        ),
        (
            ("Final-Recipient: rfc822;a@zavod.example", "Action: delayed", "Status: 4.4.1", "Will-Retry-Until: Mon"),
            Bounce(("a@zavod.example",), False, "4.4.1", "delayed", "<ours@shop.example>"),
        ),
        (
            (
                "Final-Recipient: rfc822;a@zavod.example",
                "Action: failed",
                "Status: 5.2.2",
                "Diagnostic-Code: smtp; 552 mailbox full",
            ),
            Bounce(("a@zavod.example",), False, "5.2.2", "552 mailbox full", "<ours@shop.example>"),
        ),
        (
            (
                "Original-Recipient: rfc822;a@zavod.example",
                "Final-Recipient: rfc822;b@inner.zavod.example",
                "Action: failed",
                "Status: 5.0.0",
            ),
            Bounce(("a@zavod.example",), True, "5.0.0", "failed", "<ours@shop.example>"),
        ),
        (
            ("Final-Recipient: rfc822;a@zavod.example", "Action: delivered", "Status: 2.0.0"),
            Bounce(("a@zavod.example",), False, "2.0.0", "delivered", "<ours@shop.example>"),
        ),
    ],
)
def test_a_delivery_status_is_read(fields: tuple[str, ...], bounce: Bounce) -> None:
    reading = read(dsn(*fields))
    assert (reading.kind, reading.bounce, reading.order) == (Kind.BOUNCE, bounce, None)


def test_of_several_recipients_those_are_named_that_failed_for_ever() -> None:
    raw = dsn(
        "Final-Recipient: rfc822;a@zavod.example\nAction: failed\nStatus: 5.1.1\n",
        "Final-Recipient: rfc822;b@zavod.example\nAction: delayed\nStatus: 4.2.0\n",
    )
    assert read(raw).bounce == Bounce(("a@zavod.example",), True, "5.1.1", "failed", "<ours@shop.example>")


PROSE = {
    "Exim": (
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\n  a@zavod.example\n    Unrouteable address\n\n"
        "------ This is a copy of your message, including all the headers. ------\n\nMessage-ID: <ours@shop.example>\nTo: c@d.example\n",
        True,
    ),
    "qmail": (
        "failure notice",
        "Hi. This is the qmail-send program at mx.zavod.example.\n\n<a@zavod.example>:\n"
        "Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <ours@shop.example>\n",
        True,
    ),
    "Mail.ru": (
        "Undelivered Mail Returned to Sender",
        "Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.\n\nК сожалению, Ваше письмо не может быть\n"
        "доставлено одному или нескольким получателям:\n\na@zavod.example\nПользователь с таким адресом не найден\nuser not found\n\n"
        "**********************\n\nReceived: by mx\nMessage-ID: <ours@shop.example>\n",
        True,
    ),
    "Yandex": (
        "Недоставленное сообщение",
        "Здравствуйте!\nВаше письмо не было доставлено.\n<a@zavod.example>: host mx.zavod.example said: 452 4.2.2 Mailbox full\n"
        "Message-ID письма: <ours@shop.example>\n",
        False,
    ),
    "Exchange": (
        "Не удается доставить: счёт",
        "Не удалось выполнить доставку следующим получателям или группам:\n\na@zavod.example\nАдрес электронной почты не найден.\n\n"
        "Диагностические сведения для администраторов:\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n"
        "Исходные заголовки сообщения:\nMessage-ID: <ours@shop.example>\n",
        True,
    ),
    "Postfix, a warning": (
        "Delayed Mail (still being retried)",
        "THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\n<a@zavod.example>: connect to mx[1.2.3.4]: Connection timed out\n",
        False,
    ),
}


@pytest.mark.parametrize("server", PROSE)
def test_the_prose_of_servers_is_read(server: str) -> None:
    subject, body, permanent = PROSE[server]
    reading = read(letter(body, DAEMON, f"Subject: {subject}", "Return-Path: <>"))
    assert reading.kind is Kind.BOUNCE
    assert reading.bounce is not None
    assert reading.bounce.recipients == ("a@zavod.example",)
    assert reading.bounce.permanent is permanent
    assert reading.bounce.original_message_id in {"<ours@shop.example>", None}


def test_a_read_receipt_is_a_report_about_our_letter() -> None:
    fields = "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;a@zavod.example\n"
    fields += "Original-Message-ID: <ours@shop.example>\nDisposition: manual-action/MDN-sent-manually; displayed\n"
    reading = read(container("report", "Content-Type: text/plain\n\nПрочитано", fields))
    assert reading.kind is Kind.BOUNCE
    assert reading.bounce == Bounce(("a@zavod.example",), False, None, "прочитано", "<ours@shop.example>")


def test_a_complaint_is_a_report_about_our_letter() -> None:
    fields = "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: <a@zavod.example>\n"
    reading = read(container("report", "Content-Type: text/plain\n\nA complaint", fields, ORIGINAL))
    assert reading.bounce == Bounce(("a@zavod.example",), False, None, "жалоба: abuse", "<ours@shop.example>")


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Re: Undelivered Mail", "Добрый день, почему-то письмо вам не доставлено, пишу ещё раз."),
        ("Не доставлен груз", "Груз по счёту 5 до сих пор не доставлен."),
    ],
)
def test_a_person_who_writes_about_delivery_is_no_server(subject: str, body: str) -> None:
    assert read(letter(body, f"Subject: {subject}", "Return-Path: <client@zavod.example>")).kind is Kind.MESSAGE


def test_what_a_report_returns_is_no_attachment_of_it() -> None:
    assert read(dsn("Final-Recipient: rfc822;a@zavod.example", "Action: failed")).message.attachments == ()
