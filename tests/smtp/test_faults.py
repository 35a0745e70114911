"""Faults at every point of the SMTP dialogue: what was sent is known, or said to be unknown (F9, F10)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mailsync.errors import PermanentFailure, SettingsError, TemporaryFailure, UnknownOutcome
from mailsync.ports import Envelope
from mailsync.smtp import SmtpSettings, SmtpSubmission
from mailsync.tls import Security
from tests.servers.scripted import serving, silence
from tests.smtp.smtp_script import HANG_UP, STALL, SmtpScript

LETTER = b"Message-ID: <answer@shop.test>\r\nSubject: x\r\n\r\n" + b"line\r\n" * 100
ENVELOPE = Envelope("zakaz@shop.test", ("ivanov@client.test",), LETTER)


class Worker:
    """Sends letters to a script and remembers whether it got as far as DATA."""

    def __init__(self, port: int, *, timeout: float = 5, security: Security = Security.PLAIN) -> None:
        self.noted = 0
        self.submission = SmtpSubmission(
            SmtpSettings(
                host="127.0.0.1",
                port=port,
                security=security,
                username="zakaz@shop.test",
                password="hunter2-пароль",
                command_timeout=timeout,
                data_timeout=timeout,
            )
        )

    async def note(self) -> None:
        self.noted += 1

    async def send(self, envelope: Envelope = ENVELOPE) -> str:
        async with asyncio.timeout(20):
            return await self.submission.submit(envelope, self.note)


BEFORE_DATA = ["GREETING", "EHLO", "AUTH", "MAIL", "RCPT"]
LOSSES = [HANG_UP, STALL, b"25" + HANG_UP, b"25" + STALL, b"250-more\r\n" + STALL]


async def test_the_script_itself_is_an_honest_server() -> None:
    script = SmtpScript()
    async with serving(script) as port:
        worker = Worker(port)
        assert await worker.send() == "250 2.0.0 queued"
        await worker.submission.close()
    assert script.letters == [LETTER + b".\r\n"]
    assert script.heard[2] == "MAIL FROM:<zakaz@shop.test> SIZE=646"
    assert script.heard[-1] == "QUIT"


@pytest.mark.parametrize("point", BEFORE_DATA)
@pytest.mark.parametrize("loss", LOSSES)
async def test_a_link_lost_before_data_sends_nothing(point: str, loss: bytes) -> None:
    script = SmtpScript({point: loss})
    async with serving(script) as port:
        worker = Worker(port, timeout=0.2)
        with pytest.raises(TemporaryFailure) as failure:
            await worker.send()
    assert failure.value.neighbour == "smtp"
    assert worker.noted == 0
    assert script.letters == []


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_link_lost_before_the_letter_goes_out_sends_nothing(loss: bytes) -> None:
    script = SmtpScript({"DATA": loss})
    async with serving(script) as port:
        worker = Worker(port, timeout=0.2)
        with pytest.raises(TemporaryFailure) as failure:
            await worker.send()
    assert failure.value.neighbour == "smtp"
    assert worker.noted == 1
    assert script.letters == []


@pytest.mark.parametrize("quarter", [1, 2, 3])
async def test_a_link_lost_in_the_letter_leaves_the_outcome_unknown(quarter: int) -> None:
    script = SmtpScript(body_octets=len(LETTER) * quarter // 4)
    async with serving(script) as port:
        worker = Worker(port)
        with pytest.raises(UnknownOutcome):
            await worker.send()
    assert script.letters == []


@pytest.mark.parametrize("loss", [*LOSSES, b"garbage\r\n" + STALL, b"199 what\r\n", b"354 again\r\n"])
async def test_no_sensible_answer_to_the_letter_leaves_the_outcome_unknown(loss: bytes) -> None:
    script = SmtpScript({"LETTER": loss})
    async with serving(script) as port:
        worker = Worker(port, timeout=0.2)
        with pytest.raises(UnknownOutcome):
            await worker.send()
    assert len(script.letters) == 1


async def test_a_link_lost_after_the_answer_changes_nothing() -> None:
    script = SmtpScript({"LETTER": b"250 2.0.0 queued\r\n" + HANG_UP})
    async with serving(script) as port:
        worker = Worker(port)
        for _ in range(3):
            assert await worker.send() == "250 2.0.0 queued"
    assert len(script.letters) == worker.noted == 3
    assert script.connections == 3


@pytest.mark.parametrize("goodbye", [b"421 4.4.2 idle too long\r\n" + HANG_UP, HANG_UP, STALL])
async def test_a_kept_connection_that_died_unnoticed_is_opened_again(goodbye: bytes) -> None:
    script = SmtpScript(once=True)
    async with serving(script) as port:
        worker = Worker(port, timeout=0.2)
        await worker.send()
        script.pending["MAIL"] = goodbye
        await worker.send()
        await worker.submission.close()
    assert len(script.letters) == worker.noted == 2
    assert script.connections == 2


LATER, NOT_WANTED = b"451 4.7.1 try again later\r\n", b"550 5.7.1 not wanted\r\n"


@pytest.mark.parametrize(
    ("point", "answer", "kind"),
    [
        ("MAIL", LATER, TemporaryFailure),
        ("RCPT", LATER, TemporaryFailure),
        ("DATA", LATER, TemporaryFailure),
        ("LETTER", LATER, TemporaryFailure),
        ("MAIL", NOT_WANTED, TemporaryFailure),  # our sender is refused with every letter: all of them wait
        ("RCPT", NOT_WANTED, PermanentFailure),
        ("DATA", NOT_WANTED, PermanentFailure),
        ("LETTER", NOT_WANTED, PermanentFailure),
    ],
)
async def test_a_refusal_is_definite_and_the_next_letter_goes_over_the_same_link(
    point: str, answer: bytes, kind: type[Exception]
) -> None:
    script = SmtpScript({point: answer}, once=True)
    async with serving(script) as port:
        worker = Worker(port)
        with pytest.raises(kind, match=answer[:3].decode()):
            await worker.send()
        await worker.send()
        await worker.submission.close()
    assert script.connections == 1
    assert len(script.letters) == (2 if point == "LETTER" else 1)


@pytest.mark.parametrize(("point", "neighbour"), [("MAIL", "smtp"), ("RCPT", None), ("DATA", None), ("LETTER", None)])
async def test_a_letter_put_off_is_told_from_a_server_in_trouble(point: str, neighbour: str | None) -> None:
    async with serving(SmtpScript({point: b"451 4.7.1 try again later\r\n"})) as port:
        with pytest.raises(TemporaryFailure) as failure:
            await Worker(port).send()
    assert failure.value.neighbour == neighbour


@pytest.mark.parametrize("point", ["GREETING", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "LETTER"])
async def test_421_ends_the_link_and_is_a_passing_failure_of_the_server(point: str) -> None:
    script = SmtpScript({point: b"421 4.3.2 going down\r\n"}, once=True)
    async with serving(script) as port:
        worker = Worker(port)
        with pytest.raises(TemporaryFailure) as failure:
            await worker.send()
        assert failure.value.neighbour == "smtp"
        await worker.send()
        await worker.submission.close()
    assert script.connections == 2


@pytest.mark.parametrize("point", BEFORE_DATA)
@pytest.mark.parametrize(
    "answer",
    [
        b"hello there\r\n" + STALL,
        b"\xff\xff\xff\r\n" + STALL,
        b"250-x\r\n" * 150_000 + STALL,
        b"2" * 1_000_000 + STALL,
        b"354 what?\r\n",
        b"000 zero\r\n",
    ],
    ids=["words", "octets", "many lines", "long line", "wrong class", "no class"],
)
async def test_nonsense_before_data_is_a_passing_failure(point: str, answer: bytes) -> None:
    async with serving(SmtpScript({point: answer})) as port:
        worker = Worker(port, timeout=0.3)
        with pytest.raises(TemporaryFailure):
            await worker.send()
    assert worker.noted == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"535 5.7.8 bad credentials\r\n", "Неверный пароль"),
        (b"534 5.7.9 stronger mechanism needed\r\n", "5.7.9"),
        (b"454 4.7.0 temporary authentication failure\r\n", "cannot log anybody in now"),
    ],
)
async def test_a_refused_login_is_tried_once_and_all_letters_wait(answer: bytes, words: str) -> None:
    script = SmtpScript({"AUTH": answer})
    async with serving(script) as port:
        with pytest.raises(TemporaryFailure, match=words) as failure:
            await Worker(port).send()
    assert failure.value.neighbour == "smtp"
    assert sum(line.startswith("AUTH") for line in script.heard) == 1
    assert "hunter2" not in str(failure.value)


async def test_a_server_without_auth_is_told_plainly() -> None:
    async with serving(SmtpScript({"EHLO": b"250 mx.shop.test\r\n"})) as port:
        with pytest.raises(TemporaryFailure, match="takes no password") as failure:
            await Worker(port).send()
    assert failure.value.cure == 'set smtp.security = "tls" and smtp.port = 465'


async def test_one_refused_recipient_refuses_the_letter() -> None:
    script = SmtpScript({"RCPT": b"550 5.1.1 no such user\r\n"}, once=True)
    async with serving(script) as port:
        worker = Worker(port)
        with pytest.raises(PermanentFailure, match="no such user"):
            await worker.send(Envelope("zakaz@shop.test", ("a@client.test", "b@client.test"), LETTER))
        await worker.submission.close()
    assert script.letters == []
    assert "RSET" in script.heard


async def test_an_address_that_the_server_cannot_write_is_refused_in_plain_words() -> None:
    script = SmtpScript()
    async with serving(script) as port:
        worker = Worker(port)
        with pytest.raises(PermanentFailure, match="SMTPUTF8"):
            await worker.send(Envelope("zakaz@shop.test", ("иванов@почта.рф",), LETTER))
        await worker.send(Envelope("zakaz@shop.test", ("ivanov@почта.рф",), LETTER))
        await worker.submission.close()
    assert "RCPT TO:<ivanov@xn--80a1acny.xn--p1ai>" in script.heard


async def test_eight_bit_letters_are_announced() -> None:
    script = SmtpScript()
    async with serving(script) as port:
        worker = Worker(port)
        await worker.send(Envelope("zakaz@shop.test", ("a@client.test",), "Subject: x\r\n\r\nпривет\r\n".encode()))
        await worker.submission.close()
    assert "MAIL FROM:<zakaz@shop.test> SIZE=28 BODY=8BITMIME" in script.heard


async def test_a_cancelled_letter_breaks_the_link_and_the_next_one_goes_over_a_new_one() -> None:
    script = SmtpScript({"LETTER": STALL}, once=True)
    async with serving(script) as port:
        worker = Worker(port)
        sending = asyncio.create_task(worker.send())
        await script.letter_read.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert await worker.send() == "250 2.0.0 queued"
        await worker.submission.close()
    assert script.connections == 2


async def test_letters_sent_at_once_wait_for_each_other() -> None:
    script = SmtpScript()
    async with serving(script) as port:
        worker = Worker(port)
        await asyncio.gather(*(worker.send() for _ in range(10)))
        await worker.submission.close()
    assert len(script.letters) == 10
    assert script.connections == 1


async def test_a_server_without_starttls_is_told_plainly() -> None:
    async with serving(SmtpScript()) as port:
        with pytest.raises(TemporaryFailure, match="STARTTLS") as failure:
            await Worker(port, security=Security.STARTTLS).send()
    assert failure.value.cure == 'set smtp.security = "tls" and smtp.port = 465'


async def test_certificates_that_cannot_be_read_make_letters_wait() -> None:
    settings = SmtpSettings(host="127.0.0.1", username="", password="", ca_file=Path("/nowhere/ca.pem"))
    with pytest.raises(TemporaryFailure, match=r"/nowhere/ca\.pem cannot be read") as failure:
        await SmtpSubmission(settings).probe()
    assert failure.value.neighbour == "smtp"
    assert failure.value.cure == "name a readable PEM file, or leave it empty"


async def test_a_server_that_speaks_no_tls_is_told_plainly() -> None:
    async with serving(SmtpScript()) as port:
        with pytest.raises(TemporaryFailure, match="no TLS"):
            await Worker(port, security=Security.TLS).send()


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_a_handshake_that_never_ends_is_given_up(security: Security) -> None:
    ehlo = b"250-mx.shop.test\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n"
    script = SmtpScript({"EHLO": ehlo, "STARTTLS": b"220 begin\r\n" + STALL})
    handler = script if security is Security.STARTTLS else lambda reader, _writer: silence(reader)
    async with serving(handler) as port:
        with pytest.raises(TemporaryFailure):
            await Worker(port, security=security, timeout=0.2).send()


def test_a_password_is_never_sent_in_the_clear_to_another_machine() -> None:
    with pytest.raises(SettingsError, match="in the clear"):
        SmtpSettings(host="smtp.beget.com", security=Security.PLAIN, username="zakaz@shop.test", password="secret")
