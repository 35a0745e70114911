"""A logged-in connection with one folder open: `mailsync.ports.MailboxSession` over IMAP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from mailsync.errors import PermanentFailure
from mailsync.headers import message_id_of
from mailsync.imap.conversation import Conversation, rebuilt, uid_set
from mailsync.imap.failures import folder_failure, refused
from mailsync.imap.idling import IdleRefusedError, idle
from mailsync.imap.letters import LetterFetcher, portions
from mailsync.imap.names import quoted, wire_name
from mailsync.imap.protocol import ImapProtocol, LinkError, Reply
from mailsync.imap.responses import response_code
from mailsync.imap.settings import ImapSettings
from mailsync.ports import FetchedLetter, MailboxState


class ImapSession:
    """The folder is opened with EXAMINE, and with SELECT only once `after` has something to write."""

    state: MailboxState

    def __init__(self, protocol: ImapProtocol, settings: ImapSettings) -> None:
        self._protocol = protocol
        self._settings = settings
        self._conversation = Conversation(protocol, settings)
        self._verb = "EXAMINE"
        self._idle_offered = settings.idle and "IDLE" in protocol.capabilities

    async def open(self) -> None:
        """Open the folder and learn its state. Raises PermanentFailure where it does not exist."""
        self.state = await self._open_folder()
        self._protocol.grown.clear()

    async def uids_after(self, last_uid: int) -> list[int]:
        await self._conversation.run("NOOP")  # servers show new letters after a command, not during FETCH
        self._protocol.grown.clear()
        reply = await self._conversation.run("UID FETCH", f"{last_uid + 1}:*", "(UID)")
        items = await self._conversation.fetched(reply)
        return sorted({item.uid for item in items if item.uid > last_uid})

    async def all_uids(self) -> list[int]:
        return await self._conversation.search("ALL")

    def fetch(self, uids: list[int]) -> AsyncIterator[FetchedLetter]:
        return LetterFetcher(self._conversation, self._settings.max_letter_size).fetch(uids)

    async def identities(self, uids: list[int]) -> dict[int, tuple[str, int]]:
        found: dict[int, tuple[str, int]] = {}
        for some in portions(sorted(uids)):
            reply = await self._conversation.run(
                "UID FETCH", uid_set(some), "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
            )
            for item in await self._conversation.fetched(reply):
                if item.uid in some:
                    found[item.uid] = (message_id_of(item.body or b"") or "", item.size or 0)
        return found

    async def wait(self, seconds: float) -> bool:
        with self._conversation.guard("IDLE"):
            if self._idle_offered:
                try:
                    return await idle(self._protocol, seconds, self._settings)
                except IdleRefusedError:
                    self._idle_offered = False
            return await self._sleep(seconds)

    async def _sleep(self, seconds: float) -> bool:
        if self._protocol.grown.is_set():
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._protocol.closed.wait()
        except TimeoutError:
            return False
        raise LinkError("the connection was lost")

    async def append(self, folder: str, raw: bytes) -> None:
        reply = await self._conversation.append(folder, raw)
        if reply.code == "TRYCREATE":
            await self._conversation.run("CREATE", wire_name(folder))
            reply = await self._conversation.append(folder, raw)
        self._conversation.expect_ok(f'storing a letter in "{folder}"', reply)

    async def has_message(self, folder: str, message_id: str) -> bool:
        assert message_id.isascii()
        assert message_id.isprintable()
        opened = await self._conversation.open_folder(self._verb, folder)
        if opened.ok:
            found = await self._conversation.search("HEADER", "Message-ID", quoted(message_id))
        elif await self._conversation.folder_exists(folder):
            raise self._conversation.give_up(refused(f'opening the folder "{folder}"', opened))
        else:
            found = []
        await self._reopen_folder()
        return bool(found)

    async def after(self, uid: int, action: str) -> None:
        verb, _, argument = action.partition(":")
        match verb:
            case "seen" if not argument:
                await self._store(uid, r"\Seen")
            case "flag" if argument.isascii() and argument.isalnum():
                await self._store(uid, argument)
            case "move" if argument:
                await self._move(uid, argument)
            case _:
                raise PermanentFailure(
                    f'mailbox.after "{action}" cannot be carried out',
                    cure='use "seen", "flag:NAME" (latin letters and digits) or "move:FOLDER"',
                )

    async def _store(self, uid: int, flag: str) -> None:
        await self._make_writable()
        await self._conversation.run("UID STORE", str(uid), "+FLAGS.SILENT", f"({flag})")

    async def _move(self, uid: int, folder: str) -> None:
        if "MOVE" not in self._protocol.capabilities:
            raise PermanentFailure(
                "the IMAP server offers no MOVE (RFC 6851)", cure='set mailbox.after to "seen" or "flag:NAME"'
            )
        await self._make_writable()
        reply = await self._conversation.ask("UID MOVE", str(uid), wire_name(folder))
        if reply.code == "TRYCREATE":
            await self._conversation.run("CREATE", wire_name(folder))
            reply = await self._conversation.ask("UID MOVE", str(uid), wire_name(folder))
        self._conversation.expect_ok(f'moving a letter to "{folder}"', reply)

    async def _make_writable(self) -> None:
        if self._verb != "SELECT":
            self._verb = "SELECT"
            await self._reopen_folder()

    async def _reopen_folder(self) -> None:
        state = await self._open_folder()
        if state.uidvalidity != self.state.uidvalidity:
            raise self._conversation.give_up(rebuilt())
        self._protocol.grown.set()  # what came meanwhile was not announced

    async def _open_folder(self) -> MailboxState:
        reply = await self._conversation.open_folder(self._verb, self._settings.folder)
        if not reply.ok:
            exists = await self._conversation.folder_exists(self._settings.folder)
            raise self._conversation.give_up(folder_failure(reply, self._settings, exists=exists))
        uidvalidity = self._protocol.uidvalidity
        if uidvalidity is None:
            raise self._conversation.give_up(
                PermanentFailure("the IMAP server tells no UIDVALIDITY: its letters cannot be told apart for sure")
            )
        return MailboxState(uidvalidity, _uidnext(reply), self._protocol.exists)


def _uidnext(reply: Reply) -> int | None:
    codes = (response_code(response[0][len(b"* OK ") :]) for response in reply.untagged)
    return next((int(argument) for name, argument in codes if name == "UIDNEXT" and argument.isdecimal()), None)
