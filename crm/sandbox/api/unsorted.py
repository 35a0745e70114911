"""Requests from forms that wait to be accepted (fact sheet, 9); mail and chats are made by AmoCRM alone."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.api.leads import add_lead, change_lead, check_lead
from crm.sandbox.api.people import add_person, check_person
from crm.sandbox.call import OBJECTS, ONE_OBJECT, Call, Here, Json, hal
from crm.sandbox.checks import Check, anything, integer, mapping, moment, objects, shape, string
from crm.sandbox.entities import COMPANIES, CONTACTS
from crm.sandbox.listing import between, one_of, select
from crm.sandbox.problems import Problem, Refusal, not_a_choice
from crm.sandbox.records import Unsorted

UNSORTED_KEYS: Mapping[str, Check] = {
    "source_uid": string,
    "source_name": string,
    "pipeline_id": integer,
    "created_at": moment,
    "metadata": mapping,
    "_embedded": mapping,
    "request_id": anything,
}
METADATA: Mapping[str, Mapping[str, Check]] = {
    "forms": {
        "form_id": string,
        "form_name": string,
        "form_page": string,
        "form_sent_at": moment,
        "ip": string,
        "referer": string,
        "category": string,
    },
    "sip": {
        "from": anything,
        "phone": anything,
        "called_at": moment,
        "duration": integer,
        "link": string,
        "service_code": string,
        "is_call_event_needed": anything,
        "uniq": string,
    },
}
REQUIRED = {"forms": ("form_id", "form_name", "form_page", "form_sent_at"), "sip": ("phone", "called_at", "duration")}
CONDITIONS = {
    "uid": one_of("uid"),
    "category": one_of("category"),
    "pipeline_id": one_of("pipeline_id"),
    "created_at": between("created_at"),
}

router = APIRouter(prefix="/api/v4/leads/unsorted", tags=["unsorted"])


@router.get("", summary="What waits to be accepted, paged")
async def list_unsorted(call: Here) -> Response:
    """The uid is not a lead's id."""
    found = select(call, call.store.unsorted.values(), CONDITIONS, ("created_at",))
    return call.page("unsorted", found, lambda one: _show(call, one))


@router.get("/summary", summary="How many wait, and how many were accepted or declined")
async def summary(call: Here) -> Response:
    """Counts since the account was opened."""
    counts = call.sandbox.unsorted_counts
    waiting = {"total": sum(counts.values()) + len(call.store.unsorted)}
    return hal({**waiting, "accepted": counts["accepted"], "declined": counts["declined"], "_links": call.own_links})


@router.get("/{uid}", summary="One that waits")
async def get_unsorted(call: Here, uid: str) -> Response:
    """404 where there is none, unlike leads."""
    return hal(_show(call, _existing(call, uid)))


@router.post("/forms", summary="Add from forms", openapi_extra=OBJECTS)
async def add_forms(call: Here) -> Response:
    """The lead lands in Unsorted."""
    return await _add_all(call, "forms")


@router.post("/sip", summary="Add from calls", openapi_extra=OBJECTS)
async def add_sip(call: Here) -> Response:
    """The lead lands in Unsorted."""
    return await _add_all(call, "sip")


@router.post("/{uid}/accept", summary="Accept: from now on it is a lead", openapi_extra=ONE_OBJECT)
async def accept(call: Here, uid: str) -> Response:
    """By a user, into a stage."""
    waiting, item = _existing(call, uid), await call.item()
    lead = call.store.leads[waiting.lead_id]
    lead.is_unsorted = False
    status_id = item.get("status_id") or call.account.pipelines[waiting.pipeline_id].first_open.id
    change = {"id": lead.id, "status_id": status_id, "responsible_user_id": item.get("user_id", call.user_id)}
    if refusals := check_lead(call, change, lead):
        lead.is_unsorted = True
        raise Problem(400, "; ".join(one.path for one in refusals))
    change_lead(call, lead, change)
    return _settle(call, waiting, "accepted")


