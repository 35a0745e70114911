"""Tasks (fact sheet, 8)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from crm import from_json, to_json
from crm.answers import Effect
from crm.api import Api
from crm.batch import Batcher, Take
from crm.entities import Created, NewTask, Task
from crm.errors import CrmError
from crm.filters import TaskFilter
from crm.paging import PAGE, entity, pages, rows
from crm.resources.writing import by_request_id, create_batch


class Tasks:
    """Reads and batched writes."""

    def __init__(self, api: Api, batch_size: int) -> None:
        self._api = api
        self._new: Batcher[NewTask, Created] = Batcher(self._send, size=batch_size)

    async def create(self, new: NewTask) -> Created:
        """Add a task. Raises NotSent, Refused, Unauthorized or OutcomeUnknown; else it is done."""
        return await self._new.submit(new)

    async def get(self, task_id: int) -> Task | None:
        return await entity(self._api, f"/tasks/{task_id}", from_json.task)

    async def select(self, where: TaskFilter | None = None) -> AsyncIterator[Task]:
        """Tasks that match, the newest first."""
        condition = where or TaskFilter()
        query = [("limit", str(PAGE)), ("order[id]", "desc"), *condition.query()]
        async for task in rows(self._api, "/tasks", "tasks", from_json.task, query):
            if condition.matches(task):
                yield task

    async def newest_pages(self) -> AsyncIterator[Sequence[Task]]:
        """All tasks, the newest first, by pages, without filter."""
        query = (("limit", str(PAGE)), ("order[id]", "desc"))
        async for page in pages(self._api, "/tasks", "tasks", from_json.task, query):
            yield page

    async def complete(self, task_id: int, result: str = "") -> None:
        """Mark a task as done, with what came of it."""
        body = {"is_completed": True, **({"result": {"text": result}} if result else {})}
        await self._api.write("PATCH", f"/tasks/{task_id}", lambda: body, Effect.SET)

    async def aclose(self, grace: float) -> None:
        await self._new.aclose(grace)

    async def _send(self, take: Take[NewTask]) -> Sequence[Created | CrmError]:
        return await create_batch(self._api, "/tasks", take, to_json.task, by_request_id("tasks"), _created)


def _created(_item: NewTask, answer: Mapping[str, Any]) -> Created:
    return Created(from_json.Reader(answer).id())
