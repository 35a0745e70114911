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
