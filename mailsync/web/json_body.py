"""JSON bodies: read after the caller is known, whatever Content-Type he names, refused in plain words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from mailsync.web.problems import invalid

Model = TypeVar("Model", bound=BaseModel)


def json_body(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency that gives the body as a `model`; name it after those that check the caller. Raises Problem 422.

    FastAPI's own way reads the body before anything else, so that strangers would be told about shapes.
    """

    async def read(request: Request) -> Model:
        try:
            return model.model_validate_json(await request.body())
        except ValidationError as error:
            raise invalid(error) from None

    return read


def described(model: type[BaseModel]) -> dict[str, Any]:
    """The same body for the OpenAPI document (`openapi_extra`)."""
    schema = model.model_json_schema()
    content = {"application/json": {"schema": _without_references(schema, schema.get("$defs", {}))}}
    return {"requestBody": {"required": True, "content": content}}


def _without_references(schema: Any, definitions: dict[str, Any]) -> Any:
    """A JSON schema in one piece: OpenAPI keeps definitions elsewhere than pydantic does."""
    if isinstance(schema, list):
        return [_without_references(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _without_references(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {key: _without_references(part, definitions) for key, part in schema.items() if key != "$defs"}
