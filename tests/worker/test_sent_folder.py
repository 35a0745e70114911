"""Copies in the Sent folder: none twice, whenever the connection breaks."""

from __future__ import annotations

from mailsync.errors import TemporaryFailure
from mailsync.memory.mailbox import MemoryMailbox
from mailsync.worker.sent_folder import SentFolder

FIRST = b"Message-ID: <first@shop.test>\r\n\r\nbody\r\n"
SECOND = b"Message-ID: <second@shop.test>\r\n\r\nbody\r\n"


async def test_a_copy_that_was_stored_when_the_kept_connection_broke_is_not_stored_again() -> None:
    mailbox = MemoryMailbox()
    sent = SentFolder(mailbox, "Sent")
    assert await sent.store("<first@shop.test>", FIRST, look_first=False)
    breaks = ["appended"]

    def interfere(operation: str) -> None:
        if operation in breaks:
            breaks.remove(operation)
            raise TemporaryFailure("the link broke", neighbour="imap")

    mailbox.interfere = interfere
    assert not await sent.store("<second@shop.test>", SECOND, look_first=False)
    assert [letter.raw for letter in mailbox.folders["Sent"].letters.values()] == [FIRST, SECOND]
    await sent.close()
