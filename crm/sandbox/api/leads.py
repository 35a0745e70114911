"""Leads (fact sheet, 4.1 to 4.3)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox import entities
from crm.sandbox.account import LOST, UNSORTED, WON, Pipeline
from crm.sandbox.actor import Actor
from crm.sandbox.call import OBJECTS, ONE_OBJECT, Call, Here, Json, hal, no_content
from crm.sandbox.checks import integer, objects
from crm.sandbox.entities import LEADS
from crm.sandbox.listing import LEAD_CONDITIONS, search, select, within
from crm.sandbox.problems import Refusal, not_a_choice
from crm.sandbox.records import Lead

router = APIRouter(prefix="/api/v4/leads", tags=["leads"])


@router.get("", summary="Leads, paged")
async def list_leads(call: Here) -> Response:
    """Those that are neither deleted nor in Unsorted; `with=only_deleted` turns that round."""
    deleted = "only_deleted" in call.embedded
    rows = [lead for lead in call.store.leads.values() if lead.is_deleted == deleted and not lead.is_unsorted]
    conditions = LEAD_CONDITIONS | {
        "closest_task_at": lambda lead, tree: within(entities.closest_task_at(call, LEADS, lead), tree)
    }
    found = search(call, select(call, rows, conditions, ("created_at", "updated_at", "id")))
    return call.page("leads", found, lambda lead: show_lead(call, lead))


@router.get("/{lead_id:int}", summary="One lead")
async def get_lead(call: Here, lead_id: int) -> Response:
    """204 where there is none."""
    lead = call.store.find("leads", lead_id)
    return hal(show_lead(call, lead)) if isinstance(lead, Lead) else no_content()


@router.post("", summary="Add leads", openapi_extra=OBJECTS)
async def add_leads(call: Here) -> Response:
    """An array of up to 250; the answer holds ids only."""
    made = call.write(await call.batch(), lambda item: check_lead(call, item), lambda item: add_lead(call, item))
    shown = [entities.written(call, LEADS, request_id, lead) for request_id, lead in made]
    return hal({"_links": call.own_links, "_embedded": {"leads": shown}})


@router.patch("", summary="Change leads", openapi_extra=OBJECTS)
async def change_leads(call: Here) -> Response:
    """An array with an id each; keys that are absent stay untouched."""
    changed = call.write(
        await call.batch(),
        lambda item: check_change(call, item),
        lambda item: change_lead(call, call.store.leads[item["id"]], item),
    )
    shown = [entities.written(call, LEADS, request_id, lead, changed=True) for request_id, lead in changed]
    return hal({"_links": call.own_links, "_embedded": {"leads": shown}})


@router.patch("/{lead_id:int}", summary="Change one lead", openapi_extra=ONE_OBJECT)
async def change_one(call: Here, lead_id: int) -> Response:
    """An object; the answer is flat."""
    item = await call.item() | {"id": lead_id}
    ((_, lead),) = call.write(
        [item],
        lambda item: check_change(call, item),
        lambda item: change_lead(call, call.store.leads[item["id"]], item),
    )
    return hal({"id": lead.id, "updated_at": lead.updated_at, "_links": call.self_link(f"leads/{lead.id}")})


def check_change(actor: Actor, item: Json) -> list[Refusal]:
    """What is wrong with a change; an unknown id is one item's fault, not a 404."""
    lead = actor.store.find("leads", item["id"]) if integer(item.get("id")) else None
    if not isinstance(lead, Lead):
        return [Refusal("NotFound", "id", "Entity not found")]
    return check_lead(actor, item, lead)


def check_lead(actor: Actor, item: Json, current: Lead | None = None) -> list[Refusal]:
    """What is wrong with a lead to be added, or changed if there is a `current` one."""
    refusals = entities.check_record(actor, LEADS, item, creating=current is None)
    refusals += _check_stage(actor, item, current)
    embedded = item.get("_embedded")
    if isinstance(embedded, dict):
        refusals += _check_tied(actor, embedded, "contacts") + _check_tied(actor, embedded, "companies")
    return refusals


def _check_stage(actor: Actor, item: Json, current: Lead | None) -> list[Refusal]:
    pipeline = _pipeline(actor, item, current)
    if pipeline is None or (pipeline.is_archive and "pipeline_id" in item):
        return [not_a_choice("pipeline_id")]
    status_id = item.get("status_id")
    refusals = []
    if integer(status_id):
        status = pipeline.status(status_id)
        if status is None or (status.type == UNSORTED):
            refusals.append(not_a_choice("status_id"))
    reason = item.get("loss_reason_id")
    status_after = status_id if status_id is not None else getattr(current, "status_id", None)
    if integer(reason) and (reason not in actor.account.loss_reasons or status_after != LOST):
        refusals.append(not_a_choice("loss_reason_id"))
    return refusals


def _check_tied(actor: Actor, embedded: Json, kind: str) -> list[Refusal]:
    tied = embedded.get(kind)
    if not objects(tied):
        return []
    place = f"_embedded.{kind}"
    refusals = [
        not_a_choice(f"{place}.{n}.id")
        for n, one in enumerate(tied)
        if not integer(one.get("id")) or actor.store.find(kind, one["id"]) is None
    ]
    if kind == "companies" and len(tied) > 1:
        refusals.append(Refusal("TooMany", place, "This collection should contain 1 element or less."))
    return refusals


