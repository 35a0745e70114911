"""Compares what is configured with what the account holds, and names the cure of every difference."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crm import cures
from crm.client import AmoCRM
from crm.entities import Account, CustomField, EntityType, Pipeline, User, Webhook
from crm.errors import Blocked, CrmError, Cure, Unauthorized
from crm.tokens import expiry_warning, read_claims


class Severity(StrEnum):
    """`critical`: letters do not become leads. `warning`: something will break or works worse."""

    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: a stable `id`, what was seen, what to do."""

    id: str
    severity: Severity
    seen: str
    cure: Cure


@dataclass(frozen=True, slots=True)
class Expected:
    """What the configuration relies on; 0 and empty are not checked.

    `fields` maps ids to allowed types; one subscription to any of `webhook_destinations` is enough.
    """

    pipeline_id: int = 0
    status_id: int = 0
    responsible_user_id: int = 0
    fields: Mapping[EntityType, Mapping[int, frozenset[str]]] = field(default_factory=dict)
    webhook_destinations: tuple[str, ...] = field(default=(), repr=False)
    webhook_events: frozenset[str] = frozenset()


async def examine(client: AmoCRM, expected: Expected, now: datetime) -> list[Finding]:
    """All findings, an empty list where everything is as it should be; `now` is aware. Raises nothing of `crm.errors`.

    Stops after the first finding where no call gets through at all.
    """
    token = ""
    try:
        token = (await client.authorization.access()).token
        await client.api.probe()
        account = await client.directory.account()
    except CrmError as error:
        return [_no_access(error, token or client.settings.long_lived_token, now)]
    findings = [*_token(token, account, now), *_filters(account)]
    for check in (_pipelines, _users, _fields, _webhooks):
        try:
            findings += [finding async for finding in check(client, expected)]
        except CrmError as error:
            findings.append(_unchecked(check.__name__.strip("_"), error))
    return findings


def _no_access(error: CrmError, token: str, now: datetime) -> Finding:
    if isinstance(error, Unauthorized):
        left = read_claims(token).days_left(now)
        expired = left is not None and left < 0
        return _critical("token_expired" if expired else "token_refused", str(error), error.cure)
    if isinstance(error, Blocked):
        return _critical("account_unpaid" if error.status == 402 else "address_refused", str(error), error.cure)
    return _critical("unreachable", str(error), error.cure or cures.UNREACHABLE)


def _token(token: str, account: Account, now: datetime) -> Iterable[Finding]:
    claims = read_claims(token)
    due, left = expiry_warning(claims, now), claims.days_left(now)
    short_lived = left is not None and left < 2  # an OAuth2 access token lives a day and is refreshed by itself
    if due is not None and not short_lived:
        severity = Severity.CRITICAL if due <= 7 else Severity.WARNING
        yield Finding("token_expires", severity, f"the long-lived token expires in {left} days", cures.LONG_LIVED)
    if claims.account_id is not None and claims.account_id != account.id:
        yield _critical("token_of_another_account", f"the token is of account {claims.account_id}", cures.LONG_LIVED)


def _filters(account: Account) -> Iterable[Finding]:
    if account.filters_enabled is False:
        yield _warning(
            "filters_off",
            "the account ignores filters; every row is checked here, reading costs more calls",
            Cure(
                en="Nothing breaks. To save calls ask AmoCRM's support to switch API filters on.",
                ru="Ничего не ломается. Ради экономии запросов попросите поддержку AmoCRM включить фильтры API.",
            ),
        )


async def _pipelines(client: AmoCRM, expected: Expected) -> AsyncIterator[Finding]:
    if not expected.pipeline_id:
        return
    pipelines = await client.directory.pipelines()
    pipeline = next((one for one in pipelines if one.id == expected.pipeline_id), None)
    if pipeline is None or pipeline.is_archive:
        yield _critical(
            "pipeline_missing",
            f"there is no pipeline {expected.pipeline_id}, or it is archived; there are: {_names(pipelines)}",
            Cure(
                en="Put the id of an existing pipeline into amocrm.pipeline_id.",
                ru="Укажите в amocrm.pipeline_id номер существующей воронки.",
            ),
        )
        return
    if expected.status_id and all(status.id != expected.status_id for status in pipeline.statuses if status.type != 1):
        yield _wrong_status(expected, pipeline, pipelines)


