"""`mailsync doctor`: what it says of settings alone, before any neighbour is tried."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

from mailsync.cli.checks import Check, Verdict, examine
from mailsync.config import Config


async def test_a_status_without_a_letter_is_in_order(tmp_path: Path) -> None:
    config = Config.model_validate(
        {
            "journal": {"url": f"sqlite:///{tmp_path}/journal.db"},
            "confirmations": {"on_status": {"142": "won", "143": "none"}},
        }
    )
    async with aclosing(examine(config)) as checks:
        letters = await anext(check async for check in checks if check.neighbour == "letters")
    assert letters == Check("letters", Verdict.OK, "templates: confirmation, request, won")
