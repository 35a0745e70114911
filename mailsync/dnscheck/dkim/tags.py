"""Tag lists, the form of DKIM signatures and keys (RFC 6376, 3.2): `v=1; a=rsa-sha256; …`."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_BLANKS = " \t\r\n"
_DROP_BLANKS = str.maketrans("", "", _BLANKS)


class TagListError(ValueError):
    """The text is no tag list, or a tag's value is not what the tag asks for."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A value without the blanks around it; `start` and `end` bound all that stands between `=` and `;`."""

    value: str
    start: int
    end: int


TagList = Mapping[str, Tag]


def parse_tags(text: str) -> TagList:
    """Tags by name in their order. Raises TagListError, also where a name stands twice (RFC 6376, 3.2)."""
    tags: dict[str, Tag] = {}
    position = 0
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        name = name.strip(_BLANKS)
        if equals and _NAME.fullmatch(name):
            if name in tags:
                raise TagListError(f"the tag {name} stands twice")
            start = position + part.index("=") + 1
            tags[name] = Tag(value.strip(_BLANKS), start, position + len(part))
        elif part.strip(_BLANKS):
            raise TagListError(f"not a tag: {part.strip(_BLANKS)[:40]!r}")
        position += len(part) + 1
    return tags


def colon_list(value: str) -> tuple[str, ...]:
    """The items of a colon-separated value, without blanks and in lower case."""
    return tuple(item.strip(_BLANKS).lower() for item in value.split(":"))


def decoded(value: str) -> bytes:
    """The octets of a base64 value, in which blanks do not count. Raises TagListError."""
    try:
        return base64.b64decode(value.translate(_DROP_BLANKS), validate=True)
    except (binascii.Error, ValueError) as error:
        raise TagListError("not base64") from error
