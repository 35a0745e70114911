"""Whatever the OpenAPI allows or forbids, no request makes the endpoint fail (schemathesis)."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import InvalidArgument, Unsatisfiable
from pydantic import SecretStr
from schemathesis import GenerationMode

from mailsync.web.server import serve
from tests.web.endpoint import KEY, WEB, endpoint

EXAMPLES = 60
OPEN = WEB.model_copy(update={"web": WEB.web.model_copy(update={"webhook_key": SecretStr("")})})


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The endpoint and its worker on a socket, in a thread with a loop of its own."""
    ready = threading.Event()
    told: dict[str, Any] = {}

    async def run() -> None:
        async with endpoint(OPEN) as there, serve(there.http._transport.app, "127.0.0.1", 0) as port:  # type: ignore[attr-defined]
            stop = asyncio.Event()
            told.update(port=port, stop=lambda: loop.call_soon_threadsafe(stop.set))
            work = asyncio.create_task(there.worker.processor.run())
            ready.set()
            await stop.wait()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert ready.wait(30)
    yield f"http://127.0.0.1:{told['port']}"
    told["stop"]()
    thread.join(30)
    loop.close()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_is_answered_by_a_server_error(address: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
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
            answer = case.call(base_url=address, headers={"Authorization": f"Bearer {KEY}"})
            assert answer.status_code < 500, (case.operation.label, answer.status_code, answer.text)

        with suppress(Unsatisfiable):  # what takes no parameters cannot be asked wrongly
            attempt()
    assert tried["POST /ingest/leads"] >= EXAMPLES / 2
