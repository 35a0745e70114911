"""API JSON to entities (pure). Lenient in types, since the service is; unknown keys go to `extra`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from crm.entities import (
    Account,
    Company,
    Contact,
    CustomField,
    Event,
    File,
    Lead,
    Link,
    Linked,
    LossReason,
    Note,
    Option,
    Pipeline,
    Status,
    Tag,
    Task,
    User,
    Webhook,
)
from crm.fields import Field, Value

Json = Mapping[str, Any]
T = TypeVar("T")


class Reader:
    """A JSON object from which named keys are taken; `rest` is what nobody took."""

    def __init__(self, body: Any) -> None:
        if not isinstance(body, Mapping):
            raise ValueError("an object was expected")  # noqa: TRY004 - a fault of data, not of code
        self._body = body
        self._taken = {"_links"}

    def raw(self, key: str) -> Any:
        self._taken.add(key)
        return self._body.get(key)

    def id(self) -> int:
        found = self.integer("id")
        if found is None:
            raise ValueError("an entity without id")
        return found

    def integer(self, key: str) -> int | None:
        value = self.raw(key)
        try:
            return int(value) if isinstance(value, int | float | str) else None
        except (ValueError, OverflowError):
            return None

    def text(self, key: str) -> str:
        value = self.raw(key)
        return value if isinstance(value, str) else "" if value is None else str(value)

    def text_or_none(self, key: str) -> str | None:
        value = self.raw(key)
        return None if value is None else str(value)

    def flag(self, key: str) -> bool:
        return self.raw(key) in (True, 1, "1", "true", "Y")

    def moment(self, key: str) -> datetime | None:
        seconds = self.integer(key)
        try:
            return datetime.fromtimestamp(seconds, UTC) if seconds else None
        except (ValueError, OverflowError, OSError):
            return None

    def objects(self, key: str) -> tuple[Json, ...]:
        return objects(self.raw(key))

    def many(self, key: str, read: Callable[[Any], T]) -> tuple[T, ...]:
        return tuple(read(one) for one in self.objects(key))

    def embedded(self) -> Reader:
        value = self.raw("_embedded")
        return Reader(value if isinstance(value, Mapping) else {})

    def has(self, key: str) -> bool:
        return key in self._body

    def rest(self) -> dict[str, Any]:
        return {key: value for key, value in self._body.items() if key not in self._taken}


def objects(value: Any) -> tuple[Json, ...]:
    """The objects of a list, or of a mapping that stands where a list is due; null is empty."""
    items: Iterator[Any] = iter(
        value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    )
    return tuple(item for item in items if isinstance(item, Mapping))


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
        extra=_extra(r, inside),
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
        extra=_extra(r, inside),
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
        extra=_extra(r, inside),
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


def note(body: Any) -> Note:
    r = Reader(body)
    params = r.raw("params")
    return Note(
        id=r.id(),
        entity_id=r.integer("entity_id") or 0,
        note_type=r.text("note_type"),
        params=dict(params) if isinstance(params, Mapping) else {},
        created_by=r.integer("created_by"),
        responsible_user_id=r.integer("responsible_user_id"),
        created_at=r.moment("created_at"),
        updated_at=r.moment("updated_at"),
        extra=r.rest(),
    )


def task(body: Any) -> Task:
    r = Reader(body)
    result = r.raw("result")  # `[]` when empty
    return Task(
        id=r.id(),
        text=r.text("text"),
        complete_till=r.moment("complete_till"),
        entity_id=r.integer("entity_id"),
        entity_type=r.text_or_none("entity_type"),
        task_type_id=r.integer("task_type_id"),
        responsible_user_id=r.integer("responsible_user_id"),
        is_completed=r.flag("is_completed"),
        result=str(result.get("text", "")) if isinstance(result, Mapping) else None,
        duration=r.integer("duration") or 0,
        created_at=r.moment("created_at"),
        updated_at=r.moment("updated_at"),
        extra=r.rest(),
    )


def user(body: Any) -> User:
    r = Reader(body)
    rights = r.raw("rights")
    known = rights if isinstance(rights, Mapping) else {}
    return User(
        id=r.id(),
        name=r.text("name"),
        email=r.text("email"),
        is_active=bool(known.get("is_active", True)),
        is_admin=bool(known.get("is_admin", False)),
        extra={**r.rest(), **({"rights": known} if known else {})},
    )


def status(body: Any) -> Status:
    r = Reader(body)
    return Status(
        id=r.id(),
        name=r.text("name"),
        pipeline_id=r.integer("pipeline_id"),
        sort=r.integer("sort") or 0,
        type=r.integer("type") or 0,
        is_editable=r.flag("is_editable"),
        color=r.text_or_none("color"),
        extra=r.rest(),
    )


def pipeline(body: Any) -> Pipeline:
    r = Reader(body)
    inside = r.embedded()
    statuses = sorted(inside.many("statuses", status), key=lambda one: one.sort)
    return Pipeline(
        id=r.id(),
        name=r.text("name"),
        sort=r.integer("sort") or 0,
        is_main=r.flag("is_main"),
        is_unsorted_on=r.flag("is_unsorted_on"),
        is_archive=r.flag("is_archive"),
        statuses=tuple(statuses),
        extra=_extra(r, inside),
    )


def loss_reason(body: Any) -> LossReason:
    r = Reader(body)
    return LossReason(r.id(), r.text("name"), r.integer("sort") or 0, r.rest())


def custom_field(body: Any) -> CustomField:
    r = Reader(body)
    return CustomField(
        id=r.id(),
        name=r.text("name"),
        code=r.text_or_none("code"),
        type=r.text("type"),
        entity_type=r.text("entity_type"),
        is_api_only=r.flag("is_api_only"),
        options=r.many("enums", option),
        extra=r.rest(),
    )


def option(body: Any) -> Option:
    r = Reader(body)
    return Option(r.id(), r.text("value"), r.text_or_none("code"), r.integer("sort") or 0)


def event(body: Any) -> Event:
    r = Reader(body)
    return Event(
        id=r.text("id"),
        type=r.text("type"),
        entity_id=r.integer("entity_id"),
        entity_type=r.text_or_none("entity_type"),
        created_by=r.integer("created_by"),
        created_at=r.moment("created_at"),
        value_before=r.objects("value_before"),
        value_after=r.objects("value_after"),
        extra=r.rest(),
    )


def webhook(body: Any) -> Webhook:
    r = Reader(body)
    settings = r.raw("settings")
    return Webhook(
        destination=r.text("destination"),
        settings=tuple(str(one) for one in settings) if isinstance(settings, list) else (),
        id=r.integer("id"),
        disabled=r.flag("disabled"),
        created_at=r.moment("created_at"),
        updated_at=r.moment("updated_at"),
        extra=r.rest(),
    )


def file(body: Any) -> File:
    r = Reader(body)
    links = body.get("_links")
    download = links.get("download") if isinstance(links, Mapping) else None
    uuid = r.text("uuid") or r.text("file_uuid")  # a lead's list of files has the longer name
    if not uuid:
        raise ValueError("a file without uuid")
    return File(
        uuid=uuid,
        version_uuid=r.text_or_none("version_uuid"),
        name=r.text("name"),
        size=r.integer("size") or 0,
        type=r.text("type"),
        download_url=download.get("href") if isinstance(download, Mapping) else None,
        extra=r.rest(),
    )


def link(body: Any) -> Link:
    r = Reader(body)
    found = r.raw("metadata")
    metadata = found if isinstance(found, Mapping) else {}
    return Link(
        to_entity_id=r.integer("to_entity_id") or 0,
        to_entity_type=r.text("to_entity_type"),
        entity_id=r.integer("entity_id"),
        entity_type=r.text_or_none("entity_type"),
        is_main=bool(metadata.get("main_contact", metadata.get("is_main", False))),
    )


def account(body: Any) -> Account:
    r = Reader(body)
    inside = r.embedded()
    zone = inside.raw("datetime_settings")
    return Account(
        id=r.id(),
        name=r.text("name"),
        subdomain=r.text("subdomain"),
        current_user_id=r.integer("current_user_id"),
        filters_enabled=r.flag("is_api_filter_enabled") if r.has("is_api_filter_enabled") else None,
        drive_url=r.text_or_none("drive_url"),
        time_zone=str(zone.get("timezone", "")) or None if isinstance(zone, Mapping) else None,
        extra=_extra(r, inside),
    )


def _extra(r: Reader, inside: Reader) -> dict[str, Any]:
    rest, embedded = r.rest(), inside.rest()
    return {**rest, "_embedded": embedded} if embedded else rest
