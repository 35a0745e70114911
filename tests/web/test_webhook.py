"""What AmoCRM posts: stored before it is answered, refused where it is not AmoCRM's, harmless whatever it says."""

from __future__ import annotations

import asyncio
import sqlite3
import threading

import httpx
import pytest

from mailsync.errors import TemporaryFailure
from mailsync.journal.records import State
from tests.web.endpoint import Endpoint, endpoint
from tests.web.test_status_letters import ACCEPTED, WON, hook
from tests.worker.house import letter

PLACE = "/webhook/amocrm?key=hook-key"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ORDER = "Просим выставить счёт: патрон токарный 7100-0035 - 2 шт."


async def ordered(there: Endpoint) -> int:
    await there.here.mailbox.deliver(letter(ORDER))
    await there.worker.run_once()
    (lead_id,) = there.here.crm.leads
    return lead_id


async def post(there: Endpoint, body: bytes, place: str = PLACE) -> httpx.Response:
    return await there.http.post(place, content=body, headers=FORM)


async def test_an_event_is_in_the_journal_before_the_answer() -> None:
    async with endpoint() as there:
        answer = await post(there, hook(901, ACCEPTED, 1_795_000_000))
        assert (answer.status_code, answer.json()) == (200, {"stored": 1, "known": 0, "ignored": 0})
        (entry,) = await there.here.entries(State.WAITING)
        assert (entry.source, entry.key) == ("webhook", "hook:status:901:1795000000:80953558")


async def test_the_same_event_again_is_known() -> None:
    async with endpoint() as there:
        for _ in range(3):
            answer = await post(there, hook(901, ACCEPTED, 1_795_000_000))
        assert answer.json() == {"stored": 0, "known": 1, "ignored": 0}
        assert len(await there.here.entries()) == 1


async def test_a_moved_lead_brings_the_customer_a_letter() -> None:
    async with endpoint() as there:
        lead_id = await ordered(there)
        there.here.crm.move(lead_id, WON)
        await post(there, hook(lead_id, WON, there.here.clock.seconds))
        await there.work()
        assert len(there.here.submission.accepted) == 2


async def test_what_nobody_wants_is_answered_and_forgotten() -> None:
    async with endpoint() as there:
        answer = await post(there, b"contacts[add][0][id]=77&account[id]=32181450&account[subdomain]=new599bd9d13818a")
        assert (answer.status_code, answer.json()["ignored"]) == (200, 1)
        assert await there.here.entries() == []


DEEP = b"leads" + b"[a]" * 40 + b"=1"
HUGE = b"leads[status][0][id]=1&" + b"x" * (1 << 20)
MANY = b"&".join(b"leads[status][%d][id]=%d" % (n, n + 1) for n in range(3_000))


@pytest.mark.parametrize(
    ("place", "body", "status"),
    [
        ("/webhook/amocrm", hook(901, WON, 1), 403),
        ("/webhook/amocrm?key=", hook(901, WON, 1), 403),
        ("/webhook/amocrm?key=hook", hook(901, WON, 1), 403),
        ("/webhook/amocrm?key=hook-key,older-hook-key", hook(901, WON, 1), 403),
        (PLACE, hook(901, WON, 1, account=5), 403),
        (PLACE, hook(901, WON, 1, account=5).replace(b"new599bd9d13818a", b"other"), 403),
        (PLACE, b"leads[status][0][id]=901", 403),
        (PLACE, b"leads[status][0][id]=901&account[subdomain]=evil", 403),
        (PLACE, b"", 400),
        (PLACE, b'{"leads": 1}', 400),
        (PLACE, b"\xff\xfe%%%&&&===[[[]]]", 400),
        (PLACE, DEEP, 400),
        (PLACE, HUGE, 413),
        (PLACE, MANY + b"&account[id]=32181450", 400),
    ],
)
async def test_what_is_not_amocrms_changes_nothing(place: str, body: bytes, status: int) -> None:
    async with endpoint() as there:
        await there.worker.hooks.account.learn()
        answer = await post(there, body, place)
        assert answer.status_code == status
        assert await there.here.entries() == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (hook(901, WON, 1, account=5), "the webhook is of another AmoCRM account"),
        (b"leads[status][0][id]=901", "the body names no account"),
        (b"", "the body tells of no event"),
    ],
)
async def test_a_refusal_says_what_is_wrong(body: bytes, error: str) -> None:
    async with endpoint() as there:
        await there.worker.hooks.account.learn()
        assert (await post(there, body)).json()["error"] == error


async def test_an_event_that_comes_before_our_account_is_known_is_kept_and_compared_later() -> None:
    async with endpoint() as there:
        ours, foreign = hook(901, WON, 1), hook(902, WON, 1, account=5)
        assert (await post(there, ours)).status_code == 200
        assert (await post(there, foreign)).status_code == 200
        await there.work()
        (other,) = [one for one in await there.here.entries() if "902" in one.key]
        assert (other.state, other.reason) == (State.IGNORED, "the event is of another account")
        assert (await post(there, hook(903, WON, 1, account=5))).status_code == 403


