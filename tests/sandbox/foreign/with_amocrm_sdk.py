"""Runs in an environment of its own: what the client `amocrm-sdk` sees of the sandbox, as one JSON object."""

from __future__ import annotations

import json
import sys
from typing import Any

from amocrm import (  # type: ignore[import-not-found]
    Contact,
    InMemoryTokenStorage,
    Lead,
    OAuthConfig,
    exchange_code,
    get_client,
)
from amocrm.exceptions import AmoCRMAPIError  # type: ignore[import-not-found]


def look(given: dict[str, str]) -> dict[str, Any]:
    oauth = OAuthConfig(
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        redirect_uri=given["redirect_uri"],
        storage=InMemoryTokenStorage(),
    )
    exchange_code("demo", given["code"], oauth)
    client = get_client("demo", oauth)
    (contact,) = client.contacts.create([Contact(name="Иван")])
    (lead,) = client.leads.create([Lead(name="Заказ 17", price=5)])
    client.contacts.update_one(Contact(id=contact.id, name="Иван Петров"))
    (both,) = client.leads.create_complex([Lead(name="Вместе", contacts=[Contact(name="Пётр")])])
    seen: dict[str, Any] = {
        "contact": contact.id,
        "renamed": client.contacts.get(contact.id).name,
        "lead": client.leads.get(lead.id).name,
        "complex": [both.contact_id, both.merged],
        "all": [one.name for one in client.leads.list(limit=1)],
        "pipelines": [pipeline.name for pipeline in client.pipelines.list()],
    }
    try:
        client.leads.create([Lead(name="x", status_id=1)])
    except AmoCRMAPIError as error:
        seen["refused"] = error.status_code
    return seen


print(json.dumps(look(json.loads(sys.stdin.read())), ensure_ascii=False))
