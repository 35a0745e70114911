"""`mailsync doctor`: what it says of the settings alone, and of an AmoCRM account that differs from them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from crm.sandbox import SandboxSettings, serve
from crm.sandbox.account import FieldDefinition
from crm.sandbox.records import Subscription
from crm.sandbox.sandbox import Sandbox
from crm.sandbox.server import Running
from mailsync.cli.checks import Check, Verdict, examine
from mailsync.config import Config, load

HOOK = "https://api.td-rss.ru/webhook/amocrm?key=k"
SERIAL, MANAGER, OTHER_USER = 712_629, 12_380_450, 12_380_454


async def test_a_status_without_a_letter_is_in_order(tmp_path: Path) -> None:
    config = Config.model_validate(
        {
            "journal": {"url": f"sqlite:///{tmp_path}/journal.db"},
            "confirmations": {"on_status": {"142": "won", "143": "none"}},
        }
    )
    async with aclosing(examine(config)) as checks:
        letters = await anext(check async for check in checks if check.neighbour == "letters")
    assert letters == Check("letters", Verdict.OK, "templates: confirmation, request, won")


@pytest.fixture
async def account() -> AsyncIterator[Running]:
    """The customer's account as the default settings expect it."""
    async with serve(SandboxSettings()) as running:
        box = running.sandbox
        box.store.subscriptions[HOOK] = Subscription(
            id=1,
            destination=HOOK,
            settings=("status_lead",),
            sort=10,
            created_by=MANAGER,
            created_at=box.store.now,
            updated_at=box.store.now,
        )
        yield running


def settings(account: Running, folder: Path, **more: str) -> Config:
    """The production defaults, pointed at the account; IMAP and SMTP refuse at once."""
    given = {
        "JOURNAL__URL": f"sqlite:///{folder}/journal.db",
        "MAILBOX__HOST": "127.0.0.1",
        "MAILBOX__PORT": "1",
        "SMTP__HOST": "127.0.0.1",
        "SMTP__PORT": "1",
        "AMOCRM__BASE_URL": account.base_url,
        "AMOCRM__LONG_LIVED_TOKEN": account.sandbox.long_lived_token,
        "WEB__WEBHOOK_KEY": "newer,k",
        **more,
    }
    return load(None, {f"MAILSYNC_{name}": value for name, value in given.items()})


async def told_of_amocrm(config: Config) -> Check:
    async with aclosing(examine(config)) as checks:
        return await anext(check async for check in checks if check.neighbour == "amocrm")


async def test_an_account_that_is_as_configured_is_in_order(account: Running, tmp_path: Path) -> None:
    assert (await told_of_amocrm(settings(account, tmp_path))).verdict is Verdict.OK


def lose_manager(box: Sandbox) -> None:
    del box.account.users[MANAGER]
    for grant in box.tokens.access.values():
        grant.user_id = OTHER_USER


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda box: box.account.fields["leads"].pop(SERIAL), "field_missing: leads have no field 712629"),
        (
            lambda box: box.account.fields["leads"].update({SERIAL: FieldDefinition(SERIAL, "Номер", "date")}),
            "field_type: field 712629 of leads has the type date",
        ),
        (lose_manager, "user_gone: user 12380450"),
        (lambda box: setattr(box.switches, "filters_enabled", False), "filters_off: "),
        (lambda box: setattr(box.store.subscriptions[HOOK], "disabled", True), "webhook_disabled: "),
        (lambda box: setattr(box.switches, "allowed_ips", ("10.1.2.3",)), "address_refused: "),
        (lambda box: setattr(box.switches, "unpaid", True), "account_unpaid: "),
        (lambda box: box.account.pipelines.pop(10_226_282), "pipeline_missing: there is no pipeline 10226282"),
    ],
)
async def test_what_is_wrong_with_the_account_is_told_with_its_cure(
    account: Running, tmp_path: Path, change: Callable[[Sandbox], None], said: str
) -> None:
    change(account.sandbox)
    check = await told_of_amocrm(settings(account, tmp_path))
    assert check.said.startswith(said)
    assert check.verdict in {Verdict.WARNING, Verdict.CRITICAL}
    russian, english = check.cure.split(" / ")
    assert russian
    assert english


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AMOCRM__LONG_LIVED_TOKEN", "nonsense", "token_refused: "),
        # Unsigned: {"exp": 1700000000}
        ("AMOCRM__LONG_LIVED_TOKEN", "e30.eyJleHAiOiAxNzAwMDAwMDAwfQ.e30", "token_expired: "),
        ("AMOCRM__STATUS_ID", "80953604", "status_of_another_pipeline: status 80953604 belongs to pipeline 10226290"),
        ("AMOCRM__BASE_URL", "http://127.0.0.1:1", "unreachable: "),
        ("WEB__WEBHOOK_KEY", "another", "webhook_missing: "),
    ],
)
async def test_what_is_wrong_with_the_settings_is_told_with_its_cure(
    account: Running, tmp_path: Path, name: str, value: str, said: str
) -> None:
    check = await told_of_amocrm(settings(account, tmp_path, **{name: value}))
    assert check.said.startswith(said)
    assert check.cure
