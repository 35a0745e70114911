"""The embedded mail servers: what a user of the demo meets."""

from __future__ import annotations

import asyncio
import smtplib

import pytest

from mailsync.imap import ImapMailbox, ImapSettings
from mailsync.ports import Envelope
from mailsync.sandbox.mail import MailSandbox
from mailsync.smtp import SmtpSettings, SmtpSubmission

LETTER = b"From: ivanov@client.test\r\nSubject: x\r\n\r\nprice 2* 3\r\n.\r\n"


def hand_in(sandbox: MailSandbox, *recipients: str) -> None:
    with smtplib.SMTP(sandbox.host, sandbox.smtp_port) as smtp:
        smtp.sendmail("ivanov@client.test", recipients, LETTER)


async def inbox(sandbox: MailSandbox) -> list[bytes]:
    settings = ImapSettings(
        host=sandbox.host,
        port=sandbox.imap_port,
        username=sandbox.username,
        password=sandbox.password,
        ca_file=sandbox.ca_file,
    )
    async with ImapMailbox(settings).connect() as session:
        return [letter.raw async for letter in session.fetch(await session.uids_after(0))]


async def test_a_letter_handed_in_by_anybody_lies_in_the_mailbox() -> None:
    async with MailSandbox() as sandbox:
        await asyncio.to_thread(hand_in, sandbox, "zakaz@shop.test")
        assert await inbox(sandbox) == [LETTER]
        assert sandbox.sink == []
        assert sandbox.delivered == 1


async def test_letters_to_others_are_kept_in_the_sink() -> None:
    async with MailSandbox() as sandbox:
        await asyncio.to_thread(hand_in, sandbox, "petrov@client.test", "Zakaz@shop.test")
        assert await inbox(sandbox) == [LETTER]
        (kept,) = sandbox.sink
        assert kept.mail_from == "ivanov@client.test"
        assert kept.rcpt_to == ("petrov@client.test", "Zakaz@shop.test")
        assert kept.raw == LETTER


async def test_the_worker_sends_to_its_own_mailbox_too() -> None:
    async with MailSandbox() as sandbox:
        settings = SmtpSettings(
            host=sandbox.host,
            port=sandbox.submission_port,
            username=sandbox.username,
            password=sandbox.password,
            ca_file=sandbox.ca_file,
        )
        submission = SmtpSubmission(settings)
        await submission.submit(Envelope(sandbox.username, (sandbox.username,), LETTER), _noted)
        await submission.close()
        assert await inbox(sandbox) == [LETTER]


async def test_the_submission_port_wants_a_login() -> None:
    async with MailSandbox() as sandbox:
        settings = SmtpSettings(
            host=sandbox.host, port=sandbox.submission_port, username="", password="", ca_file=sandbox.ca_file
        )
        with pytest.raises(Exception, match="530"):
            await SmtpSubmission(settings).submit(Envelope("a@b.test", ("c@d.test",), LETTER), _noted)
        assert sandbox.sink == []


async def test_a_rebuilt_mailbox_is_empty_and_numbered_anew() -> None:
    async with MailSandbox() as sandbox:
        await sandbox.deliver(LETTER)
        await sandbox.imap.rebuild()
        assert await inbox(sandbox) == []


async def _noted() -> None:
    """Nothing to note in these tests."""
