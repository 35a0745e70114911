"""An IMAP server's mailboxes in memory: `mailsync.ports.Mailbox` without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from mailsync.errors import PermanentFailure, TemporaryFailure
from mailsync.headers import header_section, message_id_of
from mailsync.ports import FetchedLetter, MailboxState

_UIDVALIDITIES = count(1_700_000_000)


@dataclass
class StoredLetter:
    """A letter in a folder, with its IMAP flags and keywords."""

    raw: bytes = field(repr=False)
    flags: set[str] = field(default_factory=set)
    arrived_at: float | None = None


@dataclass
class Folder:
    """One IMAP mailbox: letters by UID, in ascending order."""

    uidvalidity: int = field(default_factory=lambda: next(_UIDVALIDITIES))
    uidnext: int = 1
    letters: dict[int, StoredLetter] = field(default_factory=dict)

    def add(self, raw: bytes, *, flags: set[str] | None = None) -> int:
        uid = self.uidnext
        self.letters[uid] = StoredLetter(raw, flags or set())
        self.uidnext += 1
        return uid

    @property
    def state(self) -> MailboxState:
        return MailboxState(uidvalidity=self.uidvalidity, uidnext=self.uidnext, messages=len(self.letters))


def _undisturbed(_operation: str) -> None:
    """The default of `MemoryMailbox.interfere`: nothing goes wrong."""


class MemoryMailbox:
    """All folders of one account. `interfere` is called with the name of each operation before it is carried out,
    and may raise what a broken link would raise; simulations set it.
    """

    def __init__(self, *, folder: str = "INBOX", max_letter_size: int = 50_000_000) -> None:
        self.folder = folder
        self.folders: dict[str, Folder] = {folder: Folder()}
        self.max_letter_size = max_letter_size
        self.password_accepted = True
        self.interfere: Callable[[str], None] = _undisturbed
        self._arrivals = asyncio.Condition()

    async def deliver(self, raw: bytes, *, folder: str | None = None) -> int:
        """Put a letter into a folder as the outside world would; returns its UID."""
        uid = self.folders.setdefault(folder or self.folder, Folder()).add(raw)
        await self.notify()
        return uid

    async def expunge(self, uid: int) -> None:
        """Remove a letter as another client would."""
        del self.folders[self.folder].letters[uid]

    async def rebuild(self, letters: list[bytes]) -> None:
        """Replace the mailbox by one with a new UIDVALIDITY that holds these letters."""
        self.folders[self.folder] = Folder()
        for raw in letters:
            self.folders[self.folder].add(raw)
        await self.notify()

    async def notify(self) -> None:
        async with self._arrivals:
            self._arrivals.notify_all()

    async def wait_until(self, arrived: Callable[[], bool]) -> None:
        async with self._arrivals:
            await self._arrivals.wait_for(arrived)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[MemorySession]:
        self.interfere("connect")
        if not self.password_accepted:
            raise PermanentFailure("Неверный пароль почтового ящика / the mailbox refuses the password")
        yield MemorySession(self, self.folders[self.folder])


class MemorySession:
    """A session with the folder as it was when it was opened; a rebuilt mailbox ends it, as servers do."""

    def __init__(self, mailbox: MemoryMailbox, folder: Folder) -> None:
        self._mailbox = mailbox
        self._folder = folder
        self._known_uidnext = folder.uidnext
        self.state = folder.state

    def _begin(self, operation: str) -> None:
        self._mailbox.interfere(operation)
        if self._mailbox.folders.get(self._mailbox.folder) is not self._folder:
            raise TemporaryFailure("the mailbox was rebuilt while it was open", neighbour="imap")

    async def uids_after(self, last_uid: int) -> list[int]:
        self._begin("uids_after")
        self._known_uidnext = self._folder.uidnext
        return [uid for uid in self._folder.letters if uid > last_uid]

    async def all_uids(self) -> list[int]:
        self._begin("all_uids")
        return list(self._folder.letters)

    async def fetch(self, uids: list[int]) -> AsyncIterator[FetchedLetter]:
        for uid in sorted(uids):
            self._begin("fetch")
            letter = self._folder.letters.get(uid)
            if letter is None:
                continue
            size = len(letter.raw)
            if size > self._mailbox.max_letter_size:
                yield FetchedLetter(uid, header_section(letter.raw), size, truncated=True, arrived_at=letter.arrived_at)
            else:
                yield FetchedLetter(uid, letter.raw, size, arrived_at=letter.arrived_at)

    async def identities(self, uids: list[int]) -> dict[int, tuple[str, int]]:
        self._begin("identities")
        letters = ((uid, self._folder.letters.get(uid)) for uid in sorted(uids))
        return {uid: (message_id_of(letter.raw) or "", len(letter.raw)) for uid, letter in letters if letter}

    async def wait(self, seconds: float) -> bool:
        self._begin("wait")
        try:
            async with asyncio.timeout(seconds):
                await self._mailbox.wait_until(self._changed)
        except TimeoutError:
            return False
        self._begin("wake")
        return True

    def _changed(self) -> bool:
        rebuilt = self._mailbox.folders.get(self._mailbox.folder) is not self._folder
        return rebuilt or self._folder.uidnext > self._known_uidnext

    async def append(self, folder: str, raw: bytes) -> None:
        self._begin("append")
        self._mailbox.folders.setdefault(folder, Folder()).add(raw, flags={"\\Seen"})
        self._mailbox.interfere("appended")

    async def has_message(self, folder: str, message_id: str) -> bool:
        self._begin("has_message")
        letters = self._mailbox.folders.get(folder, Folder()).letters.values()
        return any(message_id_of(letter.raw) == message_id for letter in letters)

    async def after(self, uid: int, action: str) -> None:
        self._begin("after")
        verb, _, argument = action.partition(":")
        if verb not in {"seen", "flag", "move"}:
            raise PermanentFailure(f'mailbox.after "{action}" cannot be carried out')
        letter = self._folder.letters.get(uid)
        if letter is None:
            return
        match verb:
            case "seen":
                letter.flags.add("\\Seen")
            case "flag":
                letter.flags.add(argument)
            case _:
                del self._folder.letters[uid]
                self._mailbox.folders.setdefault(argument, Folder()).add(letter.raw, flags=letter.flags)
