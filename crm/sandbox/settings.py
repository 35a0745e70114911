"""What the sandbox starts with: the account, the integration that may call it, the first position of the switches."""

from __future__ import annotations

from dataclasses import dataclass, field

from crm.sandbox import account
from crm.sandbox.account import Account, FieldDefinition, LossReason, Pipeline, TaskType, User
from crm.sandbox.switches import Switches


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """The defaults are the customer's account as the integration manual tells it; the client secret is invented."""

    subdomain: str = "new599bd9d13818a"
    account_id: int = 32_181_450
    account_name: str = "РусСтанкоСбыт"
    time_zone: str = "Europe/Moscow"
    domain: str = "amocrm.ru"
    current_user_id: int = 12_380_450
    client_id: str = "2df855f6-d54d-4c3c-bb8a-1d8ea8b3c1cd"
    client_secret: str = field(default="sandbox-client-secret", repr=False)
    redirect_uri: str = "https://api.td-rss.ru/webhook/amocrm"
    disconnect_uri: str | None = None
    scopes: tuple[str, ...] = ("crm", "files", "files_delete", "notifications", "push_notifications")
    pipelines: tuple[Pipeline, ...] = account.CUSTOMER_PIPELINES
    users: tuple[User, ...] = account.CUSTOMER_USERS
    lead_fields: tuple[FieldDefinition, ...] = account.LEAD_FIELDS
    contact_fields: tuple[FieldDefinition, ...] = account.CONTACT_FIELDS
    company_fields: tuple[FieldDefinition, ...] = account.COMPANY_FIELDS
    loss_reasons: tuple[LossReason, ...] = account.LOSS_REASONS
    task_types: tuple[TaskType, ...] = account.TASK_TYPES
    switches: Switches = field(default_factory=Switches)
    seed: int = 1

    @property
    def address(self) -> str:
        """Where the account would live in the wild; used in what is said without being asked (webhooks, tokens)."""
        return f"https://{self.subdomain}.{self.domain}"

    def open_account(self) -> Account:
        """A fresh account set up as these settings say."""
        return Account(
            id=self.account_id,
            name=self.account_name,
            subdomain=self.subdomain,
            time_zone=self.time_zone,
            current_user_id=self.current_user_id,
            pipelines={one.id: one for one in self.pipelines},
            users={one.id: one for one in self.users},
            fields={
                "leads": {one.id: one for one in self.lead_fields},
                "contacts": {one.id: one for one in self.contact_fields},
                "companies": {one.id: one for one in self.company_fields},
            },
            loss_reasons={one.id: one for one in self.loss_reasons},
            task_types={one.id: one for one in self.task_types},
        )
