"""Whatever the OpenAPI allows or forbids, no request makes the endpoint fail (schemathesis)."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import InvalidArgument, Unsatisfiable
from pydantic import SecretStr
from schemathesis import GenerationMode

from mailsync.config import TelegramSettings
from mailsync.web.server import serve
from tests.passport.visitors import BOT_TOKEN, init_data
from tests.web.endpoint import KEY, WEB, endpoint

EXAMPLES = 60
OPEN = WEB.model_copy(
    update={
        "web": WEB.web.model_copy(update={"webhook_key": SecretStr("")}),
        "telegram": TelegramSettings(bot_token=SecretStr(BOT_TOKEN)),
    }
)


@dataclass(frozen=True)
class Served:
    """The endpoint's address, and what a customer in the Mini App proves himself by."""

    url: str
    visitor: str

    def proof(self, path: str) -> str:
        return self.visitor if path == "/passport/requests" else f"Bearer {KEY}"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """The endpoint and its worker on a socket, in a thread with a loop of its own."""
    ready = threading.Event()
    told: dict[str, Any] = {}

    async def run() -> None:
        async with endpoint(OPEN) as there, serve(there.http._transport.app, "127.0.0.1", 0) as port:  # type: ignore[attr-defined]
            stop = asyncio.Event()
            visitor = f"tma {init_data(777, there.here.clock.now())}"
            told.update(port=port, visitor=visitor, stop=lambda: loop.call_soon_threadsafe(stop.set))
            work = asyncio.create_task(there.worker.processor.run())
            ready.set()
            await stop.wait()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert ready.wait(30)
    yield Served(f"http://127.0.0.1:{told['port']}", told["visitor"])
    told["stop"]()
    thread.join(30)
    loop.close()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_is_answered_by_a_server_error(served: Served, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    tried: Counter[str] = Counter()
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        try:
            cases = operation.as_strategy(generation_mode=mode)
        except InvalidArgument:
            continue

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=cases)
        def attempt(case: Any) -> None:
            tried[case.operation.label] += 1
            answer = case.call(base_url=served.url, headers={"Authorization": served.proof(case.operation.path)})
            assert answer.status_code < 500, (case.operation.label, answer.status_code, answer.text)

        with suppress(Unsatisfiable):  # what takes no parameters cannot be asked wrongly
            attempt()
    assert tried["POST /ingest/leads"] >= EXAMPLES / 2
