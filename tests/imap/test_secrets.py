"""Neither passwords nor letters reach a log, whatever its level."""

from __future__ import annotations

import logging

import pytest

from mailsync.imap import ImapMailbox, ImapSettings
from mailsync.ports import Envelope
from mailsync.smtp import SmtpSettings, SmtpSubmission
from mailsync.tls import Security
from tests.imap.imap_script import LETTER, ImapScript
from tests.servers.scripted import serving
from tests.smtp.smtp_script import SmtpScript

PASSWORD = 'hunter2-"secret"'


@pytest.mark.parametrize("capabilities", [b"AUTH=PLAIN", b""])
async def test_imap(caplog: pytest.LogCaptureFixture, capabilities: bytes) -> None:
    caplog.set_level(logging.DEBUG)
    script = ImapScript({b"CAPABILITY": b"* CAPABILITY IMAP4rev1 " + capabilities + b"\r\nTAG OK done\r\n"})
    async with serving(script) as port:
        settings = ImapSettings("127.0.0.1", "zakaz@shop.test", PASSWORD, port=port, security=Security.PLAIN)
        async with ImapMailbox(settings).connect() as session:
            assert [letter.raw async for letter in session.fetch([1])] == [LETTER]
            await session.append("Sent", LETTER)
        assert PASSWORD not in repr(settings)
    assert "hunter2" not in caplog.text
    assert "body" not in caplog.text


async def test_smtp(caplog: pytest.LogCaptureFixture) -> None:
    async def noted() -> None:
        """Nothing to note."""

    caplog.set_level(logging.DEBUG)
    async with serving(SmtpScript()) as port:
        settings = SmtpSettings("127.0.0.1", "zakaz@shop.test", PASSWORD, port=port, security=Security.PLAIN)
        submission = SmtpSubmission(settings)
        await submission.submit(Envelope("zakaz@shop.test", ("a@client.test",), LETTER), noted)
        await submission.close()
        assert PASSWORD not in repr(settings)
    assert "hunter2" not in caplog.text
    assert "body" not in caplog.text
