"""Ways to reach the operator: a letter, a Telegram message."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from mailsync.clock import SystemClock
from mailsync.config import Config
from mailsync.errors import TemporaryFailure
from mailsync.ports import Envelope, Submission
from mailsync.worker.hands import moment

TELEGRAM = "https://api.telegram.org"
SECONDS = 20.0

Tell = Callable[[str, str], Awaitable[None]]


def ways_of(config: Config, submission: Submission) -> dict[str, Tell]:
    """The ways that the settings name."""
    ways: dict[str, Tell] = {}
    if config.alarms.email:
        ways["email"] = _by_letter(config, submission)
    token = config.telegram.bot_token.get_secret_value()
    if config.alarms.telegram_chat_id and token:
        ways["telegram"] = _by_telegram(token, config.alarms.telegram_chat_id)
    return ways


def _by_letter(config: Config, submission: Submission) -> Tell:
    sender = config.smtp.sender or config.mailbox.username

    async def tell(subject: str, text: str) -> None:
        letter = EmailMessage(policy=SMTP)
        letter["From"], letter["To"], letter["Subject"] = sender, config.alarms.email, subject
        letter["Date"] = format_datetime(moment(SystemClock().now()))
        letter["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text, charset="utf-8", cte="base64")
        await submission.submit(Envelope(config.mailbox.username, (config.alarms.email,), letter.as_bytes()), _nothing)

    return tell


async def _nothing() -> None:
    """An alarm is not journaled: the journal may be what it is about."""


def _by_telegram(token: str, chat_id: str) -> Tell:
    async def tell(subject: str, text: str) -> None:
        body = json.dumps({"chat_id": chat_id, "text": f"{subject}\n\n{text}"}).encode()
        await asyncio.to_thread(_post, f"{TELEGRAM}/bot{token}/sendMessage", body)

    return tell


def _post(url: str, body: bytes) -> None:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - a fixed https address
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
            pass
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        raise TemporaryFailure(f"Telegram does not take the message ({type(error).__name__})") from None
