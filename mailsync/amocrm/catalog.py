"""The account's field definitions: values are written in the type that a field has there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from crm import fields
from crm.client import AmoCRM
from crm.entities import CustomField, EntityType
from crm.errors import Refused
from crm.fields import Field

REFRESH_SECONDS = 86_400.0
INN_NAME = "инн"


class FieldCatalog:
    """Definitions read once and again every day."""

    def __init__(self, client: AmoCRM) -> None:
        self._client = client
        self._read: dict[EntityType, tuple[float, dict[int, CustomField]]] = {}
        self._one_reader = asyncio.Lock()

    async def texts(self, entity_type: EntityType, values: Iterable[tuple[int, str | None]]) -> tuple[Field, ...]:
        """Fields for these (id, text) pairs; ids of 0, empty texts and what a field's type cannot hold are left out."""
        wanted = [(field_id, value) for field_id, value in values if field_id and value]
        if not wanted:
            return ()
        known = await self.definitions(entity_type)
        built = (_built(field_id, value, known.get(field_id)) for field_id, value in wanted)
        return tuple(field for field in built if field)

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
