"""Faults that wait for the next matching calls, set by a test or at `/_sandbox/faults`."""

from __future__ import annotations

import fnmatch
import random
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from crm.sandbox.switches import Switches


class Fault(BaseModel):
    """What happens to the next `count` calls that match.

    `status` answers with `status` (as HTML if `html`), `drop` closes the connection without an answer, `delay` waits
    `seconds` and then goes on, `partial` applies only the first `items` of a batch and answers with `status`.
    `when` says on which side of the write: "after" means that it took effect.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["status", "drop", "delay", "partial"]
    when: Literal["before", "after"] = "before"
    method: str = "*"
    path: str = Field("*", description="shell pattern over the whole path, such as /api/v4/leads*")
    count: int = Field(1, ge=1)
    skip: int = Field(0, ge=0, description="matching calls that pass unharmed first")
    status: int = Field(500, ge=400, le=599)
    html: bool = False
    seconds: float = Field(0, ge=0)
    items: int = Field(0, ge=0)
    retry_after: float | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether this call is meant."""
        return self.method in ("*", method) and fnmatch.fnmatchcase(path, self.path)


class Faults:
    """The queue; the oldest matching fault strikes first, then the random ones of the switches."""

    def __init__(self, seed: int) -> None:
        self.waiting: list[Fault] = []
        self._random = random.Random(seed)  # noqa: S311 - repeatable runs, not secrets

    def add(self, fault: Fault) -> None:
        """Queue a fault."""
        self.waiting.append(fault)

    def strike(self, method: str, path: str, switches: Switches) -> Fault | None:
        """The fault that this call meets, if any; its count goes down."""
        for fault in self.waiting:
            if not fault.matches(method, path):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.count -= 1
            if not fault.count:
                self.waiting.remove(fault)
            return fault
        return self._random_fault(switches)

    def _random_fault(self, switches: Switches) -> Fault | None:
        if not switches.failure_rate_before and not switches.failure_rate_after:
            return None
        drawn = self._random.random()
        status = self._random.choice((500, 502, 503, 504))
        if drawn < switches.failure_rate_before:
            return Fault(kind="status", when="before", status=status, html=status != 500)
        if drawn < switches.failure_rate_before + switches.failure_rate_after:
            return Fault(kind="status", when="after", status=status, html=status != 500)
        return None
