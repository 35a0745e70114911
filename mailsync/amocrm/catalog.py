"""The account's field definitions: values are written in the type that a field has there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm import fields
from crm.client import AmoCRM
from crm.entities import CustomField, EntityType
from crm.errors import Refused
from crm.fields import Field
from mailsync.errors import PermanentFailure

REFRESH_SECONDS = 86_400.0
INN_NAME = "инн"
DAY_TYPES = frozenset({"date", "birthday"})
FALLBACK_ZONE = "Europe/Moscow"


class FieldCatalog:
    """Definitions read once and again every day."""

    def __init__(self, client: AmoCRM) -> None:
        self._client = client
        self._read: dict[EntityType, tuple[float, dict[int, CustomField]]] = {}
        self._one_reader = asyncio.Lock()
        self._zone: ZoneInfo | None = None

    async def texts(self, entity_type: EntityType, values: Iterable[tuple[int, str | None]]) -> tuple[Field, ...]:
        """Fields for these (id, text) pairs; ids of 0, empty texts and what a field's type cannot hold are left out."""
        wanted = [(field_id, value) for field_id, value in values if field_id and value]
        if not wanted:
            return ()
        known = await self.definitions(entity_type)
        built = (_built(field_id, value, known.get(field_id)) for field_id, value in wanted)
        return tuple(field for field in built if field)

    async def changes(self, entity_type: EntityType, values: Mapping[int, str | None]) -> tuple[Field, ...]:
        """Fields that set these values, None clears. Raises PermanentFailure for what a field's type cannot hold."""
        known = await self.definitions(entity_type)
        zone = await self.zone()
        return tuple(_changed(field_id, value, known.get(field_id), zone) for field_id, value in values.items())

    async def readable(self, found: Iterable[Field]) -> dict[int, str]:
        """The first value of each field by id, of a date field its ISO day in the account's zone."""
        filled = [one for one in found if one.field_id and one.texts]
        days = any(one.field_type in DAY_TYPES for one in filled)
        zone = await self.zone() if days else ZoneInfo(FALLBACK_ZONE)
        return {one.field_id: _readable(one, zone) for one in filled if one.field_id}

    async def zone(self) -> ZoneInfo:
        """The account's time zone, asked for once; Moscow's where the account does not say."""
        if self._zone is None:
            name = (await self._client.directory.account()).time_zone or FALLBACK_ZONE
            try:
                self._zone = ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError):
                self._zone = ZoneInfo(FALLBACK_ZONE)
        return self._zone

    async def company_inn(self) -> int:
        """Id of the company field called «ИНН»; 0 where the account has none."""
        definitions = await self.definitions(EntityType.COMPANIES)
        return next((one.id for one in definitions.values() if one.name.strip().casefold() == INN_NAME), 0)

    async def definitions(self, entity_type: EntityType) -> dict[int, CustomField]:
        """All definitions of an entity's fields, by id. Raises what the client raises."""
        now = asyncio.get_running_loop().time()
        async with self._one_reader:
            at, known = self._read.get(entity_type, (0.0, None))
            if known is None or now - at >= REFRESH_SECONDS:
                known = await self._list(entity_type)
                self._read[entity_type] = (now, known)
            return known

    async def _list(self, entity_type: EntityType) -> dict[int, CustomField]:
        """A token without the right to see definitions still writes fields: as text, which most are."""
        try:
            return {one.id: one for one in await self._client.directory.custom_fields(entity_type)}
        except Refused:
            return {}


def _built(field_id: int, value: str, definition: CustomField | None) -> Field | None:
    """A field that is missing in the account is sent all the same: AmoCRM's refusal then names it."""
    match definition.type if definition else "text":
        case "textarea":
            return fields.textarea(field_id, value)
        case "numeric":
            digits = value.replace(",", ".").replace(" ", "")
            return fields.numeric(field_id, float(digits)) if digits.replace(".", "", 1).isdecimal() else None
        case "select" | "radiobutton":
            assert definition
            known = next((one.id for one in definition.options if one.value.casefold() == value.casefold()), None)
            return fields.choice(field_id, known) if known else None
    return fields.text(field_id, value)


def _changed(field_id: int, value: str | None, definition: CustomField | None, zone: ZoneInfo) -> Field:
    if value is None:
        return Field(field_id)
    if definition and definition.type in DAY_TYPES:
        return fields.day(field_id, date.fromisoformat(value), zone)
    built = _built(field_id, value, definition)
    if built is None:
        assert definition
        options = ", ".join(f"«{one.value}»" for one in definition.options[:20])
        raise PermanentFailure(
            f"the field «{definition.name}» of AmoCRM cannot hold this value",
            cure=f"choose one of {options}, or add it in AmoCRM" if options else "look at the field's type in AmoCRM",
        )
    return built


def _readable(field: Field, zone: ZoneInfo) -> str:
    day = fields.as_day(field.values[0], zone) if field.field_type in DAY_TYPES else None
    return day.isoformat() if day else field.texts[0]
