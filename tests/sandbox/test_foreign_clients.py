"""Clients that other people wrote believe the sandbox. They are installed apart from this project's environment.

`aioamocrm` lets the address be set freely; `amochka` only to *.amocrm.ru and `amocrm-sdk` to a subdomain of it, so for
those two the sandbox stands behind a proxy and a certificate of that name. `@shevernitskiy/amo` knows most of the API;
it runs under Node and is given a `fetch` that leads its host to the sandbox. No test may reach the real service:
neither the proxy nor that `fetch` leads anywhere else.

What none of them reaches is listed in `foreign/unreached.txt`, and the last test keeps that list true. Besides, none
knows the disconnect hook or duplicate control. `amocrm-api-wrapper` lets its address be set as well, but cannot read
from any server: it hands a JSON body to httpx's `get`.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.routing import Match, Route

from crm.sandbox import SandboxSettings, serve
from crm.sandbox.app import ROUTERS
from crm.sandbox.gate import METERED
from crm.sandbox.hooks.bodies import Bodies
from crm.sandbox.params import bracket
from crm.sandbox.records import Lead, Value
from crm.sandbox.sandbox import LoggedRequest, Sandbox
from crm.sandbox.store import Change
from tests.sandbox.wild import proxy_to, write_certificate

SETTINGS = SandboxSettings(subdomain="demo", account_id=5)
SCRIPTS = Path(__file__).parent / "foreign"
CLIENTS = ("aioamocrm==0.1.1", "amocrm-sdk==0.4.0", "amochka==0.7.0")
NODE_CLIENT = "@shevernitskiy/amo@0.1.12"
NO_NETWORK = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|"
    r"NewConnectionError|ConnectTimeout|ReadTimeout|name resolution|NameResolution|unreachable|Proxy"
)


@pytest.fixture(scope="session")
def foreign_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the foreign clients and nothing of ours."""
    home = tmp_path_factory.mktemp("foreign")
    subprocess.run([sys.executable, "-m", "venv", home], check=True, timeout=120)
    python = home / "bin" / "python"
    install: list[str | Path] = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--retries",
        "1",
        *CLIENTS,
    ]
    install_or_skip(install)
    return python


@pytest.fixture(scope="session")
def foreign_node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the client for Node and nothing of ours."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("there is no Node")
    home = tmp_path_factory.mktemp("foreign-node")
    quiet = ("--silent", "--no-fund", "--no-audit", "--ignore-scripts", "--fetch-retries", "1")
    install_or_skip([npm, "install", *quiet, "--prefix", home, NODE_CLIENT])
    return home


def install_or_skip(command: Sequence[str | Path]) -> None:
    installed = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if installed.returncode:
        why = "no network" if NO_NETWORK.search(installed.stderr) else installed.stderr[-500:]
        if os.environ.get("CI") == "true" and why != "no network":
            pytest.fail(f"the foreign clients could not be installed: {why}")
        pytest.skip(f"the foreign clients could not be installed: {why}")


async def what_it_sees(program: str | Path, script: str, given: dict[str, str], **environment: str) -> dict[str, Any]:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = await asyncio.create_subprocess_exec(
        program,
        SCRIPTS / script,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**clean, **environment},
    )
    async with asyncio.timeout(60):
        answer, complaint = await process.communicate(json.dumps(given).encode())
    assert process.returncode == 0, complaint.decode()[-3000:]
    seen: dict[str, Any] = json.loads(answer)
    return seen


def credentials(sandbox: Sandbox) -> dict[str, str]:
    short_lived = sandbox.tokens.issue_access(60)
    return {
        "token": sandbox.long_lived_token,
        "refresh_token": sandbox.tokens.issue_refresh(60, sandbox.tokens.access[short_lived]),
        "code": parse_qs(urlsplit(sandbox.authorize()).query)["code"][0],
        "client_id": sandbox.settings.client_id,
        "client_secret": sandbox.settings.client_secret,
        "redirect_uri": sandbox.settings.redirect_uri,
    }


@dataclass(frozen=True)
class Visit:
    """What a client saw of the sandbox, and what the sandbox saw of the client."""

    seen: dict[str, Any]
    requests: list[LoggedRequest]


