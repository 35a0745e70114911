"""An SMTP server that answers as it should, except where a test says otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.servers.scripted import silence

HANG_UP = b"\0hang up"
STALL = b"\0stall"

HONEST: Mapping[str, bytes] = {
    "GREETING": b"220 ready\r\n",
    "EHLO": b"250-mx.shop.test\r\n250-AUTH PLAIN LOGIN\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n",
    "AUTH": b"235 2.7.0 welcome\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go on\r\n",
    "LETTER": b"250 2.0.0 queued\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "NOOP": b"250 2.0.0 ok\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


@dataclass
class SmtpScript:
    """`answers` replaces honest ones, once each if `once` is set; `body_octets` is how much of a letter is read."""

    answers: Mapping[str, bytes] = field(default_factory=dict)
    once: bool = False
    body_octets: int | None = None
    heard: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)  # read to the final dot
    connections: int = 0

    def __post_init__(self) -> None:
        self.pending = dict(self.answers)
        self.letter_read = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await self._say(reader, writer, "GREETING")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            verb = line.split(" ", 1)[0].upper()
            self.heard.append(line)
            granted = await self._say(reader, writer, verb)
            if verb == "DATA" and granted.startswith(b"354"):
                await self._read_letter(reader)
                await self._say(reader, writer, "LETTER")

    async def _read_letter(self, reader: asyncio.StreamReader) -> None:
        if self.body_octets is not None:
            await reader.readexactly(self.body_octets)
            raise ConnectionResetError
        self.letters.append(await reader.readuntil(b"\r\n.\r\n"))
        self.letter_read.set()

    async def _say(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, verb: str) -> bytes:
        answer = self.pending.get(verb) or HONEST.get(verb, b"500 5.5.1 unknown command\r\n")
        if self.once:
            self.pending.pop(verb, None)
        octets, *ending = answer.split(b"\0")
        writer.write(octets)
        await writer.drain()
        match ending:
            case [b"hang up"]:
                raise ConnectionResetError
            case [b"stall"]:
                await silence(reader)
        return octets
