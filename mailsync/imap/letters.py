"""Fetches letters in bounded bites: sizes first, small ones together, big ones in pieces, none over the cap."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace

from mailsync.headers import header_section
from mailsync.imap.conversation import Conversation, uid_set
from mailsync.imap.responses import Fetched
from mailsync.ports import FetchedLetter

UIDS_PER_COMMAND = 50
CHUNK = 2**20  # octets of one letter in one answer
_GROUP = 2**19  # octets of small letters fetched by one command


class LetterFetcher:
    r"""Exact octets by BODY.PEEK[], which leaves \Seen alone; `max_letter_size` in octets."""

    def __init__(self, conversation: Conversation, max_letter_size: int) -> None:
        self._conversation = conversation
        self._max_letter_size = max_letter_size

    async def fetch(self, uids: Sequence[int]) -> AsyncIterator[FetchedLetter]:
        """The letters with these UIDs, ascending; those that are gone are left out."""
        for some in portions(sorted(uids)):
            listed = await self._listed(some)
            sizes = {uid: one.size or 0 for uid, one in listed.items()}
            for group in _groups(sizes):
                if sizes[group[0]] > self._max_letter_size:
                    head = await self._headers_only(group[0], sizes[group[0]])
                    yield replace(head, arrived_at=listed[group[0]].arrived_at)
                    continue
                beginnings = await self._bodies(group) if len(group) > 1 else {}
                for uid in group:
                    if letter := await self._complete(uid, beginnings.pop(uid, None)):
                        yield replace(letter, arrived_at=listed[uid].arrived_at)

    async def _listed(self, uids: Sequence[int]) -> dict[int, Fetched]:
        """Size and time of arrival by UID, in the order asked for."""
        reply = await self._conversation.run("UID FETCH", uid_set(uids), "(UID RFC822.SIZE INTERNALDATE)")
        found = {item.uid: item for item in await self._conversation.fetched(reply)}
        return {uid: found[uid] for uid in uids if uid in found}

    async def _bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The beginnings of small letters. A refusal may mean one of them only: those left out are asked for alone."""
        reply = await self._conversation.ask("UID FETCH", uid_set(uids), f"(UID BODY.PEEK[]<0.{CHUNK}>)")
        items = await self._conversation.fetched(reply)
        return {item.uid: item.body for item in items if item.body is not None}

    async def _complete(self, uid: int, beginning: bytes | None) -> FetchedLetter | None:
        """Fetch on until a chunk is not full: the sizes that servers tell are not to be relied on."""
        raw = bytearray()
        chunk = await self._part(uid, "", 0) if beginning is None else beginning
        while chunk is not None:
            raw += chunk
            if len(raw) > self._max_letter_size:
                return FetchedLetter(uid, header_section(bytes(raw)), size=len(raw), truncated=True)
            if len(chunk) != CHUNK:
                return FetchedLetter(uid, bytes(raw), size=len(raw))
            chunk = await self._part(uid, "", len(raw))
        return await self._withheld(uid)

    async def _headers_only(self, uid: int, size: int) -> FetchedLetter:
        return FetchedLetter(uid, await self._part(uid, "HEADER", 0) or b"", size=size, truncated=True)

    async def _part(self, uid: int, section: str, offset: int) -> bytes | None:
        """Up to CHUNK octets of a letter, or None where the answer has none. Raises TemporaryFailure for a refusal."""
        reply = await self._conversation.ask("UID FETCH", str(uid), f"(UID BODY.PEEK[{section}]<{offset}.{CHUNK}>)")
        self._conversation.expect_ok(f"fetching the letter with UID {uid}", reply)
        items = await self._conversation.fetched(reply)
        return next((item.body for item in items if item.uid == uid and item.body is not None), None)

    async def _withheld(self, uid: int) -> FetchedLetter | None:
        """None where a letter was expunged meanwhile; one that is listed and not handed out must not go unnoticed."""
        listed = await self._listed([uid])
        return FetchedLetter(uid, b"", size=listed[uid].size or 0, truncated=True) if uid in listed else None


def portions(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    """As many UIDs as one command may name."""
    for start in range(0, len(uids), UIDS_PER_COMMAND):
        yield uids[start : start + UIDS_PER_COMMAND]


def _groups(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """UIDs whose letters are fetched together; one that is large stands alone."""
    group: list[int] = []
    octets = 0
    for uid, size in sizes.items():
        if group and octets + size > _GROUP:
            yield group
            group, octets = [], 0
        group.append(uid)
        octets += size
    if group:
        yield group
