"""What no log line and no crash may hold: the secrets that tests plant, and the customers' words (promise 7)."""

from __future__ import annotations

import re

MAILBOX_PASSWORD = "planted-mailbox-password"
SECRETS = (
    MAILBOX_PASSWORD,
    "wrong-password",
    "hunter2",
    "geheim",
    "hook-key",
    "ingest-key",
    "passport-key",
    "7000000001:AAE-example-token-of-a-bot",
)
WORDS = ("патрон", "просим выставить", "с уважением", "не включается шпиндель")
TOKEN = re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}")  # AmoCRM's tokens are JWTs (RFC 7519)


def leaks(told: str) -> list[str]:
    """What `told`, a program's log or standard error, should not have told."""
    folded = told.casefold()
    found = [secret for secret in SECRETS if secret in told]
    found += [word for word in WORDS if word in folded]
    return found + ["a token"] * bool(TOKEN.search(told))