def _pipeline(actor: Actor, item: Json, current: Lead | None) -> Pipeline | None:
    pipeline_id = item.get("pipeline_id", getattr(current, "pipeline_id", None))
    if pipeline_id is not None:
        return actor.account.pipelines.get(pipeline_id) if integer(pipeline_id) else None
    return actor.account.main_pipeline


def add_lead(actor: Actor, item: Json, *, unsorted: bool = False) -> Lead:
    """Store a checked lead, tie what it names, tell the listeners."""
    pipeline = _pipeline(actor, item, None) or actor.account.main_pipeline
    status = (pipeline.unsorted if unsorted else None) or pipeline.first_open
    lead = Lead(
        id=actor.store.next_id("leads"),
        pipeline_id=pipeline.id,
        status_id=status.id if unsorted else item.get("status_id", status.id),
        price=item.get("price", 0),
        loss_reason_id=item.get("loss_reason_id"),
        is_unsorted=unsorted,
        **entities.shared_values(actor, item),
    )
    lead.name = lead.name or f"Сделка #{lead.id}"
    lead.closed_at = item.get("closed_at") or _closing_time(actor, lead)
    lead.source_external_id = item.get("_embedded", {}).get("source", {}).get("external_id")
    entities.fill(actor, LEADS, lead, item)
    actor.store.leads[lead.id] = lead
    _tie(actor, lead, item)
    entities.tell(actor, LEADS, "add", lead)
    return lead


def _tie(actor: Actor, lead: Lead, item: Json) -> None:
    embedded = item.get("_embedded", {})
    for kind in ("contacts", "companies"):
        for one in embedded.get(kind, ()):
            is_main = bool(one.get("is_main")) and kind == "contacts"
            actor.store.link(("leads", lead.id), (kind, one["id"]), is_main=is_main)


def change_lead(actor: Actor, lead: Lead, item: Json) -> Lead:
    """Carry out a checked change; status and responsible user are told separately, as AmoCRM does."""
    before = entities.change_shared(actor, LEADS, lead, item)
    if "pipeline_id" in item and item["pipeline_id"] != lead.pipeline_id and "status_id" not in item:
        item = item | {"status_id": actor.account.pipelines[item["pipeline_id"]].first_open.id}
    for key in ("price", "pipeline_id", "status_id", "loss_reason_id"):
        if key in item and getattr(lead, key) != item[key]:
            before[key] = getattr(lead, key)
            setattr(lead, key, item[key])
    if "status_id" in before or "pipeline_id" in before:
        lead.closed_at = _closing_time(actor, lead)
        lead.loss_reason_id = lead.loss_reason_id if lead.status_id == LOST else None
    if "closed_at" in item:
        lead.closed_at = item["closed_at"]
    _tie(actor, lead, item)
    entities.tell(actor, LEADS, "update", lead, before)
    return lead


def _closing_time(actor: Actor, lead: Lead) -> int | None:
    return actor.store.now if lead.status_id in (WON, LOST) else None


def show_lead(call: Call, lead: Lead) -> Json:
    """The lead as read; `contacts` and `source` only if `with` asks for them."""
    embedded: Json = {
        "tags": entities.show_tags(lead),
        "companies": entities.show_linked(call, "leads", lead.id, "companies"),
    }
    if "contacts" in call.embedded:
        embedded["contacts"] = entities.show_linked(call, "leads", lead.id, "contacts")
    if "catalog_elements" in call.embedded:
        embedded["catalog_elements"] = []
    if "loss_reason" in call.embedded:
        reason = call.account.loss_reasons.get(lead.loss_reason_id or 0)
        embedded["loss_reason"] = [{"id": reason.id, "name": reason.name}] if reason else []
    return {
        "id": lead.id,
        "name": lead.name,
        "price": lead.price,
        "responsible_user_id": lead.responsible_user_id,
        "group_id": lead.group_id,
        "status_id": lead.status_id,
        "pipeline_id": lead.pipeline_id,
        "loss_reason_id": lead.loss_reason_id,
        **entities.show_authorship(lead),
        "closed_at": lead.closed_at,
        "closest_task_at": entities.closest_task_at(call, LEADS, lead),
        "is_deleted": lead.is_deleted,
        "custom_fields_values": entities.show_fields(call, LEADS, lead),
        "score": None,
        "account_id": call.account.id,
        "labor_cost": None,
        "is_price_computed": False,
        **_show_on_request(call, lead),
        "_links": call.self_link(f"leads/{lead.id}"),
        "_embedded": embedded,
    }


def _show_on_request(call: Call, lead: Lead) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if "is_price_modified_by_robot" in call.embedded:
        shown["is_price_modified_by_robot"] = False
    if "source_id" in call.embedded:
        sources = call.store.sources.values()
        shown["source_id"] = next((one.id for one in sources if one.external_id == lead.source_external_id), None)
    return shown
