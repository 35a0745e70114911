"""A body as lines that know what the markup said about them: the common form of plain and HTML bodies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One visible line. `quoted` counts the quotation marks or blockquotes around it."""

    text: str
    quoted: int = 0
    signature: bool = False  # the mail program marked it as the signature
    table: int | None = None  # number of the table it is a row of

    @property
    def blank(self) -> bool:
        return not self.text.strip()


def trimmed(lines: list[Line]) -> list[Line]:
    """No empty lines at the ends, and never two in a row."""
    kept: list[Line] = []
    for line in lines:
        if line.blank and (not kept or kept[-1].blank):
            continue
        kept.append(line)
    while kept and kept[-1].blank:
        kept.pop()
    return kept
