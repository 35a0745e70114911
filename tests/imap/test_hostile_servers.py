"""Whatever a server says, the adapter ends within its deadline and tells it in the words of mailsync.errors."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mailsync.errors import PermanentFailure, SettingsError, TemporaryFailure, UnknownOutcome
from mailsync.imap import ImapMailbox, ImapSettings
from mailsync.sandbox.certificate import create_certificate
from mailsync.sandbox.imap_server import EmbeddedImapServer
from mailsync.tls import Security
from tests.imap.imap_script import ENDLESS, HANG_UP, LETTER, STALL, ImapScript
from tests.servers.scripted import serving, silence

SIZE = b"UID FETCH 1 (UID RFC822.SIZE INTERNALDATE)"
FETCH = b"UID FETCH 1 (UID BODY.PEEK"


def settings(port: int, *, security: Security = Security.PLAIN, timeout: float = 5) -> ImapSettings:
    return ImapSettings(
        host="127.0.0.1",
        port=port,
        security=security,
        username="zakaz@shop.test",
        password="hunter2-пароль",
        connect_timeout=timeout,
        command_timeout=timeout,
        slow_command_timeout=timeout,
    )


async def read_all(script: ImapScript, *, timeout: float = 5) -> list[bytes]:
    """What a poll does; fails the test where it takes far longer than the deadlines allow."""
    async with (
        asyncio.timeout(20),
        serving(script) as port,
        ImapMailbox(settings(port, timeout=timeout)).connect() as session,
    ):
        uids = await session.uids_after(0)
        letters = [letter.raw async for letter in session.fetch(uids)]
        await session.wait(0.01)
        await session.append("Sent", LETTER)
        return letters


async def test_the_script_itself_is_an_honest_server() -> None:
    script = ImapScript()
    assert await read_all(script) == [LETTER]
    assert script.credentials == "\0zakaz@shop.test\0hunter2-пароль".encode()
    assert not any(b"hunter2" in command for command in script.heard)


BEFORE_LOGIN = [b"GREETING", b"CAPABILITY", b"AUTHENTICATE", b"CREDENTIALS"]
IN_SESSION = [
    b"EXAMINE",
    b"NOOP",
    b"UID FETCH 1:* (UID)",
    b"UID FETCH 1 (UID RFC822.SIZE INTERNALDATE)",
    FETCH,
    b"IDLE",
    b"DONE",
    b"APPEND",
]


@pytest.mark.parametrize("command", BEFORE_LOGIN + IN_SESSION)
@pytest.mark.parametrize(
    "answer",
    [
        b"* BYE the server goes down\r\n" + STALL,
        b"* BYE the server goes down\r\n" + HANG_UP,
        HANG_UP,
        STALL,
        b"wrongtag OK done\r\n" + STALL,
        b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n" + STALL,
        b"* 1 FETCH (UID 1 BODY[] {12345678901234567890123}\r\n" + STALL,
        b"* OK " + ENDLESS,
        b"\xff\xfe\x80 garbage\r\n" + STALL,
        b"HTTP/1.1 400 Bad Request\r\n\r\n" + HANG_UP,
        b"\r\n\r\n\r\n" + STALL,
    ],
    ids=lambda answer: answer[:24].decode("latin-1"),
)
async def test_nonsense_at_any_point_is_a_passing_failure(command: bytes, answer: bytes) -> None:
    with pytest.raises(TemporaryFailure) as failure:
        await read_all(ImapScript({command: answer}), timeout=0.2)
    assert failure.value.neighbour == "imap"
    assert "hunter2" not in str(failure.value)


@pytest.mark.parametrize("command", [command for command in BEFORE_LOGIN + IN_SESSION if command != b"APPEND"])
async def test_questions_that_nobody_asked_for_are_a_passing_failure(command: bytes) -> None:
    with pytest.raises(TemporaryFailure):
        await read_all(ImapScript({command: b"+ what?\r\n+ what?\r\n" + STALL}), timeout=0.2)


@pytest.mark.parametrize("answer", [HANG_UP, STALL, b"wrongtag OK done\r\n" + STALL, b"* BYE\r\n" + STALL])
async def test_no_answer_to_a_stored_letter_is_an_unknown_outcome(answer: bytes) -> None:
    with pytest.raises(UnknownOutcome):
        await read_all(ImapScript({b"APPENDED": answer}), timeout=0.2)


async def test_a_refusal_to_store_is_definite() -> None:
    with pytest.raises(TemporaryFailure, match="over quota"):
        await read_all(ImapScript({b"APPENDED": b"TAG NO [OVERQUOTA] mailbox over quota\r\n"}))


async def test_a_drip_does_not_prolong_the_deadline() -> None:
    with pytest.raises(TemporaryFailure, match="no answer"):
        await read_all(ImapScript({b"GREETING": b"* OK " + b"x" * 5000 + b"\r\n"}, drip=True), timeout=0.2)


async def test_a_thousand_lines_at_once_are_read() -> None:
    lines = b"".join(b"* %d FETCH (FLAGS ())\r\n" % number for number in range(1, 5001))
    honest = b"* 1 FETCH (UID 1)\r\nTAG OK done\r\n"
    assert await read_all(ImapScript({b"UID FETCH 1:* (UID)": lines + honest})) == [LETTER]


async def test_a_flood_of_lines_is_cut_off() -> None:
    flood = b"* 1 FETCH (FLAGS (%s))\r\n" % (b"x" * 60_000)
    with pytest.raises(TemporaryFailure):
        await read_all(ImapScript({b"NOOP": flood + ENDLESS}))


@pytest.mark.parametrize(
    ("response", "raw"),
    [
        (b'* 1 FETCH (BODY[]<0> "short" UID 1)\r\nTAG OK done\r\n', b"short"),
        (b'* 1 FETCH (BODY[]<0> "a \\"b\\" (c) \\\\" UID 1)\r\nTAG OK done\r\n', b'a "b" (c) \\'),
        (b'* 1 FETCH (UID 1 BODY[]<0> "")\r\nTAG OK done\r\n', b""),
        (b"* 1 FETCH (UID 1 BODY[]<0> NIL)\r\nTAG OK done\r\n", b""),
        (b"* 1 FETCH (UID 1 BODY[]<0> {0}\r\n)\r\nTAG OK done\r\n", b""),
        (b"* 1 FETCH (FLAGS (\\Seen $x) UID 1 BODY[] {4}\r\n)\r\n())\r\nTAG OK done\r\n", b")\r\n("),
        (b"* 2 EXISTS\r\n* 1 fetch (uid 1 body[]<0> {1}\r\nx)\r\n* 1 FETCH (FLAGS ())\r\nTAG OK done {3}\r\n", b"x"),
    ],
)
async def test_letters_in_every_form_the_grammar_allows(response: bytes, raw: bytes) -> None:
    assert await read_all(ImapScript({FETCH: response})) == [raw]


async def test_a_letter_that_is_gone_is_left_out() -> None:
    assert await read_all(ImapScript({SIZE: b"TAG OK done\r\n"})) == []


async def test_a_letter_that_is_listed_and_not_handed_out_does_not_go_unnoticed() -> None:
    script = ImapScript({FETCH: b"TAG OK done\r\n"})
    async with serving(script) as port, ImapMailbox(settings(port)).connect() as session:
        (letter,) = [letter async for letter in session.fetch([1])]
    assert letter.truncated
    assert letter.raw == b""


async def test_a_letter_whose_size_is_not_told_is_fetched() -> None:
    assert await read_all(ImapScript({SIZE: b"* 1 FETCH (UID 1)\r\nTAG OK done\r\n"})) == [LETTER]


async def test_a_letter_that_the_server_cannot_read_is_named_and_holds_up_none_before_it() -> None:
    sizes = b"* 1 FETCH (UID 1 RFC822.SIZE 50)\r\n* 2 FETCH (UID 2 RFC822.SIZE 50)\r\nTAG OK done\r\n"
    broken = b"TAG NO [SERVERBUG] internal error\r\n"
    script = ImapScript(
        {b"UID FETCH 1,2 (UID RFC822": sizes, b"UID FETCH 1,2 (UID BODY": broken, b"UID FETCH 2": broken}
    )
    async with serving(script) as port, ImapMailbox(settings(port)).connect() as session:
        letters = session.fetch([1, 2])
        assert (await anext(letters)).raw == LETTER
        with pytest.raises(TemporaryFailure, match="UID 2"):
            await anext(letters)


async def test_the_star_that_names_an_old_letter_makes_it_no_new_one() -> None:
    script = ImapScript({b"UID FETCH 8:* (UID)": b"* 1 FETCH (UID 7)\r\nTAG OK done\r\n"})
    async with serving(script) as port, ImapMailbox(settings(port)).connect() as session:
        assert await session.uids_after(7) == []


async def test_a_new_uidvalidity_in_the_middle_of_a_session_ends_it() -> None:
    with pytest.raises(TemporaryFailure, match="UIDVALIDITY"):
        await read_all(ImapScript({b"NOOP": b"* OK [UIDVALIDITY 8] rebuilt\r\nTAG OK done\r\n"}))


async def test_a_server_without_uidvalidity_is_of_no_use() -> None:
    with pytest.raises(PermanentFailure, match="UIDVALIDITY"):
        await read_all(ImapScript({b"EXAMINE": b"* 1 EXISTS\r\nTAG OK done\r\n"}))


async def test_a_folder_that_is_missing_is_named() -> None:
    script = ImapScript({b"EXAMINE": b"TAG NO no such mailbox\r\n", b"LIST": b"TAG OK done\r\n"})
    with pytest.raises(PermanentFailure, match='no folder "INBOX"') as failure:
        await read_all(script)
    assert "mailbox.folder" in failure.value.cure


async def test_a_folder_that_exists_but_cannot_be_opened_now_is_a_passing_failure() -> None:
    listed = b'* LIST () "." INBOX\r\nTAG OK done\r\n'
    script = ImapScript({b"EXAMINE": b"TAG NO [SERVERBUG] internal error\r\n", b"LIST": listed})
    with pytest.raises(TemporaryFailure, match="internal error"):
        await read_all(script)


async def test_a_server_without_idle_is_polled() -> None:
    script = ImapScript({b"CREDENTIALS": b"TAG OK [CAPABILITY IMAP4rev1] welcome\r\n"})
    assert await read_all(script) == [LETTER]
    assert b"IDLE" not in script.heard


async def test_a_server_that_refuses_idle_is_polled() -> None:
    assert await read_all(ImapScript({b"IDLE": b"TAG NO not now\r\n"})) == [LETTER]


async def test_an_idle_is_renewed_before_anybody_forgets_the_link() -> None:
    script = ImapScript()
    async with serving(script) as port:
        hasty = ImapSettings(
            host="127.0.0.1",
            port=port,
            security=Security.PLAIN,
            username="zakaz@shop.test",
            password="secret",
            idle_renewal=0.02,
        )
        async with ImapMailbox(hasty).connect() as session:
            assert await session.wait(0.1) is False
    assert script.heard.count(b"IDLE") > 2


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (b"TAG NO [AUTHENTICATIONFAILED] no\r\n", PermanentFailure, "Неверный пароль"),
        (b"TAG NO [EXPIRED] password expired\r\n", PermanentFailure, "Неверный пароль"),
        (b"TAG NO login failed\r\n", PermanentFailure, "Неверный пароль"),
        (b"TAG NO [UNAVAILABLE] user database is down\r\n", TemporaryFailure, "user database is down"),
        (b"TAG NO [LIMIT] too many connections\r\n", TemporaryFailure, "too many connections"),
        (b"TAG NO [ALERT] Open https://mail.test/unlock first\r\n", TemporaryFailure, "unlock first"),
        (b"TAG NO [PRIVACYREQUIRED] not without TLS\r\n", PermanentFailure, "wants TLS"),
        (b"TAG BAD what\r\n", TemporaryFailure, "cannot log anybody in now"),
    ],
)
async def test_a_refused_login_says_who_has_to_do_what(answer: bytes, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        await read_all(ImapScript({b"CREDENTIALS": answer}))


async def test_login_serves_where_sasl_is_not_offered() -> None:
    script = ImapScript({b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"})
    assert await read_all(script) == [LETTER]


async def test_a_server_that_takes_no_password_here_is_told_plainly() -> None:
    script = ImapScript({b"CAPABILITY": b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK done\r\n"})
    with pytest.raises(PermanentFailure, match="takes no password") as failure:
        await read_all(script)
    assert "993" in failure.value.cure


async def test_what_follows_the_answer_to_starttls_in_the_clear_is_not_believed() -> None:
    script = ImapScript({b"STARTTLS": b"TAG OK begin\r\n* CAPABILITY IMAP4rev1\r\n"})
    async with serving(script) as port:
        with pytest.raises(TemporaryFailure, match="STARTTLS"):
            async with ImapMailbox(settings(port, security=Security.STARTTLS)).connect():
                pass


async def test_a_server_that_skips_the_login_before_tls_is_not_believed() -> None:
    async with serving(ImapScript({b"GREETING": b"* PREAUTH welcome\r\n"})) as port:
        with pytest.raises(TemporaryFailure, match="before TLS"):
            async with ImapMailbox(settings(port, security=Security.STARTTLS)).connect():
                pass


async def test_a_server_that_speaks_no_tls_is_told_plainly() -> None:
    async with serving(ImapScript()) as port:
        with pytest.raises(TemporaryFailure, match="no TLS") as failure:
            async with ImapMailbox(settings(port, security=Security.TLS)).connect():
                pass
    assert "993" in failure.value.cure


async def test_a_certificate_for_another_host_is_not_believed(tmp_path: Path) -> None:
    certificate = create_certificate(tmp_path, names=("elsewhere.test",))
    server = EmbeddedImapServer("zakaz@shop.test", "secret", certificate.server_context())
    await server.start()
    elsewhere = ImapSettings(
        host="localhost",
        port=server.port,
        ca_file=certificate.certificate_file,
        username="zakaz@shop.test",
        password="secret",
    )
    with pytest.raises(PermanentFailure, match="not trusted: Hostname mismatch"):
        async with ImapMailbox(elsewhere).connect():
            pass
    await server.stop()


async def test_a_server_that_never_finishes_the_handshake_is_given_up() -> None:
    async with serving(lambda reader, _writer: silence(reader)) as port:
        with pytest.raises(TemporaryFailure, match="no answer"):
            async with ImapMailbox(settings(port, security=Security.TLS, timeout=0.2)).connect():
                pass


def test_a_password_is_never_sent_in_the_clear_to_another_machine() -> None:
    with pytest.raises(SettingsError, match="in the clear"):
        ImapSettings(host="imap.beget.com", security=Security.PLAIN, username="zakaz@shop.test", password="secret")
