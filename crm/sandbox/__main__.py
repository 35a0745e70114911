"""`python -m crm.sandbox --port N`: an AmoCRM account to develop against."""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from crm.sandbox.server import serve
from crm.sandbox.settings import SandboxSettings


async def _run(port: int, settings: SandboxSettings) -> None:
    async with serve(settings, port=port) as running:
        print(f"AmoCRM sandbox  {running.base_url}/")
        print(f"API             {running.base_url}/api/v4  (described at /docs)")
        print(f"switches        {running.base_url}/_sandbox/switches")
        print(f"token           {running.sandbox.long_lived_token}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m crm.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8900, help="0 takes a free one")
    parser.add_argument("--subdomain", default=SandboxSettings().subdomain)
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(arguments.port, SandboxSettings(subdomain=arguments.subdomain)))


if __name__ == "__main__":
    main()