@asynccontextmanager
async def in_the_wild(folder: Path) -> AsyncIterator[tuple[Sandbox, dict[str, str]]]:
    """A sandbox at https://demo.amocrm.ru, and the environment in which a program finds it there."""
    certificate = folder / "sandbox.pem"
    write_certificate(certificate)
    async with (
        serve(SETTINGS, certificate=certificate) as running,
        proxy_to(urlsplit(running.base_url).port or 0) as proxy,
    ):
        yield running.sandbox, {"HTTPS_PROXY": proxy, "NO_PROXY": "", "REQUESTS_CA_BUNDLE": str(certificate)}


def a_webhook(sandbox: Sandbox) -> str:
    lead = Lead(
        id=901,
        name="Заказ 17",
        responsible_user_id=31,
        created_by=31,
        updated_by=31,
        created_at=1795530000,
        updated_at=1795531000,
        pipeline_id=10226282,
        status_id=142,
        fields={712639: (Value(1795500000),)},
    )
    change = Change("update", "leads", lead, 31, 1795531000, {"status_id": 80953554})
    bodies = Bodies(sandbox.account, sandbox.store, "https://demo.amocrm.ru")
    return urlencode(list(bracket(bodies.body([bodies.entry("status_lead", change)]))))


@pytest.fixture(scope="session")
def aioamocrm(foreign_python: Path) -> Visit:
    async def visit() -> Visit:
        async with serve(SETTINGS) as running:
            box = running.sandbox
            given = credentials(box) | {"base_url": running.base_url, "webhook": a_webhook(box)}
            return Visit(await what_it_sees(foreign_python, "with_aioamocrm.py", given), box.requests)

    return asyncio.run(visit())


