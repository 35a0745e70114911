"""What reads answer: one entity, or a list page by page, by the `next` links (fact sheet, 1.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, TypeVar

from crm import cures
from crm.api import Api, Query
from crm.errors import Refused, Unavailable
from crm.from_json import objects

T = TypeVar("T")
PAGE = 250  # rows; the most a read gives
MOST_PAGES = 4_000


async def entity(
    api: Api, path: str, read: Callable[[Any], T], query: Query = (), *, origin: str | None = None
) -> T | None:
    """The entity at `path`; None where there is none, which is a 204, or a 404 for some kinds."""
    try:
        body = await api.get(path, query, origin=origin)
    except Refused as error:
        if error.status != 404:
            raise
        return None
    try:
        return None if body is None else read(body)
    except ValueError as error:
        raise Unavailable(f"the answer cannot be read: {error}", cure=cures.UNREACHABLE) from error


async def pages(api: Api, path: str, key: str, read: Callable[[Any], T], query: Query = ()) -> AsyncIterator[list[T]]:
    """Each page's rows of `_embedded[key]`. Raises Unavailable where a page is unreadable or links run in a circle."""
    seen: set[str] = set()
    target, parameters = path, tuple(query)
    while True:
        body = await api.get(target, parameters)
        if body is None:
            return
        yield _rows(body, key, read)
        following = _next(body)
        if following is None:
            return
        if following in seen or len(seen) >= MOST_PAGES:
            raise Unavailable("the pages of a list have no end", cure=cures.UNREACHABLE)
        seen.add(following)
        target, parameters = following, ()


async def rows(api: Api, path: str, key: str, read: Callable[[Any], T], query: Query = ()) -> AsyncIterator[T]:
    """The rows of all pages."""
    async for page in pages(api, path, key, read, query):
        for row in page:
            yield row


def _rows(body: Any, key: str, read: Callable[[Any], T]) -> list[T]:
    try:
        return [read(one) for one in objects(embedded(body).get(key))]
    except ValueError as error:
        raise Unavailable(f"a row of {key} cannot be read: {error}", cure=cures.UNREACHABLE) from error


def embedded(body: Any) -> Mapping[str, Any]:
    """The `_embedded` object of a HAL body, empty where there is none."""
    inside = body.get("_embedded") if isinstance(body, Mapping) else None
    return inside if isinstance(inside, Mapping) else {}


def _next(body: Mapping[str, Any]) -> str | None:
    links = body.get("_links")
    following = links.get("next") if isinstance(links, Mapping) else None
    href = following.get("href") if isinstance(following, Mapping) else None
    return href if isinstance(href, str) and href else None
