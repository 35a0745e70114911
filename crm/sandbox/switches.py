"""What can be changed while the sandbox runs: what AmoCRM does now and then, or what nobody has confirmed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Switches(BaseModel):
    """Read and set at `/_sandbox/switches`; times are seconds, rates are probabilities from 0 to 1."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    # Limits (fact sheet, 2)
    requests_per_second: int = Field(7, ge=1, description="calls of one integration in any sliding second")
    account_requests_per_second: int = Field(50, ge=1, description="calls of all integrations together")
    retry_after: float = Field(1, ge=0, description="how long every call is refused after a breach")
    limit_answer: Literal["json", "html"] = "json"
    retry_after_header: bool = False
    abuse_limit: int = Field(
        20, ge=1, description="calls made while refused, until the integration is blocked with 403"
    )
    block_seconds: float = Field(600, ge=0)
    allowed_ips: tuple[str, ...] = Field((), description="addresses that may call; empty: all may")
    unpaid: bool = Field(default=False, description="402 to every call")

    # Reading (1.5, 1.6)
    filters_enabled: bool = True
    index_lag: float = Field(0, ge=0, description="until `query` sees what was written")
    false_hits: int = Field(0, ge=0, description="unrelated rows added to every `query`")

    # Writing (4.7, 4.4)
    text_limit: int = Field(256, ge=1)
    unknown_keys: Literal["refuse", "ignore"] = "refuse"
    duplicate_control: bool = False
    answer_reversed: bool = Field(default=False, description="answer a batch in the opposite order")

    # Random failures
    failure_rate_before: float = Field(0, ge=0, le=1, description="5xx, nothing stored")
    failure_rate_after: float = Field(0, ge=0, le=1, description="5xx although stored")
    delay: float = Field(0, ge=0, description="before every answer")

    # Authorization (3)
    refresh_grace: bool = Field(default=False, description="a used refresh token works until its successor is used")
    moved_from: str = Field("", description="host that no longer knows the account")
    access_token_lifetime: float = Field(86_400, ge=0)
    refresh_token_lifetime: float = Field(90 * 86_400, ge=0)
    code_lifetime: float = Field(20 * 60, ge=0)

    # Files (7)
    drive_part_size: int = Field(524_288, ge=1)
    drive_file_size: int = Field(314_572_800, ge=1)

    # Webhooks (10.4)
    webhook_deadline: float = Field(2, gt=0)
    webhook_time_scale: float = Field(1, ge=0, description="multiplies the waits between tries; 0: at once")
    webhook_delay: float = Field(0, ge=0)
    webhook_loss_rate: float = Field(0, ge=0, le=1)
    webhook_duplicates: int = Field(0, ge=0, description="further copies of every delivery")
    webhook_reordering: bool = Field(default=False, description="hold each delivery back until the next one has gone")
    webhook_entities: int = Field(10, ge=1, description="most entities, changed at one moment, that share a request")
    webhook_mixed: bool = Field(default=False, description="several kinds of event in one request")
    webhook_failures_to_disable: int = Field(100, ge=1)