@router.delete("/{uid}/decline", summary="Decline")
async def decline(call: Here, uid: str) -> Response:
    """The lead is gone."""
    waiting = _existing(call, uid)
    call.store.leads[waiting.lead_id].is_deleted = True
    return _settle(call, waiting, "declined")


async def _add_all(call: Call, category: str) -> Response:
    made = call.write(
        await call.batch(), lambda item: _check(call, category, item), lambda item: _add(call, category, item)
    )
    shown = [_show(call, one) | {"request_id": request_id} for request_id, one in made]
    return hal({"_total_items": len(shown), "_links": call.own_links, "_embedded": {"unsorted": shown}})


def _existing(call: Call, uid: str) -> Unsorted:
    waiting = call.store.unsorted.get(uid)
    if waiting is None:
        raise Problem(404, "Unsorted not found")
    return waiting


def _settle(call: Call, waiting: Unsorted, how: str) -> Response:
    del call.store.unsorted[waiting.uid]
    call.sandbox.unsorted_counts[how] += 1
    shown = {"uid": waiting.uid, "category": waiting.category, "pipeline_id": waiting.pipeline_id}
    return hal(shown | {"_embedded": _embedded(call, waiting)})


def _check(call: Call, category: str, item: Json) -> list[Refusal]:
    required = ("source_uid", "source_name", "metadata")
    if refusals := shape(item, UNSORTED_KEYS, required=required, unknown_keys=call.switches.unknown_keys):
        return refusals
    refusals = [
        one.under("metadata")
        for one in shape(item["metadata"], METADATA[category], required=REQUIRED[category], unknown_keys="ignore")
    ]
    if "pipeline_id" in item and item["pipeline_id"] not in call.account.pipelines:
        refusals.append(not_a_choice("pipeline_id"))
    for lead in _parts(item, "leads"):
        refusals += [one.under("_embedded.leads.0") for one in check_lead(call, lead)]
    for kind in (CONTACTS, COMPANIES):
        for person in _parts(item, kind.plural):
            refusals += [one.under(f"_embedded.{kind.plural}.0") for one in check_person(call, kind, person)]
    return refusals


def _parts(item: Json, kind: str) -> list[Any]:
    parts = item.get("_embedded", {}).get(kind)
    return parts[:1] if objects(parts) else []


def _add(call: Call, category: str, item: Json) -> Unsorted:
    lead_parts = _parts(item, "leads") or [{}]
    pipeline_id = item.get("pipeline_id", call.account.main_pipeline.id)
    lead = add_lead(call, lead_parts[0] | {"pipeline_id": pipeline_id}, unsorted=True)
    people = {
        kind.plural: tuple(add_person(call, kind, part).id for part in _parts(item, kind.plural))
        for kind in (CONTACTS, COMPANIES)
    }
    for kind, ids in people.items():
        for record_id in ids:
            call.store.link(("leads", lead.id), (kind, record_id))
    waiting = Unsorted(
        uid=secrets.token_hex(30),
        category=category,
        source_uid=item["source_uid"],
        source_name=item["source_name"],
        pipeline_id=lead.pipeline_id,
        created_at=item.get("created_at", call.store.now),
        metadata=item["metadata"],
        lead_id=lead.id,
        contact_ids=people["contacts"],
        company_ids=people["companies"],
    )
    call.store.unsorted[waiting.uid] = waiting
    return waiting


def _embedded(call: Call, waiting: Unsorted) -> Json:
    ids = {"leads": (waiting.lead_id,), "contacts": waiting.contact_ids, "companies": waiting.company_ids}
    return {
        kind: [{"id": one, "_links": call.self_link(f"{kind}/{one}")} for one in some] for kind, some in ids.items()
    }


def _show(call: Call, waiting: Unsorted) -> Json:
    return {
        "uid": waiting.uid,
        "source_uid": waiting.source_uid,
        "source_name": waiting.source_name,
        "category": waiting.category,
        "pipeline_id": waiting.pipeline_id,
        "created_at": waiting.created_at,
        "metadata": waiting.metadata,
        "account_id": call.account.id,
        "_links": call.self_link(f"leads/unsorted/{waiting.uid}"),
        "_embedded": _embedded(call, waiting),
    }