async def test_an_address_may_end_with_a_slash() -> None:
    async with endpoint() as there:
        answer = await post(there, hook(901, ACCEPTED, 1), "/webhook/amocrm/?key=hook-key")
        assert (answer.status_code, answer.json()["stored"]) == (200, 1)
        assert (await there.http.get("/app/")).status_code == 200


@pytest.mark.parametrize("path", ["/", "/docs", "/app", "/health/live", "/health/ready"])
async def test_monitors_may_ask_for_the_head_alone(path: str) -> None:
    async with endpoint() as there:
        assert (await there.http.head(path)).status_code == 200


async def test_the_front_door_points_to_what_is_here() -> None:
    async with endpoint() as there:
        answer = await there.http.get("/")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert "/docs" in answer.text
        assert "mailsync journal list" in answer.text


async def test_the_older_key_is_good_as_well() -> None:
    async with endpoint() as there:
        answer = await post(there, hook(901, ACCEPTED, 1), "/webhook/amocrm?key=older-hook-key")
        assert answer.status_code == 200


async def test_a_body_that_grows_past_the_limit_is_cut_off() -> None:
    async def grows() -> object:
        for _ in range(20):
            yield b"x" * 100_000

    async with endpoint() as there:
        answer = await there.http.post(PLACE, content=grows(), headers=FORM)  # type: ignore[arg-type]
        assert answer.status_code == 413


async def test_an_event_that_cannot_be_stored_is_asked_for_again() -> None:
    async with endpoint() as there:
        database = there.here.journal.database
        await database.write(lambda connection: connection.execute("PRAGMA query_only = ON"))
        answer = await post(there, hook(901, ACCEPTED, 1))
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "30"
        ready = await there.http.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["problems"][0]["topic"] == "journal"


async def test_a_journal_that_is_slow_is_refused_in_time() -> None:
    """The commit goes on and the repeated event is known then."""
    begun, held = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(_: sqlite3.Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        held.wait(10)

    async with endpoint() as there:
        await there.worker.hooks.account.learn()
        blocked = asyncio.create_task(there.here.journal.database.write(slow))
        await begun.wait()
        answer = await post(there, hook(901, ACCEPTED, 1))
        held.set()
        await blocked
        assert answer.status_code == 503
        again = await post(there, hook(901, ACCEPTED, 1))
        assert again.json() == {"stored": 0, "known": 1, "ignored": 0}


async def test_nothing_is_logged_or_counted_by_a_callers_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    async with endpoint() as there:
        await there.http.get("/webhook/amocrm?state=secret-state&code=secret-code")
        await there.http.get("/nowhere/secret-path")
        shown = await there.http.get("/metrics")
        assert "secret" not in shown.text
        assert 'route="none"' in shown.text
        assert "secret" not in "".join(capsys.readouterr())


async def test_every_answer_carries_its_id_and_the_security_headers() -> None:
    async with endpoint() as there:
        answer = await there.http.get("/health/live", headers={"X-Request-Id": "abc-1"})
        assert answer.headers["x-request-id"] == "abc-1"
        other = await there.http.get("/health/live", headers={"X-Request-Id": "bad id\t"})
        assert other.headers["x-request-id"] != "bad id\t"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_ready_tells_neighbours_that_are_away_as_warnings() -> None:
    async with endpoint() as there:
        there.services.health.failed("smtp", TemporaryFailure("535", cure="Пароль", neighbour="smtp"))
        answer = await there.http.get("/health/ready")
        assert answer.status_code == 200
        assert [one["topic"] for one in answer.json()["warnings"]] == ["smtp"]


async def test_ready_fails_when_the_mailbox_was_not_read_for_long() -> None:
    async with endpoint() as there:
        await there.worker.run_once()
        assert (await there.http.get("/health/ready")).json()["last_poll_seconds"] == 0
        there.here.clock.seconds += 3600
        answer = await there.http.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["problems"][0]["topic"] == "intake"


async def test_the_docs_and_the_metrics_are_there() -> None:
    async with endpoint() as there:
        await post(there, hook(901, ACCEPTED, 1))
        page = await there.http.get("/docs")
        assert page.status_code == 200
        paths = (await there.http.get("/openapi.json")).json()["paths"]
        assert [path for path in paths if f" {path}</code>" not in page.text] == []
        assert "://" not in page.text.replace("https://tdrusstankosbyt.ru/cart", "")  # works without a network
        assert "HTTPValidationError" not in page.text  # every refusal has our own shape
        assert "script" not in page.headers["content-security-policy"]
        assert {"/webhook/amocrm", "/ingest/leads", "/ingest/test-crm", "/health/ready", "/metrics"} <= paths.keys()
        shown = (await there.http.get("/metrics")).text
        assert 'mailsync_webhook_events_total{outcome="stored"} 1.0' in shown
        assert 'mailsync_entries{state="waiting"} 1.0' in shown