def _wrong_status(expected: Expected, pipeline: Pipeline, pipelines: Iterable[Pipeline]) -> Finding:
    elsewhere = next((p for p in pipelines if any(s.id == expected.status_id for s in p.statuses)), None)
    known = ", ".join(f"{status.id} {status.name}" for status in pipeline.statuses if status.type != 1)
    cure = Cure(
        en=f"Put one of these ids into amocrm.status_id: {known}.",
        ru=f"Укажите в amocrm.status_id один из номеров: {known}.",
    )
    if elsewhere is not None and elsewhere.id != pipeline.id:
        seen = f"status {expected.status_id} belongs to pipeline {elsewhere.id}, not to {pipeline.id}"
        return _critical("status_of_another_pipeline", seen, cure)
    seen = f"pipeline {pipeline.id} has no status {expected.status_id} that a lead could be put into"
    return _critical("status_missing", seen, cure)


async def _users(client: AmoCRM, expected: Expected) -> AsyncIterator[Finding]:
    if not expected.responsible_user_id:
        return
    users: list[User] = await client.directory.users()
    user = next((one for one in users if one.id == expected.responsible_user_id), None)
    if user is None or not user.is_active:
        yield _critical(
            "user_gone",
            f"user {expected.responsible_user_id} does not exist or is switched off",
            Cure(
                en="Put the id of an active user into amocrm.responsible_user_id.",
                ru="Укажите в amocrm.responsible_user_id номер действующего пользователя.",
            ),
        )


async def _fields(client: AmoCRM, expected: Expected) -> AsyncIterator[Finding]:
    for entity_type, wanted in expected.fields.items():
        if any(wanted):
            known = {one.id: one for one in await client.directory.custom_fields(entity_type)}
            for field_id, types in wanted.items():
                finding = _field(entity_type, field_id, types, known.get(field_id)) if field_id else None
                if finding is not None:
                    yield finding


def _field(entity_type: EntityType, field_id: int, types: frozenset[str], found: CustomField | None) -> Finding | None:
    if found is None:
        return _critical(
            "field_missing",
            f"{entity_type} have no field {field_id}",
            Cure(
                en=f"Make the field in AmoCRM and put its id into the settings instead of {field_id}; 0 does without.",
                ru=f"Создайте поле в AmoCRM и укажите его номер в настройках вместо {field_id}; 0, чтобы обойтись.",
            ),
        )
    if types and found.type not in types:
        wanted = ", ".join(sorted(types))
        return _critical(
            "field_type",
            f"field {field_id} of {entity_type} has the type {found.type}, expected {wanted}",
            Cure(
                en=f"Make a field of the type {wanted} and put its id into the settings instead of {field_id}.",
                ru=f"Создайте поле типа {wanted} и укажите его номер в настройках вместо {field_id}.",
            ),
        )
    return None


async def _webhooks(client: AmoCRM, expected: Expected) -> AsyncIterator[Finding]:
    if not expected.webhook_destinations:
        return
    hooks = await client.webhooks.subscriptions()
    ours = sorted((hook for hook in hooks if hook.destination in expected.webhook_destinations), key=_is_disabled)
    for finding in _webhook(ours[0] if ours else None, expected.webhook_events):
        yield finding


def _is_disabled(hook: Webhook) -> bool:
    return hook.disabled


def _webhook(hook: Webhook | None, events: frozenset[str]) -> Iterable[Finding]:
    names = ", ".join(sorted(events))
    subscribe = Cure(
        en=f"Add our webhook address with these events in AmoCRM (for developers, webhooks): {names}.",
        ru=f"Добавьте в AmoCRM (для разработчиков, вебхуки) адрес нашего вебхука с событиями: {names}.",
    )
    if hook is None:
        yield _warning("webhook_missing", "AmoCRM sends no events to our address", subscribe)
    elif hook.disabled:
        yield _warning(
            "webhook_disabled",
            "AmoCRM switched our webhook off after too many bad answers",
            Cure(
                en="Mend the endpoint, then switch the webhook on again in AmoCRM (for developers, webhooks).",
                ru="Исправьте приём событий и снова включите вебхук в AmoCRM (для разработчиков, вебхуки).",
            ),
        )
    elif missing := events - set(hook.settings):
        yield _warning("webhook_events", f"our webhook lacks {', '.join(sorted(missing))}", subscribe)


def _unchecked(what: str, error: CrmError) -> Finding:
    return _warning(f"{what}_unchecked", f"{what} could not be read: {error}", error.cure)


def _names(pipelines: Iterable[Pipeline]) -> str:
    return ", ".join(f"{one.id} {one.name}" for one in pipelines if not one.is_archive)


def _critical(id_: str, seen: str, cure: Cure) -> Finding:
    return Finding(id_, Severity.CRITICAL, seen, cure)


def _warning(id_: str, seen: str, cure: Cure) -> Finding:
    return Finding(id_, Severity.WARNING, seen, cure)
