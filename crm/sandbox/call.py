"""One call as the handlers see it: who asks, for what, and how answers are shaped (fact sheet, 1)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.responses import JSONResponse, Response

from crm.sandbox.actor import Actor
from crm.sandbox.params import unbracket, values
from crm.sandbox.problems import Problem, Refusal, ValidationFailed
from crm.sandbox.sandbox import Sandbox
from crm.sandbox.tokens import Grant

Json = dict[str, Any]
MOST_ITEMS = 250
HAL = "application/hal+json"
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
Written = TypeVar("Written")


class Call(Actor):
    """A request with a good token; it acts as the user whose rights the token carries."""

    def __init__(self, request: Request) -> None:
        sandbox: Sandbox = request.app.state.sandbox
        grant: Grant = request.state.grant
        super().__init__(sandbox, grant.user_id, text_limit=sandbox.switches.text_limit)
        self.request = request
        self.base_url = str(request.base_url).rstrip("/")
        self.params = unbracket(request.query_params.multi_items())
        self._apply_only: int | None = getattr(request.state, "apply_only", None)

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the token allows besides the CRM."""
        grant: Grant = self.request.state.grant
        return grant.scopes

    @property
    def embedded(self) -> frozenset[str]:
        """What `with=` asks for."""
        return frozenset(",".join(values(self.params.get("with"))).split(",")) - {""}

    @property
    def filter(self) -> Json:
        """The conditions of `filter[…]`, whether the account has filters or not."""
        wanted = self.params.get("filter")
        return wanted if isinstance(wanted, dict) else {}

    def href(self, path: str) -> str:
        """An address of this API, as the caller reached it."""
        return f"{self.base_url}/api/v4/{path}"

    def self_link(self, path: str) -> Json:
        """`_links` with the one link every object has."""
        return {"self": {"href": self.href(path)}}

    @property
    def own_links(self) -> Json:
        """`_links` of the answer itself."""
        return {"self": {"href": f"{self.base_url}{self.request.url.path}"}}

    async def json(self) -> Any:
        """The body; 400 where it is empty or no JSON."""
        try:
            body = json.loads(await self.request.body(), parse_constant=_no_number)
            json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (ValueError, RecursionError):
            raise Problem(400, "Request data can not be empty or is not valid JSON") from None
        return body

    async def batch(self, limit: int = MOST_ITEMS) -> list[Any]:
        """The array that a mass write must be."""
        items = await self.json()
        if not isinstance(items, list):
            raise Problem(400, "Request body must be an array")
        if not items:
            raise Problem(400, "Request data can not be empty")
        if len(items) > limit:
            raise Problem(422, f"Limit {limit} items per request")
        return items

    async def item(self) -> Json:
        """The object that a single write must be."""
        item = await self.json()
        if not isinstance(item, dict):
            raise Problem(400, "Request body must be an object")
        return item

    def write(
        self, items: Sequence[Any], check: Callable[[Json], list[Refusal]], apply: Callable[[Json], Written]
    ) -> list[tuple[str, Written]]:
        """Check all items, then apply them; one refused item fails them all and nothing is stored.

        Returns what `apply` made with the request id of each.
        """
        refused = [(request_id(item, n), wrong) for n, item in enumerate(items) if (wrong := _checked(item, check))]
        if refused:
            raise ValidationFailed(refused)
        written = [(request_id(item, n), apply(item)) for n, item in enumerate(items[: self._apply_only])]
        return written[::-1] if self.switches.answer_reversed else written

    def page(
        self,
        plural: str,
        rows: Sequence[Any],
        show: Callable[[Any], Json],
        *,
        most: int = MOST_ITEMS,
        total: bool = False,
        media_type: str = HAL,
    ) -> Response:
        """One page of a list, 204 where it is empty; some lists tell their `total`."""
        page, limit = self._number("page", 1), self._number("limit", 50)
        if limit > most:
            raise Problem(422, f"Limit {most} per page")
        shown = rows[(page - 1) * limit : page * limit]
        if not shown:
            return Response(status_code=204)
        links = {"self": {"href": self._page_href(page, limit)}}
        if len(rows) > page * limit:
            links["next"] = {"href": self._page_href(page + 1, limit)}
        if total:
            links["last"] = {"href": self._page_href(-(-len(rows) // limit), limit)}
        if page > 1:
            links["first"] = {"href": self._page_href(1, limit)}
            links["prev"] = {"href": self._page_href(page - 1, limit)}
        counts = {"_total_items": len(rows), "_page_count": -(-len(rows) // limit)} if total else {}
        body = {"_page": page, **counts, "_links": links, "_embedded": {plural: [show(row) for row in shown]}}
        return JSONResponse(body, media_type=media_type)

    def _number(self, name: str, default: int) -> int:
        value = self.params.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or not _NUMBER.fullmatch(value):
            raise Problem(400, f"The parameter {name} must be a positive number")
        return int(value)

    def _page_href(self, page: int, limit: int) -> str:
        others = [pair for pair in self.request.query_params.multi_items() if pair[0] not in ("page", "limit")]
        query = urlencode([*others, ("limit", str(limit)), ("page", str(page))])
        return f"{self.base_url}{self.request.url.path}?{query}"


def _no_number(name: str) -> float:
    raise ValueError(name)


def _checked(item: Any, check: Callable[[Json], list[Refusal]]) -> list[Refusal]:
    if not isinstance(item, dict):
        return [Refusal("InvalidType", "", "This value should be of type array.")]
    return check(item)


def request_id(item: Any, index: int) -> str:
    """What the client calls this item, or its place in the batch."""
    return str(item["request_id"]) if isinstance(item, dict) and "request_id" in item else str(index)


def hal(body: Any, status: int = 200) -> Response:
    """A successful answer."""
    return JSONResponse(body, status, media_type=HAL)


def no_content() -> Response:
    """Done, or nothing there."""
    return Response(status_code=204)


def _described(schema: Json) -> Json:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


# What OpenAPI is told of bodies; what may stand in them is checked, and refused, in AmoCRM's own words.
ONE_OBJECT = _described({"type": "object"})
OBJECTS = _described({"type": "array", "items": {"type": "object"}, "maxItems": MOST_ITEMS})


async def _call(request: Request, _: Annotated[Any, Depends(HTTPBearer(auto_error=False))]) -> Call:
    return Call(request)


Here = Annotated[Call, Depends(_call)]
