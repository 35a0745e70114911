"""The client against the sandbox, both in one process and in virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import httpx

from crm.client import AmoCRM
from crm.sandbox import SandboxSettings, Switches, create_app
from crm.sandbox.sandbox import Sandbox
from crm.settings import Settings
from tests.crm import virtual

T = TypeVar("T")
BASE_URL = "http://crm.test"
PIPELINE, STATUS, MANAGER = 10_226_282, 80_953_554, 12_380_450


@dataclass
class Pair:
    """A client and the account it talks to."""

    client: AmoCRM
    box: Sandbox
    build: Callable[..., AmoCRM]
    transport: httpx.AsyncBaseTransport


def settings_for(box: Sandbox, **more: Any) -> Settings:
    known = box.settings
    plain = Settings(
        base_url=BASE_URL,
        client_id=known.client_id,
        client_secret=known.client_secret,
        redirect_uri=known.redirect_uri,
        long_lived_token=box.long_lived_token,
    )
    return replace(plain, **more)


def run(
    use: Callable[[Pair], Awaitable[T]],
    switches: Switches | None = None,
    client: dict[str, Any] | None = None,
    hooks: httpx.AsyncBaseTransport | None = None,
    **settings: Any,
) -> T:
    """Run `use` with a fresh account and a client for it.

    `client` goes to AmoCRM, `settings` into its Settings, `hooks` is where the account's webhooks arrive.
    """

    async def main() -> T:
        known = SandboxSettings(switches=switches or Switches())
        app = create_app(known, clock=virtual.VirtualClock().time, webhook_transport=hooks)
        box: Sandbox = app.state.sandbox

        transport = httpx.ASGITransport(app=app)

        def build(**more: Any) -> AmoCRM:
            return AmoCRM(
                settings_for(box, **settings),
                clock=virtual.VirtualClock(),
                **{"transport": transport, **(client or {}), **more},
            )

        async with build() as amo:
            try:
                return await use(Pair(amo, box, build, transport))
            finally:
                await box.hooks.close()

    return virtual.run(main())
