"""The account itself, its users and loss reasons (fact sheet, 1.3, 4.5)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.account import User
from crm.sandbox.call import Call, Here, Json, hal, no_content

router = APIRouter(prefix="/api/v4", tags=["account"])


@router.get("/account", summary="The account")
async def get_account(call: Here) -> Response:
    """Also tells whether filters are on, where the drive is, and the time zone, if `with` asks."""
    account = call.account
    shown: Json = {
        "id": account.id,
        "name": account.name,
        "subdomain": account.subdomain,
        "created_at": 1_700_000_000,
        "created_by": account.current_user_id,
        "updated_at": 1_700_000_000,
        "updated_by": account.current_user_id,
        "current_user_id": call.user_id,
        "country": "RU",
        "currency": "RUB",
        "currency_symbol": "₽",
        "customers_mode": "disabled",
        "is_unsorted_on": account.main_pipeline.is_unsorted_on,
        "mobile_feature_version": 0,
        "is_loss_reason_enabled": bool(account.loss_reasons),
        "is_helpbot_enabled": False,
        "is_technical_account": False,
        "contact_name_display_order": 1,
    }
    plain, embedded = _on_request(call)
    shown |= {key: plain[key] for key in plain if key in call.embedded}
    shown["_links"] = call.own_links
    shown["_embedded"] = {key: embedded[key] for key in embedded if key in call.embedded}
    return hal(shown)


def _on_request(call: Call) -> tuple[Json, Json]:
    account = call.account
    plain: Json = {
        "amojo_id": "3f5c9c06-0000-4000-8000-000000000001",
        "uuid": "3f5c9c06-0000-4000-8000-000000000002",
        "version": 11,
        "is_api_filter_enabled": call.switches.filters_enabled,
        "drive_url": f"{call.base_url}/drive",
    }
    embedded: Json = {
        "amojo_rights": {"can_direct": True, "can_create_groups": True},
        "users_groups": [{"id": 0, "name": "Отдел продаж", "uuid": None}],
        "task_types": [
            {"id": one.id, "name": one.name, "color": None, "icon_id": None, "code": None}
            for one in account.task_types.values()
        ],
        "entity_names": {"leads": {"ru": {"gender": "f", "plural_form": {"default": "Сделки"}}}},
        "datetime_settings": _datetime_settings(call),
        "invoices_settings": {"lang": "ru", "currency": "RUB"},
    }
    return plain, embedded


def _datetime_settings(call: Call) -> Json:
    offset = datetime.fromtimestamp(call.store.now, ZoneInfo(call.account.time_zone)).strftime("%z")
    return {
        "date_pattern": "d.m.Y H:i",
        "short_date_pattern": "d.m",
        "short_time_pattern": "H:i",
        "date_format": "d.m.Y",
        "time_format": "H:i:s",
        "timezone": call.account.time_zone,
        "timezone_offset": f"{offset[:3]}:{offset[3:]}",
    }


@router.get("/users", summary="Users, paged")
async def list_users(call: Here) -> Response:
    """The account's people; one who was deleted is not among them."""
    return call.page("users", list(call.account.users.values()), lambda user: _show_user(call, user))


@router.get("/users/{user_id:int}", summary="One user")
async def get_user(call: Here, user_id: int) -> Response:
    """204 where there is none."""
    user = call.account.users.get(user_id)
    return no_content() if user is None else hal(_show_user(call, user))


def _show_user(call: Call, user: User) -> Json:
    right = "A"
    rights = {"view": right, "edit": right, "add": right, "delete": right, "export": right}
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "lang": "ru",
        "rights": {
            "leads": rights,
            "contacts": rights,
            "companies": rights,
            "tasks": {"edit": right, "delete": right},
            "mail_access": True,
            "catalog_access": True,
            "files_access": True,
            "status_rights": [],
            "is_admin": user.is_admin,
            "is_free": False,
            "is_active": user.is_active,
            "group_id": None,
            "role_id": None,
        },
        "_links": call.self_link(f"users/{user.id}"),
    }


@router.get("/leads/loss_reasons", summary="Why leads are lost")
async def list_loss_reasons(call: Here) -> Response:
    """Ids for `loss_reason_id`."""
    reasons = list(call.account.loss_reasons.values())
    return call.page(
        "loss_reasons",
        reasons,
        lambda one: {
            "id": one.id,
            "name": one.name,
            "sort": 100_000,
            "_links": call.self_link(f"leads/loss_reasons/{one.id}"),
        },
    )
