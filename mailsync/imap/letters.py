"""Fetches letters in bounded bites: sizes first, small ones together, big ones in pieces, none over the cap."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

from mailsync.headers import header_section
from mailsync.imap.conversation import Conversation, uid_set
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
            sizes = await self._sizes(some)
            for group in _groups(sizes):
                if sizes[group[0]] > self._max_letter_size:
                    yield await self._headers_only(group[0], sizes[group[0]])
                    continue
                beginnings = await self._bodies(group, offset=0)
                for uid in sorted(beginnings):
                    if letter := await self._complete(uid, beginnings.pop(uid)):
                        yield letter

    async def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        items = await self._conversation.fetch_items(uid_set(uids), "(UID RFC822.SIZE)")
        sizes = {item.uid: item.size for item in items if item.size is not None}
        return {uid: sizes[uid] for uid in uids if uid in sizes}

    async def _bodies(self, uids: Sequence[int], *, offset: int) -> dict[int, bytes]:
        items = await self._conversation.fetch_items(uid_set(uids), f"(UID BODY.PEEK[]<{offset}.{CHUNK}>)")
        return {item.uid: item.body for item in items if item.body is not None and item.uid in uids}

    async def _complete(self, uid: int, beginning: bytes) -> FetchedLetter | None:
        """Fetch on until a chunk is not full: the sizes that servers tell are not to be relied on."""
        if len(beginning) < CHUNK:
            return FetchedLetter(uid, beginning, size=len(beginning))
        raw, chunk = bytearray(beginning), beginning
        while len(chunk) == CHUNK:
            if len(raw) > self._max_letter_size:
                return FetchedLetter(uid, header_section(bytes(raw)), size=len(raw), truncated=True)
            more = await self._bodies([uid], offset=len(raw))
            if uid not in more:
                return None
            chunk = more[uid]
            raw += chunk
        return FetchedLetter(uid, bytes(raw), size=len(raw))

    async def _headers_only(self, uid: int, size: int) -> FetchedLetter:
        items = await self._conversation.fetch_items(str(uid), f"(UID BODY.PEEK[HEADER]<0.{CHUNK}>)")
        headers = next((item.body for item in items if item.uid == uid and item.body is not None), b"")
        return FetchedLetter(uid, headers, size=size, truncated=True)


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
