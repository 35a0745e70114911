"""What a setting may hold: each kind of value says in words what is expected."""

from __future__ import annotations

import json
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

Security = Literal["tls", "starttls", "plain"]
Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


def _split(value: object) -> object:
    """Lists come from the environment as JSON or separated by commas."""
    if not isinstance(value, str):
        return value
    return (
        json.loads(value)
        if value.lstrip().startswith("[")
        else [part.strip() for part in value.split(",") if part.strip()]
    )


def _matching(pattern: str, expected: str) -> AfterValidator:
    """A text that has to be as `expected` says."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"has to be {expected}")
        return value

    return AfterValidator(check)


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
Secret = Annotated[SecretStr, Field(json_schema_extra={"secret": True})]
NO_SECRET = SecretStr("")
When = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) in {int, float} else value),
    _matching(
        r"\s*(\d{1,9}(\.\d{1,3})?|\S+(\s+\S+){4})\s*",
        'seconds between two runs (300), or a cron line of five fields ("15 3 * * *")',
    ),
]
StatusId = Annotated[str, _matching(r"\d{1,18}", "the id of a status, a number")]
TemplateName = Annotated[str, _matching(r"[a-z0-9_-]{1,40}", 'the name of a template, or "none"')]
After = Annotated[str, _matching(r"|seen|flag:\S+|move:.+", '"", "seen", "flag:NAME" or "move:FOLDER"')]
JournalUrl = Annotated[str, _matching(r"(sqlite|postgresql)://.+", '"sqlite:///FILE" (or "postgresql://…")')]
PublicUrl = Annotated[str, _matching(r"|https?://[^\s/?#]+", 'an address without a path, "https://api.td-rss.ru"')]
