"""An IMAP server of one letter that answers as it should, except where a test says otherwise."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.servers.scripted import silence

LETTER = b"Message-ID: <a@client.test>\r\nSubject: x\r\n\r\nbody\r\n"

HONEST: Mapping[bytes, bytes] = {
    b"GREETING": b"* OK ready\r\n",
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN MOVE\r\nTAG OK done\r\n",
    b"AUTHENTICATE": b"+ \r\n",
    b"CREDENTIALS": b"TAG OK [CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN MOVE] welcome\r\n",
    b"LOGIN": b"TAG OK welcome\r\n",
    b"EXAMINE": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 2] ok\r\nTAG OK [READ-ONLY] done\r\n",
    b"NOOP": b"TAG OK done\r\n",
    b"UID FETCH 1:* (UID)": b"* 1 FETCH (UID 1)\r\nTAG OK done\r\n",
    b"UID FETCH 1 (UID RFC822.SIZE INTERNALDATE)": b"* 1 FETCH (UID 1 RFC822.SIZE %d)\r\nTAG OK done\r\n" % len(LETTER),
    b"UID FETCH 1 (UID BODY.PEEK": b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%s)\r\nTAG OK done\r\n" % (len(LETTER), LETTER),
    b"UID SEARCH": b"* SEARCH 1\r\nTAG OK done\r\n",
    b"APPEND": b"+ go on\r\n",
    b"APPENDED": b"TAG OK done\r\n",
    b"IDLE": b"+ idling\r\n",
    b"DONE": b"TAG OK done\r\n",
    b"LOGOUT": b"* BYE bye\r\nTAG OK done\r\n",
}

HANG_UP = b"\0hang up"
STALL = b"\0stall"
ENDLESS = b"\0endless"


@dataclass
class ImapScript:
    """`answers` replaces honest ones; "TAG" becomes the command's tag. With `drip` all goes out octet by octet."""

    answers: Mapping[bytes, bytes] = field(default_factory=dict)
    drip: bool = False
    heard: list[bytes] = field(default_factory=list)
    credentials: bytes = b""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(reader, writer, b"GREETING", b"")
        while line := (await reader.readline()).rstrip(b"\r\n"):
            tag, _, command = line.partition(b" ")
            self.heard.append(command)
            await self._say(reader, writer, command, tag)
            if command.startswith(b"AUTHENTICATE"):
                self.credentials = base64.b64decode((await reader.readline()).rstrip())
                await self._say(reader, writer, b"CREDENTIALS", tag)
            elif command.startswith(b"APPEND"):
                await reader.readexactly(int(command[command.rindex(b"{") + 1 : -1]))
                await reader.readline()
                await self._say(reader, writer, b"APPENDED", tag)
            elif command == b"IDLE" and self._answer(b"IDLE").startswith(b"+"):
                await reader.readline()
                await self._say(reader, writer, b"DONE", tag)

    async def _say(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: bytes, tag: bytes
    ) -> None:
        answer = self._answer(command)
        octets, *ending = answer.split(b"\0")
        octets = octets.replace(b"TAG", tag)
        for piece in [octets[at : at + 1] for at in range(len(octets))] if self.drip else [octets]:
            writer.write(piece)
            await writer.drain()
            if self.drip:
                await asyncio.sleep(0.01)
        match ending:
            case [b"hang up"]:
                raise ConnectionResetError
            case [b"stall"]:
                await silence(reader)
            case [b"endless"]:
                flood = octets * (2**16 // len(octets))
                while True:
                    writer.write(flood)
                    await writer.drain()

    def _answer(self, command: bytes) -> bytes:
        """The answer whose key is the longest beginning of the command."""
        answers = {**HONEST, **self.answers}
        known = [key for key in answers if command.startswith(key)]
        return answers[max(known, key=len)] if known else b"TAG BAD unknown command\r\n"
