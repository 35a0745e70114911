"""Commands with a deadline each, their failures told in the words of `mailsync.errors`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mailsync.errors import MailsyncError, TemporaryFailure, UnknownOutcome
from mailsync.imap.failures import refused
from mailsync.imap.framing import FramingError
from mailsync.imap.names import wire_name
from mailsync.imap.protocol import ImapProtocol, LinkError, Reply
from mailsync.imap.responses import Fetched, parse_fetch, parse_search
from mailsync.imap.settings import ImapSettings

_PARSED_AT_ONCE = 1000  # responses


class Conversation:
    """One command at a time; any failure and any cancellation breaks the connection.

    It must: an answer that comes late would be taken for the answer to the next command.
    """

    def __init__(self, protocol: ImapProtocol, settings: ImapSettings) -> None:
        self.protocol = protocol
        self._timeout = settings.command_timeout
        self._slow_timeout = settings.slow_command_timeout
        self._uidvalidity: int | None = None

    async def open_folder(self, verb: str, folder: str) -> Reply:
        """SELECT or EXAMINE; the answer, also when it is a refusal."""
        with self.guard(verb):
            async with asyncio.timeout(self._slow_timeout):
                reply = await self.protocol.open_mailbox(verb, wire_name(folder))
        self._uidvalidity = self.protocol.uidvalidity
        return reply

    async def folder_exists(self, folder: str) -> bool:
        """By LIST: not every server says NONEXISTENT when it refuses to open a folder (Dovecot 2.3 does not)."""
        reply = await self.run("LIST", '""', wire_name(folder))
        return any(response[0].upper().startswith(b"* LIST ") for response in reply.untagged)

    async def ask(self, command: str, *arguments: str) -> Reply:
        """The answer to e.g. "NOOP" or "UID FETCH", also when it is a refusal."""
        prefix, _, name = command.rpartition(" ")
        with self.guard(command):
            async with asyncio.timeout(self._slow_timeout if name == "SEARCH" else self._timeout):
                reply = await self.protocol.ask(name, *arguments, by_uid=prefix == "UID")
        if self.protocol.uidvalidity != self._uidvalidity:
            raise self.give_up(rebuilt())
        return reply

    async def run(self, command: str, *arguments: str) -> Reply:
        """As `ask`, but a refusal is a failure."""
        return self.expect_ok(command, await self.ask(command, *arguments))

    async def append(self, folder: str, raw: bytes) -> Reply:
        """The answer, also when it is a refusal. Raises UnknownOutcome once the octets were sent."""
        try:
            with self.guard("APPEND"):
                async with asyncio.timeout(self._timeout):
                    return await self.protocol.append_letter(raw, wire_name(folder))
        except TemporaryFailure as failure:
            if self.protocol.literal_sent:
                raise UnknownOutcome(f'no answer to storing a letter in "{folder}": it may be there') from failure
            raise

    async def fetched(self, reply: Reply) -> list[Fetched]:
        """What the answer to UID FETCH tells; letters that are gone are not in it."""
        items: list[Fetched] = []
        with self.guard("UID FETCH"):
            for start in range(0, len(reply.untagged), _PARSED_AT_ONCE):
                some = reply.untagged[start : start + _PARSED_AT_ONCE]
                items += [item for item in map(parse_fetch, some) if item]
                await asyncio.sleep(0)  # a hundred thousand UIDs must not hold up the event loop
        return items

    async def search(self, *criteria: str) -> list[int]:
        """UID SEARCH; ascending UIDs."""
        reply = await self.run("UID SEARCH", *criteria)
        with self.guard("UID SEARCH"):
            return sorted({uid for response in reply.untagged for uid in parse_search(response) or ()})

    def expect_ok(self, action: str, reply: Reply) -> Reply:
        if not reply.ok:
            raise self.give_up(refused(action, reply))
        return reply

    def give_up(self, failure: MailsyncError) -> MailsyncError:
        """Break the connection because of `failure`, which is returned to be raised."""
        self.protocol.fail(LinkError("the session was given up"))
        return failure

    @contextmanager
    def guard(self, action: str) -> Iterator[None]:
        """Whatever goes wrong inside ends the connection and is told as a TemporaryFailure."""
        try:
            yield
        except TimeoutError as error:
            raise self.give_up(_lost(f"no answer to {action} within the time allowed")) from error
        except LinkError as error:
            raise self.give_up(_lost(f"{error} ({action})")) from error
        except (FramingError, ValueError) as error:
            raise self.give_up(_lost(f"the answer to {action} cannot be understood")) from error
        except BaseException:
            self.protocol.fail(LinkError("the session was given up"))
            raise


def uid_set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


def rebuilt() -> TemporaryFailure:
    return TemporaryFailure("the folder was rebuilt (new UIDVALIDITY) while it was open", neighbour="imap")


def _lost(what: str) -> TemporaryFailure:
    return TemporaryFailure(f"IMAP: {what}", neighbour="imap")
