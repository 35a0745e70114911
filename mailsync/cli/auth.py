"""`mailsync auth url|exchange|show`: AmoCRM authorization by hand."""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mailsync.app import open_authorization
from mailsync.cli.command import settings
from mailsync.config import Config


def add_parser(subparsers: Any, summary: str) -> None:
    parser = subparsers.add_parser("auth", help=summary, description=__doc__)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("url", help="the address where an administrator grants access; good for an hour")
    exchange = actions.add_parser("exchange", help="trade a code for tokens, where the redirect did not reach us")
    exchange.add_argument("code", metavar="CODE|URL", help="the code from AmoCRM, or the whole address it led to")
    show = actions.add_parser("show", help="which token is used, and when it expires")
    show.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0; show: 1 where there is no token or it has expired."""
    config = settings(options)
    match options.action:
        case "url":
            return asyncio.run(_url(config))
        case "exchange":
            return asyncio.run(_exchange(config, options.code))
        case _:
            return asyncio.run(_show(config, as_json=options.json))


async def _url(config: Config) -> int:
    async with open_authorization(config) as authorization:
        print(await authorization.url())
    return 0


async def _exchange(config: Config, given: str) -> int:
    async with open_authorization(config) as authorization:
        if "://" in given:
            await authorization.redirected(dict(parse_qsl(urlsplit(given).query)))
        else:
            await authorization.exchange(given)
        print("ok: mailsync has access to AmoCRM")
    return 0


async def _show(config: Config, *, as_json: bool) -> int:
    async with open_authorization(config) as authorization:
        token = await authorization.show()
    if token is None:
        print(json.dumps({"kind": None}) if as_json else "no token: start with mailsync auth url")
        return 1
    left = (token.expires_at - datetime.now(UTC)).days if token.expires_at else None
    expired = token.expires_at is not None and token.expires_at <= datetime.now(UTC)
    if as_json:
        until = token.expires_at.isoformat() if token.expires_at else None
        print(json.dumps({"kind": token.kind, "expires_at": until, "days_left": left, "base_url": token.base_url}))
    else:
        until = f"until {token.expires_at:%d.%m.%Y %H:%M} UTC ({left} days)" if token.expires_at else "without a date"
        print(f"{token.kind} for {token.base_url}, valid {until}")
        if token.kind == "oauth2":
            print("it is renewed by itself as long as the worker runs at least every three months")
    return int(expired and token.kind != "oauth2")
