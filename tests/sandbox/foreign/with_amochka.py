"""Runs in an environment of its own: what the client `amochka` sees of the sandbox, as one JSON object."""

from __future__ import annotations

import json
import sys
from typing import Any

from amochka.client import AmoCRMClient, CacheConfig  # type: ignore[import-not-found]
from amochka.errors import APIError, NotFoundError  # type: ignore[import-not-found]


def look(given: dict[str, str]) -> dict[str, Any]:
    token = json.dumps({"access_token": given["token"], "expires_at": "2000000000"})
    client = AmoCRMClient(given["base_url"], token, CacheConfig.disabled(), disable_logging=True, rate_limit=6)
    seen: dict[str, Any] = {"account": client.get_account()["id"]}
    look_at_entities(client, seen)
    seen["users"] = [user["name"] for user in client.iter_users()]
    seen["pipelines"] = [pipeline["name"] for pipeline in client.iter_pipelines()]
    seen["fields"] = sorted(client.get_custom_fields_mapping(force_update=True))
    events = list(client.iter_events(entity="lead"))
    seen["events"] = [event["type"] for event in events]
    seen["event"] = client.get_event(events[0]["id"])["type"]
    seen["tasks"] = list(client.iter_tasks())
    try:
        client.create_lead({"name": "x", "status_id": 1})
    except APIError as error:
        seen["refused"] = [error.status_code, "status_id" in str(error)]
    expired = json.dumps(
        {
            "access_token": "old",
            "expires_at": "1",
            "refresh_token": given["refresh_token"],
            "client_id": given["client_id"],
            "client_secret": given["client_secret"],
            "redirect_uri": given["redirect_uri"],
        }
    )
    refreshed = AmoCRMClient(given["base_url"], expired, CacheConfig.disabled(), disable_logging=True)
    seen["account_after_refresh"] = refreshed.get_account()["id"]
    return seen


def look_at_entities(client: Any, seen: dict[str, Any]) -> None:
    contact = client.create_contact({"name": "Иван"})
    lead = client.create_lead({"name": "Заказ 17", "price": 5, "tags_to_add": ["почта"]})
    client.update_lead(lead["id"], {"price": 7, "Серийный номер": "SN-1"})
    client.link_entity("lead", lead["id"], contact["id"], "contact", {"is_main": True})
    client.add_entity_note("lead", lead["id"], "common", {"text": "Письмо"})
    deal = client.get_deal_by_id(lead["id"])
    seen["lead"] = [deal["name"], deal["price"], [tag["name"] for tag in deal["_embedded"]["tags"]]]
    seen["links"] = [link["metadata"] for link in client.get_entity_links("lead", lead["id"])]
    seen["feed"] = [note["note_type"] for note in client.get_deal_notes(lead["id"])]
    seen["notes"] = [note["params"]["text"] for note in client.iter_notes("lead")]
    seen["leads"] = [one["name"] for one in client.iter_leads(include_contacts=True)]
    try:
        seen["missing"] = client.get_contact_by_id(1)
    except NotFoundError:
        seen["missing"] = "NotFoundError"


print(json.dumps(look(json.loads(sys.stdin.read())), ensure_ascii=False))
