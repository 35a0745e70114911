"""Subscriptions to webhooks (fact sheet, 10.1)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.call import ONE_OBJECT, Call, Here, Json, hal, no_content
from crm.sandbox.checks import Check, integer, shape, string, strings
from crm.sandbox.hooks.retries import EVENTS
from crm.sandbox.params import values
from crm.sandbox.problems import Problem, Refusal, ValidationFailed, not_a_choice
from crm.sandbox.records import Subscription

MOST_SUBSCRIPTIONS = 100

router = APIRouter(prefix="/api/v4/webhooks", tags=["webhooks"])


@router.get("", summary="All subscriptions")
async def list_subscriptions(call: Here) -> Response:
    """`filter[destination]` works whether the account has filters or not; 204 where there are none."""
    wanted = values(call.filter.get("destination"))
    found = [one for one in call.store.subscriptions.values() if not wanted or one.destination in wanted]
    if not found:
        return no_content()
    shown = [_show(call, one) for one in found]
    return hal({"_total_items": len(shown), "_links": call.own_links, "_embedded": {"webhooks": shown}})


@router.post("", summary="Subscribe a destination", openapi_extra=ONE_OBJECT, status_code=201)
async def subscribe(call: Here) -> Response:
    """The same destination again replaces what it is subscribed to."""
    _require_admin(call)
    item = await call.item()
    if refusals := _check(item):
        raise ValidationFailed([("0", refusals)])
    known = call.store.subscriptions.get(item["destination"])
    if known is None and len(call.store.subscriptions) >= MOST_SUBSCRIPTIONS:
        raise Problem(400, f"Limit {MOST_SUBSCRIPTIONS} webhooks per account")
    now = call.store.now
    subscription = Subscription(
        id=known.id if known else call.store.next_id("webhooks"),
        destination=item["destination"],
        settings=tuple(item["settings"]),
        sort=item.get("sort", 10),
        created_by=call.user_id,
        created_at=known.created_at if known else now,
        updated_at=now,
    )
    call.store.subscriptions[subscription.destination] = subscription
    return hal(_show(call, subscription), 201)


@router.delete("", summary="Unsubscribe a destination", openapi_extra=ONE_OBJECT)
async def unsubscribe(call: Here) -> Response:
    """404 where it is not subscribed."""
    _require_admin(call)
    item = await call.item()
    if call.store.subscriptions.pop(str(item.get("destination")), None) is None:
        raise Problem(404, "Webhook not found")
    return no_content()


def _require_admin(call: Call) -> None:
    if not call.account.users[call.user_id].is_admin:
        raise Problem(403, "Only an administrator may change webhooks")


def _check(item: Json) -> list[Refusal]:
    keys: dict[str, Check] = {"destination": string, "settings": strings, "sort": integer}
    if refusals := shape(item, keys, required=("destination", "settings")):
        return refusals
    refusals = [not_a_choice(f"settings.{n}") for n, event in enumerate(item["settings"]) if event not in EVENTS]
    if not item["destination"].startswith(("http://", "https://")):
        refusals.append(Refusal("InvalidType", "destination", "This value is not a valid URL."))
    return refusals


def _show(call: Call, subscription: Subscription) -> Json:
    return {
        "id": subscription.id,
        "destination": subscription.destination,
        "created_at": subscription.created_at,
        "updated_at": subscription.updated_at,
        "account_id": call.account.id,
        "created_by": subscription.created_by,
        "sort": subscription.sort,
        "disabled": subscription.disabled,
        "settings": list(subscription.settings),
    }
