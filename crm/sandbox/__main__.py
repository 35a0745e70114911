"""`python -m crm.sandbox --port N`: an AmoCRM account to develop against.

Switches may stand in another position from the start, such as `--switch index_lag=5 --switch unpaid=true`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from crm.sandbox.server import serve
from crm.sandbox.settings import SandboxSettings
from crm.sandbox.switches import Switches


async def _run(port: int, settings: SandboxSettings) -> None:
    async with serve(settings, port=port) as running:
        print(f"AmoCRM sandbox  {running.base_url}/")
        print(f"API             {running.base_url}/api/v4  (described at /docs)")
        print(f"switches        {running.base_url}/_sandbox/switches")
        print(f"token           {running.sandbox.long_lived_token}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m crm.sandbox", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=8900, help="0 takes a free one")
    parser.add_argument("--subdomain", default=SandboxSettings().subdomain)
    parser.add_argument("--switch", metavar="NAME=VALUE", action="append", default=[], help="see `Switches`")
    arguments = parser.parse_args()
    try:
        switches = Switches.model_validate_strings(dict(one.partition("=")[::2] for one in arguments.switch))
    except ValueError as error:
        parser.error(str(error))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(arguments.port, SandboxSettings(subdomain=arguments.subdomain, switches=switches)))


if __name__ == "__main__":
    main()
