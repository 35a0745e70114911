"""The sections of the settings: frozen models whose defaults are the production values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mailsync.config.values import (
    NO_SECRET,
    After,
    Count,
    JournalUrl,
    PublicUrl,
    Seconds,
    Secret,
    Security,
    StatusId,
    TemplateName,
    When,
    Words,
)

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Section(BaseModel):
    """A section of the settings: frozen, and an unknown key is a problem, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class _Server(Section):
    """What IMAP and SMTP have in common."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)]
    security: Security = "tls"
    ca_file: str = ""  # empty: the system's certificate authorities
    timeout: Seconds = 30  # for one command, seconds

    @model_validator(mode="after")
    def _plain_on_loopback_only(self) -> _Server:
        if self.security == "plain" and self.host not in LOOPBACK:
            raise ValueError(
                'security = "plain" sends the password in the open: allowed for 127.0.0.1, ::1, localhost only'
            )
        return self


class MailboxSettings(_Server):
    host: str = "imap.beget.com"
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    username: str = "zakaz@tdrusstankosbyt.ru"
    password: Secret = NO_SECRET
    folder: str = "INBOX"
    poll_interval: Seconds = 60
    idle: bool = True
    after: After = ""
    first_start: Literal["all", "new"] = "all"
    max_letter_megabytes: Count = 50


class SmtpSettings(_Server):
    host: str = "smtp.beget.com"
    port: Annotated[int, Field(ge=1, le=65535)] = 465
    username: str = ""  # empty: the mailbox's
    password: Secret = NO_SECRET  # empty: the mailbox's
    sender: str = ""  # From of the letters; empty: the mailbox's address
    sender_name: str = "РусСтанкоСбыт"
    sent_folder: str = "Sent"  # empty: no copy is kept
    copy_to_self: bool = False  # BCC to the mailbox: evidence for a confirmation whose fate is unknown
    data_timeout: Seconds = 600  # RFC 5321, 4.5.3.2.6


class FieldSettings(Section):
    """Ids of the lead's fields in AmoCRM; 0: not used."""

    serial_number: int = 712629
    equipment_model: int = 712631
    telegram_id: int = 712633
    reference: int = 0
    service_status: int = 0
    maintenance_date: int = 0


class AmoCrmSettings(Section):
    base_url: str = ""  # empty: https://{subdomain}.amocrm.ru
    subdomain: str = "new599bd9d13818a"
    account_id: Annotated[int, Field(ge=0)] = 0  # whose webhooks are believed; 0: learned from AmoCRM
    client_id: str = "2df855f6-d54d-4c3c-bb8a-1d8ea8b3c1cd"
    client_secret: Secret = NO_SECRET
    redirect_uri: str = "https://api.td-rss.ru/webhook/amocrm"
    long_lived_token: Secret = NO_SECRET
    pipeline_id: int = 10226282
    status_id: int = 80953554
    responsible_user_id: int = 12380450
    requests_per_second: Annotated[float, Field(gt=0, le=7)] = 5
    batch_size: Annotated[int, Field(ge=1, le=50)] = 50
    tag: str = "почта"
    settle_seconds: Annotated[float, Field(ge=0)] = 5  # how long an unanswered write may still be on its way
    fields: FieldSettings = FieldSettings()

    @property
    def url(self) -> str:
        return (self.base_url or f"https://{self.subdomain}.amocrm.ru").rstrip("/")


class ConfirmationSettings(Section):
    enabled: bool = True
    per_address_per_day: Count = 10
    per_hour: Count = 1000  # all addresses together; Beget accepts 1500
    templates: str = ""  # a folder whose files replace the built-in templates of the same name
    on_status: dict[StatusId, TemplateName] = {}


class AuthenticationSettings(Section):
    authserv_id: str = ""  # empty: nobody's Authentication-Results are believed
    verify_dkim: bool = True  # check signatures ourselves where no believed server has


class JournalSettings(Section):
    url: JournalUrl = "sqlite:///data/mailsync.db"
    retention_days: Count = 1095


class WebSettings(Section):
    host: str = "0.0.0.0"  # noqa: S104 - a container's own network; the proxy in front decides who comes in
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    webhook_key: Secret = NO_SECRET  # two keys separated by a comma are both valid, for rotation
    ingest_key: Secret = NO_SECRET
    passport_key: Secret = NO_SECRET
    operator_password: Secret = NO_SECRET
    trusted_proxies: Words = ("127.0.0.1",)
    public_url: PublicUrl = ""  # set: AmoCRM's webhooks are ensured


class TelegramSettings(Section):
    bot_token: Secret = NO_SECRET


class AcceptedFinding(Section):
    """A finding of the DNS checker that is known and accepted until a day."""

    id: str
    reason: str
    until: str


class DnsProfile(Section):
    """What a domain should look like; empty: no expectation."""

    mx: Words = ()  # as in a zone: "10 mx1.beget.com."
    spf_domain: str = ""  # include or redirect has to lead there
    selectors: Words = ()
    rsa_bits: Count = 2048  # shorter DKIM keys are worth a warning
    name_servers: str = ""  # the domain under which the zone's name servers live
    support: str = ""  # who is asked for what we cannot enter ourselves
    ru_center: bool = True  # remedies name RU-CENTER's panel


class DnsSettings(Section):
    domain: str = "tdrusstankosbyt.ru"
    selectors: Words = ("beget",)
    sending_ips: Words = ()
    resolver: str = ""  # HOST or HOST:PORT; empty: the system's
    profile: str = "beget"  # the expected profile; empty: none
    interval: When = "21600"
    accepted: tuple[AcceptedFinding, ...] = ()
    profiles: dict[str, DnsProfile] = {}


class ScheduleSettings(Section):
    """When each job runs; the look at our domain has its own `dns.interval`."""

    reconcile: When = "300"
    retention: When = "15 3 * * *"
    token_check: When = "86400"  # noqa: S105 - seconds


class OwnSettings(Section):
    """Who we are, so that our own words are never read as the customer's."""

    addresses: Words = ()  # beside the mailbox and the sender
    domains: Words = ("tdrusstankosbyt.ru", "td-rss.ru")
    phones: Words = ()
    companies: Words = ("РусСтанкоСбыт",)
    telegram: Words = ()
    inns: Words = ()


class FormSettings(Section):
    """A site's generated notices that are read as orders."""

    sender: str
    subject_contains: str = ""
    customer_from: Literal["reply_to", "body"] = "reply_to"
    confirm: bool = True


class ReadingSettings(Section):
    """Limits of the child processes that parse foreign bytes."""

    processes: Count = 2
    seconds: Seconds = 20
    megabytes: Annotated[int, Field(ge=128)] = 512


class AlarmSettings(Section):
    """Where one clear alarm goes when a neighbour stays away; both empty: log, metric and the ready endpoint only."""

    email: str = ""
    telegram_chat_id: str = ""


class Config(Section):
    mailbox: MailboxSettings = MailboxSettings()
    smtp: SmtpSettings = SmtpSettings()
    amocrm: AmoCrmSettings = AmoCrmSettings()
    confirmations: ConfirmationSettings = ConfirmationSettings()
    authentication: AuthenticationSettings = AuthenticationSettings()
    journal: JournalSettings = JournalSettings()
    web: WebSettings = WebSettings()
    telegram: TelegramSettings = TelegramSettings()
    dns: DnsSettings = DnsSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    own: OwnSettings = OwnSettings()
    forms: tuple[FormSettings, ...] = ()
    reading: ReadingSettings = ReadingSettings()
    alarms: AlarmSettings = AlarmSettings()
