"""What is written, as API JSON (pure). Keys without a value are left out: absent means untouched (fact sheet, 4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from crm import fields as custom
from crm import note_types
from crm.entities import (
    Existing,
    LeadUpdate,
    Link,
    NewCompany,
    NewContact,
    NewLead,
    NewTask,
    PersonUpdate,
)
from crm.fields import Field, Leftover, Value
from crm.note_types import NewNote

_Person = TypeVar("_Person", NewContact, NewCompany)
_Update = TypeVar("_Update", LeadUpdate, PersonUpdate)

NAME_LIMIT = 250  # characters; not documented, so a careful guess
TAG_LIMIT = 100


def fit_lead(lead: NewLead) -> tuple[NewLead, tuple[Leftover, ...]]:
    """A lead that the service will take, and the texts that had to be cut, for the note."""
    fields, leftovers = custom.fit(lead.fields)
    name, more = _fit_name(lead.name, "name")
    contact, company = lead.contact, lead.company
    if isinstance(contact, NewContact):
        contact, left = fit_person(contact)
        more += tuple(replace(one, where=f"contact.{one.where}") for one in left)
    if isinstance(company, NewCompany):
        company, left = fit_person(company)
        more += tuple(replace(one, where=f"company.{one.where}") for one in left)
    return replace(lead, name=name, fields=fields, contact=contact, company=company), more + leftovers


def fit_person(person: _Person) -> tuple[_Person, tuple[Leftover, ...]]:
    """The same for a contact or company. Addresses and phones past the limit are left out, not cut: half is wrong."""
    fields, leftovers = custom.fit(person.fields)
    name, more = _fit_name(person.name, "name")
    for where, texts in (("EMAIL", person.emails), ("PHONE", person.phones)):
        more += tuple(Leftover(where, text) for text in texts if len(text) > custom.TEXT_LIMIT)
    fitted = replace(
        person,
        name=name,
        fields=fields,
        emails=tuple(text for text in person.emails if len(text) <= custom.TEXT_LIMIT),
        phones=tuple(text for text in person.phones if len(text) <= custom.TEXT_LIMIT),
    )
    return fitted, more + leftovers


def fit_update(update: _Update) -> tuple[_Update, tuple[Leftover, ...]]:
    """The same for an update."""
    fields, leftovers = custom.fit(update.fields)
    name, more = (None, ()) if update.name is None else _fit_name(update.name, "name")
    return replace(update, name=name, fields=fields), more + leftovers


def lead(new: NewLead, request_id: str) -> dict[str, Any]:
    """An item of `leads`: an existing contact is named as the main one (fact sheet, 4.2)."""
    return _lead(new, request_id, {"is_main": True})


def complex_lead(new: NewLead, request_id: str) -> dict[str, Any]:
    """An item of `leads/complex`: its one contact is the main one anyhow, and is named by its id alone (4.4)."""
    return _lead(new, request_id, {})


def _lead(new: NewLead, request_id: str, main: Mapping[str, bool]) -> dict[str, Any]:
    embedded: dict[str, Any] = {}
    if new.tags:
        embedded["tags"] = tag_list(new.tags)
    if new.contact is not None:
        embedded["contacts"] = [_embedded(new.contact, main)]
    if new.company is not None:
        embedded["companies"] = [_embedded(new.company, {})]
    if new.source_external_id:
        embedded["source"] = {"external_id": new.source_external_id, "type": "widget"}
    return _present(
        name=new.name or None,
        price=new.price,
        pipeline_id=new.pipeline_id,
        status_id=new.status_id,
        responsible_user_id=new.responsible_user_id,
        created_at=None if new.created_at is None else int(new.created_at.timestamp()),
        custom_fields_values=custom_fields_values(new.fields),
        request_id=request_id,
        _embedded=embedded or None,
    )


def contact(new: NewContact, request_id: str | None = None) -> dict[str, Any]:
    return _person(new, request_id)


def company(new: NewCompany, request_id: str | None = None) -> dict[str, Any]:
    return _person(new, request_id)


def lead_update(update: LeadUpdate) -> dict[str, Any]:
    return _present(
        id=update.id,
        name=update.name,
        price=update.price,
        pipeline_id=update.pipeline_id,
        status_id=update.status_id,
        responsible_user_id=update.responsible_user_id,
        loss_reason_id=update.loss_reason_id,
        custom_fields_values=custom_fields_values(update.fields),
        tags_to_add=tag_list(update.tags_to_add) or None,
        tags_to_delete=tag_list(update.tags_to_delete) or None,
    )


def person_update(update: PersonUpdate) -> dict[str, Any]:
    return _present(
        id=update.id,
        name=update.name,
        responsible_user_id=update.responsible_user_id,
        custom_fields_values=custom_fields_values(update.fields),
        tags_to_add=tag_list(update.tags_to_add) or None,
        tags_to_delete=tag_list(update.tags_to_delete) or None,
    )


def note(new: NewNote, request_id: str) -> dict[str, Any]:
    return _present(
        entity_id=new.entity_id,
        note_type=note_types.note_type(new.content),
        params=note_types.params(new.content),
        created_by=new.created_by,
        responsible_user_id=new.responsible_user_id,
        created_at=None if new.created_at is None else int(new.created_at.timestamp()),
        is_need_to_trigger_digital_pipeline=new.triggers_pipeline,
        request_id=request_id,
    )


def task(new: NewTask, request_id: str) -> dict[str, Any]:
    return _present(
        text=new.text,
        complete_till=int(new.complete_till.timestamp()),
        entity_id=new.entity_id,
        entity_type=new.entity_type,
        task_type_id=new.task_type_id,
        responsible_user_id=new.responsible_user_id,
        request_id=request_id,
    )


def link(one: Link) -> dict[str, Any]:
    """Written as `is_main`, although it is read as `main_contact` (fact sheet, 5)."""
    metadata = {"is_main": True} if one.is_main else None
    return _present(
        entity_id=one.entity_id, to_entity_id=one.to_entity_id, to_entity_type=one.to_entity_type, metadata=metadata
    )


def custom_fields_values(fields: Iterable[Field]) -> list[dict[str, Any]] | None:
    """The array that writes fields, None where there is nothing to write; a field without values is cleared."""
    return [_field(one) for one in fields] or None


def tag_list(names: Iterable[str]) -> list[dict[str, str]]:
    """Tags by name, each once; with ids beside names some of them get lost (fact sheet, 4.4)."""
    return [{"name": name} for name in dict.fromkeys(custom.cut(name.strip(), TAG_LIMIT) for name in names) if name]


def _field(one: Field) -> dict[str, Any]:
    name = {"field_id": one.field_id} if one.field_id is not None else {"field_code": one.field_code}
    return {**name, "values": [_value(value) for value in one.values] or None}


def _value(value: Value) -> dict[str, Any]:
    if value.enum_id is not None:
        return {"enum_id": value.enum_id}
    return _present(
        value=dict(value.value) if isinstance(value.value, Mapping) else value.value, enum_code=value.enum_code
    )


def _person(new: NewContact | NewCompany, request_id: str | None) -> dict[str, Any]:
    reachable = (custom.emails(new.emails), custom.phones(new.phones))
    fields = (*(one for one in reachable if one.values), *new.fields)
    return _present(
        name=new.name or None,
        responsible_user_id=new.responsible_user_id,
        custom_fields_values=custom_fields_values(fields),
        request_id=request_id,
        _embedded={"tags": tag_list(new.tags)} if new.tags else None,
    )


def _embedded(one: NewContact | NewCompany | Existing, main: Mapping[str, bool]) -> dict[str, Any]:
    if isinstance(one, Existing):
        return {"id": one.id, **main}
    return _person(one, None)


def _fit_name(name: str, where: str) -> tuple[str, tuple[Leftover, ...]]:
    cut = custom.cut(name, NAME_LIMIT)
    return cut, () if cut == name else (Leftover(where, name),)


def _present(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
