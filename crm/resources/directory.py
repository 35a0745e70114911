"""The account and what is set up in it: users, pipelines, field definitions, tags (fact sheet, 4.5 and 4.6)."""

from __future__ import annotations

from crm import cures, from_json
from crm.api import Api
from crm.entities import Account, CustomField, EntityType, LossReason, Pipeline, Tag, User
from crm.errors import Unavailable
from crm.paging import PAGE, rows

FULL = (("limit", str(PAGE)),)


class Directory:
    """Read-only: what an administrator sets up by hand."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def account(self) -> Account:
        """The account with its zone, its drive and whether filters work."""
        body = await self._api.get("/account", (("with", "is_api_filter_enabled,drive_url,datetime_settings"),))
        try:
            return from_json.account(body)
        except ValueError as error:
            raise Unavailable("the account cannot be read", cure=cures.UNREACHABLE) from error

    async def users(self) -> list[User]:
        return [user async for user in rows(self._api, "/users", "users", from_json.user, FULL)]

    async def user(self, user_id: int) -> User | None:
        return next((user for user in await self.users() if user.id == user_id), None)

    async def pipelines(self) -> list[Pipeline]:
        """All pipelines with their statuses; 142 and 143 stand in each."""
        return [one async for one in rows(self._api, "/leads/pipelines", "pipelines", from_json.pipeline)]

    async def loss_reasons(self) -> list[LossReason]:
        return [one async for one in rows(self._api, "/leads/loss_reasons", "loss_reasons", from_json.loss_reason)]

    async def custom_fields(self, entity_type: EntityType) -> list[CustomField]:
        """The definitions of an entity's custom fields."""
        path = f"/{entity_type}/custom_fields"
        return [one async for one in rows(self._api, path, "custom_fields", from_json.custom_field, FULL)]

    async def tags(self, entity_type: EntityType) -> list[Tag]:
        return [tag async for tag in rows(self._api, f"/{entity_type}/tags", "tags", from_json.tag, FULL)]
