"""What strangers put into their records, made safe to print."""

from __future__ import annotations


def visible(text: str) -> str:
    """Control characters as escapes: a record must not move the cursor or recolour the terminal of who reads it."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
