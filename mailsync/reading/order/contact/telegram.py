"""Telegram: `@name` from the text or a t.me link."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

_NAME = r"[A-Za-z][A-Za-z0-9_]{3,31}"
_LINK = re.compile(rf"(?:\bt(?:elegram)?\.me/|tg://resolve\?domain=)(?:s/)?@?(?P<name>{_NAME})(?![\w/])", re.IGNORECASE)
_LABELLED = re.compile(
    rf"(?:telegram|телегра(?:мм?)?\w{{0,2}}|(?<!\w)телег[аеу]|(?<!\w)т[гл]м?"
    rf"|(?<!\w)tg)(?![./\w])[\s:()–.-]{{0,5}}@?(?P<name>{_NAME})(?![\w.@])",
    re.IGNORECASE,
)
_AT = re.compile(rf"(?<![\w.@/+-])@(?P<name>{_NAME})(?![\w@]|\.\w)")
_OTHER_NETWORK = re.compile(
    r"(?:insta\w{0,6}|инст\w{0,8}|vk|вк|twitter|max|youtube|tiktok)[\s.:()–-]{0,4}$", re.IGNORECASE
)
_WORDS = frozenset({"whatsapp", "viber", "telegram", "joinchat", "mail", "email", "phone", "skype", "share"})


def find_telegram(text: str) -> list[str]:
    """Every Telegram name as "@name", links and labelled ones before bare ones."""
    found = [m["name"] for pattern in (_LINK, _LABELLED) for m in pattern.finditer(text)]
    found += [
        m["name"] for m in _AT.finditer(text) if not _OTHER_NETWORK.search(text[max(0, m.start() - 16) : m.start()])
    ]
    return list(dict.fromkeys("@" + name for name in found if name.lower() not in _WORDS))


def choose_telegram(texts: list[str], own: AbstractSet[str]) -> str | None:
    """The first name of the texts that is not ours."""
    ours = {name.lower().removeprefix("@") for name in own}
    for text in texts:
        for name in find_telegram(text):
            if name.lower().removeprefix("@") not in ours:
                return name
    return None
