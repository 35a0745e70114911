"""A logged-in SMTP connection: the only module that imports aiosmtplib."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import aiosmtplib
from aiosmtplib import SMTPResponse

from mailsync.errors import MailsyncError, PermanentFailure, RecipientRefused, TemporaryFailure, UnknownOutcome
from mailsync.smtp.envelopes import WireEnvelope
from mailsync.smtp.settings import SmtpSettings
from mailsync.tls import Security, client_context, tls_failure

_HELO_NAME = "[127.0.0.1]"  # an address literal, as RFC 5321, 4.1.4 wants of a client without a name of its own
_QUIT_TIMEOUT = 2.0  # seconds; mere politeness
_LOST = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)


REFUSED_LETTER = (
    "mend what the server names, then mailsync journal retry; or answer by hand, then mailsync journal dismiss"
)
REFUSED_SECONDS = 300.0  # a wrong password is not hammered: servers count them


class SmtpConnection:
    """One connection, one letter at a time; `usable` is False once it was lost or must not be trusted any more."""

    def __init__(self, client: aiosmtplib.SMTP, settings: SmtpSettings) -> None:
        self._client = client
        self._settings = settings

    @property
    def usable(self) -> bool:
        return self._client.is_connected

    @classmethod
    async def open(cls, settings: SmtpSettings) -> SmtpConnection:
        """Connect, protect, greet, log in. Raises TemporaryFailure(neighbour="smtp"): what fails here fails for every
        letter, so that letters wait, also where a person has to act."""
        try:
            return await cls._open(settings)
        except PermanentFailure as failure:
            raise TemporaryFailure(
                str(failure), cure=failure.cure, neighbour="smtp", retry_after=REFUSED_SECONDS
            ) from failure

    @classmethod
    async def _open(cls, settings: SmtpSettings) -> SmtpConnection:
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=_HELO_NAME,
            timeout=settings.command_timeout,
            use_tls=settings.security is Security.TLS,
            start_tls=False,
            tls_context=None if settings.security is Security.PLAIN else client_context(settings.ca_file),
        )
        connection = cls(client, settings)
        try:
            with connection._guard("connecting"):
                async with asyncio.timeout(settings.command_timeout):
                    await client.connect()
                    await connection._introduce()
        except BaseException:
            connection.abort()
            raise
        return connection

    async def _introduce(self) -> None:
        await self._client.ehlo()
        if self._settings.security is Security.STARTTLS:
            if not self._client.supports_extension("starttls"):
                raise PermanentFailure(
                    f"the SMTP server {self._settings.host} offers no STARTTLS",
                    cure='set smtp.security = "tls" and smtp.port = 465',
                )
            await self._client.starttls()
            await self._client.ehlo()
        if self._settings.username:
            await self._log_in()

    async def _log_in(self) -> None:
        """One try with one mechanism: wrong passwords are counted by servers."""
        username, password = self._settings.username, self._settings.password
        if not password:
            raise PermanentFailure(
                f"Пароль для отправки почты не задан / no password is set for the SMTP server ({username})",
                cure="задайте MAILSYNC_MAILBOX__PASSWORD (или MAILSYNC_SMTP__PASSWORD) и перезапустите / "
                "set MAILSYNC_MAILBOX__PASSWORD (or MAILSYNC_SMTP__PASSWORD), then restart",
            )
        try:
            if "plain" in self._client.server_auth_methods:
                await self._client.auth_plain(username, password)
            elif "login" in self._client.server_auth_methods:
                await self._client.auth_login(username, password)
            else:
                raise PermanentFailure(
                    f"the SMTP server {self._settings.host} takes no password on this port (no AUTH PLAIN or LOGIN)",
                    cure='set smtp.security = "tls" and smtp.port = 465',
                )
        except aiosmtplib.SMTPAuthenticationError as error:
            raise self._login_failure(error) from None  # the cause could quote what was sent

    def _login_failure(self, error: aiosmtplib.SMTPAuthenticationError) -> MailsyncError:
        where = f"{self._settings.username}, {self._settings.host}"
        words = _words(error.code, error.message)
        if error.code // 100 != 5:
            return _temporary(f"the SMTP server cannot log anybody in now ({where}): {words}")
        return PermanentFailure(
            f"Неверный пароль для отправки почты / the SMTP server refuses the password ({where}): {words}",
            cure="Если пароль ящика меняли, впишите новый в MAILSYNC_MAILBOX__PASSWORD (или MAILSYNC_SMTP__PASSWORD) и "
            "в настройки почты AmoCRM, потом перезапустите: подтверждения ждут, ничего не потеряно. / If the password "
            "was changed, put the new one into MAILSYNC_MAILBOX__PASSWORD (or MAILSYNC_SMTP__PASSWORD) and into the "
            "mail settings of AmoCRM, then restart: confirmations wait, nothing is lost.",
        )

    async def offer(self, envelope: WireEnvelope) -> None:
        """MAIL and RCPT. A refusal of any recipient refuses the letter; nothing has been sent then."""
        with self._guard("the envelope"):
            response = await self._command(b"MAIL", f"FROM:<{envelope.mail_from}>", *self._mail_options(envelope))
            self._expect(response, 2, "the sender", of_server=True)
            for address in envelope.rcpt_to:
                response = await self._command(b"RCPT", f"TO:<{address}>")
                self._expect(response, 2, "the recipient", refusal=RecipientRefused)

    def _mail_options(self, envelope: WireEnvelope) -> list[str]:
        options = []
        if self._client.supports_extension("size"):
            options.append(f"SIZE={envelope.size}")
        if envelope.eight_bit and self._client.supports_extension("8bitmime"):
            options.append("BODY=8BITMIME")
        if envelope.needs_utf8:
            if not self._client.supports_extension("smtputf8"):
                raise PermanentFailure(
                    "the SMTP server takes only addresses in latin letters (no SMTPUTF8)",
                    cure="answer this person by hand, from a mailbox whose server can",
                )
            options.append("SMTPUTF8")
        return options

    async def send(self, envelope: WireEnvelope) -> str:
        """DATA and the letter. A lost link is a TemporaryFailure until the letter goes out, and UnknownOutcome then."""
        with self._guard("DATA"):
            self._expect(await self._command(b"DATA"), 3, "the letter")
        try:
            response = await self._transmit(envelope.data)
        except (aiosmtplib.SMTPException, TimeoutError, OSError) as error:
            self.abort()
            raise UnknownOutcome("the SMTP server did not answer to the letter: it may have taken it") from error
        except BaseException:
            self.abort()
            raise
        if response.code // 100 not in {2, 4, 5}:
            self.abort()
            raise UnknownOutcome(f"the SMTP server gave no sense after the letter: {_words(*response)}")
        self._expect(response, 2, "the letter")
        return _words(*response)

    async def _transmit(self, data: bytes) -> SMTPResponse:
        protocol = self._client.protocol
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("lost before the letter went out")
        async with asyncio.timeout(self._settings.data_timeout):
            protocol.write(data)
            return await protocol.read_response()

    async def reset(self) -> None:
        """RSET, so that a refused envelope does not linger; a connection that does not take it is given up."""
        with suppress(MailsyncError), self._guard("RSET"):
            self._expect(await self._command(b"RSET"), 2, "RSET")

    async def quit(self) -> None:
        with suppress(aiosmtplib.SMTPException, TimeoutError, OSError):
            async with asyncio.timeout(_QUIT_TIMEOUT):
                await self._client.quit()
        self.abort()

    def abort(self) -> None:
        """Break the connection: what the server says from now on is not for us."""
        transport = self._client.transport
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()
        self._client.close()

    async def _command(self, verb: bytes, *arguments: str) -> SMTPResponse:
        async with asyncio.timeout(self._settings.command_timeout):
            return await self._client.execute_command(verb, *(argument.encode() for argument in arguments))

    def _expect(
        self,
        response: SMTPResponse,
        wanted: int,
        what: str,
        *,
        of_server: bool = False,
        refusal: type[PermanentFailure] = PermanentFailure,
    ) -> None:
        """`wanted` is the first digit (RFC 5321, 4.2.1); 4yz passes, 5yz stays, 421 ends the connection."""
        if response.code // 100 == wanted:
            return
        words = f"the SMTP server refuses {what}: {_words(*response)}"
        if response.code == 421:
            self.abort()
            raise _temporary(words)
        match response.code // 100:
            case 4:
                raise TemporaryFailure(words, neighbour="smtp" if of_server else None)
            case 5 if of_server:
                raise TemporaryFailure(words, neighbour="smtp", retry_after=REFUSED_SECONDS)
            case 5:
                raise refusal(words, cure=REFUSED_LETTER)
        self.abort()
        raise _temporary(words)

    @contextmanager
    def _guard(self, action: str) -> Iterator[None]:
        """Whatever breaks inside gives up the connection; refusals pass through."""
        try:
            yield
        except (TemporaryFailure, PermanentFailure):
            raise
        except aiosmtplib.SMTPConnectError as error:
            self.abort()
            raise self._connect_failure(error) from error
        except ssl.SSLError as error:
            self.abort()
            raise tls_failure(error, self._settings.host, self._settings.port, neighbour="smtp") from error
        except _LOST as error:
            self.abort()
            raise _temporary(f"the link to the SMTP server {self._settings.host} broke at {action}") from error
        except aiosmtplib.SMTPResponseException as error:
            self.abort()
            raise _temporary(f"the SMTP server refuses {action}: {_words(error.code, error.message)}") from error
        except aiosmtplib.SMTPException as error:
            self.abort()
            raise _temporary(f"the SMTP server {self._settings.host} gave no sense at {action}") from error
        except BaseException:
            self.abort()
            raise

    def _connect_failure(self, error: aiosmtplib.SMTPConnectError) -> MailsyncError:
        cause = error.__cause__
        where = f"{self._settings.host}:{self._settings.port}"
        if isinstance(cause, ssl.SSLError):
            return tls_failure(cause, self._settings.host, self._settings.port, neighbour="smtp")
        if isinstance(error, aiosmtplib.SMTPResponseException):
            return _temporary(f"{where} takes no mail now: {_words(error.code, error.message)}")
        reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else "no greeting"
        return _temporary(
            f"{where} cannot be reached: {reason}",
            cure="check smtp.host and smtp.port; if they are right, wait: letters are kept and leave later",
        )


def _temporary(what: str, cure: str = "") -> TemporaryFailure:
    return TemporaryFailure(what, cure=cure, neighbour="smtp")


def _words(code: int, message: str) -> str:
    """The server's answer as one line that is safe to show."""
    return "".join(c if c.isprintable() else " " for c in f"{code} {message[:300]}").strip()