@pytest.fixture(scope="session")
def amochka(foreign_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    async def visit() -> Visit:
        async with in_the_wild(tmp_path_factory.mktemp("amochka")) as (box, environment):
            given = credentials(box) | {"base_url": "https://demo.amocrm.ru"}
            return Visit(await what_it_sees(foreign_python, "with_amochka.py", given, **environment), box.requests)

    return asyncio.run(visit())


@pytest.fixture(scope="session")
def amocrm_sdk(foreign_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    async def visit() -> Visit:
        async with in_the_wild(tmp_path_factory.mktemp("amocrm-sdk")) as (box, environment):
            box.switches.requests_per_second = 100  # this client keeps no limit
            given = credentials(box)
            return Visit(await what_it_sees(foreign_python, "with_amocrm_sdk.py", given, **environment), box.requests)

    return asyncio.run(visit())


@pytest.fixture(scope="session")
def shevernitskiy_amo(foreign_node: Path) -> Visit:
    async def visit() -> Visit:
        async with serve(SETTINGS) as running:
            box = running.sandbox
            # Its own limit is a delay of 150 ms a call; the tests above have met the sandbox's.
            box.switches.requests_per_second = 1000
            given = credentials(box) | {"base_url": running.base_url, "home": str(foreign_node)}
            return Visit(await what_it_sees("node", "with_shevernitskiy_amo.cjs", given), box.requests)

    return asyncio.run(visit())


def test_aioamocrm_works_with_the_sandbox(aioamocrm: Visit) -> None:
    assert aioamocrm.seen == {
        "account": [5, "demo"],
        "pipelines": ["Клиенты", "Сервис"],
        "statuses": [
            "Неразобранное",
            "Заявка",
            "Принята",
            "Счёт выставлен",
            "Отгружено",
            "Готово к выдаче",
            "Успешно реализовано",
            "Закрыто и не реализовано",
        ],
        "users": ["Анна Смирнова", "Павел Орлов"],
        "fields": [
            [712629, "text"],
            [712631, "text"],
            [712633, "text"],
            [712635, "text"],
            [712637, "select"],
            [712639, "date"],
        ],
        "complex": [True, None, ["0"], False],
        "links": ["contacts"],
        "note": {"text": "Письмо\nдве строки"},
        "notes": ["Письмо\nдве строки"],
        "tasks": ["Перезвонить"],
        "task_completed": True,
        "lead": ["Заказ 17", 5, 142, True],
        "found": ["Иван"],
        "walked": ["Заказ 17", "Вместе"],
        "refused": [["0", "NotSupportedChoice", "status_id"]],
        "missing": "NotFoundError",
        "renamed": "Олег Ильин",
        "unlinked": [],
        "one_pipeline": "Сервис",
        "one_user": "Павел Орлов",
        "one_field": "Статус сервиса",
        "token_lives_a_day": True,
        "account_by_code": 5,
        "webhook": [["leads", "status", 901, "1795500000"]],
        "webhook_account": 5,
    }


def test_amochka_works_with_the_sandbox(amochka: Visit) -> None:
    assert amochka.seen == {
        "account": 5,
        "lead": ["Заказ 17", 7, ["почта"]],
        "links": [{"main_contact": True}],
        "feed": ["common"],
        "notes": ["Письмо"],
        "leads": ["Заказ 17"],
        "missing": "NotFoundError",
        "users": ["Анна Смирнова", "Павел Орлов"],
        "pipelines": ["Клиенты", "Сервис"],
        "fields": [712629, 712631, 712633, 712635, 712637, 712639],
        "events": ["common_note_added", "entity_linked", "sale_field_changed", "lead_added"],
        "event": "common_note_added",
        "tasks": [],
        "refused": [400, True],
        "account_after_refresh": 5,
    }


def test_amocrm_sdk_works_with_the_sandbox(amocrm_sdk: Visit) -> None:
    assert amocrm_sdk.seen == {
        "contact": 40000001,
        "renamed": "Иван Петров",
        "lead": "Заказ 17",
        "complex": [40000002, False],
        "all": ["Заказ 17", "Вместе"],
        "pipelines": ["Клиенты", "Сервис"],
        "refused": 400,
    }


def test_shevernitskiys_amo_works_with_the_sandbox(shevernitskiy_amo: Visit) -> None:
    assert shevernitskiy_amo.seen == {
        "account": 5,
        "pipeline added": ["Неразобранное", "Новая", "Успешно реализовано", "Закрыто и не реализовано"],
        "pipeline renamed": "Станки",
        "stage added": ["Собрана"],
        "stage": ["Собрана", True],
        "stage changed": "Готова",
        "stage deleted": "done",
        "pipeline deleted": "done",
        "form": 1,
        "call": 1,
        "unsorted": ["forms", "sip"],
        "one unsorted": "Сайт",
        "accepted": 1,
        "declined": "sip",
        "summary": [2, 1, 1],
        "source added": ["Почта"],
        "sources": ["Почта"],
        "source": "mail",
        "source changed": "Письма",
        "sources changed": ["Ящик"],
        "source deleted": "done",
        "field added": ["Срок"],
        "field": "date",
        "field changed": "Готов к",
        "field deleted": "done",
        "tag added": ["срочно"],
        "tags": ["срочно"],
        "hook added": ["add_lead"],
        "hooks": ["https://x.ru/hook"],
        "hook deleted": "done",
        "lead added": "done",
        "contact added": "done",
        "contact changed": ["Пётр"],
        "company added": 1,
        "tied": {"main_contact": True},
        "ties": 1,
        "untied": "204 No Content",
        "untied again": "204 No Content",
        "note added": "done",
        "note": "Письмо",
        "notes changed": 1,
        "note changed": True,
        "feed": ["Письмо 3"],
        "task added": "done",
        "task changed": True,
        "tasks completed": 1,
        "tasks": [["Перезвонить", "Да"]],
        "file": "spec.pdf",
        "file by uuid": 3,
        "file renamed": "чертёж.pdf",
        "file attached": "204 No Content",
        "files of a lead": True,
        "leads of a file": ["leads"],
        "file detached": "done",
        "files": ["чертёж.pdf"],
        "files deleted": "done",
        "refused": "400 Bad Request",
        "missing": "204 No Content",
        "user": "Павел Орлов",
        "events": True,
    }


def reached(requests: Iterable[LoggedRequest], routes: list[Route]) -> set[str]:
    """The operations that were answered with success."""
    found = set()
    for one in requests:
        scope = {"type": "http", "method": one.method, "path": one.path}
        route = next((route for route in routes if route.matches(scope)[0] is Match.FULL), None)
        if route is not None and one.status is not None and one.status < 300:
            found.add(f"{one.method} {route.path}")
    return found


def test_what_no_client_reaches_is_listed(
    aioamocrm: Visit, amochka: Visit, amocrm_sdk: Visit, shevernitskiy_amo: Visit
) -> None:
    every = (route for router in ROUTERS for route in router.routes)
    routes = [one for one in every if isinstance(one, Route) and one.path.startswith(METERED)]
    ours = {f"{method} {route.path}" for route in routes for method in route.methods or ()}
    visits = (aioamocrm, amochka, amocrm_sdk, shevernitskiy_amo)
    theirs = reached([request for visit in visits for request in visit.requests], routes)
    listed = (SCRIPTS / "unreached.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(ours - theirs) == listed
