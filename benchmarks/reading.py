"""Letters a second and core: reading and the order together, beside imap-tools' parser alone on the same letters.

    python benchmarks/reading.py [SECONDS]

Prints a table: the sample letters (small), the same padded to 100 KB by an attachment, one letter with a file of 20 MB,
and how long the event loop was kept from running while a pool of children read all of that.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from imap_tools.message import MailMessage

from mailsync.isolation import ReaderPool
from mailsync.reading.model import ReadingContext
from mailsync.reading.reader import read_letter

SHARED = Path(os.environ.get("MAILSYNC_SHARED", Path(__file__).resolve().parents[1] / ".." / "shared"))
CONTEXT = ReadingContext()
TICK = 0.001


def small() -> list[bytes]:
    return [path.read_bytes() for path in sorted((SHARED / "samples" / "orders").glob("*.eml"))]


def padded(raw: bytes, size: int) -> bytes:
    """The letter as one part of a container, beside an attachment that makes it `size` octets long."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    fields = head.replace(b"\n ", b"\r ").replace(b"\n\t", b"\r\t").split(b"\n")
    moved = [field for field in fields if field[:8].lower() == b"content-"]
    own = [field for field in fields if field not in moved]
    filler = base64.encodebytes(os.urandom(max(0, size - len(raw)) * 3 // 4))
    file = b"Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n" + filler
    lines = [*own, b'Content-Type: multipart/mixed; boundary="outermost"', b"", b"--outermost", *moved, b"", body]
    return b"\n".join([*lines, b"--outermost", file, b"--outermost--", b""]).replace(b"\r", b"\n")


def peer(raw: bytes) -> None:
    """What a program that uses imap-tools asks of a letter, without any understanding of it."""
    message = MailMessage([(b"1 (BODY[] {%d}" % len(raw), raw)])
    _ = message.subject, message.from_values, message.to_values, message.date, message.text, message.html
    _ = [(one.filename, one.payload) for one in message.attachments]


def per_second(work: Callable[[bytes], object], letters: list[bytes], seconds: float) -> float:
    done, started = 0, time.process_time()
    while time.process_time() - started < seconds:
        for raw in letters:
            work(raw)
        done += len(letters)
    return done / (time.process_time() - started)


async def longest_wait(letters: list[bytes]) -> tuple[float, float]:
    """Letters a second through a pool of two children, and the longest time between two turns of the loop."""
    longest = 0.0
    with ReaderPool(workers=2) as pool:
        await asyncio.gather(*(pool.read(letters[0], CONTEXT) for _ in range(4)))
        reading = asyncio.gather(*(pool.read(raw, CONTEXT) for raw in letters))
        started = before = time.perf_counter()
        while not reading.done():
            await asyncio.sleep(TICK)
            now = time.perf_counter()
            longest, before = max(longest, now - before - TICK), now
        return len(letters) / (time.perf_counter() - started), longest


async def idle_wait(seconds: float = 5.0) -> float:
    """The same wait while nothing is done: what the machine itself is to blame for."""
    longest, started = 0.0, time.perf_counter()
    before = started
    while before - started < seconds:
        await asyncio.sleep(TICK)
        now = time.perf_counter()
        longest, before = max(longest, now - before - TICK), now
    return longest


def main(seconds: float = 3.0) -> None:
    letters = small()
    large = [padded(raw, 100_000) for raw in letters]
    huge = [padded(letters[0], 27_000_000)]
    read_letter(letters[0], CONTEXT)
    print(f"{'letters':26}{'mailsync, all of it':>22}{'imap-tools, parsed':>22}")
    for name, some in (("36 samples", letters), ("the same at 100 KB", large), ("one of 27 MB", huge)):
        ours = per_second(lambda raw: read_letter(raw, CONTEXT), some, seconds)
        theirs = per_second(peer, some, seconds)
        print(f"{name:26}{ours:18.1f} /s{theirs:19.1f} /s")
    rate, longest = asyncio.run(longest_wait(letters * 20 + huge * 3))
    print(f"through two children: {rate:.0f} /s; the loop waited {longest * 1000:.1f} ms at most")
    print(f"an idle loop on this machine now: {asyncio.run(idle_wait()) * 1000:.1f} ms at most")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
