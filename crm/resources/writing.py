"""What the writes of all resources share: sending a batch and matching its answer to the items by `request_id`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from crm import cures
from crm.answers import Effect
from crm.api import Api
from crm.batch import Take
from crm.errors import CrmError, OutcomeUnknown
from crm.from_json import objects
from crm.paging import embedded

Item = TypeVar("Item")
Result = TypeVar("Result")


async def create_batch(
    api: Api,
    path: str,
    take: Take[Item],
    encode: Callable[[Item, str], Mapping[str, Any]],
    found: Callable[[Any], Mapping[str, Mapping[str, Any]]],
    result: Callable[[Item, Mapping[str, Any]], Result],
) -> Sequence[Result | CrmError]:
    """POST an array. `found` gives the answer's objects by request_id; an item without one has an unknown outcome."""
    items: list[Item] = []

    def body() -> list[Mapping[str, Any]]:
        items[:] = take()
        return [encode(item, str(place)) for place, item in enumerate(items)]

    answers = found(await api.write("POST", path, body, Effect.CREATE))
    return [_result(item, answers.get(str(place)), result) for place, item in enumerate(items)]


async def update_batch(
    api: Api, path: str, take: Take[Item], encode: Callable[[Item], Mapping[str, Any]]
) -> Sequence[CrmError | None]:
    """PATCH an array; a 2xx means that all of it is applied."""
    items: list[Item] = []

    def body() -> list[Mapping[str, Any]]:
        items[:] = take()
        return [encode(item) for item in items]

    await api.write("PATCH", path, body, Effect.SET)
    return [None for _ in items]


def by_request_id(key: str) -> Callable[[Any], Mapping[str, Mapping[str, Any]]]:
    """Reads the HAL form: `_embedded[key]`, a request_id each; where it is absent or null, the place counts."""

    def read(body: Any) -> Mapping[str, Mapping[str, Any]]:
        return {_name(one, place): one for place, one in enumerate(objects(embedded(body).get(key)))}

    return read


def _name(answer: Mapping[str, Any], place: int) -> str:
    told = answer.get("request_id")
    return str(place if told is None else told)


def by_request_ids(body: Any) -> Mapping[str, Mapping[str, Any]]:
    """Reads the bare array of `leads/complex`, where request_id is an array and one lead may answer several items."""
    return {str(name): one for one in objects(body) for name in _names(one.get("request_id"))}


def _names(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else () if value is None else (value,)


def _result(
    item: Item, answer: Mapping[str, Any] | None, result: Callable[[Item, Mapping[str, Any]], Result]
) -> Result | CrmError:
    if answer is None:
        return OutcomeUnknown("the answer to a write does not name an item", cure=cures.LOOK_FIRST)
    try:
        return result(item, answer)
    except (ValueError, TypeError, KeyError) as error:
        return OutcomeUnknown(f"the answer to a write cannot be read: {error}", cure=cures.LOOK_FIRST)
