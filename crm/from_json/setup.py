"""Users, pipelines, field definitions, webhooks and the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.entities import Account, CustomField, LossReason, Option, Pipeline, Status, User, Webhook
from crm.from_json.reader import Reader, with_embedded


def user(body: Any) -> User:
    r = Reader(body)
    rights = r.raw("rights")
    known = rights if isinstance(rights, Mapping) else {}
    return User(
        id=r.id(),
        name=r.text("name"),
        email=r.text("email"),
        is_active=bool(known.get("is_active", True)),
        is_admin=bool(known.get("is_admin", False)),
        extra={**r.rest(), **({"rights": known} if known else {})},
    )


def status(body: Any) -> Status:
    r = Reader(body)
    return Status(
        id=r.id(),
        name=r.text("name"),
        pipeline_id=r.integer("pipeline_id"),
        sort=r.integer("sort") or 0,
        type=r.integer("type") or 0,
        is_editable=r.flag("is_editable"),
        color=r.text_or_none("color"),
        extra=r.rest(),
    )


def pipeline(body: Any) -> Pipeline:
    r = Reader(body)
    inside = r.embedded()
    statuses = sorted(inside.many("statuses", status), key=lambda one: one.sort)
    return Pipeline(
        id=r.id(),
        name=r.text("name"),
        sort=r.integer("sort") or 0,
        is_main=r.flag("is_main"),
        is_unsorted_on=r.flag("is_unsorted_on"),
        is_archive=r.flag("is_archive"),
        statuses=tuple(statuses),
        extra=with_embedded(r, inside),
    )


def loss_reason(body: Any) -> LossReason:
    r = Reader(body)
    return LossReason(r.id(), r.text("name"), r.integer("sort") or 0, r.rest())


def custom_field(body: Any) -> CustomField:
    r = Reader(body)
    return CustomField(
        id=r.id(),
        name=r.text("name"),
        code=r.text_or_none("code"),
        type=r.text("type"),
        entity_type=r.text("entity_type"),
        is_api_only=r.flag("is_api_only"),
        options=r.many("enums", option),
        extra=r.rest(),
    )


def option(body: Any) -> Option:
    r = Reader(body)
    return Option(r.id(), r.text("value"), r.text_or_none("code"), r.integer("sort") or 0)


def webhook(body: Any) -> Webhook:
    r = Reader(body)
    settings = r.raw("settings")
    return Webhook(
        destination=r.text("destination"),
        settings=tuple(str(one) for one in settings) if isinstance(settings, list) else (),
        id=r.integer("id"),
        disabled=r.flag("disabled"),
        created_at=r.moment("created_at"),
        updated_at=r.moment("updated_at"),
        extra=r.rest(),
    )


def account(body: Any) -> Account:
    r = Reader(body)
    inside = r.embedded()
    zone = inside.raw("datetime_settings")
    return Account(
        id=r.id(),
        name=r.text("name"),
        subdomain=r.text("subdomain"),
        current_user_id=r.integer("current_user_id"),
        filters_enabled=r.flag("is_api_filter_enabled") if r.has("is_api_filter_enabled") else None,
        drive_url=r.text_or_none("drive_url"),
        time_zone=str(zone.get("timezone", "")) or None if isinstance(zone, Mapping) else None,
        extra=with_embedded(r, inside),
    )
