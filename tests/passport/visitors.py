"""Customers who open the Mini App: `initData` as Telegram makes it."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from mailsync.passport.init_data import sign

BOT_TOKEN = "7000000001:AAE-example-token-of-a-bot"


def init_data(telegram_id: int, at: float, *, token: str = BOT_TOKEN, name: str = "Пётр", **more: str) -> str:
    """Signed data of a visit at a time (Unix seconds); `more` are further fields."""
    user = json.dumps({"id": telegram_id, "first_name": name, "last_name": "Иванов"}, ensure_ascii=False)
    fields = {"auth_date": str(int(at)), "query_id": "AAHdF6IQAAAAAN0XohDhrOrc", "user": user, **more}
    return urlencode(fields | {"hash": sign(fields, token).decode()})
