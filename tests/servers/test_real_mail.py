"""The adapters against Dovecot and Postfix, where the embedded servers cannot stand in."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from mailsync.errors import PermanentFailure, TemporaryFailure
from mailsync.imap import ImapMailbox, ImapSettings
from mailsync.ports import Envelope
from mailsync.sandbox.certificate import create_certificate
from mailsync.smtp import SmtpSettings, SmtpSubmission
from mailsync.tls import Security
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import require
from tests.servers.mail import RealMailServers
from tests.servers.process import shared_directory

pytestmark = pytest.mark.servers

LETTER = b"From: ivanov@client.test\r\nMessage-ID: <a@client.test>\r\nSubject: x\r\n\r\nbody\r\n"


def imap_settings(dovecot: Dovecot, address: str, **changes: object) -> ImapSettings:
    values: dict[str, object] = {
        "host": "localhost",
        "port": dovecot.imap_port,
        "username": address,
        "password": dovecot.password,
        "ca_file": dovecot.ca_file,
        "command_timeout": 10,
    }
    return ImapSettings(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.PLAIN])
async def test_imap_on_the_port_for_plain_text(dovecot: Dovecot, security: Security) -> None:
    address = dovecot.new_address()
    dovecot.deliver(LETTER, address)
    settings = imap_settings(dovecot, address, port=dovecot.imap_plain_port, security=security)
    async with ImapMailbox(settings).connect() as session:
        assert [letter.raw async for letter in session.fetch(await session.uids_after(0))] == [LETTER]


async def test_a_wrong_password(dovecot: Dovecot) -> None:
    settings = imap_settings(dovecot, dovecot.new_address(), password="wrong")
    with pytest.raises(PermanentFailure, match="Неверный пароль"):
        async with ImapMailbox(settings).connect():
            pass


async def test_a_certificate_of_nobody_we_know(dovecot: Dovecot, tmp_path: Path) -> None:
    other = create_certificate(tmp_path).certificate_file
    settings = imap_settings(dovecot, dovecot.new_address(), ca_file=other)
    with pytest.raises(PermanentFailure, match="not trusted"):
        async with ImapMailbox(settings).connect():
            pass


async def test_a_folder_that_is_not_there(dovecot: Dovecot) -> None:
    settings = imap_settings(dovecot, dovecot.new_address(), folder="Заказы")
    with pytest.raises(PermanentFailure, match="Заказы"):
        async with ImapMailbox(settings).connect():
            pass


async def test_reading_marks_nothing_as_read(dovecot: Dovecot) -> None:
    address = dovecot.new_address()
    dovecot.deliver(LETTER, address)
    async with ImapMailbox(imap_settings(dovecot, address)).connect() as session:
        uids = await session.uids_after(0)
        assert len([letter async for letter in session.fetch(uids)]) == len(await session.identities(uids)) == 1
    assert dovecot.flags(address) == [""]
    async with ImapMailbox(imap_settings(dovecot, address)).connect() as session:
        await session.after(uids[0], "seen")
    assert dovecot.flags(address) == ["S"]


async def test_letters_expunged_by_somebody_else_are_left_out(dovecot: Dovecot) -> None:
    address = dovecot.new_address()
    for number in range(60):
        dovecot.deliver(LETTER.replace(b"<a@", b"<a%d@" % number), address)
    async with ImapMailbox(imap_settings(dovecot, address)).connect() as session:
        uids = await session.uids_after(0)
        letters = session.fetch(uids)
        first = await anext(letters)
        dovecot.expunge(address, uids[10:])
        rest = [letter.uid async for letter in letters]
    assert [first.uid, *rest][:10] == uids[:10]
    assert set(rest) <= set(uids)


async def test_a_mailbox_made_anew_is_noticed(dovecot: Dovecot) -> None:
    address = dovecot.new_address()
    dovecot.deliver(LETTER, address)
    mailbox = ImapMailbox(imap_settings(dovecot, address))
    async with mailbox.connect() as session:
        await session.uids_after(0)
        before = session.state.uidvalidity
        dovecot.rebuild(address, before + 1)
        dovecot.deliver(LETTER, address)
        with suppress(TemporaryFailure):
            await session.uids_after(0)
    async with mailbox.connect() as session:
        assert session.state.uidvalidity == before + 1
        assert len(await session.uids_after(0)) == 1


async def test_a_server_that_is_killed_wakes_whoever_waits() -> None:
    require("dovecot")
    with shared_directory() as directory, Dovecot(directory, create_certificate(directory)) as own:
        mailbox = ImapMailbox(imap_settings(own, "zakaz@shop.test"))
        async with mailbox.connect() as session:
            waiting = asyncio.create_task(session.wait(60))
            await asyncio.sleep(0.05)
            await asyncio.to_thread(own.kill)
            with pytest.raises(TemporaryFailure):
                await asyncio.wait_for(waiting, 10)
        with pytest.raises(TemporaryFailure):
            async with mailbox.connect():
                pass
        await asyncio.to_thread(own.start)
        async with mailbox.connect() as session:
            assert await session.uids_after(0) == []


async def test_submission_with_starttls(mail_servers: RealMailServers) -> None:
    settings = SmtpSettings(
        host=mail_servers.host,
        port=mail_servers.postfix.starttls_port,
        security=Security.STARTTLS,
        username=mail_servers.user,
        password=mail_servers.password,
        ca_file=mail_servers.ca_file,
    )
    customer = mail_servers.dovecot.new_address()
    submission = SmtpSubmission(settings)
    await submission.submit(Envelope(mail_servers.user, (customer,), LETTER), _noted)
    await submission.close()
    assert len(await asyncio.to_thread(mail_servers.dovecot.wait_for_letters, customer, 1)) == 1


async def test_submission_with_a_wrong_password(mail_servers: RealMailServers) -> None:
    settings = SmtpSettings(
        host=mail_servers.host,
        port=mail_servers.smtp_port,
        username=mail_servers.user,
        password="wrong",
        ca_file=mail_servers.ca_file,
    )
    with pytest.raises(TemporaryFailure, match="Неверный пароль"):
        await SmtpSubmission(settings).submit(Envelope(mail_servers.user, ("a@client.test",), LETTER), _noted)


async def test_a_letter_sent_to_postfix_lands_in_our_mailbox(mail_servers: RealMailServers) -> None:
    before = len(mail_servers.mailbox())
    await asyncio.to_thread(mail_servers.send, LETTER)
    letters = await asyncio.to_thread(mail_servers.dovecot.wait_for_letters, mail_servers.user, before + 1)
    assert letters[-1].endswith(b"Subject: x\r\n\r\nbody\r\n") or b"Subject: x" in letters[-1]
    assert len(mail_servers.mailbox_uids()) == before + 1


async def _noted() -> None:
    """Nothing to note in these tests."""
