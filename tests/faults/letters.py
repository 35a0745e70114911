"""Letters that scenarios are made of."""

from __future__ import annotations

import base64

from tests.worker.house import letter

ORDER = "Здравствуйте! Просим выставить счёт: патрон токарный 7100-0035 - 2 шт.\n\nС уважением,\nИванов Пётр"
QUESTION = "Добрый день! Подскажите, пожалуйста, когда отгрузите наш заказ?"
MORE = "Добавьте, пожалуйста, к заказу: люнет 1М63.10.000 - 1 шт. Когда сможете отгрузить?"
SERVICE = (
    "Добрый день! На станке 16К20, заводской номер 4587, не включается шпиндель, нужен ремонт и выезд мастера.\n\n"
    "С уважением,\nПетров Сергей\nООО «Завод Деталь», ИНН 7701234567\n+7 916 555-01-42"
)
US = "zakaz@tdrusstankosbyt.ru"
BUYER = "ivanov@zavod.example"


def order(number: int = 1, sender: str = BUYER, text: str = ORDER, **more: str) -> bytes:
    return letter(text, sender=sender, message_id=f"<{number}@{sender.partition('@')[2]}>", **more)


def answer(
    to: str, text: str = QUESTION, *, number: int = 2, sender: str = BUYER, subject: str = "Re: Заявка"
) -> bytes:
    domain = sender.partition("@")[2]
    return letter(
        text, sender=sender, subject=subject, message_id=f"<{number}@{domain}>", headers=f"In-Reply-To: {to}\n"
    )


def with_files(text: str, *names: str, sender: str = BUYER, number: int = 1) -> bytes:
    """A letter with attachments of a few bytes each."""
    parts = [f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"]
    for name in names:
        data = base64.b64encode(f"content of {name}".encode()).decode()
        parts.append(
            f'--b\nContent-Type: application/octet-stream; name="{name}"\n'
            f'Content-Disposition: attachment; filename="{name}"\nContent-Transfer-Encoding: base64\n\n{data}\n'
        )
    head = (
        f"Return-Path: <{sender}>\nFrom: {sender}\nTo: {US}\nSubject: Order\nMessage-ID: <{number}@files.example>\n"
        "Date: Mon, 02 Mar 2026 10:15:00 +0300\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n'
    )
    return (head + "".join(parts) + "--b--\n").replace("\n", "\r\n").encode()


def bounce(of: str, address: str = BUYER, *, status: str = "5.1.1", number: int = 9) -> bytes:
    """A delivery report (RFC 3464) about a letter of ours."""
    action = "failed" if status.startswith("5") else "delayed"
    return f"""Return-Path: <>
From: "Mail Delivery System" <MAILER-DAEMON@mx.example>
To: {US}
Subject: Undelivered Mail Returned to Sender
Date: Tue, 17 Nov 2026 11:20:44 +0300
Message-ID: <bounce{number}@mx.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="r"

--r
Content-Type: text/plain; charset=utf-8

The letter could not be delivered.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} User unknown

--r
Content-Type: message/rfc822

From: {US}
To: {address}
Message-ID: {of}
Subject: ours

Text.
--r--
""".replace("\n", "\r\n").encode()
