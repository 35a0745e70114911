"""Leads, contacts and companies, with the values of their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.entities import Company, Contact, Lead, Linked, Tag
from crm.fields import Field, Value
from crm.from_json.reader import Reader, with_embedded


def lead(body: Any) -> Lead:
    r = Reader(body)
    inside = r.embedded()
    contacts = inside.many("contacts", linked) if inside.has("contacts") else None
    tags, companies = inside.many("tags", tag), inside.many("companies", linked)
    return Lead(
        id=r.id(),
        name=r.text("name"),
        price=r.integer("price") or 0,
        responsible_user_id=r.integer("responsible_user_id"),
        status_id=r.integer("status_id"),
        pipeline_id=r.integer("pipeline_id"),
        loss_reason_id=r.integer("loss_reason_id"),
        created_by=r.integer("created_by"),
        updated_by=r.integer("updated_by"),
        created_at=r.moment("created_at"),
        updated_at=r.moment("updated_at"),
        closed_at=r.moment("closed_at"),
        is_deleted=r.flag("is_deleted"),
        fields=r.many("custom_fields_values", custom_value),
        tags=tags,
        companies=companies,
        contacts=contacts,
        extra=with_embedded(r, inside),
    )


def contact(body: Any) -> Contact:
    r = Reader(body)
    inside = r.embedded()
    leads = inside.many("leads", linked) if inside.has("leads") else None
    tags, companies = inside.many("tags", tag), inside.many("companies", linked)
    return Contact(
        id=r.id(),
        name=r.text("name"),
        first_name=r.text("first_name"),
        last_name=r.text("last_name"),
        responsible_user_id=r.integer("responsible_user_id"),
        created_by=r.integer("created_by"),
        updated_by=r.integer("updated_by"),
        created_at=r.moment("created_at"),
        updated_at=r.moment("updated_at"),
        is_deleted=r.flag("is_deleted"),
        fields=r.many("custom_fields_values", custom_value),
        tags=tags,
        companies=companies,
        leads=leads,
        extra=with_embedded(r, inside),
    )


def company(body: Any) -> Company:
    r = Reader(body)
    inside = r.embedded()
    tags = inside.many("tags", tag)
    return Company(
        id=r.id(),
        name=r.text("name"),
        responsible_user_id=r.integer("responsible_user_id"),
        created_by=r.integer("created_by"),
        updated_by=r.integer("updated_by"),
        created_at=r.moment("created_at"),
        updated_at=r.moment("updated_at"),
        is_deleted=r.flag("is_deleted"),
        fields=r.many("custom_fields_values", custom_value),
        tags=tags,
        extra=with_embedded(r, inside),
    )


def custom_value(body: Any) -> Field:
    r = Reader(body)
    return Field(
        field_id=r.integer("field_id"),
        field_code=r.text_or_none("field_code"),
        values=r.many("values", value),
        field_type=r.text_or_none("field_type"),
        field_name=r.text_or_none("field_name"),
        extra=r.rest(),
    )


def value(body: Any) -> Value:
    r = Reader(body)
    raw = r.raw("value")
    code = r.text_or_none("enum_code") or r.text_or_none("enum")  # one sample shows the key `enum`
    known = raw if isinstance(raw, str | int | float | bool | Mapping) else None
    return Value(known, r.integer("enum_id"), code, r.rest())


def tag(body: Any) -> Tag:
    r = Reader(body)
    return Tag(r.integer("id"), r.text("name"), r.text_or_none("color"), r.rest())


def linked(body: Any) -> Linked:
    r = Reader(body)
    return Linked(r.id(), r.flag("is_main"))
