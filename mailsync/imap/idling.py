"""Waiting for new letters with IDLE (RFC 2177)."""

from __future__ import annotations

import asyncio

from mailsync.imap.protocol import ImapProtocol
from mailsync.imap.settings import ImapSettings

_ANSWER_TIMEOUT = 10.0  # seconds to take or to end an IDLE: a half-open link is found out this long after a renewal


class IdleRefusedError(Exception):
    """The server offers IDLE and does not grant it."""


async def idle(protocol: ImapProtocol, seconds: float, settings: ImapSettings) -> bool:
    """True as soon as the folder grows, False after `seconds`; the IDLE is renewed in between.

    Raises IdleRefusedError, LinkError, and TimeoutError where the server does not answer.
    """
    answer_timeout = min(_ANSWER_TIMEOUT, settings.command_timeout)
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not protocol.grown.is_set() and loop.time() < end:
        await _idle_once(protocol, min(end - loop.time(), settings.idle_renewal), answer_timeout)
    return protocol.grown.is_set()


async def _idle_once(protocol: ImapProtocol, seconds: float, answer_timeout: float) -> None:
    command = asyncio.create_task(protocol.ask("IDLE"))
    granted = asyncio.create_task(protocol.wait_for_idle_response())
    grown = asyncio.create_task(protocol.grown.wait())
    try:
        await asyncio.wait({command, granted}, timeout=answer_timeout, return_when=asyncio.FIRST_COMPLETED)
        if command.done():
            command.result()
            raise IdleRefusedError
        if not granted.done():
            raise TimeoutError
        await asyncio.wait({command, grown}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not command.done():
            protocol.idle_done()
        async with asyncio.timeout(answer_timeout):
            await command
    finally:
        for task in (command, granted, grown):
            task.cancel()
        await asyncio.gather(command, granted, grown, return_exceptions=True)
