"""The doctor finds what is wrong with the account or the settings, and says what to do in both languages."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from crm.doctor import Expected, Finding, Severity, examine
from crm.entities import EntityType
from crm.sandbox.account import FieldDefinition, User
from crm.sandbox.sandbox import Sandbox
from tests.crm import virtual
from tests.crm.sandboxed import MANAGER, PIPELINE, STATUS, Pair, run

NOW = datetime.fromtimestamp(virtual.START, UTC)
HOOK = "https://api.td-rss.ru/webhook/amocrm"
EXPECTED = Expected(
    PIPELINE,
    STATUS,
    MANAGER,
    {EntityType.LEADS: {712_629: frozenset({"text"}), 712_639: frozenset({"date"}), 0: frozenset({"text"})}},
    (HOOK, f"{HOOK}?key=older"),
    frozenset({"status_lead"}),
)


def examined(
    change: Callable[[Sandbox], None] = lambda _: None,
    expected: Expected = EXPECTED,
    *,
    days: int = 0,
) -> list[Finding]:
    async def use(pair: Pair) -> list[Finding]:
        await pair.client.webhooks.subscribe(HOOK, ["status_lead"])
        change(pair.box)
        return await examine(pair.client, expected, NOW + timedelta(days=days))

    return run(use)


def test_nothing_is_found_where_all_is_well() -> None:
    assert examined() == []


def delete_field(box: Sandbox) -> None:
    del box.account.fields["leads"][712_629]


def change_field_type(box: Sandbox) -> None:
    box.account.fields["leads"][712_639] = FieldDefinition(712_639, "Дата ТО", "text")


def remove_manager(box: Sandbox) -> None:
    for grant in box.tokens.access.values():
        grant.user_id = 12_380_454
    user = box.account.users[12_380_454]
    box.account.users[12_380_454] = dataclasses.replace(user, is_admin=True)
    del box.account.users[MANAGER]


def switch_manager_off(box: Sandbox) -> None:
    remove_manager(box)
    box.account.users[MANAGER] = User(MANAGER, "Анна", "a@b.ru", is_active=False)


def archive_pipeline(box: Sandbox) -> None:
    box.account.pipelines[PIPELINE] = dataclasses.replace(box.account.pipelines[PIPELINE], is_archive=True)


def disable_hook(box: Sandbox) -> None:
    box.store.subscriptions[HOOK].disabled = True


def move_hook(box: Sandbox) -> None:
    """The key in its address is an older one, which still counts."""
    hook = box.store.subscriptions.pop(HOOK)
    hook.destination = f"{HOOK}?key=older"
    box.store.subscriptions[hook.destination] = hook


def test_a_webhook_to_any_of_our_addresses_will_do() -> None:
    assert examined(move_hook) == []


def narrow_hook(box: Sandbox) -> None:
    box.store.subscriptions[HOOK].settings = ("add_lead",)


def remove_hook(box: Sandbox) -> None:
    del box.store.subscriptions[HOOK]


@pytest.mark.parametrize(
    ("change", "found", "severity"),
    [
        (delete_field, "field_missing", Severity.CRITICAL),
        (change_field_type, "field_type", Severity.CRITICAL),
        (remove_manager, "user_gone", Severity.CRITICAL),
        (switch_manager_off, "user_gone", Severity.CRITICAL),
        (archive_pipeline, "pipeline_missing", Severity.CRITICAL),
        (lambda box: setattr(box.switches, "filters_enabled", False), "filters_off", Severity.WARNING),
        (disable_hook, "webhook_disabled", Severity.WARNING),
        (narrow_hook, "webhook_events", Severity.WARNING),
        (remove_hook, "webhook_missing", Severity.WARNING),
        (lambda box: setattr(box.switches, "allowed_ips", ("10.1.2.3",)), "address_refused", Severity.CRITICAL),
        (lambda box: setattr(box.switches, "unpaid", True), "account_unpaid", Severity.CRITICAL),
        (lambda box: box.tokens.revoke(box.settings.client_id), "token_refused", Severity.CRITICAL),
    ],
)
def test_each_trouble_of_the_account_is_found_alone(
    change: Callable[[Sandbox], None], found: str, severity: Severity
) -> None:
    findings = examined(change)
    assert [(one.id, one.severity) for one in findings] == [(found, severity)]
    assert all(one.cure.en and one.cure.ru for one in findings)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (dataclasses.replace(EXPECTED, pipeline_id=1), "pipeline_missing"),
        (dataclasses.replace(EXPECTED, status_id=80_953_604), "status_of_another_pipeline"),
        (dataclasses.replace(EXPECTED, status_id=1), "status_missing"),
        (dataclasses.replace(EXPECTED, status_id=80_953_550), "status_missing"),
        (dataclasses.replace(EXPECTED, responsible_user_id=1), "user_gone"),
    ],
)
def test_each_trouble_of_the_settings_is_found_alone(expected: Expected, found: str) -> None:
    (finding,) = examined(expected=expected)
    assert finding.id == found
    assert finding.cure.en
    assert finding.cure.ru


@pytest.mark.parametrize(
    ("days_left", "found"),
    [
        (100, []),
        (90, [("token_expires", Severity.WARNING)]),
        (30, [("token_expires", Severity.WARNING)]),
        (7, [("token_expires", Severity.CRITICAL)]),
    ],
)
def test_the_end_of_the_long_lived_token_is_announced(days_left: int, found: list[tuple[str, Severity]]) -> None:
    assert [(one.id, one.severity) for one in examined(days=5 * 365 - days_left)] == found


def test_an_expired_token_is_told_apart_from_a_wrong_one() -> None:
    async def use(pair: Pair) -> list[str]:
        pair.box.tokens.revoke(pair.box.settings.client_id)
        return [one.id for one in await examine(pair.client, EXPECTED, NOW + timedelta(days=6 * 365))]

    assert run(use) == ["token_expired"]


def test_a_wrong_token_is_named() -> None:
    async def use(pair: Pair) -> list[Finding]:
        return await examine(pair.client, EXPECTED, NOW)

    (finding,) = run(use, long_lived_token="nonsense")
    assert finding.id == "token_refused"
    assert "долгосрочный токен" in finding.cure.ru


def test_a_dead_service_is_named() -> None:
    async def use(pair: Pair) -> list[str]:
        pair.box.switches.failure_rate_before = 1
        return [one.id for one in await examine(pair.client, EXPECTED, NOW)]

    assert run(use) == ["unreachable"]
