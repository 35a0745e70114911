"""aioimaplib's side of the dialogue (tags, commands, states), tamed: the only module that imports it.

What aioimaplib 2.0.3 does that cannot be lived with, and what stands here instead:
- its reader recurses, alters lines and trusts sizes → `framing.Framer`;
- a lost connection, BYE or garbage wakes nobody, an exception in the reader is only logged → `fail` ends every wait;
- the greeting is read in a task that nobody awaits → an event;
- debug lines are built from letters and passwords → nothing is logged.

Written against this very version, which requirements pin: private names are touched on purpose.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import ssl
from dataclasses import dataclass
from typing import Any

from aioimaplib.aioimaplib import AUTH, CONNECTED, LOGOUT, NONAUTH, SELECTED, Command, IMAP4ClientProtocol

from mailsync.imap.framing import Framer, FramingError, Response
from mailsync.imap.names import quoted
from mailsync.imap.responses import response_code

logging.getLogger("aioimaplib.aioimaplib").disabled = True

_RESPONSE_LIMIT = 8 * 2**20  # octets: SEARCH ALL of a million letters; bodies come in chunks of 1 MiB
_COMMAND_LIMIT = 64 * 2**20  # octets of all untagged responses to one command


class LinkError(Exception):
    """The connection is of no use any more; the message says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The tagged answer to a command ("OK", "NO", "BAD") and the untagged responses that came before it."""

    result: str
    text: bytes
    untagged: tuple[Response, ...] = ()

    @property
    def ok(self) -> bool:
        return self.result == "OK"

    @property
    def code(self) -> str:
        return response_code(self.text)[0]

    @property
    def words(self) -> str:
        """What the server says to people, cut to a line that is safe to show."""
        return "".join(c if c.isprintable() else " " for c in self.text[:300].decode("utf-8", "replace")).strip()


class ImapProtocol(IMAP4ClientProtocol):  # type: ignore[misc]  # aioimaplib ships no types
    """One connection. Commands are given one at a time; after `fail` every one raises LinkError."""

    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop())
        self.failure: Exception | None = None
        self.greeted = asyncio.Event()  # by the server, or the link has failed
        self.closed = asyncio.Event()
        self.grown = asyncio.Event()  # EXISTS went up
        self.exists = 0
        self.uidvalidity: int | None = None  # as last told, changes are for the session to notice
        self._framer = Framer(_RESPONSE_LIMIT)
        self._untagged: list[Response] = []
        self._untagged_octets = 0
        self._initial_response = b""
        self._hush = False  # from here to the handshake, words in the clear could be anybody's (RFC 3501, 6.2.1)

    # What the transport calls.

    def data_received(self, d: bytes) -> None:
        if self.failure:
            return
        try:
            for response in self._framer.feed(d):
                self._dispatch(response)
        except LinkError as error:
            self.fail(error)
        except Exception as error:  # noqa: BLE001 - aioimaplib raises many kinds here, and the event loop would swallow them
            self.fail(LinkError(f"the server does not speak IMAP as expected ({type(error).__name__})"))

    def connection_lost(self, exc: Exception | None) -> None:
        error = LinkError("the connection was lost")
        error.__cause__ = exc
        self.fail(error)
        self.closed.set()

    def fail(self, error: Exception) -> None:
        """End the connection at once and wake whatever waits for an answer."""
        self.failure = self.failure or error
        self.greeted.set()
        for command in (self.pending_sync_command, *self.pending_async_commands.values()):
            if command is not None:
                command._exception = self.failure  # noqa: SLF001 - aioimaplib offers no way to end a wait
                command._event.set()  # noqa: SLF001
        if self.transport is not None:
            self.transport.abort()

    # What the server says.

    def _dispatch(self, response: Response) -> None:
        line = response[0]
        if self._hush:
            raise LinkError("the server sent more behind its answer to STARTTLS")
        if self.state == CONNECTED:
            self._greet(line)
        elif line.startswith(b"* "):
            self._untagged_response(response)
        elif line.startswith(b"+"):
            self._continuation(line)
        else:
            command = self.pending_sync_command
            self._response_done(line)
            self._hush = command is not None and command.name == "STARTTLS"

    def _greet(self, line: bytes) -> None:
        word = line[2:].split(b" ", 1)[0].upper()
        if not line.startswith(b"* ") or word not in {b"OK", b"PREAUTH"}:
            raise LinkError("the server does not want to talk (no greeting of OK)")
        self.state = NONAUTH if word == b"OK" else AUTH
        self.greeted.set()

    def _untagged_response(self, response: Response) -> None:
        words = response[0][2:].split(b" ", 2)
        match [word.upper() for word in words[:2]]:
            case [b"BYE", *_] if self.state != LOGOUT:
                raise LinkError("the server said goodbye (BYE)")
            case [b"OK", _]:
                self._note_code(response[0][len(b"* OK ") :])
            case [count, b"EXISTS"]:
                self._note_exists(int(count))
            case [_, b"EXPUNGE"]:
                self.exists -= 1
        if self.has_pending_idle_command():
            return
        self._untagged_octets += sum(map(len, response))
        if self._untagged_octets > _COMMAND_LIMIT:
            raise FramingError
        self._untagged.append(response)

    def _note_code(self, text: bytes) -> None:
        name, argument = response_code(text)
        if name == "UIDVALIDITY":
            self.uidvalidity = int(argument)

    def _note_exists(self, count: int) -> None:
        if count > self.exists:
            self.grown.set()
        self.exists = count

    def _continuation(self, line: bytes) -> None:
        command = self.pending_sync_command
        if command is not None and command.name == "AUTHENTICATE":
            self.transport.write(self._initial_response + b"\r\n")
            self._initial_response = b"*"  # a second question ends the exchange (RFC 3501, 6.2.2)
        else:
            super()._continuation(line)

    # What we say.

    def send(self, line: str, scrub: str | None = None) -> None:  # noqa: ARG002 - nothing is logged, nothing to scrub
        self.transport.write(f"{line}\r\n".encode())

    async def ask(self, name: str, *arguments: str, by_uid: bool = False) -> Reply:
        """Send one command and wait for its tagged answer. Raises LinkError; the deadline is the caller's."""
        return await self._carry_out(Command(name, self.new_tag(), *arguments, prefix="UID" if by_uid else ""))

    async def authenticate_plain(self, username: str, password: str) -> Reply:
        """SASL PLAIN (RFC 4616), for any characters; the password never becomes part of a command's text."""
        self._initial_response = base64.b64encode(f"\0{username}\0{password}".encode())
        reply = await self.ask("AUTHENTICATE", "PLAIN")
        return self._authenticated(reply)

    async def login(self, user: str, password: str) -> Reply:
        """LOGIN, for servers without SASL PLAIN."""
        return self._authenticated(await self.ask("LOGIN", quoted(user), quoted(password)))

    @property
    def logged_in(self) -> bool:
        return bool(self.state == AUTH)

    def _authenticated(self, reply: Reply) -> Reply:
        if reply.ok:
            self.state = AUTH
        return reply

    async def open_mailbox(self, verb: str, name: str) -> Reply:
        """SELECT or EXAMINE: the counts start anew."""
        self.exists, self.uidvalidity = 0, None
        reply = await self.ask(verb, name)
        self.state = SELECTED if reply.ok else AUTH
        return reply

    async def append_letter(self, raw: bytes, name: str) -> Reply:
        r"""APPEND with \Seen; `literal_sent` tells afterwards whether the octets went out."""
        self.literal_data = raw
        return await self.ask("APPEND", name, r"(\Seen)", f"{{{len(raw)}}}")

    @property
    def literal_sent(self) -> bool:
        return self.literal_data is None

    async def log_out(self) -> None:
        command = Command("LOGOUT", self.new_tag())
        self.state = LOGOUT
        await self._carry_out(command)

    async def _carry_out(self, command: Any) -> Reply:
        if self.failure:
            raise self.failure
        self._untagged, self._untagged_octets = [], 0
        response = await self.execute(command)
        return Reply(response.result, bytes(response.lines[-1]), tuple(self._untagged))

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on over TLS, after STARTTLS was granted. Raises ssl.SSLError, LinkError."""
        if not self._framer.empty:
            raise LinkError("the server sent more behind its answer to STARTTLS")
        self._hush = False
        try:
            self.transport: asyncio.Transport = await self.loop.start_tls(
                self.transport, self, context, server_hostname=host
            )
        except BaseException:
            self.closed.set()  # asyncio does not tell the end of a connection that ends in the handshake
            raise
