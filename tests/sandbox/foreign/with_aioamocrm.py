"""Runs in an environment of its own: what the client `aioamocrm` sees of the sandbox, as one JSON object."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import aioamocrm as amo  # type: ignore[import-not-found]


async def look(given: dict[str, str]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    # At its default of 7 its token bucket lets 8 calls into one second, and the eighth is refused.
    token = amo.LongLivedToken(given["token"])
    async with amo.AmoCRMClient(base_url=given["base_url"], auth=token, rate_limit=3) as client:
        await look_at_entities(client, seen)
        await look_at_refusals(client, seen)
        await look_at_changes(client, seen)
    oauth = amo.OAuth2(given["client_id"], given["client_secret"], given["redirect_uri"])
    async with amo.AmoCRMClient(base_url=given["base_url"], auth=oauth, rate_limit=3) as client:
        tokens = await client.exchange_code(given["code"])
        seen["token_lives_a_day"] = 86_000 < tokens.expires_at - time.time() < 86_800
        seen["account_by_code"] = (await client.account.get()).id
    webhook = amo.parse_webhook(given["webhook"])
    seen["webhook"] = [[event.entity, event.action, event.id, event.field_value(712639)] for event in webhook.events]
    seen["webhook_account"] = webhook.account_id
    return seen


async def look_at_entities(client: Any, seen: dict[str, Any]) -> None:
    account = await client.account.get(with_=["drive_url", "datetime_settings"])
    seen["account"] = [account.id, account.subdomain]
    seen["pipelines"] = [pipeline.name for pipeline in await client.pipelines.list()]
    seen["statuses"] = [status.name for status in await client.pipelines.statuses(10226282)]
    seen["users"] = [user.name async for user in client.users.iterate()]
    seen["fields"] = [[one.id, one.type] async for one in client.leads.custom_fields.iterate()]
    email = [{"field_code": "EMAIL", "values": [{"value": "ivan@zavod.ru", "enum_code": "WORK"}]}]
    (contact,) = await client.contacts.create([{"name": "Иван", "custom_fields_values": email}])
    (lead,) = await client.leads.create([{"name": "Заказ 17", "price": 5}])
    (both,) = await client.leads.create_complex([{"name": "Вместе", "_embedded": {"contacts": [{"name": "Пётр"}]}}])
    seen["complex"] = [both.contact_id is not None, both.company_id, both.request_id, both.merged]
    await client.leads.link(lead.id, "contacts", contact.id, metadata={"is_main": True})
    seen["links"] = [link.to_entity_type for link in await client.leads.links(lead.id)]
    (note,) = await client.leads.notes.create(
        [{"entity_id": lead.id, "note_type": "common", "params": {"text": "Письмо\nдве строки"}}]
    )
    seen["note"] = (await client.leads.notes.get(note.id, entity_id=lead.id)).params
    seen["notes"] = [note.params["text"] async for note in client.leads.notes.iterate()]
    (task,) = await client.tasks.create([{"text": "Позвонить", "complete_till": 1795600000}])
    await client.tasks.update([{"id": task.id, "text": "Перезвонить"}])
    await client.tasks.complete(task.id, result="готово")
    seen["tasks"] = [one.text async for one in client.tasks.iterate()]
    seen["task_completed"] = (await client.tasks.get(task.id)).is_completed
    await client.leads.update([{"id": lead.id, "status_id": 142}])
    read = await client.leads.get(lead.id, with_=["contacts"])
    seen["lead"] = [read.name, read.price, read.status_id, read.closed_at is not None]
    seen["found"] = [one.name async for one in client.contacts.iterate(query="ivan@zavod.ru")]
    seen["walked"] = [one.name async for one in client.leads.iterate(limit=1)]


async def look_at_changes(client: Any, seen: dict[str, Any]) -> None:
    (lead,) = await client.leads.create([{"name": "Заказ 18"}])
    (contact,) = await client.contacts.create([{"name": "Олег"}])
    await client.contacts.update([{"id": contact.id, "name": "Олег Ильин"}])
    seen["renamed"] = (await client.contacts.get(contact.id)).name
    await client.leads.link(lead.id, "contacts", contact.id)
    await client.leads.unlink(lead.id, "contacts", contact.id)
    seen["unlinked"] = await client.leads.links(lead.id)
    seen["one_pipeline"] = (await client.pipelines.get(10226290)).name
    seen["one_user"] = (await client.users.get(12380454)).name
    seen["one_field"] = (await client.leads.custom_fields.get(712637)).name


async def look_at_refusals(client: Any, seen: dict[str, Any]) -> None:
    try:
        await client.leads.create([{"status_id": 1}])
    except amo.ValidationError as error:
        seen["refused"] = [[issue.request_id, issue.code, issue.path] for issue in error.errors]
    try:
        await client.leads.get(1)
    except amo.NotFoundError:
        seen["missing"] = "NotFoundError"


print(json.dumps(asyncio.run(look(json.loads(sys.stdin.read()))), ensure_ascii=False))
