"""`leads/complex`: a lead with its contact and company in one item (fact sheet, 4.4)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox import entities
from crm.sandbox.api.leads import add_lead, check_lead
from crm.sandbox.api.people import add_person, check_person
from crm.sandbox.call import OBJECTS, Call, Here, Json, hal
from crm.sandbox.checks import Check, integer, mapping, objects, shape
from crm.sandbox.entities import COMPANIES, CONTACTS, Kind
from crm.sandbox.problems import Refusal, not_a_choice
from crm.sandbox.records import Lead, Record

MOST_LEADS = 50
MOST_VALUES = 40
PARTS: dict[str, Check] = {"contacts": objects, "companies": objects, "metadata": mapping}

router = APIRouter(prefix="/api/v4/leads/complex", tags=["leads"])


@router.post("", summary="Add leads with contact and company", openapi_extra=OBJECTS)
async def add_complex(call: Here) -> Response:
    """A bare array comes back; `request_id` is an array of strings, ids are null where nothing was made."""
    made = call.write(await call.batch(MOST_LEADS), lambda item: _check(call, item), lambda item: _add(call, item))
    return hal([told | {"request_id": [request_id], "merged": merged} for request_id, (told, merged) in made])


def _check(call: Call, item: Json) -> list[Refusal]:
    refusals = check_lead(call, _lead_part(item)) + _too_many_values(item)
    if isinstance(embedded := item.get("_embedded"), dict):
        refusals += [one.under("_embedded") for one in shape(embedded, PARTS, unknown_keys="ignore")]
    for kind in (CONTACTS, COMPANIES):
        place = f"_embedded.{kind.plural}"
        parts = _parts(item, kind)
        if len(parts) > 1:
            refusals.append(Refusal("TooMany", place, "This collection should contain 1 element or less."))
        for n, part in enumerate(parts):
            refusals += [one.under(f"{place}.{n}") for one in _check_part(call, kind, part)]
    return refusals


def _check_part(call: Call, kind: Kind, part: Json) -> list[Refusal]:
    if "id" in part:
        known = integer(part["id"]) and call.store.find(kind.plural, part["id"]) is not None
        return [] if known else [not_a_choice("id")]
    return check_person(call, kind, {key: part[key] for key in part if key != "is_main"}) + _too_many_values(part)


def _too_many_values(item: Json) -> list[Refusal]:
    values = item.get("custom_fields_values")
    if isinstance(values, list) and len(values) > MOST_VALUES:
        detail = f"This collection should contain {MOST_VALUES} elements or less."
        return [Refusal("TooMany", "custom_fields_values", detail)]
    return []


def _add(call: Call, item: Json) -> tuple[Json, bool]:
    people = {kind: [_person(call, kind, part) for part in _parts(item, kind)] for kind in (CONTACTS, COMPANIES)}
    contact_id, company_id = (people[kind][0][0].id if people[kind] else None for kind in (CONTACTS, COMPANIES))
    lead, merged = _lead(call, item, contact_id, is_known=any(known for _, known in people[CONTACTS]))
    if contact_id is not None:
        call.store.link(("leads", lead.id), ("contacts", contact_id), is_main=True)
    if company_id is not None:
        call.store.link(("leads", lead.id), ("companies", company_id))
    if contact_id is not None and company_id is not None:
        call.store.link(("contacts", contact_id), ("companies", company_id))
    return {"id": lead.id, "contact_id": contact_id, "company_id": company_id}, merged


def _person(call: Call, kind: Kind, part: Json) -> tuple[Record, bool]:
    """The contact or company of an item, and whether duplicate control recognised it."""
    if "id" in part:
        return call.store.table(kind.plural)[part["id"]], False
    known = _twin(call, kind, part) if call.switches.duplicate_control and kind is CONTACTS else None
    return (known, True) if known else (add_person(call, kind, part), False)


def _twin(call: Call, kind: Kind, part: Json) -> Record | None:
    values, _ = entities.reader(call, kind).read(part.get("custom_fields_values", []))
    wanted = {one.value.casefold() for filled in values.values() for one in filled if one.enum_id is not None}
    # Items of one request are not compared with each other: what this second wrote is not seen.
    for record in call.store.table(kind.plural).values():
        codes = (one for filled in record.fields.values() for one in filled if one.enum_id is not None)
        if record.searchable_at < call.sandbox.clock() and wanted & {one.value.casefold() for one in codes}:
            return record  # type: ignore[no-any-return]
    return None


def _lead(call: Call, item: Json, contact_id: int | None, *, is_known: bool) -> tuple[Lead, bool]:
    if is_known and contact_id is not None:
        for lead_id, _ in call.store.linked(("contacts", contact_id), "leads"):
            lead = call.store.leads[lead_id]
            if lead.closed_at is None and not lead.is_deleted:
                return lead, True
    unsorted = "metadata" in item.get("_embedded", {})
    return add_lead(call, _lead_part(item), unsorted=unsorted), False


def _lead_part(item: Json) -> Json:
    embedded = item.get("_embedded")
    if not isinstance(embedded, dict):
        return item
    return item | {"_embedded": {key: embedded[key] for key in embedded if key not in PARTS}}


def _parts(item: Json, kind: Kind) -> list[Any]:
    embedded = item.get("_embedded")
    parts = embedded.get(kind.plural, []) if isinstance(embedded, dict) else []
    return parts if objects(parts) else []
